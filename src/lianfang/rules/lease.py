"""How a place's limit is shared out among its doors, so that doors out of touch never exceed it together."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """What another door may still let in up to, by all leases it might go by, and how far it has counted."""

    places: int
    inside: int


def share_of(limit: int, n_doors: int) -> int:
    """Return what a door goes by on a day on which the centre has not been heard: an equal share."""
    return limit // n_doors


def places_for(limit: int, inside: int, others: Collection[Held]) -> int:
    """Return up to what count a door may let in, given what the others hold.

    It gets what is inside through it and, where there are other doors, half of what is left, so that there is something left
    for them: the half that it does not use comes back when it reports. Never more than the others leave.
    """
    left = limit - sum(max(held.places, held.inside) for held in others)
    spare = max(0, left - inside)
    return min(left, inside + (spare if not others else -(-spare // 2)))
