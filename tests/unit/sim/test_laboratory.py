"""A simulated round: no tube lost, every positive found or explained, tests beside Dorfman's, the same by seed."""

import dataclasses

import pytest

from lianfang.pooling.dilution import shift_milli
from lianfang.sim.laboratory import (
    DAY_MIN,
    Laboratory,
    Plan,
    Priority,
    Shift,
    Stage,
    Waiting,
    ready_min,
    simulate,
    what_if,
    with_lanes,
)

SMALL = Plan(people=2_000, positives=8)


def test_no_tube_is_lost_and_every_positive_found_or_explained() -> None:
    outcome = simulate(SMALL, 3)
    assert sum(outcome.stages.values()) == outcome.tubes == outcome.stages[Stage.REPORTED]
    assert outcome.tests_used == outcome.tubes == sum(outcome.by_laboratory.values())
    assert outcome.pool_tests == 200
    assert outcome.single_tests % SMALL.pool_size == 0
    assert len(outcome.found) + len(outcome.missed) == SMALL.positives
    for missed in outcome.missed:
        assert missed.in_pool_milli == missed.ct_milli + shift_milli(10) >= SMALL.lost_from_milli


def test_the_same_seed_gives_the_same_round() -> None:
    assert simulate(SMALL, 3) == simulate(SMALL, 3)
    assert simulate(SMALL, 3) != simulate(SMALL, 4)


def test_tests_used_are_dorfmans_on_average() -> None:
    plan = dataclasses.replace(SMALL, ct_mean=20.0, ct_sd=1.0)
    rounds = [simulate(plan, seed) for seed in range(8)]
    assert all(not each.missed for each in rounds)
    assert sum(each.tests_used for each in rounds) / 8 == pytest.approx(rounds[0].tests_expected, rel=0.02)


def test_a_closed_laboratory_works_nothing_and_a_horizon_leaves_tubes_in_sight() -> None:
    never = Laboratory("new", lanes=1, opens_day=9)
    plan = dataclasses.replace(SMALL, laboratories=(never,), horizon_min=DAY_MIN)
    outcome = simulate(plan, 1)
    assert outcome.tests_used == 0
    assert outcome.finished_min is None
    assert outcome.stages[Stage.QUEUED] + outcome.stages[Stage.ON_THE_WAY] + outcome.stages[Stage.IN_WORK] == 200
    assert {each.reason for each in outcome.missed} == {"not tested by the end"}


def test_one_more_extractor_shortens_the_wait() -> None:
    slow = (Laboratory("only", lanes=1, batch=20),)
    plan = dataclasses.replace(SMALL, laboratories=slow, collect_min=60)
    before, after = simulate(plan, 1), simulate(what_if(plan, extra_lanes=1), 1)
    assert after.waits[Priority.SCREENING][1] < before.waits[Priority.SCREENING][1]
    assert what_if(plan, people=4_000).positives == 16


@pytest.mark.parametrize("change", [{"positives": 2_001}, {"pool_size": 0}, {"laboratories": ()}, {"collect_min": 0}])
def test_a_plan_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least"):
        dataclasses.replace(SMALL, **change)  # type: ignore[arg-type]


def test_what_waits_goes_on_where_it_is_and_the_pressing_first() -> None:
    laboratory = Laboratory("A", lanes=1, batch=1, extract_min=60, amplify_min=100, sign_min=20)
    screening = Waiting("A", 600, 100, Priority.SCREENING)
    urgent = Waiting("A", 600, 200, Priority.URGENT)
    plan = Plan(people=0, positives=0, laboratories=(laboratory,), starts_min=600, waiting=(screening, urgent))
    outcome = simulate(plan, 1)
    assert outcome.tubes == outcome.tests_used == 2
    assert outcome.finished_by == {"A": 600 + 60 + 60 + 100 + 20}
    assert outcome.waits[Priority.URGENT][0] == 600 + 60 + 100 + 20 - 200
    assert ready_min(laboratory, 600, 1, way_min=0) == outcome.finished_min


def test_a_shift_without_people_works_no_lane_and_the_promise_knows_it() -> None:
    night = Laboratory("A", lanes=2, batch=10, shifts=(Shift(20, 24, 1), Shift(8, 12, 2)))
    assert night.tubes_per_day == 10 * (4 + 2 * 4)
    assert ready_min(night, 12 * 60, 0, way_min=0) == 20 * 60 + 60 + 100
    # One lane works 40 tubes by midnight; the other five wait for the morning's two lanes.
    assert ready_min(night, 20 * 60, 45, way_min=0) == DAY_MIN + 8 * 60 + round(60 * 5 / 20) + 60 + 100
    waiting = tuple(Waiting("A", 20 * 60, 1_200, Priority.SCREENING) for _ in range(50))
    outcome = simulate(Plan(people=0, positives=0, laboratories=(night,), starts_min=20 * 60, waiting=waiting), 1)
    assert outcome.finished_min is not None
    assert DAY_MIN + 8 * 60 < outcome.finished_min <= DAY_MIN + 9 * 60 + 200
    with pytest.raises(ValueError, match="people"):
        Plan(people=0, positives=0)


def test_more_lanes_are_worked_in_every_shift() -> None:
    more = with_lanes(Laboratory("A", lanes=2, shifts=(Shift(0, 8, 1), Shift(8, 20, 2))), 1)
    assert [shift.lanes for shift in more.worked] == [2, 3]
