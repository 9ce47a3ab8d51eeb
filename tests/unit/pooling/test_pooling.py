"""Pools by mathematics, against published numbers, brute force and real Ct."""

from itertools import product

import pytest

from lianfang.pooling.advice import advise, hours_needed
from lianfang.pooling.decoding import decode, shifted_transversal, smallest
from lianfang.pooling.dilution import loss, shift_milli
from lianfang.pooling.expected import Assay, best_size, dorfman, expected_tests, matrix
from lianfang.rules.profile import load_builtin


@pytest.mark.parametrize(
    ("prevalence", "best", "tests"),
    [(0.001, 32, 0.063), (0.005, 15, 0.139), (0.01, 11, 0.196), (0.02, 8, 0.274), (0.05, 5, 0.426), (0.1, 4, 0.594)],
)
def test_dorfmans_own_table(prevalence: float, best: int, tests: float) -> None:
    assert best_size(prevalence, 150) == best
    assert dorfman(prevalence, best) == pytest.approx(tests, abs=0.0006)


def test_pooling_is_pointless_where_a_third_are_positive() -> None:
    assert best_size(0.32, 150) == 1


@pytest.mark.parametrize("prevalence", [0.0, 0.1, 0.5])
def test_expectations_against_all_cases(prevalence: float) -> None:
    size = 3
    dorfmans = squares = 0.0
    for people in product((0, 1), repeat=size * size):
        chance = prevalence ** sum(people) * (1 - prevalence) ** (len(people) - sum(people))
        rows = [people[size * row : size * row + size] for row in range(size)]
        columns = list(zip(*rows, strict=True))
        dorfmans += chance * sum(1 + size * any(row) for row in rows)
        squares += chance * (2 * size + sum(any(r) and any(c) for r in rows for c in columns))
    assert dorfman(prevalence, size) == pytest.approx(dorfmans / 9)
    assert matrix(prevalence, size) == pytest.approx(squares / 9)


def test_errors_of_the_assay_and_a_smaller_last_pool() -> None:
    assert dorfman(1.0, 10, Assay(0.8, 1.0)) == pytest.approx(0.9)
    assert dorfman(0.0, 10, Assay(1.0, 0.9)) == pytest.approx(0.2)
    assert expected_tests(25, 0.0, 10) == pytest.approx(3)
    assert expected_tests(21, 0.0, 10) == pytest.approx(3)


def test_overlapping_pools_tell_two_positives_of_a_hundred_apart() -> None:
    pools = shifted_transversal(100, 11, 5)
    assert len(pools) == 55
    for positives in ((0, 1), (7, 93), (40, 51)):
        reacted = [bool(set(pool) & set(positives)) for pool in pools]
        assert smallest(pools, reacted, 3) == (positives,)
        assert set(positives) <= {*decode(pools, reacted).definite, *decode(pools, reacted).possible}


def test_two_samples_share_few_pools() -> None:
    pools = [set(pool) for pool in shifted_transversal(121, 11, 12)]
    assert max(sum({a, b} <= pool for pool in pools) for a, b in ((0, 1), (0, 11), (5, 60), (119, 120))) == 1


def test_what_cannot_be_told_apart_or_explained_is_said() -> None:
    pools = ((0, 1), (0, 1), (2,))
    assert smallest(pools, (True, True, False), 2) == ((0,), (1,))
    contradictory = decode(((0, 1), (0,), (1,)), (True, False, False))
    assert contradictory.unexplained == (0,)
    assert smallest(((0, 1), (0,), (1,)), (True, False, False), 2) == ()
    with pytest.raises(ValueError, match="3 pools, 1 results"):
        decode(pools, (True,))


def test_dilution() -> None:
    assert [shift_milli(size) for size in (1, 2, 5, 10)] == [0, 1000, 2322, 3322]
    lost = loss([20_000, 33_000, 36_000, 38_000], 37_000, shift_milli(10))
    assert (lost.alone, lost.pooled) == (3, 2)
    assert loss([], 37_000, 0).relative_sensitivity == 1


def test_advice_respects_the_dated_norm() -> None:
    advice = advise(0.0001, load_builtin("covid19-2020-12"))
    assert (advice.size, advice.size_max, advice.best_anywhere) == (10, 10, 101)
    assert advise(0.0001, load_builtin("measles-2020")).size == 1
    assert hours_needed(30_000, 10, 0.0, 300) == pytest.approx(10)
