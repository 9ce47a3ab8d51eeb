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
    Presences,
    Step,
    TraceQuery,
    proof_path,
    trace,
    warm_up,
)
from lianfang.trace import layout as layouts
from lianfang.trace.engine import trace_local
from lianfang.trace.kernels_sort import order_by_time
from lianfang.trace.layout import build_layout, dense_codes, layout_of
from lianfang.trace.model import Facts
from lianfang.trace.reference import trace_reference
from lianfang.trace.rounds import Tuning

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


def test_more_rows_than_row_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "MOST_ROWS", 3)
    with pytest.raises(InvalidTraceInputError, match="distributed engine"):
        build_layout(STAYS, "forward")


def test_answers_have_their_schemas_and_say_what_was_done() -> None:
    result = trace(STAYS, QUERY)
    assert result.exposures.schema.equals(EXPOSURES_SCHEMA)
    assert result.edges.schema.equals(EDGES_SCHEMA)
    assert {
        "engine": "local",
        "presences": 4,
        "exposures": 2,
        "edges": 2,
        "plan": "stored",
    }.items() <= result.stats.items()
    assert result.stats["latest_entry"] == 25
    assert [plan["round"] for plan in result.stats["rounds"]] == [1, 2]
    assert trace(STAYS, replace(QUERY, generations=9)).stats["rounds"][-1]["reached_or_improved"] == 0


def test_the_sorted_copy_is_kept_for_each_direction() -> None:
    stays = Presences(STAYS.subject, STAYS.place, STAYS.t_in, STAYS.t_out)
    assert layout_of(stays, "forward") is layout_of(stays, "forward")
    assert layout_of(stays, "backward") is not layout_of(stays, "forward")


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


def test_ids_are_numbered_by_table_or_by_hash() -> None:
    for ids in ([5, 3, 5], [1 << 62, -(1 << 62), 3]):
        distinct, codes = dense_codes(np.array(ids))
        assert distinct.tolist() == sorted(set(ids))
        assert distinct[codes].tolist() == ids


@pytest.mark.parametrize("n", [0, 1, 32, 33, 500])
def test_times_are_sorted_stably(n: int) -> None:
    times = np.random.default_rng(3).integers(-9_000_000, 9_000_000, n) // 1_000 * 1_000
    assert order_by_time(times).tolist() == np.argsort(times, kind="stable").tolist()


def busy_place(n: int, seed: int) -> Presences:
    """One place with thousands of short stays and a few that never seem to end: scans must skip blocks, not stop early."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.integers(0, 400_000, n))
    length = rng.integers(1, 300, n)
    length[rng.choice(n, 4, replace=False)] = 300_000
    return Presences(rng.integers(0, n // 4, n), np.zeros(n, dtype=int), start, start + length)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_long_stays_at_a_busy_place_are_found(direction: str) -> None:
    """3,000 rows: more than two large blocks. The twin would take minutes, so both sides of the scan are compared instead."""
    facts = Facts(busy_place(3_000, seed=4))
    query = TraceQuery(
        index=(IndexWindow(5), IndexWindow(6)), generations=2, direction=direction, rule=ContactRule(60, 60)
    )
    stored = trace_local(query, facts, Tuning(sweep_rows=1 << 30))
    streamed = trace_local(replace(query, with_edges=False), facts, Tuning(sweep_rows=1, stream_pieces=-1))
    assert stored.exposures.num_rows > 50
    assert stored.exposures.equals(streamed.exposures)
    assert (stored.plan, streamed.plan, stored.n_edges) == ("stored", "streamed", streamed.n_edges)


def test_a_subject_with_very_many_edges_is_summed_in_a_stream() -> None:
    starts = np.arange(1_100) * 10
    subject = np.concatenate(([1, 4], np.full(1_100, 2), [3]))
    start, end = np.concatenate(([0, 0], starts, [0])), np.concatenate(([20_000, 2], starts + 5, [4]))
    facts = Facts(Presences(subject, subject * 0, start, end))
    query = TraceQuery(index=(IndexWindow(1), IndexWindow(4)), rule=ContactRule(5, 0, cumulative=True))
    stored = trace_local(query, facts)
    streamed = trace_local(replace(query, with_edges=False), facts, Tuning(stream_pieces=-1))
    assert stored.exposures.equals(streamed.exposures)
    assert stored.exposures["seconds"].to_pylist() == [5_500]


def test_large_places_are_swept_by_default() -> None:
    stays = busy_place(600, seed=5)
    query = TraceQuery(index=tuple(IndexWindow(i) for i in range(20)), rule=ContactRule(30))
    result = trace(stays, query)
    assert result.stats["rounds"][0]["swept_places"] == 1
    assert result.exposures.equals(trace_reference(query, Facts(stays)).exposures)


def test_warming_up_runs_every_kernel() -> None:
    warm_up()
