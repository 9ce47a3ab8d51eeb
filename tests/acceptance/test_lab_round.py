"""A round of 30,000 people, ten in a tube, three laboratories, 20 true positives: nothing lost, nothing unexplained."""

import pytest

from lianfang.sim.laboratory import Plan, Stage, simulate


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_tube_is_accounted_for_and_every_positive_found_or_explained(seed: int) -> None:
    outcome = simulate(Plan(), seed)
    print(f"tests used {outcome.tests_used}, expected by Dorfman {outcome.tests_expected:.0f}")
    assert outcome.stages[Stage.REPORTED] == outcome.tubes == outcome.tests_used
    assert outcome.pool_tests == 3_000
    assert len(outcome.found) + len(outcome.missed) == 20
    assert all(each.in_pool_milli >= Plan().lost_from_milli for each in outcome.missed)
    assert outcome.tests_used <= 3_000 + 10 * 20
