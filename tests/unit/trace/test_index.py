"""PresenceIndex: what it is built from, what its rules count, segments together, on disk, and torn."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from lianfang.trace import (
    ContactRule,
    IndexWindow,
    InputCounts,
    InvalidTraceInputError,
    PresenceIndex,
    SegmentError,
    TraceQuery,
    storage,
    trace,
)
from lianfang.trace import segment as segments
from lianfang.trace.storage import HEADER, drop_segment, sweep_parts

HOUR = 3_600
ROWS = ([1, 2, 2, 3], [7, 7, 8, 8], [0, 2, 20, 25], [10, 9, 30, 40])
NAMES = ("subject", "place", "t_in", "t_out")
QUERY = TraceQuery(index=(IndexWindow(1),), generations=2)


def table(*rows: tuple[int, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.Int64), orient="row")


def stays(index: PresenceIndex) -> list[tuple[int, ...]]:
    return sorted(zip(*(column.tolist() for column in index.columns()), strict=True))


@pytest.fixture
def index() -> PresenceIndex:
    return PresenceIndex.build(*ROWS)


def test_every_holder_of_columns_is_taken() -> None:
    expected = trace(PresenceIndex.build(*ROWS), QUERY)
    frame = pl.DataFrame(dict(zip(NAMES, ROWS, strict=True)))
    arrow = frame.to_arrow()
    batches = pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches(max_chunksize=1))
    plain = {name: np.array(values, dtype=np.int32) for name, values in zip(NAMES, ROWS, strict=True)}
    zoned = frame.with_columns(pl.from_epoch(name, time_unit="s").dt.replace_time_zone("UTC") for name in NAMES[2:])
    for given in (frame, arrow, batches, arrow.to_batches()[0], plain, zoned):
        assert trace(PresenceIndex.build(given), QUERY).exposures.equals(expected.exposures)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((table((1, 2, 3, 4)).drop("t_in"),), "no column t_in"),
        (
            (table((1, 2, 3, 4)).with_columns(place=pl.lit(None, dtype=pl.Int64)),),
            "1 nulls",
        ),
        ((table((1, 2, 3, 4)).cast({"place": pl.String}),), "place: expected integers, got string"),
        ((table((1, 2, 3, 4)).with_columns(pl.from_epoch("t_in")),), "t_in: a timestamp without a zone"),
        (
            (table((1, 2, 3, 4)).with_columns(pl.from_epoch("t_in", time_unit="ms").dt.replace_time_zone("UTC")),),
            "t_in: a fraction of a second",
        ),
        (({"subject": [1]},), "no table with the columns"),
        (([1], [2]), "one table or four columns, got 2"),
        (([1], [2], [3], [4, 5]), "columns differ in length"),
        (([1], [2], [-(1 << 53) - 1], [4]), "t_in: a time is beyond"),
        (([1], [2], [3], [(1 << 53) + 1]), "t_out: a time is beyond"),
    ],
)
def test_what_holds_no_presences_is_refused(given: tuple[Any, ...], says: str) -> None:
    with pytest.raises(InvalidTraceInputError, match=says):
        PresenceIndex.build(*given)


def test_input_rules_are_counted() -> None:
    index = PresenceIndex.build(
        table(
            (1, 7, 0, 10), (1, 7, 0, 10), (1, 7, 10, 20), (1, 7, 15, 18),  # a repeat; two that join
            (2, 7, 5, 5), (2, 7, 9, 5),  # no time at all
            (3, 7, 0, 19 * HOUR), (4, 7, 0, 10 * HOUR), (4, 7, 10 * HOUR, 20 * HOUR),  # long, and long together
        )
    )  # fmt: skip
    assert index.counts == InputCounts(rows=9, refused=2, duplicates=1, joined=3, long_stays=2)
    assert stays(index) == [(1, 7, 0, 20), (3, 7, 0, 19 * HOUR), (4, 7, 0, 20 * HOUR)]
    assert len(index) == 3
    assert (index.latest_entry, index.span_s, repr(index)) == (0, 20 * HOUR, "PresenceIndex(3 stays, 1 segments)")


def test_nothing_is_an_index_too(tmp_path: Path) -> None:
    for empty in (PresenceIndex.build(table()), PresenceIndex.build([1], [1], [5], [5]), PresenceIndex.of_segments([])):
        assert (len(empty), empty.latest_entry, empty.span_s, empty.nbytes) == (0, None, 0, 0)
        assert trace(empty, QUERY).exposures.num_rows == 0
        assert len(empty.presences()) == 0
    nothing = pa.Table.from_batches([], pa.schema([(name, pa.int64()) for name in NAMES]))
    assert len(PresenceIndex.build(nothing)) == 0
    PresenceIndex.build(table()).write(tmp_path / "empty")
    assert len(PresenceIndex.open(tmp_path / "empty", check=True)) == 0


def test_a_place_without_a_limit_on_ids_times_or_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where int32 does not do, int64 does: by the span of times, or (the limit lowered) by the number of rows."""
    rng = np.random.default_rng(2)
    start = rng.integers(0, 4_000, 900)
    columns = (rng.integers(0, 90, 900), rng.integers(0, 9, 900), start, start + rng.integers(1, 400, 900))
    wide = tuple(
        np.append(column, extra) for column, extra in zip(columns, (7, 3, 1 << 40, (1 << 40) + 5), strict=True)
    )
    expected = trace(PresenceIndex.build(*columns), QUERY)
    index = PresenceIndex.build(*wide)
    assert index.views[0].t_in.dtype == np.int64
    assert trace(index, QUERY).exposures.equals(expected.exposures)
    late_end = tuple(np.append(column, extra) for column, extra in zip(columns, (99, 99, 5, 1 << 40), strict=True))
    assert [view.t_in.dtype for view in PresenceIndex.build(*late_end).views] == [np.int32, np.int64]
    monkeypatch.setattr(segments, "NARROW_LIMIT", 500)
    index = PresenceIndex.build(*columns)
    assert index.views[0].postings.dtype == np.int64
    assert trace(index, QUERY).exposures.equals(expected.exposures)


def test_any_number_of_builders_makes_the_same_index() -> None:
    rng = np.random.default_rng(3)
    start = rng.integers(0, 900_000, 300_000)
    columns = (rng.integers(0, 1 << 60, 300_000) >> 42, rng.integers(0, 5_000, 300_000), start, start + 600)
    one, three = (PresenceIndex.build(*columns, threads=n).segments[0] for n in (1, 3))
    assert one.counts == three.counts
    for left, right in zip(one.short, three.short, strict=True):
        assert np.array_equal(left, right)


def test_stays_go_on_in_the_next_segment() -> None:
    """Touching, overlapping, inside, over three segments, from a long stay; and a neighbour that only looks like it."""
    days = [
        table((1, 7, 0, 100), (2, 7, 0, 50), (3, 8, 0, 19 * HOUR), (4, 7, 0, 10)),
        table((1, 7, 100, 200), (2, 7, 20, 30), (4, 7, 11, 20), (2, 8, 50, 60)),
        table((1, 7, 150, 300), (3, 8, 5, 30 * HOUR)),
    ]
    joined = PresenceIndex.of_segments([PresenceIndex.build(day) for day in days])
    whole = PresenceIndex.build(pl.concat(days))
    assert (len(joined), joined.joined, joined.counts.joined) == (len(whole), 4, 4)
    assert stays(joined.merged()) == stays(whole)
    assert joined.merged().counts.joined == 4
    query = TraceQuery(index=(IndexWindow(4),), generations=2, rule=ContactRule(10))
    for direction in ("forward", "backward"):
        found, expected = (trace(one, query) for one in (joined, whole))
        assert (found.exposures.equals(expected.exposures), direction) == (True, direction)
        assert found.edges.equals(expected.edges)


def test_one_who_was_never_there_the_day_before_has_nothing_to_go_on() -> None:
    days = [table((1, 7, 0, 10), (2, 7, 0, 10), (3, 7, 0, 10)), table((9, 7, 5, 15), (1, 7, 9, 12))]
    joined = PresenceIndex.of_segments([PresenceIndex.build(day) for day in days])
    assert stays(joined.merged()) == [(1, 7, 0, 12), (2, 7, 0, 10), (3, 7, 0, 10), (9, 7, 5, 15)]


def test_ids_far_apart_are_coded_too() -> None:
    near = np.array([5, 1, 5, 3]), np.array([2, 2, 1, 2]), np.array([0, 5, 9, 7]), np.array([8, 9, 12, 8])
    far = tuple((ids << 50) - (1 << 52) for ids in near[:2])
    one, other = PresenceIndex.build(*near), PresenceIndex.build(*far, *near[2:])
    for left, right in zip(one.segments[0].short[5:], other.segments[0].short[5:], strict=True):
        assert np.array_equal(left, right)
    assert other.subjects.tolist() == [-3 << 50, -1 << 50, 1 << 50]


def test_a_day_is_dropped_by_leaving_it_out() -> None:
    days = [PresenceIndex.build(table((1, 7, day, day + 5), (2, 7, day, day + 5))) for day in (0, 100, 200)]
    assert trace(PresenceIndex.of_segments(days), QUERY).exposures["seconds"].to_pylist() == [15]
    assert trace(PresenceIndex.of_segments(days[1:]), QUERY).exposures["seconds"].to_pylist() == [10]


def test_kinds_may_belong_to_the_index(index: PresenceIndex) -> None:
    query = TraceQuery(index=(IndexWindow(1),), rules_by_kind={5: ContactRule(8)})
    kinds = (np.array([9, 7]), np.array([6, 5], dtype=np.int16))
    assert trace(index, query).exposures.num_rows == 1
    for engine in ("local", "reference"):
        assert trace(index.with_place_kinds(*kinds), query, engine=engine).exposures.num_rows == 0
        assert trace(index, query, place_kind=kinds, engine=engine).exposures.num_rows == 0
        assert trace(index.with_place_kinds([9], [5]), query, engine=engine).exposures.num_rows == 1
    with pytest.raises(InvalidTraceInputError, match="two kinds"):
        index.with_place_kinds([7, 7], [1, 1])
    with pytest.raises(InvalidTraceInputError, match="one length"):
        index.with_place_kinds([7], [1, 1])


def test_an_index_is_mapped_as_it_was_written(index: PresenceIndex, tmp_path: Path) -> None:
    long = PresenceIndex.build([5], [7], [3], [20 * HOUR])
    PresenceIndex.of_segments([index, long]).write(tmp_path / "day")
    opened = PresenceIndex.open(tmp_path / "day", check=True)
    assert stays(opened) == stays(PresenceIndex.of_segments([index, long]).merged())
    assert opened.counts == InputCounts(5, long_stays=1)
    assert trace(opened, QUERY).exposures.equals(trace(opened.merged(), QUERY).exposures)
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(FileExistsError):
        index.write(tmp_path / "day")
    drop_segment(tmp_path / "day")
    assert not list(tmp_path.iterdir())
    assert len(trace(opened, QUERY).exposures) == 3  # who has it mapped goes on


def _change_header(directory: Path, **changed: Any) -> None:
    header = json.loads((directory / HEADER).read_text())
    (directory / HEADER).write_text(json.dumps({**header, **changed}))


def _break(directory: Path) -> Iterator[tuple[Any, str]]:
    column = directory / "short.t_in"
    content = column.read_bytes()
    yield lambda: column.write_bytes(content[:-1]), "t_in: missing or not of 16 bytes"
    yield lambda: column.write_bytes(b"\1" + content[1:]), "t_in: damaged"
    yield column.unlink, "t_in: missing"
    yield lambda: _change_header(directory, stays=9), "the header is damaged"
    yield lambda: _change_header(directory, layout=9), "layout 9, this version reads 1"
    yield lambda: _change_header(directory, format="?"), "no segment"
    yield lambda: (directory / HEADER).write_text("{"), "the header is damaged"
    yield (directory / HEADER).unlink, "no segment here"


def test_torn_segments_are_refused(index: PresenceIndex, tmp_path: Path) -> None:
    index.write(tmp_path / "day")
    for damage, says in _break(tmp_path / "day"):
        damage()
        with pytest.raises(SegmentError, match=says):
            PresenceIndex.open(tmp_path / "day", check=True)


def test_a_header_of_something_else_is_refused(tmp_path: Path) -> None:
    import zlib

    header = {"format": "lianfang trace segment", "layout": 1, "stays": 0, "counts": {}, "shelves": {"short": {}}}
    canonical = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    (tmp_path / HEADER).write_text(json.dumps({**header, "checksum": zlib.crc32(canonical)}))
    with pytest.raises(SegmentError, match="lacks or mistakes 'columns'"):
        PresenceIndex.open(tmp_path)


WRITER = """
import sys
from pathlib import Path
import numpy as np
from lianfang.trace import PresenceIndex
n = np.arange(200_000)
index = PresenceIndex.build(n, n % 100, n, n + 50)
for number in range(1_000):
    index.write(Path(sys.argv[1]) / str(number))
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_segments_only(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(3):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    whole = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert len(whole) >= 3
    assert all(len(PresenceIndex.open(path, check=True)) == 200_000 for path in whole)
    assert sweep_parts(tmp_path) <= 1
    assert len(list(tmp_path.iterdir())) == len(whole)


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".day.0.part").mkdir()
    (tmp_path / "day").mkdir()
    assert (sweep_parts(tmp_path), sweep_parts(tmp_path), (tmp_path / "day").exists()) == (1, 0, True)


def test_where_directories_cannot_be_opened_writing_does_without(
    index: PresenceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = SimpleNamespace(name="nt", fsync=os.fsync, rename=os.rename)  # has no `open`
    monkeypatch.setattr(storage, "os", refusing)
    index.write(tmp_path / "day")
    assert len(PresenceIndex.open(tmp_path / "day", check=True)) == len(index)


def test_a_failed_write_leaves_nothing(index: PresenceIndex, tmp_path: Path) -> None:
    broken = SimpleNamespace(segments=(SimpleNamespace(short=index.segments[0].short, long=None),))
    with pytest.raises(AttributeError):
        PresenceIndex.write(broken, tmp_path / "day")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
