"""The command `lianfang trace`: files in, exposures out, every refusal one line naming row and field."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lianfang.cli.main import main

HEADER = "subject,place,t_in,t_out\n"
COLUMNS = ["subject", "generation", "first", "last", "seconds", "places", "via_subject", "via_place"]
INTEGERS = HEADER + "1,7,0,1000\n2,7,50,1200\n3,8,1100,1900\n2,8,1150,2000\n"
ISO = (
    HEADER
    + "王,菜市场,2020-12-01T08:00:00+08:00,2020-12-01T09:00:00+08:00\n"
    + "李,菜市场,2020-12-01T00:30:00Z,2020-12-01T01:30:00Z\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "presences.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["trace", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def answer(run: Any, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = run(*arguments, "--format", "json")
    assert code == 0, err
    return list(json.loads(out)["exposures"])


@pytest.mark.parametrize("engine", ["local", "reference"])
def test_json_has_the_documented_shape(run: Any, write: Any, engine: str) -> None:
    code, out, err = run(
        write(INTEGERS),
        "--index",
        "1",
        "--generations",
        "2",
        "--min-overlap",
        "10m",
        "--format",
        "json",
        "--engine",
        engine,
    )
    assert code == 0
    document = json.loads(out)
    assert set(document) == {"exposures", "stats"}
    assert document["exposures"] == [
        dict(zip(COLUMNS, (2, 1, 50, 1000, 950, 1, 1, 7), strict=True)),
        dict(zip(COLUMNS, (3, 2, 1150, 1900, 750, 1, 2, 8), strict=True)),
    ]
    assert document["stats"]["engine"] == engine
    assert document["stats"]["latest_entry"] == 1150
    assert err.startswith("2 exposed, 2 edges, 4 presences, ")


def test_a_quarter_of_an_hour_is_the_default_overlap(run: Any, write: Any) -> None:
    file = write(HEADER + "1,7,0,1000\n2,7,100,2000\n3,7,101,2000\n")
    assert [row["subject"] for row in answer(run, file, "--index", "1")] == [2]
    assert [row["subject"] for row in answer(run, file, "--index", "1", "--min-overlap", "0")] == [2, 3]


def test_times_and_ids_come_back_in_the_form_of_the_input(run: Any, write: Any) -> None:
    (row,) = answer(run, write(ISO), "--index", "王")
    assert (row["subject"], row["via_place"]) == ("李", "菜市场")
    assert (row["first"], row["last"]) == ("2020-12-01T08:30:00+08:00", "2020-12-01T09:00:00+08:00")
    assert row["seconds"] == 1800


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        ("2020-12-01 00:00Z", "2020-12-01 00:30:00Z"),
        ("2020-12-01T00:00:00.000Z", "2020-12-01T00:30:00Z"),
        ("2020-11-30T19:30:00-0430", "2020-11-30T20:00:00-0430"),
        ("2020-12-01t08:00:00+08", "2020-12-01t08:30:00+08"),
    ],
)
def test_every_iso_form_is_kept(run: Any, write: Any, first: str, shown: str) -> None:
    end, start = "2020-12-01T01:00:00Z", "2020-12-01T00:30:00Z"
    (row,) = answer(run, write(f"{HEADER}a,p,{first},{end}\nb,p,{start},{end}\n"), "--index", "a")
    assert row["first"] == shown


def test_table_csv_and_files(run: Any, write: Any, tmp_path: Path) -> None:
    file = write(ISO)
    _, table, _ = run(file, "--index", "王")
    header, line = table.splitlines()
    assert header.split() == COLUMNS
    assert line.startswith("李                1  2020-12-01T08:30:00+08:00")
    _, csv, _ = run(file, "--index", "王", "--format", "csv")
    assert csv.splitlines()[1] == "李,1,2020-12-01T08:30:00+08:00,2020-12-01T09:00:00+08:00,1800,1,王,菜市场"
    code, out, _ = run(file, "--index", "王", "--format", "csv", "-o", str(tmp_path / "out.csv"))
    assert (code, out) == (0, "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == csv


def test_parquet_in_and_out_keeps_types(run: Any, tmp_path: Path) -> None:
    start = datetime(2020, 12, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "subject": pl.Series(["a", "b"], dtype=pl.Categorical),
            "place": [5, 5],
            "t_in": [start, start],
            "t_out": [start.replace(hour=1), None],
        }
    ).with_columns(pl.col("t_in", "t_out").dt.convert_time_zone("Asia/Shanghai"))
    source, out, edges = tmp_path / "in.parquet", tmp_path / "out.parquet", tmp_path / "edges.parquet"
    frame.write_parquet(source)
    options = ("--index", "a", "--until", "2020-12-01T02:00:00Z")
    (row,) = answer(run, str(source), *options)
    assert (row["first"], row["via_place"]) == ("2020-12-01T08:00:00+08:00", "5")
    assert run(str(source), *options, "--format", "parquet", "-o", str(out), "--edges", str(edges))[0] == 0
    assert pl.read_parquet(out)["first"].to_list() == [start]
    assert pl.read_parquet(out)["first"].dtype == pl.Datetime("ms", "Asia/Shanghai")
    assert pl.read_parquet(edges).columns == ["source", "exposed", "place", "start", "end", "lingering"]


def test_parquet_floats_that_are_whole_are_integers(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "pandas.parquet"
    pl.DataFrame(
        {"subject": [1, 2], "place": [1.0, 1.0], "t_in": [0, 0], "t_out": [float("nan"), 5000.0]}
    ).write_parquet(path)
    (row,) = answer(run, str(path), "--index", "1", "--until", "2000")
    assert (row["last"], row["via_place"]) == (2000, 1)
    pl.DataFrame({"subject": [1], "place": [1.5], "t_in": [0], "t_out": [9]}).write_parquet(path)
    code, _, err = run(str(path), "--index", "1")
    assert (code, "row 1, place: '1.5' is of type Float64" in err) == (2, True)


def test_edges_as_csv_in_both_directions(run: Any, write: Any, tmp_path: Path) -> None:
    file, edges = write(HEADER + "9,1,0,10\n8,1,12,30\n7,1,5,40\n"), tmp_path / "edges.csv"
    assert run(file, "--index", "9", "--min-overlap", "0", "--linger", "5", "--edges", str(edges))[0] == 0
    assert edges.read_text() == "source,exposed,place,start,end,lingering\n9,7,1,5,15,false\n9,8,1,12,15,true\n"
    assert (
        run(
            file,
            "--index",
            "8",
            "--min-overlap",
            "0",
            "--linger",
            "5",
            "--edges",
            str(edges),
            "--direction",
            "backward",
        )[0]
        == 0
    )
    assert edges.read_text().splitlines()[1:] == ["7,8,1,12,30,false", "9,8,1,12,15,true"]


def test_everybody_as_index(run: Any, write: Any, tmp_path: Path) -> None:
    edges = tmp_path / "edges.csv"
    code, out, _ = run(
        write(INTEGERS), "--index", "all", "--min-overlap", "0", "--edges", str(edges), "--format", "json"
    )
    assert (code, json.loads(out)["exposures"]) == (0, [])
    pairs = [tuple(line.split(",")[:2]) for line in edges.read_text().splitlines()[1:]]
    assert pairs == [("2", "1"), ("1", "2"), ("3", "2"), ("2", "3")]


def test_windows_several_indices_links_and_controls(run: Any, write: Any) -> None:
    presences = write(HEADER + "lot,store,0,5000\nbox,shop,2000,5000\nwang,shop,0,9000\nli,store,0,5000\n")
    links, controls = (
        write("from,to,at\nlot,box,1000\n", "links.csv"),
        write("subject,controlled_at\nbox,4000\n", "controls.csv"),
    )
    found = answer(run, presences, "--index", "lot@0..1500", "--links", links, "--controls", controls)
    assert [(row["subject"], row["generation"], row["first"], row["last"], row["via_place"]) for row in found] == [
        ("box", 0, 1000, 1000, None),
        ("li", 1, 0, 1500, "store"),
        ("wang", 1, 2000, 4000, "shop"),
    ]
    open_ended = answer(run, presences, "--index", "lot@..1500", "--index", "lot@4000..")
    assert [(row["subject"], row["seconds"]) for row in open_ended] == [("li", 2500)]


def test_integers_only_if_all_ids_are_as_integers_are_printed(run: Any, write: Any) -> None:
    large = (1 << 63) - 1
    (row,) = answer(run, write(f"{HEADER}{-large - 1},0,0,1000\n{large},0,0,1000\n"), "--index", str(-large - 1))
    assert row["subject"] == large
    found = answer(run, write(HEADER + "007,5,0,1000\n7,5,0,1000\n10,5,0,1000\n9,5,0,1000\n"), "--index", "007")
    assert [row["subject"] for row in found] == ["10", "7", "9"]
    beyond = answer(run, write(f"{HEADER}{large + 1},5,0,1000\n1,5,0,1000\n"), "--index", "1")
    assert beyond[0]["subject"] == str(large + 1)


def test_an_index_with_an_at_sign_in_its_name(run: Any, write: Any) -> None:
    file = write(HEADER + "a@b,p,0,1000\nc,p,0,1000\n")
    assert len(answer(run, file, "--index", "a@b")) == len(answer(run, file, "--index", "a@b@0..5000")) == 1


def test_byte_order_mark_crlf_blank_lines_quotes_and_other_columns(run: Any, write: Any) -> None:
    content = '\ufefft_out,note,subject,place,t_in\r\n1000,x,1,"5",0\r\n\r\n1000,"a,b",2,5,0\r\n'
    assert [row["subject"] for row in answer(run, write(content), "--index", "1")] == [2]


def test_open_stays_end_at_the_horizon(run: Any, write: Any) -> None:
    file = write(HEADER + "1,5,0,\n2,5,100,\n3,5,5000,\n4,5,0,9000\n")
    found = answer(run, file, "--index", "1", "--until", "2000", "--min-overlap", "0")
    assert [(row["subject"], row["last"]) for row in found] == [(4, 2000), (2, 2000)]


def test_no_rows_at_all(run: Any, write: Any) -> None:
    code, out, err = run(write(HEADER), "--index", "all", "--format", "csv")
    assert (code, len(out.splitlines())) == (0, 1)
    assert err.startswith("0 exposed, 0 edges, 0 presences")
    assert run(write(HEADER), "--index", "all", "--until", "2020-12-01T00:00:00Z")[0] == 0


GOOD = "1,5,0,10\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEADER + GOOD + "2,5,10,10\n", "row 3, t_out: '10' is not after t_in 10"),
        (HEADER + GOOD + "\n2,5,11,10\n", "row 4, t_out: '10' is not after t_in 11"),
        (HEADER + GOOD + ",5,1,10\n", "row 3, subject: is empty"),
        (HEADER + GOOD + "2, ,1,10\n", "row 3, place: ' ' is empty"),
        (HEADER + GOOD + "2,5,,10\n", "row 3, t_in: is empty"),
        (HEADER + GOOD + "2,5,1,\n", "row 3, t_out: is empty; --until T says when open stays end"),
        (HEADER + GOOD + "2,5,soon,10\n", "row 3, t_in: 'soon' is neither integer seconds nor an ISO 8601 time"),
        (HEADER + GOOD + "2,5,1.5,10\n", "row 3, t_in: '1.5' is neither"),
        (HEADER + GOOD + "2,5,0,2020-12-01T00:00:00Z\n", "row 3, t_out: '2020-12-01T00:00:00Z' is not in the form"),
        (HEADER + "1,5,2020-12-01T00:00:00Z,99\n", "row 2, t_out: '99' is not in the form"),
        (
            HEADER + "1,5,2020-12-01T00:00:00,2020-12-01T00:00:00Z\n",
            "row 2, t_in: '2020-12-01T00:00:00' has no time zone",
        ),
        (HEADER + "1,5,2020-12-01,2020-12-02\n", "row 2, t_in: '2020-12-01' has no time zone"),
        (HEADER + "1,5,2020-02-30T00:00:00Z,2020-12-02T00:00:00Z\n", "row 2, t_in: '2020-02-30T00:00:00Z' is neither"),
        (
            HEADER + "1,5,2020-12-01T00:00:00.5Z,2020-12-02T00:00:00Z\n",
            "row 2, t_in: '2020-12-01T00:00:00.5Z' has a fraction",
        ),
        (HEADER + "1,5,2020-12-01T00:00:00X,2020-12-02T00:00:00Z\n", "row 2, t_in: '2020-12-01T00:00:00X' is neither"),
        (HEADER + "1,5,0,99999999999999999999\n", "row 2, t_out: '99999999999999999999' is beyond"),
        (HEADER + "1,5,0,9007199254740993\n", "row 2, t_out: '9007199254740993' is beyond"),
        (HEADER + "1,5,0,10,11\n", "row 2: 5 fields, but the header has 4"),
        ("subject,place\n1,2\n", "row 1: no column t_in, t_out (found: subject, place)"),
        ("", "row 1: empty file; a header with subject,place,t_in,t_out is expected"),
        (b"subject,place,t_in,t_out\n1,\xff,3,4\n", "row 2: not UTF-8 text"),
        (b"PAR1 but not really", "presences.csv: "),
    ],
)
def test_wrong_files_are_refused_with_row_and_field(run: Any, write: Any, content: str | bytes, says: str) -> None:
    code, out, err = run(write(content), "--index", "1")
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("lianfang trace: ")
    assert len(err.splitlines()) == 1


def test_parquet_without_zone_or_of_a_wrong_type_is_refused(run: Any, tmp_path: Path) -> None:
    path, start = tmp_path / "p.parquet", datetime(2020, 12, 1)  # noqa: DTZ001  naive on purpose
    for times, says in (
        ([start], "row 1, t_in: '2020-12-01 00:00:00' has no time zone"),
        ([start.replace(microsecond=5, tzinfo=UTC)], "has a fraction of a second"),
        ([True], "row 1, t_in: 'True' is neither"),
        ([1 << 60], "is beyond"),
    ):
        pl.DataFrame({"subject": [1], "place": [1], "t_in": times, "t_out": times}).write_parquet(path)
        code, _, err = run(str(path), "--index", "1")
        assert (code, says in err) == (2, True), err
    pl.DataFrame(
        {"subject": [1], "place": [None], "t_in": [1], "t_out": [2]}, schema_overrides={"place": pl.Int64}
    ).write_parquet(path)
    assert "row 1, place: is empty" in run(str(path), "--index", "1")[2]
    pl.DataFrame({"subject": [1]}).write_parquet(path)
    assert "no column place" in run(str(path), "--index", "1")[2]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--index", "4"], "--index 4: no presence and no link has the subject '4'"),
        (["--index", "wang"], "has the subject 'wang'"),
        (["--index", "1@10..5"], "--index 1@10..5: the window ends no later than it starts"),
        (["--index", "1@2020-12-01T00:00:00Z.."], "'2020-12-01T00:00:00Z' is not in the form of the other times"),
        (["--index", "1@soon.."], "--index 1@soon..: 'soon' is neither"),
        (["--index", "1", "--until", "noon"], "--until: 'noon' is neither"),
        (["--index", "1", "--until", ""], "--until: '' is neither"),
        (["--index", "all", "--index", "1"], "--index all: stands alone"),
        (["--index", "all", "--generations", "2"], "direct edges only"),
        (["--index", "1", "--links", "nowhere.csv"], "nowhere.csv: No such file or directory"),
        (["--index", "1", "-o", "/nowhere/out"], "/nowhere/out: No such file or directory"),
    ],
)
def test_wrong_options_are_refused_in_one_line(run: Any, write: Any, options: list[str], says: str) -> None:
    code, out, err = run(write(INTEGERS), *options)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_store_and_a_master_are_for_spark(run: Any, write: Any, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "_manifest.json").write_text("{}")
    for arguments, says in (
        ((str(tmp_path / "store"),), "store: a store of presences: --engine spark traces it"),
        (("hdfs://node/store",), "hdfs://node/store: a store of presences: --engine spark traces it"),
        ((str(write(INTEGERS)), "--master", "local[1]"), "--master: only with --engine spark"),
    ):
        code, out, err = run(*arguments, "--index", "1")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert says in err


def test_links_and_controls_are_checked_like_presences(run: Any, write: Any) -> None:
    file = write(INTEGERS)
    links = write("from,to,at\n1,2,2020-12-01T00:00:00Z\n", "links.csv")
    assert (
        "links.csv: row 2, at: '2020-12-01T00:00:00Z' is not in the form"
        in run(file, "--index", "1", "--links", links)[2]
    )
    controls = write("subject,controlled_at\n1,\n", "controls.csv")
    assert "controls.csv: row 2, controlled_at: is empty" in run(file, "--index", "1", "--controls", controls)[2]


@pytest.mark.parametrize(
    "options",
    [
        ["--min-overlap", "a while"],
        ["--latent", "-5"],
        ["--linger", "999999999999d"],
        ["--generations", "0"],
        ["--edges", "edges.xlsx"],
        ["--direction", "sideways"],
    ],
)
def test_usage_errors_exit_2(run: Any, write: Any, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(write(INTEGERS), "--index", "1", *options)
    assert refused.value.code == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize("duration", ["900", "900s", "15m"])
def test_durations_have_units(run: Any, write: Any, duration: str) -> None:
    assert len(answer(run, write(INTEGERS), "--index", "1", "--min-overlap", duration)) == 1
    assert answer(run, write(INTEGERS), "--index", "1", "--min-overlap", "1h") == []


def test_string_codes_break_ties_in_code_point_order(run: Any, write: Any) -> None:
    rows = "".join(f"{name},p,0,1000\n" for name in ("Ω", "a", "Z", "王", "😀", "x"))
    file = write(HEADER + rows)
    assert [row["subject"] for row in answer(run, file, "--index", "x")] == ["Z", "a", "Ω", "王", "😀"]


def test_the_installed_command_writes_parquet_to_a_pipe(write: Any) -> None:
    command = [
        str(Path(sys.executable).with_name("lianfang")),
        "trace",
        write(INTEGERS),
        "--index",
        "1",
        "--format",
        "parquet",
    ]
    done = subprocess.run(command, check=True, capture_output=True)
    assert pl.read_parquet(done.stdout)["subject"].to_list() == [2]
