"""A screening round through the county's laboratories: queues, batches, shifts, pools and what the assay misses.

Same plan and seed, same output. Times are minutes from a midnight; what is collected already begins in its place.
"""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from heapq import heappop, heappush
from typing import Any

import simpy

from lianfang.pooling.dilution import shift_milli
from lianfang.pooling.expected import expected_tests

DAY_MIN = 24 * 60


class Priority(IntEnum):
    """Hours in which a result is due; the lower is worked first."""

    URGENT = 6
    SOON = 12
    SCREENING = 24


class Stage(StrEnum):
    """Where a tube is at the end of the simulation."""

    ON_THE_WAY = "on_the_way"
    QUEUED = "queued"
    IN_WORK = "in_work"
    REPORTED = "reported"


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


@dataclass(slots=True)
class Tube:
    """One tube with its members' numbers."""

    number: int
    members: tuple[int, ...]
    priority: Priority
    collected_min: int
    laboratory: str = ""
    stage: Stage = Stage.ON_THE_WAY
    reported_min: int | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A positive that was not found, with the Ct that explains it; `in_pool_milli`: where the pool would have it."""

    person: int
    ct_milli: int
    in_pool_milli: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a round. `tests_expected`: Dorfman's, faultless assay. Waits in minutes from collection to report."""

    tubes: int
    stages: dict[Stage, int]
    tests_used: int
    pool_tests: int
    single_tests: int
    tests_expected: float
    found: tuple[int, ...]
    missed: tuple[Missed, ...]
    waits: dict[Priority, tuple[int, int, int]]
    late: dict[Priority, int]
    by_laboratory: dict[str, int]
    peak_queue: dict[str, int]
    finished_min: int | None
    finished_by: dict[str, int | None]


class _Queue:
    """Tubes at a laboratory, the most pressing first; lanes without work are woken by the next."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._heap: list[tuple[int, int, Tube]] = []
        self._next = env.event()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, tube: Tube) -> None:
        heappush(self._heap, (tube.priority, tube.number, tube))
        if not self._next.triggered:
            self._next.succeed()

    def take(self, most: int) -> list[Tube]:
        return [heappop(self._heap)[2] for _ in range(min(most, len(self._heap)))]

    def coming(self) -> simpy.Event:
        if self._next.triggered:
            self._next = self._env.event()
        return self._next


@dataclass
class _Round:
    """The state of one simulation."""

    plan: Plan
    env: simpy.Environment
    cts: dict[int, int]
    queues: dict[str, _Queue] = field(default_factory=dict)
    tubes: list[Tube] = field(default_factory=list)
    found: set[int] = field(default_factory=set)
    peaks: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)


def simulate(plan: Plan, seed: int) -> Outcome:
    """Run a round to its end or its horizon."""
    stream = random.Random(f"laboratory:{seed}")  # noqa: S311 - a simulation
    infected = stream.sample(range(plan.everybody), plan.positives)
    cts = {person: round(1000 * min(max(stream.gauss(plan.ct_mean, plan.ct_sd), 10.0), 45.0)) for person in infected}
    state = _Round(plan, simpy.Environment(plan.starts_min), cts)
    for laboratory in plan.laboratories:
        state.queues[laboratory.name] = _Queue(state.env)
        state.peaks[laboratory.name] = state.waiting[laboratory.name] = 0
        for lane in range(max(shift.lanes for shift in laboratory.worked)):
            state.env.process(_lane(state, laboratory, lane))
    _resume(state)
    order = list(range(plan.people))
    stream.shuffle(order)
    pools = [tuple(order[at : at + plan.pool_size]) for at in range(0, plan.people, plan.pool_size)]
    state.env.process(_collecting(state, pools))
    state.env.run(until=plan.horizon_min)
    return _outcome(state)


def _resume(state: _Round) -> None:
    """Put what waits into its place; its people are numbered after those to be collected."""
    known, first = {each.name: each for each in state.plan.laboratories}, state.plan.people
    for each in state.plan.waiting:
        members = tuple(range(first, first + each.members))
        first += each.members
        tube = Tube(len(state.tubes), members, each.priority, each.collected_min)
        state.tubes.append(tube)
        there = known.get(each.laboratory)
        way = max(0, each.arrives_min - state.plan.starts_min)
        _on_its_way(state, there or _soonest(state), tube, way if there else None)


def _collecting(state: _Round, pools: Sequence[tuple[int, ...]]) -> Generator[Any, Any, None]:
    plan = state.plan
    for number, members in enumerate(pools):
        due = plan.collect_from_min + plan.collect_min * number // len(pools)
        yield state.env.timeout(max(0, due - state.env.now))
        _send(state, members, Priority.SCREENING)


def _send(state: _Round, members: tuple[int, ...], priority: Priority) -> None:
    """Collect a tube and send it to the laboratory that would have it done first."""
    tube = Tube(len(state.tubes), members, priority, int(state.env.now))
    state.tubes.append(tube)
    _on_its_way(state, _soonest(state), tube)


def _soonest(state: _Round) -> Laboratory:
    return min(state.plan.laboratories, key=lambda each: (_promise(state, each), each.name))


def _on_its_way(state: _Round, laboratory: Laboratory, tube: Tube, way_min: int | None = None) -> None:
    tube.laboratory = laboratory.name
    state.waiting[laboratory.name] += 1
    arrival = state.env.timeout(laboratory.transport_min if way_min is None else way_min)
    arrival.callbacks.append(lambda _event: _arrive(state, laboratory, tube))


def _promise(state: _Round, laboratory: Laboratory) -> float:
    """When a tube sent now would be in work: the way, the wait until it opens, the tubes before it."""
    arrival = state.env.now + laboratory.transport_min
    lanes = max(shift.lanes for shift in laboratory.worked)
    per_minute = lanes * laboratory.batch / laboratory.extract_min
    return float(arrival + _until_open(laboratory, int(arrival)) + state.waiting[laboratory.name] / per_minute)


def _until_open(laboratory: Laboratory, at: int, lane: int = 0) -> int:
    """Minutes until the lane is worked; 0 while it is."""
    day, minute = divmod(max(at, laboratory.opens_day * DAY_MIN), DAY_MIN)
    spans = [(each.starts * 60, each.ends * 60) for each in laboratory.worked if each.lanes > lane]
    if any(start <= minute < end for start, end in spans):
        return day * DAY_MIN + minute - at
    later = [start for start, _ in spans if start > minute]
    begins = min(later) if later else DAY_MIN + min(start for start, _ in spans)
    return day * DAY_MIN + begins - at


def ready_min(laboratory: Laboratory, at: int, ahead: int, *, way_min: int | None = None) -> int:
    """When a tube sent at that minute would have its result, with so many tubes before it: hour by hour of its shifts."""
    arrival = at + (laboratory.transport_min if way_min is None else way_min)
    begun = arrival + _until_open(laboratory, arrival)
    left = float(ahead)
    while left > 0:
        hour = begun % DAY_MIN // 60
        lanes = sum(each.lanes for each in laboratory.worked if each.starts <= hour < each.ends)
        step = 60 - begun % 60
        worked = lanes * laboratory.batch * step / laboratory.extract_min
        if worked >= left:
            begun += round(step * left / worked)
            break
        left -= worked
        begun += step
    begun += _until_open(laboratory, begun)
    return begun + laboratory.extract_min + laboratory.amplify_min + laboratory.sign_min


def _arrive(state: _Round, laboratory: Laboratory, tube: Tube) -> None:
    tube.stage = Stage.QUEUED
    queue = state.queues[laboratory.name]
    queue.put(tube)
    state.peaks[laboratory.name] = max(state.peaks[laboratory.name], len(queue))


def _lane(state: _Round, laboratory: Laboratory, lane: int) -> Generator[Any, Any, None]:
    queue = state.queues[laboratory.name]
    while True:
        yield state.env.timeout(_until_open(laboratory, int(state.env.now), lane))
        if not queue:
            yield queue.coming()
            continue
        if len(queue) < laboratory.batch:
            yield state.env.timeout(state.plan.gather_min)
        batch = queue.take(laboratory.batch)
        if not batch:
            continue
        for tube in batch:
            tube.stage = Stage.IN_WORK
        state.waiting[laboratory.name] -= len(batch)
        yield state.env.timeout(laboratory.extract_min)
        state.env.process(_amplify(state, laboratory, batch))


def _amplify(state: _Round, laboratory: Laboratory, batch: list[Tube]) -> Generator[Any, Any, None]:
    yield state.env.timeout(laboratory.amplify_min + laboratory.sign_min)
    for tube in batch:
        tube.stage = Stage.REPORTED
        tube.reported_min = int(state.env.now)
        if not _reacts(state, tube):
            continue
        if len(tube.members) == 1:
            state.found.add(tube.members[0])
        else:
            state.env.process(_collect_again(state, tube))


def _reacts(state: _Round, tube: Tube) -> bool:
    cts = [state.cts[member] for member in tube.members if member in state.cts]
    return bool(cts) and min(cts) + shift_milli(len(tube.members)) < state.plan.lost_from_milli


def _collect_again(state: _Round, pool: Tube) -> Generator[Any, Any, None]:
    yield state.env.timeout(state.plan.recollect_min)
    for member in pool.members:
        _send(state, (member,), Priority.URGENT)


def _outcome(state: _Round) -> Outcome:
    plan = state.plan
    reported = [tube for tube in state.tubes if tube.reported_min is not None]
    pools = sum(len(tube.members) > 1 for tube in reported)
    done = len(reported) == len(state.tubes)
    waits = {each: _spread([_wait(tube) for tube in reported if tube.priority is each]) for each in Priority}
    return Outcome(
        tubes=len(state.tubes),
        stages={stage: sum(tube.stage is stage for tube in state.tubes) for stage in Stage},
        tests_used=len(reported),
        pool_tests=pools,
        single_tests=len(reported) - pools,
        tests_expected=expected_tests(plan.everybody, plan.positives / plan.everybody, plan.pool_size),
        found=tuple(sorted(state.found)),
        missed=tuple(_missed(state, person) for person in sorted(set(state.cts) - state.found)),
        waits={priority: spread for priority, spread in waits.items() if spread is not None},
        late={each: sum(tube.priority is each and _lateness(tube, plan) for tube in state.tubes) for each in Priority},
        by_laboratory={
            each.name: sum(tube.laboratory == each.name for tube in state.tubes) for each in plan.laboratories
        },
        peak_queue=dict(state.peaks),
        finished_min=max((_reported(tube) for tube in reported), default=0) if done else None,
        finished_by={each.name: _finished(state.tubes, each.name) for each in plan.laboratories},
    )


def _finished(tubes: Sequence[Tube], laboratory: str) -> int | None:
    """When a laboratory has its last tube signed; None if it has none, or not by the end."""
    own = [tube for tube in tubes if tube.laboratory == laboratory]
    return max((_reported(tube) for tube in own), default=None) if all(tube.reported_min for tube in own) else None


def _reported(tube: Tube) -> int:
    return tube.reported_min if tube.reported_min is not None else 0


def _wait(tube: Tube) -> int:
    return _reported(tube) - tube.collected_min


def _lateness(tube: Tube, plan: Plan) -> bool:
    until = tube.reported_min if tube.reported_min is not None else plan.horizon_min
    return until - tube.collected_min > tube.priority * 60


def _spread(waits: list[int]) -> tuple[int, int, int] | None:
    """Median, 95th percentile and longest; None of nothing."""
    if not waits:
        return None
    ranked = sorted(waits)
    return ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, len(ranked) * 95 // 100)], ranked[-1]


def _missed(state: _Round, person: int) -> Missed:
    pool = next(tube for tube in state.tubes if person in tube.members)
    alone = state.cts[person]
    in_pool = alone + shift_milli(len(pool.members))
    if pool.reported_min is None or (_reacts(state, pool) and alone < state.plan.lost_from_milli):
        reason = "not tested by the end"
    elif alone >= state.plan.lost_from_milli:
        reason = "the assay does not see it"
    else:
        reason = "lost to dilution"
    return Missed(person, alone, in_pool, reason)


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
