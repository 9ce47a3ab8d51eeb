"""Expected tests for each person, by design and prevalence; independent persons, after Dorfman (1943)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assay:
    """Chance that one test is positive: of a tube with at least one positive, and (1 - specificity) of one with none."""

    sensitivity: float = 1.0
    specificity: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.sensitivity <= 1 and 0 <= self.specificity <= 1):
            raise ValueError("sensitivity and specificity lie between 0 and 1")


PERFECT = Assay()


def dorfman(prevalence: float, size: int, assay: Assay = PERFECT) -> float:
    """Tests for each person when a pool that reacts is tested again one by one. Raises ValueError.

    Source: R. Dorfman, Ann. Math. Statist. 14 (1943) 436; with errors: Kim et al., Biometrics 63 (2007) 1152.
    """
    _check(prevalence, size)
    if size == 1:
        return 1.0
    empty = (1 - prevalence) ** size
    reacts = assay.sensitivity * (1 - empty) + (1 - assay.specificity) * empty
    return 1 / size + reacts


def matrix(prevalence: float, size: int) -> float:
    """Tests for each person in a square of `size` rows and columns, each pooled; crossings of both are tested again.

    With a faultless assay. A person is tested again when both lines react: her own positive, or others in both.
    Source: Phatarfod and Sudbury, Statist. Med. 13 (1994) 2337 (simple square array, no master pool).
    """
    _check(prevalence, size)
    if size == 1:
        return 1.0
    clean = 1 - prevalence
    others = 1 - 2 * clean ** (size - 1) + clean ** (2 * size - 2)
    return 2 / size + prevalence + clean * others


def best_size(prevalence: float, size_max: int, assay: Assay = PERFECT) -> int:
    """The allowed pool size with the fewest expected tests; 1 where pooling does not pay."""
    return min(range(1, size_max + 1), key=lambda size: (dorfman(prevalence, size, assay), size))


def expected_tests(people: int, prevalence: float, size: int, assay: Assay = PERFECT) -> float:
    """Dorfman's tests for so many people, the last pool being smaller when they do not divide."""
    if people < 0:
        raise ValueError("people must not be negative")
    whole, rest = divmod(people, size)
    last = rest * dorfman(prevalence, rest, assay) if rest else 0.0
    return whole * size * dorfman(prevalence, size, assay) + last


def _check(prevalence: float, size: int) -> None:
    if not 0 <= prevalence <= 1:
        raise ValueError("prevalence lies between 0 and 1")
    if size < 1:
        raise ValueError("a pool has at least one member")
