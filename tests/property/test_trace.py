"""The fast engine and its readable twin give the same tables on every input and with every plan."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.trace import (
    EVERYONE,
    ContactRule,
    Controls,
    IndexWindow,
    InvalidTraceInputError,
    Links,
    PresenceIndex,
    Presences,
    TraceQuery,
    TraceResult,
    proof_path,
    trace,
)
from lianfang.trace.engine import trace_local
from lianfang.trace.grouping import Tuning
from lianfang.trace.model import Facts
from lianfang.trace.reference import trace_reference
from lianfang.trace.segment import LONG_STAY_S

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1
SMALL_IDS = list(range(7))
ODD_IDS = [LOWEST, LOWEST + 1, -1, 0, 1, HIGHEST - 1, HIGHEST]
PLANS = {
    "default": Tuning(),
    "pairs, from the known": Tuning(sweep=False, from_reached=False),
    "sweep, from the known, threads": Tuning(sweep=True, from_reached=False, threads=3, single_rows=0),
    "pairs, from the reached, threads": Tuning(sweep=False, from_reached=True, threads=2, single_rows=0),
    "sweep, from the reached": Tuning(sweep=True, from_reached=True),
    "pairs, threads": Tuning(sweep=False, from_reached=False, threads=4, single_rows=0),
}
LONG_UNIT_S = LONG_STAY_S // 9
"""As the unit of time it makes some stays long ones."""

plans = st.sampled_from(sorted(PLANS))
times = st.integers(0, 40)
durations = st.sampled_from([0, 0, 1, 2, 3, 7, 15])


@st.composite
def windows(draw: Any, ids: list[int], unit: int) -> IndexWindow:
    start = draw(st.none() | times)
    end = draw(st.none() | st.integers(1, 20))
    begin = None if start is None else start * unit
    return IndexWindow(draw(st.sampled_from(ids)), begin, end if end is None else end * unit + (begin or 0))


def rules(unit: int) -> st.SearchStrategy[ContactRule]:
    length = durations.map(lambda units: units * unit)
    return st.builds(ContactRule, min_overlap_s=length, linger_s=length, cumulative=st.booleans())


@st.composite
def cases(draw: Any) -> tuple[TraceQuery, Facts]:
    ids = draw(st.sampled_from([SMALL_IDS, ODD_IDS]))
    unit, origin = draw(st.sampled_from([(1, 0), (LONG_UNIT_S, 0), (LONG_UNIT_S, -HIGHEST // 2048), (1 << 40, 0)]))
    places = ids[: draw(st.integers(1, 4))]
    subject, place = st.sampled_from(ids), st.sampled_from(places)
    stays = draw(st.lists(st.tuples(subject, place, times, st.integers(1, 15)), max_size=24))
    columns = [np.array([stay[i] for stay in stays], dtype=np.int64) for i in range(4)]
    start, end = origin + columns[2] * unit, origin + (columns[2] + columns[3]) * unit
    moments = times.map(lambda time: origin + time * unit)
    links = draw(st.none() | st.lists(st.tuples(subject, subject, moments), max_size=6))
    controls = draw(st.none() | st.lists(st.tuples(subject, moments), max_size=4))
    kinds = draw(st.none() | st.lists(st.sampled_from([1, 2, 9]), min_size=len(places), max_size=len(places)))
    everyone = draw(st.integers(0, 7)) == 0
    index = EVERYONE if everyone else tuple(draw(st.lists(windows(ids, unit), min_size=1, max_size=3)))
    if origin and not everyone:
        index = tuple(
            IndexWindow(w.subject, *(None if t is None else origin + t for t in (w.start, w.end))) for w in index
        )
    query = TraceQuery(
        index=index,
        direction=draw(st.sampled_from(["forward", "backward"])),
        generations=1 if everyone else draw(st.integers(1, 4)),
        latent_s=draw(durations) * unit,
        horizon=draw(st.none() | st.integers(5, 60).map(lambda time: origin + time * unit)),
        rule=draw(rules(unit)),
        rules_by_kind=draw(st.dictionaries(st.sampled_from([1, 2]), rules(unit))) if kinds else {},
        with_edges=True,
    )
    facts = Facts(
        Presences(columns[0], columns[1], start, end),
        None if links is None else Links(*_columns(links, 3)),
        None if controls is None else Controls(*_columns(controls, 2)),
        None if kinds is None else (np.array(places), np.array(kinds, dtype=np.int16)),
    )
    return query, facts


def _columns(rows: list[tuple[int, ...]], n: int) -> list[np.ndarray]:
    return [np.array([row[i] for row in rows], dtype=np.int64) for i in range(n)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), summing=plans)
def test_fast_engine_agrees_with_its_twin(case: tuple[TraceQuery, Facts], summing: str) -> None:
    """With its edges by every plan, without them by a drawn one."""
    query, facts = case
    expected = trace_reference(query, facts)
    exposures, edges = expected.exposures.to_pylist(), expected.edges.to_pylist()
    for plan, tuning in PLANS.items():
        found = trace_local(query, facts, tuning)
        assert found.exposures.to_pylist() == exposures, plan
        assert found.edges.to_pylist() == edges, plan
    for plan in {summing, "default"}:
        summed = trace_local(replace(query, with_edges=False), facts, PLANS[plan])
        assert summed.exposures.to_pylist() == exposures, plan
        assert (summed.edges.num_rows, summed.n_edges) == (0, expected.n_edges), plan


def _same(found: TraceResult, expected: TraceResult) -> None:
    assert found.exposures.to_pylist() == expected.exposures.to_pylist()
    assert found.edges.to_pylist() == expected.edges.to_pylist()


@given(case=cases(), plan=plans, data=st.data())
def test_segments_answer_as_one(case: tuple[TraceQuery, Facts], plan: str, data: st.DataObject) -> None:
    """However the rows are dealt to segments, mapped from disk or not, known with kinds or told them; merged again too."""
    query, facts = case
    p, expected = facts.presences, _ask(*case)
    part = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(p), max_size=len(p))), dtype=np.int64)
    dealt = [Presences(*(column[part == k] for column in (p.subject, p.place, p.t_in, p.t_out))) for k in range(4)]
    with TemporaryDirectory() as home:
        segments = [PresenceIndex.build(rows) for rows in dealt]
        segments[0].write(Path(home) / "segment")
        segments[0] = PresenceIndex.open(Path(home) / "segment", check=True)
        index = PresenceIndex.of_segments(segments)
        found = trace_local(query, facts._replace(presences=index), PLANS[plan])
        assert found.exposures.to_pylist() == expected.exposures.to_pylist()
        assert found.edges.to_pylist() == expected.edges.to_pylist()
    merged = index.merged()
    assert len(merged) == len(index) == len(PresenceIndex.build(p))
    if facts.place_kind is not None:
        merged = merged.with_place_kinds(*facts.place_kind)
    _same(_ask(query, facts, presences=merged, place_kind=None), expected)


def test_concurrent_questions_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(8)
    start = rng.integers(0, 90_000, 4_000)
    index = PresenceIndex.build(rng.integers(0, 300, 4_000), rng.integers(0, 40, 4_000), start, start + 1_000)
    queries = [
        TraceQuery(index=(IndexWindow(i),), generations=1 + i % 3, direction=("forward", "backward")[i % 2])
        for i in range(24)
    ]
    tunings = list(PLANS.values())
    expected = [trace(index, query) for query in queries]
    with ThreadPoolExecutor(8) as callers:
        asked = [(query, Facts(index), tunings[i % len(tunings)]) for i, query in enumerate(queries * 4)]
        for found, result in zip(callers.map(lambda ask: trace_local(*ask), asked), expected * 4, strict=True):
            assert found.exposures.equals(result.exposures)
            assert found.edges.equals(result.edges)


def _ask(query: TraceQuery, facts: Facts, **changed: Any) -> TraceResult:
    facts = facts._replace(**changed)
    return trace(facts.presences, query, links=facts.links, controls=facts.controls, place_kind=facts.place_kind)


@given(case=cases(), data=st.data())
def test_order_and_repetition_of_rows_do_not_matter(case: tuple[TraceQuery, Facts], data: st.DataObject) -> None:
    query, facts = case
    rows = list(range(len(facts.presences)))
    shuffled = data.draw(st.permutations(rows))
    again = shuffled + (data.draw(st.lists(st.sampled_from(rows))) if rows else [])
    p = facts.presences
    other = Presences(p.subject[again], p.place[again], p.t_in[again], p.t_out[again])
    first, second = _ask(query, facts), _ask(query, facts, presences=other)
    assert first.exposures.equals(second.exposures)
    assert first.edges.equals(second.edges)


@given(case=cases())
def test_every_exposure_has_a_proof_path(case: tuple[TraceQuery, Facts]) -> None:
    query, facts = case
    result = _ask(query, facts)
    first = {row["subject"]: row for row in result.exposures.to_pylist()}
    forward = query.direction == "forward"
    for subject in first:
        path = proof_path(result, subject)
        assert path[-1 if forward else 0][1 if forward else 0] == subject
        assert path[0 if forward else -1][0 if forward else 1] in result.index
        for earlier, later in pairwise(path):
            assert earlier.exposed == later.source
            middle = earlier.exposed if forward else later.source
            if later.place is not None and forward:
                assert later.start >= first[middle]["first"] + query.latent_s
            if earlier.place is not None and not forward:
                assert earlier.end <= first[middle]["last"] - query.latent_s


@given(case=cases())
def test_more_rounds_only_reach_more_and_sooner(case: tuple[TraceQuery, Facts]) -> None:
    query, facts = case
    if query.index == EVERYONE:
        with pytest.raises(InvalidTraceInputError):
            _more_rounds(query)
        return
    now, later = _ask(query, facts), _ask(_more_rounds(query), facts)
    column, better = ("first", min) if query.direction == "forward" else ("last", max)
    reached = dict(zip(later.exposures["subject"].to_pylist(), later.exposures[column].to_pylist(), strict=True))
    for subject, time in zip(now.exposures["subject"].to_pylist(), now.exposures[column].to_pylist(), strict=True):
        assert better(reached[subject], time) == reached[subject]


def _more_rounds(query: TraceQuery) -> TraceQuery:
    return replace(query, generations=query.generations + 1)
