"""Which pool size to take for a prevalence, within what the dated norm allows."""

from dataclasses import dataclass

from lianfang.pooling.expected import PERFECT, Assay, best_size, dorfman, matrix
from lianfang.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class Advice:
    """A size that is allowed, its expected tests for each person, and what the norm keeps out.

    `best_anywhere`: the size with the fewest tests if none were forbidden; `matrix_tests`: of a square of that size,
    for comparison: no edition allows overlapping pools for people, who share one tube.
    """

    size: int
    size_max: int
    tests_per_person: float
    best_anywhere: int
    matrix_tests: float


def advise(prevalence: float, profile: Profile, assay: Assay = PERFECT, *, search_to: int = 150) -> Advice:
    """The best allowed size. A profile without shared tubes allows 1."""
    size_max = max(profile.laboratory.pool_most, 1) if profile.laboratory else 1
    size = best_size(prevalence, size_max, assay)
    anywhere = best_size(prevalence, search_to, assay)
    return Advice(size, size_max, dorfman(prevalence, size, assay), anywhere, matrix(prevalence, size))


def hours_needed(people: int, size: int, prevalence: float, tests_per_hour: float) -> float:
    """Hours of bench work for a round: both stages at full capacity, without the wait for collecting again."""
    if tests_per_hour <= 0:
        raise ValueError("tests_per_hour must be above 0")
    return people * dorfman(prevalence, size) / tests_per_hour
