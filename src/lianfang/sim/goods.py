"""Plans for the goods: which lot comes when, where it lies, and who brings parts of it to which counter."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lianfang.sim import parameters as par
from lianfang.sim.catalogue import PRODUCTS, Product
from lianfang.sim.days import DAY
from lianfang.sim.occupations import Occupations
from lianfang.sim.sites import Group, Sites

HALF_HOUR = 1800  # seconds: what a porter is booked by
_UNLOADING = 2  # slots
_SAMPLED_AFTER = 3600


class Delivery(NamedTuple):
    """A part of a lot leaves for a counter; picking starts `at` and takes `picking` seconds."""

    at: int
    picking: int
    counter: int
    porter: int
    truck: int
    pieces: int


class LotPlan(NamedTuple):
    """A lot's way through the county, in seconds from the first midnight; it may have arrived before that."""

    product: Product
    arrived_at: int
    cold_room: int
    truck: int
    unloaders: tuple[int, int]
    inspector: int
    samplings: tuple[int, ...]  # when the inspector takes a specimen from a package
    pieces: int
    gone_at: int
    deliveries: tuple[Delivery, ...]


class Staff(NamedTuple):
    """People (person indices) and sites that the goods pass through."""

    porters: tuple[int, ...]
    inspectors: tuple[int, ...]
    cold_rooms: tuple[int, ...]
    trucks: tuple[int, ...]
    long_haul: tuple[int, ...]
    counters: tuple[int, ...]

    @classmethod
    def of(cls, sites: Sites, work: Occupations) -> "Staff":
        """Read the staff of the total warehouse and its carriers from the posts filled."""
        people = work.staff[int(sites.indices(Group.WAREHOUSE)[0])]
        n_porters = len(people) - par.KEEPERS - par.INSPECTORS
        groups = (Group.COLD_ROOM, Group.TRUCK, Group.LONG_HAUL, Group.COUNTER)
        places = [tuple(sites.indices(group).tolist()) for group in groups]
        return cls(tuple(people[:n_porters]), tuple(people[-par.INSPECTORS :]), *places)


@dataclass(slots=True)
class Roster:
    """Half-hours in which porters are taken, so that none is in two cold rooms at once."""

    porters: tuple[int, ...]
    taken: set[tuple[int, int]] = field(default_factory=set)

    def book(self, porter: int, start: int, seconds: int) -> None:
        """Take a porter from `start` on."""
        self.taken.update((porter, slot) for slot in range(start // HALF_HOUR, (start + seconds - 1) // HALF_HOUR + 1))

    def book_plan(self, plan: LotPlan) -> None:
        """Take the porters of a plan."""
        for porter in plan.unloaders:
            self.book(porter, plan.arrived_at, _UNLOADING * HALF_HOUR)
        for delivery in plan.deliveries:
            self.book(delivery.porter, delivery.at, delivery.picking)

    def free(self, wanted: int, slots: int, people: int, turn: int) -> tuple[int, tuple[int, ...]]:
        """Book the first start at or after `wanted` when so many porters are free; `turn` says who is asked first."""
        slot = wanted // HALF_HOUR
        while True:
            order = (self.porters[(turn + i) % len(self.porters)] for i in range(len(self.porters)))
            able = [p for p in order if not any((p, slot + k) in self.taken for k in range(slots))][:people]
            if len(able) == people:
                for porter in able:
                    self.book(porter, slot * HALF_HOUR, slots * HALF_HOUR)
                return slot * HALF_HOUR, tuple(able)
            slot += 1


def plan_lots(staff: Staff, roster: Roster, count: int, days: int, rng: np.random.Generator) -> list[LotPlan]:
    """Plan so many lots, in order of arrival, around what the roster already holds."""
    stock = round(count * par.STOCK_AT_START)
    arrival_days = np.r_[rng.integers(-5, 0, stock), rng.integers(0, days, count - stock)]
    return [_plan_lot(staff, roster, day, days, rng) for day in np.sort(arrival_days).tolist()]


def _plan_lot(staff: Staff, roster: Roster, day: int, days: int, rng: np.random.Generator) -> LotPlan:
    first, last = par.ARRIVAL_HOURS
    wanted = day * DAY + int(rng.uniform(first, last) * 3600)
    turn = int(rng.integers(len(staff.porters)))
    arrived_at, unloaders = roster.free(wanted, _UNLOADING, 2, turn)
    gone_at = (day + int(rng.integers(4, 13))) * DAY + 18 * 3600
    pieces = int(rng.integers(*par.LOT_PIECES))
    deliveries = []
    for _ in range(int(rng.integers(*par.SPLITS, endpoint=True))):
        delivery_day = day + int(rng.integers(1, 5))
        first, last = par.DELIVERY_HOURS
        wanted = delivery_day * DAY + int(rng.uniform(first, last) * 3600)
        part = int(rng.integers(*par.SPLIT_PIECES))
        counter, truck = _pick(staff.counters, rng), _pick(staff.trucks, rng)
        if 0 <= delivery_day < days and wanted < gone_at:
            at, (porter,) = roster.free(wanted, 1, 1, turn)
            deliveries.append(Delivery(at, int(rng.integers(12, 29)) * 60, counter, porter, truck, part))
    return LotPlan(
        product=PRODUCTS[int(rng.integers(len(PRODUCTS)))],
        arrived_at=arrived_at,
        cold_room=_pick(staff.cold_rooms, rng),
        truck=_pick(staff.long_haul, rng),
        unloaders=(unloaders[0], unloaders[1]),
        inspector=_pick(staff.inspectors, rng),
        samplings=(arrived_at + _SAMPLED_AFTER,),
        pieces=pieces,
        gone_at=gone_at,
        deliveries=tuple(sorted(deliveries)),
    )


def _pick(options: tuple[int, ...], rng: np.random.Generator) -> int:
    return options[int(rng.integers(len(options)))]
