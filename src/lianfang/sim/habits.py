"""What is constant in a person's days (place, shift, bus, rest day, day of coming back) and where visits go."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lianfang.sim import parameters as par
from lianfang.sim.occupations import Occupations
from lianfang.sim.population import Population
from lianfang.sim.sites import Group, Sites
from lianfang.sim.streams import Process, stream

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]

VISIT_KINDS = tuple(par.VISITS.values())
_VISIT_GROUPS = tuple(Group(key) for key in par.VISITS)
_BY_BUS = ("office", "factory", "hospital", "junior")  # shifts that end while buses run


class Pull:
    """Draws the place of a visit: near home by size, or anywhere in the county by size."""

    def __init__(self, sites: Sites) -> None:
        n_townships = len(sites.divisions.townships)
        self._tables = [_table(sites, group, n_townships) for group in _VISIT_GROUPS]

    def draw(self, kind: Int64, township: Int64, rng: np.random.Generator) -> Int64:
        """Return a site for each visitor; `kind` indexes VISIT_KINDS, `township` is the visitor's own."""
        place = np.empty(len(kind), dtype=np.int64)
        for number, (sites, bounds, edge) in enumerate(self._tables):
            who = np.flatnonzero(kind == number)
            home = township[who]
            local = (rng.random(len(who)) < par.VISITS_STAY_LOCAL) & (edge[home + 1] > edge[home])
            low = np.where(local, edge[home], 0.0)
            high = np.where(local, edge[home + 1], edge[-1])
            at = np.searchsorted(bounds, low + rng.random(len(who)) * (high - low), side="right")
            place[who] = sites[np.minimum(at, len(sites) - 1)]
        return place


def _table(sites: Sites, group: Group, n_townships: int) -> tuple[Int64, Float64, Float64]:
    """Sites of a group by township, the running sum of their weights, and that sum at the edges of the townships."""
    index = sites.indices(group)
    index = index[np.argsort(sites.township[index], kind="stable")]
    bounds = np.cumsum(sites.weight[index])
    count = np.searchsorted(sites.township[index], np.arange(n_townships + 1))
    return index, bounds, np.r_[0.0, bounds][count]


@dataclass(frozen=True, slots=True)
class Habits:
    """One entry per person, but for the last ones; -1 stands for none."""

    place: Int64  # site of work or school
    days_a_week: Int64
    start: Int64  # usual seconds of the day
    end: Int64
    is_late: Bool  # works the late shift
    rest_day: Int64  # 0..6
    steady: Bool
    bus: Int64
    township: Int64
    household: Int64  # place index of the home
    runs_errands: Bool
    may_travel: Bool  # may spend a night at a hotel
    arrival: Int64  # day of coming back, -1 if always here
    arrival_second: Int64  # second of that day
    ride: Int64
    returned_from: Int64  # index into par.RETURN_FROM
    pull: Pull
    counter_of: Int64  # per site: its frozen-food counter
    hotels: Int64


def make_habits(sites: Sites, people: Population, work: Occupations, seed: int, days: int) -> Habits:
    """Draw everyone's habits and who comes back on which day."""
    rng = stream(seed, Process.HABITS)
    n = len(people)
    keys = list(par.SHIFTS)
    table = np.array(
        [(shift.start * 3600, shift.end * 3600, shift.days) for shift in par.SHIFTS.values()], dtype=np.int64
    )
    start, end, week = table[work.shift].T
    # People of one workplace keep the same hours within some minutes.
    own = (rng.normal(0.0, 6.0, n) * 60).astype(np.int64)
    commutes = (
        np.isin(work.shift, [keys.index(key) for key in _BY_BUS]) & ~work.steady & (rng.random(n) < par.BUS_COMMUTERS)
    )
    arrival, second, ride, origin = _returns(sites, people, work, seed, days)
    counters = sites.indices(Group.COUNTER)
    counter_of = np.full(len(sites.rows), -1, dtype=np.int64)
    counter_of[[sites.rows[i].parent for i in counters.tolist()]] = counters
    return Habits(
        place=work.place,
        days_a_week=np.where(work.shift >= 0, week, 0),
        start=start + own,
        end=end + own,
        is_late=work.shift == keys.index("late"),
        rest_day=rng.integers(0, 7, n),
        steady=work.steady,
        bus=np.where(commutes, _buses(sites, people, rng), -1),
        township=people.township,
        household=len(sites.rows) + people.household,
        runs_errands=(people.age >= par.VISIT_FROM_AGE) & ~work.homebound,
        may_travel=(people.age >= 20) & ~work.steady,
        arrival=arrival,
        arrival_second=second,
        ride=ride,
        returned_from=origin,
        pull=Pull(sites),
        counter_of=counter_of,
        hotels=sites.indices(Group.HOTEL),
    )


def _buses(sites: Sites, people: Population, rng: np.random.Generator) -> Int64:
    """Give everyone a bus: one that starts in the own township, where there is one."""
    buses = sites.indices(Group.BUS)
    buses = buses[np.argsort(sites.township[buses], kind="stable")]
    edge = np.searchsorted(sites.township[buses], np.arange(len(sites.divisions.townships) + 1))
    low, high = edge[people.township], edge[people.township + 1]
    low, high = np.where(high > low, low, 0), np.where(high > low, high, len(buses))
    return buses[low + (rng.random(len(people)) * (high - low)).astype(np.int64)]


def _returns(
    sites: Sites, people: Population, work: Occupations, seed: int, days: int
) -> tuple[Int64, Int64, Int64, Int64]:
    """Who comes back: day, second of the day, coach or train, and from which division."""
    rng = stream(seed, Process.RETURNEES)
    n = len(people)
    low, high = par.WORKING_AGES
    away = (work.place < 0) & ~work.steady & (people.age >= low) & (people.age <= high)
    chance = par.RETURNEES / (1.0 - par.EMPLOYED)
    returns = away & (rng.random(n) < chance)
    origin_share = np.array([share for _, share in par.RETURN_FROM])
    bounds = np.cumsum(origin_share / origin_share.sum())
    first, last = par.RETURN_HOURS
    second = (rng.uniform(first, last, n) * 3600).astype(np.int64)
    return (
        np.where(returns, rng.integers(0, days, n), -1),
        second,
        rng.choice(sites.indices(Group.RIDE), n),
        np.where(returns, np.minimum(np.searchsorted(bounds, rng.random(n), side="right"), len(bounds) - 1), -1),
    )
