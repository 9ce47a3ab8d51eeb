"""What the engine refuses, reports and keeps; proof paths; the parts only large inputs reach."""

from dataclasses import replace

import numpy as np
import pytest

from lianfang.trace import (
    EDGES_SCHEMA,
    EVERYONE,
    EXPOSURES_SCHEMA,
    ContactRule,
    Controls,
    IndexWindow,
    InvalidTraceInputError,
    Links,
    PresenceIndex,
    Presences,
    Step,
    TraceQuery,
    proof_path,
    trace,
    warm_up,
)
from lianfang.trace.engine import trace_local
from lianfang.trace.grouping import Tuning
from lianfang.trace.index import index_of
from lianfang.trace.kernels_sort import order_by_time
from lianfang.trace.kernels_sums import CROWD, FEW, SPREAD_ROOM
from lianfang.trace.model import Facts
from lianfang.trace.reference import trace_reference

STAYS = Presences(*([1, 2, 2, 3], [7, 7, 8, 8], [0, 2, 20, 25], [10, 9, 30, 40]))
QUERY = TraceQuery(index=(IndexWindow(1),), generations=2)
FAR = 1 << 53


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([1], [1], [5], [5]), "t_out: row 0 ends no later than it starts"),
        (([1, 2], [1], [0], [1]), "columns differ in length"),
        (([1.5], [1], [0], [1]), "subject: expected integers, got float64"),
        (([[1]], [1], [0], [1]), "subject: expected one dimension, got 2"),
        ((np.array([1 << 63], dtype=np.uint64), [1], [0], [1]), "subject: a value does not fit int64"),
        (([1], [1], [0], [FAR + 1]), "t_out: a time is beyond"),
        (([1], [1], [-FAR - 1], [0]), "t_in: a time is beyond"),
    ],
)
def test_presences_are_checked(columns: tuple[list[int], ...], says: str) -> None:
    with pytest.raises(InvalidTraceInputError, match=says):
        Presences(*columns)


def test_the_rest_is_checked_too() -> None:
    for wrong, says in (
        (lambda: Links([1], [2], [3, 4]), "columns differ"),
        (lambda: Controls([1], [FAR + 1]), "controlled_at: a time is beyond"),
        (lambda: IndexWindow(1, 5, 5), "index 1: the window ends no later"),
        (lambda: ContactRule(-1), "min_overlap_s: -1 s is not between"),
        (lambda: ContactRule(0, FAR + 1), "linger_s"),
        (lambda: replace(QUERY, direction="sideways"), "neither forward nor backward"),
        (lambda: replace(QUERY, generations=0), "generations: at least 1"),
        (lambda: replace(QUERY, index=EVERYONE), "direct edges only"),
        (lambda: replace(QUERY, horizon=FAR + 1), "horizon: beyond"),
        (lambda: trace(STAYS, QUERY, place_kind=([7, 7], [1, 2])), "a place has two kinds"),
        (lambda: trace(STAYS, QUERY, place_kind=([7], [1, 2])), "of one length"),
    ):
        with pytest.raises(InvalidTraceInputError, match=says):
            wrong()


def test_sums_that_might_not_fit_are_refused() -> None:
    n = 600
    long_stays = Presences(np.arange(n), np.zeros(n, dtype=int), np.full(n, -FAR), np.full(n, FAR))
    with pytest.raises(InvalidTraceInputError, match="does not fit int64"):
        trace(long_stays, TraceQuery(index=(IndexWindow(0),)))


@pytest.mark.parametrize("with_edges", [True, False])
def test_stays_that_go_on_are_summed_up_to_the_horizon(with_edges: bool) -> None:
    n, horizon = 600, 86_400
    open_stays = Presences(np.arange(n), np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.full(n, FAR))
    for direction in ("forward", "backward"):
        query = TraceQuery(index=(IndexWindow(0),), direction=direction, horizon=horizon, with_edges=with_edges)
        told = trace(open_stays, query).exposures
        assert told.num_rows == n - 1
        assert set(told["seconds"].to_pylist()) == {horizon}


def test_answers_have_their_schemas_and_say_what_was_done() -> None:
    result = trace(STAYS, QUERY)
    assert result.exposures.schema.equals(EXPOSURES_SCHEMA)
    assert result.edges.schema.equals(EDGES_SCHEMA)
    assert {
        "engine": "local",
        "presences": 4,
        "exposures": 2,
        "edges": 2,
        "plan": "from the known",
    }.items() <= result.stats.items()
    assert result.stats["latest_entry"] == 25
    assert [plan["round"] for plan in result.stats["rounds"]] == [1, 2]
    assert trace(STAYS, replace(QUERY, generations=9)).stats["rounds"][-1]["reached_or_improved"] == 0


def test_the_index_is_kept_on_the_presences() -> None:
    stays = Presences(STAYS.subject, STAYS.place, STAYS.t_in, STAYS.t_out)
    assert index_of(stays) is index_of(stays)
    assert index_of(index_of(stays)) is index_of(stays)


def test_arrays_that_cannot_be_written_are_fine() -> None:
    frozen = np.array([3, 4])
    frozen.flags.writeable = False
    assert trace(Presences(frozen, frozen // 9, frozen - 3, frozen + 9), QUERY).exposures.num_rows == 0


def test_proof_path_leads_from_an_index_to_the_exposed() -> None:
    result = trace(STAYS, QUERY)
    assert proof_path(result, 3) == (Step(1, 2, 7, 2, 9, False), Step(2, 3, 8, 25, 30, False))
    assert proof_path(result, 1) == ()
    with pytest.raises(InvalidTraceInputError, match="subject 4 is not among"):
        proof_path(result, 4)
    with pytest.raises(InvalidTraceInputError, match="without edges"):
        proof_path(trace(STAYS, replace(QUERY, with_edges=False)), 3)


def test_proof_path_backward_leads_from_the_possible_source_to_the_index() -> None:
    result = trace(STAYS, replace(QUERY, index=(IndexWindow(3),), direction="backward"))
    assert proof_path(result, 1) == (Step(1, 2, 7, 2, 9, False), Step(2, 3, 8, 25, 30, False))


def test_proof_path_over_a_link() -> None:
    result = trace(STAYS, replace(QUERY, index=(IndexWindow(9),)), links=Links([9], [1], [4]))
    assert proof_path(result, 2) == (Step(9, 1, None, 4, 4, False), Step(1, 2, 7, 4, 9, False))


@pytest.mark.parametrize("n", [0, 1, 32, 33, 500])
def test_times_are_sorted_stably(n: int) -> None:
    times = np.random.default_rng(3).integers(-9_000_000, 9_000_000, n) // 1_000 * 1_000
    assert order_by_time(times).tolist() == np.argsort(times, kind="stable").tolist()


@pytest.mark.parametrize(
    ("n", "wide"),
    [(1, 90), (FEW, 90), (FEW + 1, 90), (100, 90), (CROWD, 0), (CROWD + 1, 0), (9 * CROWD, 0), (SPREAD_ROOM + 1, 90)],
)
def test_seconds_of_any_number_of_sources_are_counted_once(n: int, wide: int) -> None:
    """Few spans are sorted where they are, more are spread over cells first, crowds and multitudes sorted by counting passes."""
    rng = np.random.default_rng(n)
    start = rng.integers(0, max(wide * n, 90), n)
    start[-1] = 90 * n  # so that all the others are in one cell, if they are crowded
    end = start + rng.integers(1, 120, n)
    subject, place = np.arange(n + 1), np.zeros(n + 1, dtype=int)
    stays = Presences(subject, place, np.append(start, 0), np.append(end, 100 * n))
    index = tuple(IndexWindow(source) for source in range(n))
    found = trace(stays, TraceQuery(index=index)).exposures.to_pylist()
    covered = np.zeros(100 * n + 120, dtype=bool)
    for begins, ends in zip(start, np.minimum(end, 100 * n), strict=True):
        covered[begins:ends] = True
    assert [(row["sources"], row["union_seconds"]) for row in found] == [(n, covered.sum())]


def busy_place(n: int, seed: int) -> Presences:
    """One place with thousands of short stays and a few that never seem to end: scans must skip blocks, not stop early."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.integers(0, 400_000, n))
    length = rng.integers(1, 300, n)
    length[rng.choice(n, 4, replace=False)] = 300_000
    return Presences(rng.integers(0, n // 4, n), np.zeros(n, dtype=int), start, start + length)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_long_stays_at_a_busy_place_are_found(direction: str) -> None:
    """3,000 rows: about a hundred blocks. The twin would take minutes, so both sides of the scan are compared instead."""
    facts = Facts(busy_place(3_000, seed=4))
    query = TraceQuery(
        index=(IndexWindow(5), IndexWindow(6)), generations=2, direction=direction, rule=ContactRule(60, 60)
    )
    known = trace_local(query, facts, Tuning(sweep=False, from_reached=False, range_edges=100))
    reached = trace_local(replace(query, with_edges=False), facts, Tuning(sweep=True, from_reached=True))
    assert known.exposures.num_rows > 50
    assert known.exposures.equals(reached.exposures)
    assert (known.plan, reached.plan) == ("from the known", "from the reached")
    assert known.n_edges == reached.n_edges


def test_more_edges_than_a_block_holds() -> None:
    """One crowd of 400 who meet all day: more edges than a block, from either side and in several ranges."""
    n = 400
    subject, start = np.tile(np.arange(n), 3), np.repeat([0, 1_000, 5_000], n)
    facts = Facts(Presences(subject, subject * 0, start + subject, start + 900))
    query = TraceQuery(index=tuple(IndexWindow(i) for i in range(120)), generations=2, with_edges=False)
    tunings = (
        Tuning(from_reached=False),
        Tuning(from_reached=False, range_edges=1_000, threads=2, single_rows=0),
        Tuning(from_reached=True),
    )
    first, *others = (trace_local(query, facts, tuning) for tuning in tunings)
    assert first.n_edges == 399 * 280 * 3 > 1 << 17
    assert all(other.exposures.equals(first.exposures) for other in others)
    with_edges = trace_local(replace(query, with_edges=True), facts)
    assert (with_edges.edges.num_rows, with_edges.exposures.equals(first.exposures)) == (first.n_edges, True)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("horizon", [None, 250_000])
def test_a_small_question_is_answered_in_one_step_and_alike(direction: str, horizon: int | None) -> None:
    """From a few index subjects, known or not, controlled or not; in more than one segment; with more stays than are few."""
    stays = busy_place(3_000, seed=6)
    halves = [
        PresenceIndex.build(*(column[part] for column in (stays.subject, stays.place, stays.t_in, stays.t_out)))
        for part in (slice(0, 1_500), slice(1_500, None))
    ]
    controls = Controls([7], [200_000])
    for index in (stays, PresenceIndex.of_segments(halves)):
        for chosen in ([7], [7, 8, -4], [9_999], range(700, 708)):
            windows = tuple(IndexWindow(subject, 1_000, 390_000) for subject in chosen)
            query = TraceQuery(
                index=windows, direction=direction, horizon=horizon, rule=ContactRule(30, 9), with_edges=False
            )
            facts = Facts(index, None, controls)
            small, other = trace_local(query, facts), trace_local(query, facts, Tuning(from_reached=False))
            assert small.exposures.equals(other.exposures)
            assert small.exposures.schema.equals(EXPOSURES_SCHEMA)
            assert (small.n_edges, small.rounds[-1]["plan"]) == (other.n_edges, "edges")
            assert (small.n_edges > 0) == (chosen != [9_999])


def test_a_question_about_few_with_many_stays_is_no_small_one() -> None:
    n = 300
    stays = Presences(
        np.repeat([1, 2], n),
        np.zeros(2 * n, dtype=int),
        np.tile(np.arange(n) * 10, 2),
        np.tile(np.arange(n) * 10 + 5, 2),
    )
    query = TraceQuery(index=(IndexWindow(1),), with_edges=False)
    assert trace_local(query, Facts(stays)).exposures.equals(trace_reference(query, Facts(stays)).exposures)


def test_the_plan_follows_the_estimate() -> None:
    stays = busy_place(600, seed=5)
    query = TraceQuery(index=tuple(IndexWindow(i) for i in range(20)), rule=ContactRule(30), generations=2)
    expected = trace_reference(query, Facts(stays)).exposures
    for tuning, plans in (
        (Tuning(), ["pairs", "edges"]),
        (Tuning(sweep_factor=0), ["sweep", "edges"]),
        (Tuning(cut_stays=0), ["sweep", "sweep"]),
        (Tuning(stored_rows=0), ["pairs", "pairs"]),
    ):
        found = trace_local(query, Facts(stays), tuning)
        assert [plan["plan"] for plan in found.rounds] == plans
        assert found.exposures.equals(expected)


def test_warming_up_runs_every_kernel() -> None:
    warm_up()
