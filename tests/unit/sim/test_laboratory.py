"""A simulated round: no tube lost, every positive found or explained, tests beside Dorfman's, the same by seed."""

import dataclasses

import pytest

from lianfang.pooling.dilution import shift_milli
from lianfang.sim.laboratory import DAY_MIN, Laboratory, Plan, Priority, Stage, simulate, what_if

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
