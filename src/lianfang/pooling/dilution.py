"""What dilution costs: the Ct of a diluted pool comes later, and late positives are lost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def shift_milli(size: int) -> int:
    """How much later a pool's Ct comes than its one positive's own, thousandths of a cycle, when each cycle doubles.

    For samples diluted into one another (log2 of the size). Swabs that share one tube's fluid dilute less.
    """
    if size < 1:
        raise ValueError("a pool has at least one member")
    return round(1000 * math.log2(size))


@dataclass(frozen=True, slots=True)
class Loss:
    """How many of the positives by themselves are still positive in a pool."""

    alone: int
    pooled: int

    @property
    def relative_sensitivity(self) -> float:
        """The share that is kept; 1 when there was none to lose."""
        return self.pooled / self.alone if self.alone else 1.0


def loss(cts_milli: Sequence[int], cut_off_milli: int, shift: int) -> Loss:
    """Of Ct measured singly (thousandths), those at or below the cut-off, and those still so after the shift."""
    alone = sum(ct <= cut_off_milli for ct in cts_milli)
    return Loss(alone, sum(ct + shift <= cut_off_milli for ct in cts_milli))
