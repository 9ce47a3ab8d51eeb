"""What the laboratories will have done by when: the simulation from the live queue, as it is and as it could be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lianfang.apps.capacity.figures import Clock, simulated, taking
from lianfang.apps.capacity.models import LaboratoryEntry
from lianfang.apps.capacity.selectors import QueueRow
from lianfang.apps.core.errors import DomainError
from lianfang.rules.custody import Whereabouts
from lianfang.rules.profile import Profile
from lianfang.sim import laboratory as sim

TUBES_MOST: Final = 400_000  # some seconds of simulation; a whole county in tubes of one's own
SEED: Final = 1
ROUND_BEGINS_HOUR: Final = 7


class NothingToForecast(DomainError):
    """No laboratory works, or no tube waits and none is to come."""

    code = "nothing_to_forecast"
    http_status = 422


class TooManyTubes(DomainError):
    """More tubes than are simulated while somebody waits for the page."""

    code = "too_many_tubes"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed beside the queue. `extra_lines`: at `laboratory`; a round of `people` collected over `days`."""

    laboratory: int | None = None
    extra_lines: int = 0
    people: int = 0
    days: int = 1
    pool_size: int = 1
    positives_per_100000: int = 10


@dataclass(frozen=True, slots=True)
class Forecast:
    """When everything has its result (None: not within a fortnight), laboratory by laboratory, and how much of it late."""

    n_tubes: int
    tests_used: int
    tests_expected: float
    n_late: int
    done_at: datetime | None
    done_by: Mapping[int, datetime | None]
    first: int | None


def forecast(
    rows: Sequence[QueueRow],
    known: Sequence[LaboratoryEntry],
    assumed: Assumed,
    *,
    profile: Profile,
    at: datetime,
) -> Forecast:
    """Simulate from what waits now. Raises: NothingToForecast, TooManyTubes, ValueError."""
    clock, lines = Clock(at), taking(known, at=at)
    if not lines:
        raise NothingToForecast("No laboratory has entered equipment, shifts and staff that could work a tube.")
    if not rows and not assumed.people:
        raise NothingToForecast("No tube waits, and no round is assumed.")
    if len(rows) + assumed.people // assumed.pool_size > TUBES_MOST:
        raise TooManyTubes(
            "Too many tubes to simulate at once: assume fewer people, or more in one tube.", field="people"
        )
    outcome = sim.simulate(_plan(rows, lines, assumed, profile, clock), SEED)
    done = {
        int(name): None if minute is None else clock.instant(minute) for name, minute in outcome.finished_by.items()
    }
    finished = [(instant, name) for name, instant in done.items() if instant is not None]
    return Forecast(
        n_tubes=outcome.tubes,
        tests_used=outcome.tests_used,
        tests_expected=outcome.tests_expected,
        n_late=sum(outcome.late.values()),
        done_at=None if outcome.finished_min is None else clock.instant(outcome.finished_min),
        done_by=done,
        first=min(finished)[1] if finished else None,
    )


def _plan(
    rows: Sequence[QueueRow], lines: Sequence[sim.Laboratory], assumed: Assumed, profile: Profile, clock: Clock
) -> sim.Plan:
    names = {line.name for line in lines}
    waiting = tuple(_waiting(row, names, lines, clock) for row in rows)
    wanted = [
        sim.with_lanes(line, assumed.extra_lines) if line.name == str(assumed.laboratory) else line for line in lines
    ]
    kits = list(profile.kits.values())
    lost_from = min(target.negative_min_milli for target in kits[0].targets) if kits else 40_000
    everybody = assumed.people + sum(each.members for each in waiting)
    begins = max(ROUND_BEGINS_HOUR * 60, clock.now)
    return sim.Plan(
        people=assumed.people,
        positives=min(everybody, round(everybody * assumed.positives_per_100000 / 100_000)),
        pool_size=assumed.pool_size,
        laboratories=tuple(wanted),
        collect_from_min=begins,
        collect_min=assumed.days * sim.DAY_MIN,
        horizon_min=clock.now + 14 * sim.DAY_MIN,
        lost_from_milli=lost_from,
        starts_min=clock.now,
        waiting=waiting,
    )


def _waiting(row: QueueRow, names: set[str], lines: Sequence[sim.Laboratory], clock: Clock) -> sim.Waiting:
    tube, name = row.tube, str(row.laboratory_id or "")
    way = next((line.transport_min for line in lines if line.name == name), 0)
    arrives = clock.minute(tube.since) + way if tube.whereabouts is Whereabouts.SENT else clock.now
    known = name if name in names else ""
    collected = clock.minute(tube.collected_at)
    return sim.Waiting(known, max(clock.now, arrives), collected, simulated(row.priority), tube.members)


def as_is(assumed: Assumed) -> Assumed:
    """The same assumptions about who is positive, with nothing added."""
    return replace(Assumed(), positives_per_100000=assumed.positives_per_100000)
