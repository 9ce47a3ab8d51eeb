"""The fast engine and its readable twin give the same tables on every input and with every plan."""

from dataclasses import replace
from itertools import pairwise
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
    Presences,
    TraceQuery,
    TraceResult,
    proof_path,
    trace,
)
from lianfang.trace.engine import trace_local
from lianfang.trace.model import Facts
from lianfang.trace.reference import trace_reference
from lianfang.trace.rounds import Tuning

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1
SMALL_IDS = list(range(7))
ODD_IDS = [LOWEST, LOWEST + 1, -1, 0, 1, HIGHEST - 1, HIGHEST]
PLANS = {
    "default": Tuning(),
    "sweep": Tuning(sweep_rows=1, sweep_share=1 << 30),
    "pairs": Tuning(sweep_rows=1 << 30),
    "streamed by edges": Tuning(stream_edges=-1),
    "streamed by stays": Tuning(stream_pieces=-1, sweep_rows=1, sweep_share=2),
}

times = st.integers(0, 40)
durations = st.sampled_from([0, 0, 1, 2, 3, 7, 15])
rules = st.builds(ContactRule, min_overlap_s=durations, linger_s=durations, cumulative=st.booleans())


@st.composite
def windows(draw: Any, ids: list[int]) -> IndexWindow:
    start = draw(st.none() | times)
    end = draw(st.none() | st.integers(1, 20))
    return IndexWindow(draw(st.sampled_from(ids)), start, end if end is None else end + (start or 0))


@st.composite
def cases(draw: Any) -> tuple[TraceQuery, Facts]:
    ids = draw(st.sampled_from([SMALL_IDS, ODD_IDS]))
    places = ids[: draw(st.integers(1, 4))]
    subject, place = st.sampled_from(ids), st.sampled_from(places)
    stays = draw(st.lists(st.tuples(subject, place, times, st.integers(1, 15)), max_size=24))
    columns = [np.array([stay[i] for stay in stays], dtype=np.int64) for i in range(4)]
    links = draw(st.none() | st.lists(st.tuples(subject, subject, times), max_size=6))
    controls = draw(st.none() | st.lists(st.tuples(subject, times), max_size=4))
    kinds = draw(st.none() | st.lists(st.sampled_from([1, 2, 9]), min_size=len(places), max_size=len(places)))
    everyone = draw(st.integers(0, 7)) == 0
    query = TraceQuery(
        index=EVERYONE if everyone else tuple(draw(st.lists(windows(ids), min_size=1, max_size=3))),
        direction=draw(st.sampled_from(["forward", "backward"])),
        generations=1 if everyone else draw(st.integers(1, 4)),
        latent_s=draw(durations),
        horizon=draw(st.none() | st.integers(5, 60)),
        rule=draw(rules),
        rules_by_kind=draw(st.dictionaries(st.sampled_from([1, 2]), rules)) if kinds else {},
        with_edges=True,
    )
    facts = Facts(
        Presences(columns[0], columns[1], columns[2], columns[2] + columns[3]),
        None if links is None else Links(*_columns(links, 3)),
        None if controls is None else Controls(*_columns(controls, 2)),
        None if kinds is None else (np.array(places), np.array(kinds, dtype=np.int16)),
    )
    return query, facts


def _columns(rows: list[tuple[int, ...]], n: int) -> list[np.ndarray]:
    return [np.array([row[i] for row in rows], dtype=np.int64) for i in range(n)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_fast_engine_agrees_with_its_twin(case: tuple[TraceQuery, Facts]) -> None:
    query, facts = case
    expected = trace_reference(query, facts)
    for plan, tuning in PLANS.items():
        found = trace_local(query, facts, tuning)
        assert found.exposures.to_pylist() == expected.exposures.to_pylist(), plan
        assert found.edges.to_pylist() == expected.edges.to_pylist(), plan
        summed = trace_local(replace(query, with_edges=False), facts, tuning)
        assert summed.exposures.to_pylist() == expected.exposures.to_pylist(), plan
        assert (summed.edges.num_rows, summed.n_edges) == (0, expected.n_edges), plan


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
