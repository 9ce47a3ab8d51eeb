"""The goods' plans played out: who and what was where, who handled what, and what became part of what."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lianfang.sim import parameters as par
from lianfang.sim.days import DAY, Rows
from lianfang.sim.goods import Delivery, LotPlan
from lianfang.sim.sites import Group, Sites

_MINUTE = 60


class Handling(NamedTuple):
    """A person handles a lot: a presence of both at a place of its own (indices, seconds as in the plans)."""

    person: int
    lot: int
    t_in: int
    t_out: int
    setting: str


class Part(NamedTuple):
    """A sub-lot: what a delivery took from its lot."""

    lot: int  # its own index
    parent: int
    at: int
    delivery: Delivery


class Crew(NamedTuple):
    """Who drives each truck and keeps each counter, and the counters' freezers; lots are numbered after people."""

    at_site: dict[int, list[int]]
    freezer: dict[int, int]
    n_people: int


@dataclass(slots=True)
class Movements:
    """All that happened to the goods until the horizon. Lots are numbered as the plans, sub-lots follow."""

    crew: Crew
    horizon: int
    stays: list[tuple[int, int, int, int]] = field(default_factory=list)  # subject, place, t_in, t_out
    handlings: list[Handling] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def rows(self) -> Rows:
        """The stays as arrays."""
        table = np.array(self.stays, dtype=np.int64).reshape(-1, 4)
        return Rows(table[:, 0], table[:, 1], table[:, 2], table[:, 3])

    def stay(self, subject: int, place: int, start: int, end: int) -> None:
        """Enter a stay of a person or, from `n_people` on, of a lot, cut to the period."""
        start, end = max(0, start), min(end, self.horizon)
        if start < end:
            self.stays.append((subject, place, start, end))

    def handle(self, setting: str, person: int, lot: int, start: int, minutes: int) -> None:
        """Enter a handling if it lies in the period."""
        if start >= 0 and start + minutes * _MINUTE <= self.horizon:
            self.handlings.append(Handling(person, lot, start, start + minutes * _MINUTE, setting))


def freezers(sites: Sites) -> dict[int, int]:
    """The freezer of each counter (site indices)."""
    return {sites.rows[i].parent: i for i in sites.indices(Group.FREEZER).tolist()}


def play_goods(plans: list[LotPlan], crew: Crew, horizon: int, rng: np.random.Generator) -> Movements:
    """Play all plans up to the horizon."""
    moves = Movements(crew, horizon)
    for lot, plan in enumerate(plans):
        _arrive(moves, lot, plan, rng)
        moves.stay(crew.n_people + lot, plan.cold_room, plan.arrived_at + 20 * _MINUTE, plan.gone_at)
        for at in plan.samplings:
            moves.handle("sampling", plan.inspector, lot, at, 10)
        for delivery in plan.deliveries:
            part = Part(len(plans) + len(moves.parts), lot, delivery.at + delivery.picking, delivery)
            _deliver(moves, part, plan.cold_room, rng)
    return moves


def _arrive(moves: Movements, lot: int, plan: LotPlan, rng: np.random.Generator) -> None:
    """By truck from the last transhipment, unloaded by two porters; what came before the record left no trace."""
    first, last = par.LAST_LEG_HOURS
    leg = int(rng.uniform(first, last) * 3600)
    at = plan.arrived_at
    moves.stay(moves.crew.n_people + lot, plan.truck, at - leg, at + 20 * _MINUTE)
    moves.handle("handover", moves.crew.at_site[plan.truck][0], lot, at, 10)
    for porter in plan.unloaders:
        moves.stay(porter, plan.cold_room, at + 5 * _MINUTE, at + 50 * _MINUTE)
        moves.handle("unloading", porter, lot, at + 5 * _MINUTE, 45)


def _deliver(moves: Movements, part: Part, cold_room: int, rng: np.random.Generator) -> None:
    """Pick, load, drive, hand over, and sell over some days."""
    delivery = part.delivery
    subject = moves.crew.n_people + part.lot
    moves.parts.append(part)
    moves.stay(delivery.porter, cold_room, delivery.at, part.at)
    moves.handle("picking", delivery.porter, part.parent, delivery.at, delivery.picking // _MINUTE)
    loaded = part.at + 5 * _MINUTE
    there = loaded + int(rng.integers(20, 56)) * _MINUTE
    sold_out = there + int(rng.uniform(*par.SHELF_DAYS) * DAY)
    driver, seller = moves.crew.at_site[delivery.truck][0], moves.crew.at_site[delivery.counter][0]
    moves.stay(subject, delivery.truck, loaded, there)
    moves.stay(subject, moves.crew.freezer[delivery.counter], there, sold_out)
    moves.handle("loading", driver, part.lot, loaded, 8)
    moves.handle("delivery", driver, part.lot, there, 8)
    moves.handle("stocking", seller, part.lot, there, 12)
