"""What people do from day to day: shifts, classes, bus rides, errands and nights, one NumPy pass per day.

Times are seconds from the county's first midnight. A person is in one place at a time, but for places inside others
(a counter in its shop), and leaves time to travel between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.sim import parameters as par
from lianfang.sim.habits import VISIT_KINDS, Habits
from lianfang.sim.streams import Process, stream

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]

DAY = 86_400
_HOUR = 3600.0
_MINUTE = 60.0


class Rows(NamedTuple):
    """Presences: subject and place indices, half-open stays in seconds from the first midnight."""

    subject: Int64
    place: Int64
    t_in: Int64
    t_out: Int64


class _Errands(NamedTuple):
    """Visits of one part of a day."""

    person: Int64
    place: Int64
    start: Int64
    end: Int64


@dataclass(slots=True)
class _Day:
    """One day in the making: who attends, when each leaves home, is free, and comes home (seconds of the day)."""

    number: int
    here: Bool
    attends: Bool
    late: Bool
    free: Int64
    out: Int64
    back: Int64


def play_days(habits: Habits, seed: int, first_weekday: int, days: int) -> Iterator[Rows]:
    """Yield the presences of people day by day, then the nights; `first_weekday` counts Monday as 0."""
    n = len(habits.place)
    home_since = np.zeros(n, dtype=np.int64)
    bed = habits.household
    # Whoever is still to come back is not at home on the first morning.
    at_home = habits.arrival < 0
    for number in range(days):
        weekday = (first_weekday + number) % 7
        day, rows = _shifts(habits, number, weekday, stream(seed, Process.SHIFTS, number))
        yield from rows
        rng = stream(seed, Process.VISITS, number)
        factor = par.WEEKEND_VISITS if weekday >= 5 else 1.0
        for later in (False, True):
            errands = _errands(habits, day, rng, (later, factor))
            _bend_day(day, errands, rng)
            yield from _errand_rows(habits, day, errands, rng)
        rng = stream(seed, Process.HOMES, number)
        yield from _arrivals(habits, day, rng)
        _fill_idle(day, rng)
        midnight = number * DAY
        who = np.flatnonzero(at_home)
        yield Rows(who, bed[who], home_since[who], midnight + _check_out(habits, bed, day)[who])
        at_home = habits.arrival <= number
        home_since = midnight + day.back
        bed = _beds(habits, day, rng)
    who = np.flatnonzero(at_home)
    yield Rows(who, bed[who], home_since[who], np.full(len(who), days * DAY))


def _shifts(habits: Habits, number: int, weekday: int, rng: np.random.Generator) -> tuple[_Day, list[Rows]]:
    """Send people to work and school, by bus if that is their habit."""
    n = len(habits.place)
    week = habits.days_a_week
    works = (week == 7) | ((week == 6) & ((number + habits.rest_day) % 7 > 0)) | ((week == 5) & (weekday < 5))
    steady = habits.steady & ((week >= 6) | (weekday < 5))
    present = rng.random(n) >= par.ABSENT
    here = habits.arrival < number
    attends = here & (habits.place >= 0) & (steady | (works & present))
    who = np.flatnonzero(attends)
    start = habits.start[who] + _seconds(rng.normal(0.0, 4.0, len(who)))
    end = habits.end[who] + _seconds(rng.normal(0.0, 7.0, len(who)))
    midnight = number * DAY
    rows = [Rows(who, habits.place[who], midnight + start, midnight + end)]
    day = _Day(number, here, attends, attends & habits.is_late, np.zeros(n, np.int64), np.full(n, DAY), np.full(n, -1))
    leave, free = start.copy(), end.copy()
    rides = np.flatnonzero(habits.bus[who] >= 0)
    riders = who[rides]
    for edge, sign in ((leave, -1), (free, 1)):
        wait = _seconds(rng.uniform(2.0, 6.0, len(rides)))
        ride = _seconds(rng.uniform(*par.BUS_MINUTES, len(rides)))
        near = edge[rides] + sign * wait
        far = near + sign * ride
        rows.append(
            Rows(riders, habits.bus[riders], midnight + np.minimum(near, far), midnight + np.maximum(near, far))
        )
        edge[rides] = far
    day.free[who] = free
    day.out[who] = leave - _travel(rng, len(who))
    day.back[who] = free + _travel(rng, len(who))
    return day, rows


def _errands(habits: Habits, day: _Day, rng: np.random.Generator, part: tuple[bool, float]) -> _Errands:
    """Draw the visits of the morning or of the later day; who works goes after the shift."""
    later, factor = part
    able = day.here & habits.runs_errands & (~day.late if later else ~day.attends | day.late)
    able &= ~(later & day.attends & (day.free > par.LATEST_ERRAND_HOUR * _HOUR))
    chance = np.cumsum([kind.later if later else kind.morning for kind in VISIT_KINDS]) * factor
    u = rng.random(len(able))
    person = np.flatnonzero(able & (u < chance[-1]))
    kind = np.searchsorted(chance, u[person], side="right")
    hours = np.array([k.later_hours if later else k.morning_hours for k in VISIT_KINDS])[kind]
    start = (hours[:, 0] + rng.random(len(person)) * (hours[:, 1] - hours[:, 0])) * _HOUR
    if later:
        busy = day.attends[person]
        start = np.where(busy, day.free[person] + _travel(rng, len(person)), start)
        # Markets and clinics have closed when a shift ends: the errand goes to a shop (kind 0).
        kind = np.where(start > (hours[:, 1] + 1.0) * _HOUR, 0, kind)
    least = np.array([k.least_minutes for k in VISIT_KINDS])[kind]
    more = np.array([k.more_minutes for k in VISIT_KINDS])[kind]
    stay = np.minimum(least + rng.exponential(1.0, len(person)) * more, par.LONGEST_VISIT_MINUTES)
    place = habits.pull.draw(kind, habits.township[person], rng)
    first = start.astype(np.int64)
    return _Errands(person, place, first, first + _seconds(stay))


def _bend_day(day: _Day, errands: _Errands, rng: np.random.Generator) -> None:
    """Let people leave before their errand and come home after it."""
    who = errands.person
    day.out[who] = np.minimum(day.out[who], errands.start - _travel(rng, len(who)))
    day.back[who] = np.maximum(day.back[who], errands.end + _travel(rng, len(who)))


def _errand_rows(habits: Habits, day: _Day, errands: _Errands, rng: np.random.Generator) -> Iterator[Rows]:
    """Yield the visits and, within some of them, the minutes at the frozen-food counter."""
    midnight = day.number * DAY
    yield Rows(errands.person, errands.place, midnight + errands.start, midnight + errands.end)
    counter = habits.counter_of[errands.place]
    buys = np.flatnonzero((counter >= 0) & (rng.random(len(counter)) < par.AT_COUNTER))
    start, end = errands.start[buys], errands.end[buys]
    stay = np.minimum(_seconds(rng.uniform(2.0, 8.0, len(buys))), (end - start) // 2)
    first = midnight + start + ((end - start - stay) * rng.random(len(buys))).astype(np.int64)
    yield Rows(errands.person[buys], counter[buys], first, first + stay)


def _arrivals(habits: Habits, day: _Day, rng: np.random.Generator) -> Iterator[Rows]:
    """Bring in those who come back today, by coach or train."""
    who = np.flatnonzero(habits.arrival == day.number)
    ride = _seconds(rng.uniform(*par.RETURN_RIDE_HOURS, len(who)) * 60.0)
    end = habits.arrival_second[who]
    day.back[who] = end + 2 * _travel(rng, len(who))
    yield Rows(who, habits.ride[who], day.number * DAY + end - ride, day.number * DAY + end)


def _fill_idle(day: _Day, rng: np.random.Generator) -> None:
    """Send those without a recorded errand out for some hours that leave no record."""
    who = np.flatnonzero(day.here & (day.back < 0))
    day.out[who] = _seconds(rng.uniform(*par.STAY_OUT, len(who)) * 60.0)
    day.back[who] = _seconds(rng.uniform(*par.COME_HOME, len(who)) * 60.0)


def _beds(habits: Habits, day: _Day, rng: np.random.Generator) -> Int64:
    """Where each person sleeps: at home, a few at a hotel."""
    away = np.flatnonzero(habits.may_travel & day.here & (rng.random(len(habits.place)) < par.HOTEL_NIGHTS))
    bed = habits.household.copy()
    bed[away] = rng.choice(habits.hotels, len(away))
    return bed


def _check_out(habits: Habits, bed: Int64, day: _Day) -> Int64:
    """When each leaves the bed of last night: a hotel by its hour, the home with the day's first way."""
    return np.where(bed == habits.household, day.out, np.minimum(day.out, int(par.CHECK_OUT_HOUR * _HOUR)))


def _seconds(minutes: Float64) -> Int64:
    return (minutes * _MINUTE).astype(np.int64)


def _travel(rng: np.random.Generator, count: int) -> Int64:
    return _seconds(rng.uniform(*par.TRAVEL_MINUTES, count))
