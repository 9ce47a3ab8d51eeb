"""What a Spark task does to its partition, without Spark: against a look at every pair, pair by pair and by a sweep."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from lianfang.trace import ContactRule, spark_kernel
from lianfang.trace.grouping import Tuning
from lianfang.trace.spark_kernel import MET, NEVER, REACHED, ROWS, Meeting, meet, relax

SUBJECTS, PLACES, LATEST = 8, 3, 60
RULES = (ContactRule(), ContactRule(4, 3), ContactRule(9, 2, cumulative=True))
Row = dict[str, int | bool]


def partition(rng: np.random.Generator, *, forward: bool) -> list[Row]:
    """Stays with gaps between those of one subject at one place: every one a candidate, those of some subjects sources too."""
    rows: list[Row] = []
    windows = {subject: sorted(rng.choice(LATEST, 2, replace=False).tolist()) for subject in range(SUBJECTS // 2)}
    control = {subject: -NEVER if forward else int(rng.integers(LATEST // 2)) for subject in range(1, SUBJECTS)}
    for place, subject in product(range(PLACES), range(SUBJECTS)):
        cuts = np.sort(rng.choice(LATEST, 2 * rng.integers(4), replace=False)).reshape(-1, 2).tolist()
        for t_in, t_out in cuts:
            stay: Row = {"place": place, "salt": 0, "subject": subject, "t_in": t_in, "t_out": t_out}
            stay |= {"clock": NEVER, "rank": NEVER, "cut_from": control.get(subject, -NEVER)}
            rows.append(stay | {"start": 0, "end": 0, "rule": 0, "wanted": True})
            start, end = max(t_in, windows.get(subject, [LATEST, 0])[0]), min(t_out, windows.get(subject, [0, 0])[1])
            if start < end:
                source: Row = {"start": start, "end": end, "rule": place, "cut_from": -NEVER, "wanted": False}
                rows.append(stay | {"clock": windows[subject][0], "rank": 0} | source)
    return rows


def met_by_hand(rows: list[Row], *, forward: bool) -> set[tuple[int, ...]]:
    """Known, reached, place, start and end of every counted overlap, on the rows' clock."""
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for source, other in product(rows, rows):
        if source["start"] >= source["end"] or not other["wanted"] or source["place"] != other["place"]:
            continue
        begin, late = max(other["t_in"], other["cut_from"]), RULES[source["rule"]].linger_s
        if source["subject"] == other["subject"] or begin >= other["t_out"]:
            continue
        start = max(source["start"], begin - (0 if forward else late))
        end = min(source["end"] + (late if forward else 0), other["t_out"])
        if start < end:
            found.setdefault((source["subject"], other["subject"], source["place"]), []).append((start, end))
    counted = set()
    for (known, reached, place), overlaps in found.items():
        rule, total = RULES[place], sum(end - start for start, end in overlaps)
        for start, end in overlaps:
            if (total if rule.cumulative else end - start) >= rule.min_overlap_s:
                counted.add((known, reached, place, start, end))
    return counted


def earliest(met: set[tuple[int, ...]]) -> dict[int, int]:
    return {reached: min(edge[3] for edge in met if edge[1] == reached) for reached in {edge[1] for edge in met}}


@pytest.mark.parametrize("forward", [True, False])
def test_every_pair_is_met(forward: bool) -> None:
    rng = np.random.default_rng(20)
    for _ in range(40):
        rows = partition(rng, forward=forward)
        found = meet(pa.Table.from_pylist(rows, schema=ROWS), Meeting(RULES, forward)).to_pylist()
        spans = [(edge["start"], edge["end"]) if forward else (-edge["end"], -edge["start"]) for edge in found]
        keys = [(edge["known"], edge["reached"], edge["place"]) for edge in found]
        assert len(found) == len(set(zip(keys, spans, strict=True)))
        assert {key + span for key, span in zip(keys, spans, strict=True)} == met_by_hand(rows, forward=forward)


@pytest.mark.parametrize(("forward", "swept"), list(product((True, False), repeat=2)))
def test_the_earliest_is_found(forward: bool, swept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_kernel, "ONE_THREAD", Tuning(threads=1, sweep_factor=0.0 if swept else 8.0))
    rng = np.random.default_rng(21)
    for _ in range(40):
        rows = partition(rng, forward=forward)
        found = relax(pa.Table.from_pylist(rows, schema=ROWS), Meeting(RULES, forward)).to_pylist()
        expected = earliest(met_by_hand(rows, forward=forward))
        for subject in range(SUBJECTS // 2, SUBJECTS):  # those who are no sources: see `relax`
            assert {row["subject"]: row["clock"] for row in found}.get(subject) == expected.get(subject)


def test_nothing_gives_nothing() -> None:
    rows = ROWS.empty_table()
    assert meet(rows, Meeting(RULES, forward=True)) == MET.empty_table()
    assert relax(rows, Meeting(RULES, forward=False)) == REACHED.empty_table()
