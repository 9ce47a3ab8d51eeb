"""What is simulated: laboratories with their shifts, what waits, and the round that is to come."""

from dataclasses import dataclass, replace
from enum import IntEnum

DAY_MIN = 24 * 60


class Priority(IntEnum):
    """Hours in which a result is due; the lower is worked first."""

    URGENT = 6
    SOON = 12
    SCREENING = 24


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of the day in which batches are begun, and on how many lanes there are people to work them."""

    starts: int
    ends: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Laboratory:
    """One laboratory. `open_from`, `open_until`: hours of the day in which batches are begun; `opens_day`: from which on.

    `lanes`: extractor and cycler pairs; a lane works one batch of up to `batch` tubes in `extract_min` + `amplify_min`,
    and begins the next when the extraction is over. `shifts`: where not every lane is worked in all of its hours.
    """

    name: str
    lanes: int
    batch: int = 92
    extract_min: int = 60
    amplify_min: int = 100
    open_from: int = 0
    open_until: int = 24
    transport_min: int = 60
    opens_day: int = 0
    sign_min: int = 0
    shifts: tuple[Shift, ...] = ()

    @property
    def worked(self) -> tuple[Shift, ...]:
        """The hours it works, and on how many lanes."""
        return self.shifts or (Shift(self.open_from, self.open_until, self.lanes),)

    @property
    def tubes_per_day(self) -> int:
        """How many tubes it works on a full day."""
        return sum(
            each.lanes * self.batch * ((each.ends - each.starts) * 60 // self.extract_min) for each in self.worked
        )


COUNTY = (
    Laboratory("county hospital", lanes=2),
    Laboratory("county CDC", lanes=1),
    Laboratory("traditional-medicine hospital", lanes=1, open_from=7, open_until=23),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tube that waits when the simulation begins. `laboratory`: where it is or is sent; "": at its sampling point."""

    laboratory: str
    arrives_min: int
    collected_min: int
    priority: Priority
    members: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A round; `people` 0: only what is collected already (`waiting`), from `starts_min` on.

    `collect_min`: over which the tubes are collected evenly; `recollect_min`: to collect a member again.
    `lost_from_milli`: Ct (thousandths) from which the assay sees nothing; `ct_mean`, `ct_sd`: of positives, in cycles.
    """

    people: int = 30_000
    positives: int = 20
    pool_size: int = 10
    laboratories: tuple[Laboratory, ...] = COUNTY
    collect_from_min: int = 7 * 60
    collect_min: int = 10 * 60
    recollect_min: int = 180
    gather_min: int = 20
    horizon_min: int = 14 * DAY_MIN
    lost_from_milli: int = 40_000
    ct_mean: float = 28.0
    ct_sd: float = 6.0
    starts_min: int = 0
    waiting: tuple[Waiting, ...] = ()

    @property
    def everybody(self) -> int:
        """Those to be collected and those whose swabs wait."""
        return self.people + sum(each.members for each in self.waiting)

    def __post_init__(self) -> None:
        if self.people < 0 or not 0 <= self.positives <= self.everybody or not self.everybody:
            raise ValueError("positives lie between 0 and the people, of whom there is at least one")
        if self.pool_size < 1 or not self.laboratories:
            raise ValueError("a pool has at least one member, a round at least one laboratory")
        if self.collect_min < 1:
            raise ValueError("tubes are collected over at least a minute")


def what_if(plan: Plan, *, extra_lanes: int = 0, pool_size: int | None = None, people: int | None = None) -> Plan:
    """The plan with more lanes at its first laboratory, another pool size, or more people of the same prevalence."""
    first, *others = plan.laboratories
    chosen = plan.people if people is None else people
    positives = plan.positives if not plan.people else min(round(plan.positives * chosen / plan.people), chosen)
    return replace(
        plan,
        laboratories=(with_lanes(first, extra_lanes), *others),
        pool_size=pool_size or plan.pool_size,
        people=chosen,
        positives=positives,
    )


def with_lanes(laboratory: Laboratory, more: int) -> Laboratory:
    """The laboratory with more lanes, worked in all of its hours."""
    shifts = tuple(replace(each, lanes=each.lanes + more) for each in laboratory.shifts)
    return replace(laboratory, lanes=laboratory.lanes + more, shifts=shifts)
