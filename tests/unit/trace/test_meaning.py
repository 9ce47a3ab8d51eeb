"""The meaning of a trace on small cases worked out by hand; every case runs on both engines."""

from typing import Any

import pytest

from lianfang.trace import (
    EVERYONE,
    ContactRule,
    Controls,
    IndexWindow,
    Links,
    Presences,
    TraceQuery,
    TraceResult,
    proof_path,
    trace,
)

WANG, LI, ZHAO, LOT, BOX = 1, 2, 3, 40, 41
SHOP, BUS, WARD = 100, 200, 300


@pytest.fixture(params=["local", "reference"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.param


def stays(*rows: tuple[int, int, int, int]) -> Presences:
    return Presences(*([row[i] for row in rows] for i in range(4)))


def asked(*index: IndexWindow, **options: Any) -> TraceQuery:
    rule = ContactRule(options.pop("min_overlap", 0), options.pop("linger", 0), options.pop("cumulative", False))
    return TraceQuery(index=index or (IndexWindow(WANG),), rule=rule, **options)


def rows(result: TraceResult, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in result.exposures.to_pylist()]


def edges(result: TraceResult) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in result.edges.to_pylist()]


def test_together_is_counted_and_touching_is_not(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 5, 20), (ZHAO, SHOP, 10, 20), (ZHAO, BUS, 0, 10))
    result = trace(presences, asked(), engine=engine)
    assert edges(result) == [(WANG, LI, SHOP, 5, 10, False)]
    assert result.exposures.to_pylist() == [
        {
            "subject": LI,
            "generation": 1,
            "first": 5,
            "last": 10,
            "seconds": 5,
            "union_seconds": 5,
            "places": 1,
            "sources": 1,
            "via_subject": WANG,
            "via_place": SHOP,
        }
    ]


def test_stays_that_overlap_or_touch_are_one_stay(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 0, 4), (LI, SHOP, 4, 8), (LI, SHOP, 3, 5), (LI, SHOP, 3, 5))
    assert edges(trace(presences, asked(min_overlap=8), engine=engine)) == [(WANG, LI, SHOP, 0, 8, False)]


@pytest.mark.parametrize(
    ("min_overlap", "cumulative", "counted"), [(4, False, 1), (5, False, 0), (7, True, 2), (8, True, 0)]
)
def test_least_time_together_alone_or_summed_per_place(
    engine: Any, min_overlap: int, cumulative: bool, counted: int
) -> None:
    presences = stays(
        (WANG, SHOP, 0, 100), (LI, SHOP, 10, 13), (LI, SHOP, 20, 24), (WANG, BUS, 200, 203), (LI, BUS, 200, 203)
    )
    result = trace(presences, asked(min_overlap=min_overlap, cumulative=cumulative), engine=engine)
    assert len(edges(result)) == counted
    assert rows(result, "first", "seconds") == {1: [(20, 4)], 2: [(10, 7)], 0: []}[counted]


def test_a_place_goes_on_exposing_for_the_lingering_time(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 12, 20), (ZHAO, SHOP, 8, 20), (BOX, SHOP, 15, 20))
    result = trace(presences, asked(linger=5), engine=engine)
    assert edges(result) == [(WANG, LI, SHOP, 12, 15, True), (WANG, ZHAO, SHOP, 8, 15, False)]
    backward = trace(presences, asked(IndexWindow(LI), linger=5, direction="backward"), engine=engine)
    assert (WANG, LI, SHOP, 12, 15, True) in edges(backward)
    assert trace(presences, asked(IndexWindow(WANG), linger=5, direction="backward"), engine=engine).edges.num_rows == 1


def test_windows_of_one_index_are_united_and_cut_the_stay(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 100), (LI, SHOP, 0, 100))
    windows = [
        IndexWindow(WANG, 10, 20),
        IndexWindow(WANG, 20, 30),
        IndexWindow(WANG, 50, 60),
        IndexWindow(WANG, 25, 28),
    ]
    result = trace(presences, asked(*windows), engine=engine)
    assert [edge[3:5] for edge in edges(result)] == [(10, 30), (50, 60)]
    assert rows(result, "first", "last", "seconds") == [(10, 60, 30)]


def test_simultaneous_seconds_are_counted_once_in_the_union(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (ZHAO, SHOP, 5, 15), (LI, SHOP, 0, 20))
    result = trace(presences, asked(IndexWindow(WANG), IndexWindow(ZHAO)), engine=engine)
    assert rows(result, "seconds", "union_seconds", "places", "sources") == [(20, 15, 1, 2)]


def test_generations_need_the_latent_time(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 0, 10), (LI, BUS, 50, 60), (ZHAO, BUS, 50, 60))
    assert rows(trace(presences, asked(generations=1), engine=engine), "subject", "generation") == [(LI, 1)]
    second = trace(presences, asked(generations=2, latent_s=55), engine=engine)
    assert rows(second, "subject", "generation", "first", "via_subject") == [(LI, 1, 0, WANG), (ZHAO, 2, 55, LI)]
    assert trace(presences, asked(generations=2, latent_s=60), engine=engine).exposures.num_rows == 1


def test_a_later_round_can_reach_earlier(engine: Any) -> None:
    """Zhao meets Wang late, but Li, met by Wang early, sooner: breadth-first search would keep the late time."""
    presences = stays(
        (WANG, SHOP, 0, 5),
        (LI, SHOP, 0, 5),
        (LI, BUS, 10, 20),
        (ZHAO, BUS, 10, 20),
        (WANG, WARD, 90, 99),
        (ZHAO, WARD, 90, 99),
    )
    result = trace(presences, asked(generations=2), engine=engine)
    assert rows(result, "subject", "generation", "first", "via_subject") == [(LI, 1, 0, WANG), (ZHAO, 1, 10, LI)]


def test_controls_and_horizon_end_what_a_source_does(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 100), (LI, SHOP, 0, 100))
    held = Controls([WANG, WANG], [30, 40])
    assert rows(trace(presences, asked(), controls=held, engine=engine), "last") == [(30,)]
    assert rows(trace(presences, asked(linger=5), controls=held, engine=engine), "last") == [(35,)]
    assert rows(trace(presences, asked(horizon=20), controls=held, engine=engine), "last") == [(20,)]
    assert rows(
        trace(presences, asked(IndexWindow(LI), direction="backward"), controls=held, engine=engine), "last"
    ) == [(30,)]
    assert rows(trace(presences, asked(IndexWindow(LI), direction="backward", horizon=20), engine=engine), "last") == [
        (20,)
    ]
    assert trace(presences, asked(IndexWindow(WANG, 50), horizon=20), engine=engine).exposures.num_rows == 0


def test_links_reach_in_the_same_generation(engine: Any) -> None:
    """A lot becomes boxes; what meets a box of an index lot is of generation 1."""
    presences = stays((LOT, SHOP, 0, 10), (BOX, BUS, 30, 40), (LI, BUS, 35, 50), (LI, SHOP, 5, 8))
    links = Links([LOT, LOT, BOX], [BOX, BOX, BOX], [20, 20, 1])
    result = trace(presences, asked(IndexWindow(LOT)), links=links, engine=engine)
    assert rows(result, "subject", "generation", "first", "via_subject", "via_place", "sources", "seconds") == [
        (BOX, 0, 20, LOT, None, 1, 0),
        (LI, 1, 5, LOT, SHOP, 2, 8),
    ]
    assert edges(result)[-1] == (LOT, BOX, None, 20, 20, False)
    late = trace(presences, asked(IndexWindow(LOT), horizon=20), links=links, engine=engine)
    assert rows(late, "subject") == [(LI,)]
    back = trace(presences, asked(IndexWindow(LI, 30), direction="backward", generations=1), links=links, engine=engine)
    assert rows(back, "subject", "generation", "first", "last", "via_subject") == [
        (LOT, 1, 20, 20, BOX),
        (BOX, 1, 35, 40, LI),
    ]


def test_links_of_one_round_may_form_a_chain_and_a_circle(engine: Any) -> None:
    links = Links([LOT, 50, 51, 52, LOT], [50, 51, 52, 50, LOT], [5, 3, 9, 0, 0])
    result = trace(stays(), asked(IndexWindow(LOT, 2)), links=links, engine=engine)
    assert rows(result, "subject", "first", "via_subject") == [(50, 5, LOT), (51, 5, 50), (52, 9, 51)]
    assert [step.exposed for step in proof_path(result, 52)] == [50, 51, 52]


def test_ties_are_broken_by_subject_and_place_but_never_turn_in_a_circle(engine: Any) -> None:
    """All four are together at two places from 0 on; 1 and 2 also reach each other at 0, yet both come from an index."""
    presences = stays(*((subject, place, 0, 10) for subject in (1, 2, 8, 9) for place in (SHOP, BUS)))
    result = trace(presences, asked(IndexWindow(9), IndexWindow(8), generations=3), engine=engine)
    assert rows(result, "subject", "via_subject", "via_place") == [(1, 8, SHOP), (2, 8, SHOP)]


def test_rules_by_kind_of_place(engine: Any) -> None:
    presences = stays(
        (WANG, SHOP, 0, 10),
        (LI, SHOP, 0, 10),
        (WANG, BUS, 50, 60),
        (LI, BUS, 50, 60),
        (WANG, WARD, 80, 90),
        (LI, WARD, 95, 99),
    )
    query = asked(min_overlap=10, rules_by_kind={1: ContactRule(11), 2: ContactRule(0, 7)})
    kinds = ([SHOP, WARD, 999], [1, 2, 1])
    result = trace(presences, query, place_kind=kinds, engine=engine)
    assert [edge[2] for edge in edges(result)] == [BUS, WARD]
    assert trace(stays(), query, place_kind=kinds, engine=engine).edges.num_rows == 0


def test_everybody_as_index_gives_every_direct_edge(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 5, 15), (ZHAO, SHOP, 12, 15))
    links = Links([LOT], [BOX], [7])
    result = trace(presences, TraceQuery(index=EVERYONE), links=links, engine=engine)
    assert result.exposures.num_rows == 0
    pairs = [(edge[0], edge[1]) for edge in edges(result)]
    assert pairs == [(LI, WANG), (WANG, LI), (ZHAO, LI), (LI, ZHAO), (LOT, BOX)]
    until = trace(presences, TraceQuery(index=EVERYONE, horizon=8, direction="backward"), links=links, engine=engine)
    assert [edge[3:5] for edge in edges(until)] == [(5, 8), (5, 8), (7, 7)]


def test_nothing_known_is_nobody_reached(engine: Any) -> None:
    result = trace(stays(), asked(), engine=engine)
    assert (result.exposures.num_rows, result.edges.num_rows, result.stats["latest_entry"]) == (0, 0, None)
    assert trace(stays((LI, SHOP, 0, 5)), asked(), controls=Controls([99], [0]), engine=engine).exposures.num_rows == 0


def test_overlaps_of_one_pair_at_one_place_are_ordered(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 2), (WANG, SHOP, 3, 5), (WANG, SHOP, 6, 7), (LI, SHOP, 6, 7), (LI, SHOP, 8, 90))
    result = trace(presences, asked(linger=9), engine=engine)
    assert [edge[3:] for edge in edges(result)] == [
        (6, 7, False),
        (6, 7, True),
        (6, 7, True),
        (8, 11, True),
        (8, 14, True),
        (8, 16, True),
    ]
    backward = trace(presences, asked(IndexWindow(LI), linger=9, direction="backward"), engine=engine)
    assert backward.edges.equals(result.edges)


def test_sums_are_of_one_source_at_one_place(engine: Any) -> None:
    """Wang and Zhao are each two seconds with Li at either place: enough together, not enough alone."""
    at = ((0, 2), (10, 12))
    presences = stays(
        *((who, place, *span) for who in (WANG, LI, ZHAO) for place, span in zip((SHOP, BUS), at, strict=True))
    )
    both = (IndexWindow(WANG), IndexWindow(ZHAO))
    assert trace(presences, asked(*both, min_overlap=3, cumulative=True), engine=engine).exposures.num_rows == 0
    assert rows(trace(presences, asked(*both, min_overlap=2, cumulative=True), engine=engine), "seconds") == [(8,)]


def test_stays_of_the_source_add_up_too(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 2), (WANG, SHOP, 5, 7), (LI, SHOP, 0, 9), (ZHAO, SHOP, 0, 2))
    assert rows(trace(presences, asked(min_overlap=4, cumulative=True), engine=engine), "subject", "last") == [(LI, 7)]


def test_backward_generations_need_the_latent_time_too(engine: Any) -> None:
    presences = stays((WANG, SHOP, 0, 10), (LI, SHOP, 0, 10), (LI, BUS, 50, 60), (ZHAO, BUS, 50, 60))
    query = asked(IndexWindow(ZHAO), direction="backward", generations=2, latent_s=55)
    assert rows(trace(presences, query, engine=engine), "subject", "last", "seconds") == [(LI, 60, 10), (WANG, 5, 5)]


def test_one_source_by_contact_and_by_link_counts_once(engine: Any) -> None:
    presences = stays((LOT, SHOP, 0, 10), (BOX, SHOP, 0, 10))
    links = Links([LOT, LOT], [BOX, BOX], [0, 7])
    result = trace(presences, asked(IndexWindow(LOT)), links=links, engine=engine)
    assert rows(result, "sources", "places", "seconds", "via_place") == [(1, 1, 10, None)]
    assert [edge[2:4] for edge in edges(result)] == [(None, 0), (None, 7), (SHOP, 0)]


def test_an_index_whose_window_is_beyond_the_horizon_does_nothing(engine: Any) -> None:
    query = asked(IndexWindow(LOT, 50), horizon=20)
    assert trace(stays((LI, SHOP, 0, 5)), query, links=Links([LOT], [BOX], [7]), engine=engine).exposures.num_rows == 0


def test_a_better_way_over_links_is_found_whatever_their_order(engine: Any) -> None:
    links = Links([LOT, LOT, 50, 51, 52], [50, 51, 52, 52, 53], [9, 3, 1, 2, 0])
    result = trace(stays(), asked(IndexWindow(LOT)), links=links, engine=engine)
    assert rows(result, "subject", "first") == [(51, 3), (52, 3), (53, 3), (50, 9)]
