"""An entered laboratory as the simulation knows it, and the live queue as what a simulation begins with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.timezone import localtime

from lianfang.apps.capacity.models import LaboratoryEntry
from lianfang.rules.profile_laboratory import Priority
from lianfang.sim import laboratory as sim

_SIMULATED: Final = {
    Priority.URGENT: sim.Priority.URGENT,
    Priority.SOON: sim.Priority.SOON,
    Priority.SCREENING: sim.Priority.SCREENING,
}


def lines(entry: LaboratoryEntry, staff: int) -> int:
    """How many batches are begun at once: by extractors, by cyclers while earlier batches amplify, by people."""
    cycled = max(1, entry.thermocyclers * entry.extract_minutes // entry.amplify_minutes)
    return min(entry.extractors, cycled, staff // entry.staff_per_line)


def laboratory_of(entry: LaboratoryEntry, *, at: datetime) -> sim.Laboratory | None:
    """The laboratory from the midnight before `at`; None if nobody ever works a line in it."""
    worked = [sim.Shift(starts, ends, lines(entry, staff)) for starts, ends, staff in entry.shifts]
    shifts = tuple(shift for shift in worked if shift.lanes)
    if not shifts:
        return None
    return sim.Laboratory(
        name=str(entry.organisation_id),
        lanes=max(shift.lanes for shift in shifts),
        batch=entry.batch,
        extract_min=entry.extract_minutes,
        amplify_min=entry.amplify_minutes,
        transport_min=entry.transport_minutes,
        opens_day=max(0, (entry.opens_on - localtime(at).date()).days),
        sign_min=entry.sign_minutes,
        shifts=shifts,
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """The simulation's minutes, counted from the county's midnight before `at`."""

    at: datetime

    @property
    def midnight(self) -> datetime:
        """Minute 0."""
        return localtime(self.at).replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def now(self) -> int:
        """The minute it is."""
        return self.minute(self.at)

    def minute(self, instant: datetime) -> int:
        """The minute of an instant; below 0 on earlier days."""
        return int((instant - self.midnight).total_seconds() // 60)

    def instant(self, minute: int) -> datetime:
        """The instant of a minute."""
        return self.midnight + timedelta(minutes=minute)


def simulated(priority: Priority) -> sim.Priority:
    """A priority as the simulation knows it."""
    return _SIMULATED[priority]


def taking(entries: Iterable[LaboratoryEntry], *, at: datetime) -> Sequence[sim.Laboratory]:
    """The laboratories that can work at all, in the order given."""
    return [found for each in entries if (found := laboratory_of(each, at=at)) is not None]
