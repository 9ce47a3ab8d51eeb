"""The round itself, by `simpy`: tubes arrive, lanes take them in batches, what reacts is collected again singly."""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import groupby
from typing import Any

import simpy

from lianfang.sim.laboratory.hours import until_open
from lianfang.sim.laboratory.outcome import Outcome, Played, Stage, Tube, outcome_of, reacts
from lianfang.sim.laboratory.plan import Laboratory, Plan, Priority


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
    """The state of one simulation. `coming`: what is on its way, by laboratory, minute it left and minutes it takes.

    `ways`: when each laboratory would take a tube sent at the minute `ways_at`; `per_minute`: tubes it works.
    """

    plan: Plan
    env: simpy.Environment
    cts: dict[int, int]
    queues: dict[str, _Queue] = field(default_factory=dict)
    tubes: list[Tube] = field(default_factory=list)
    found: set[int] = field(default_factory=set)
    peaks: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    coming: dict[tuple[str, int, int], list[Tube]] = field(default_factory=dict)
    ways: dict[str, int] = field(default_factory=dict)
    ways_at: int | None = None
    per_minute: dict[str, float] = field(default_factory=dict)


def simulate(plan: Plan, seed: int) -> Outcome:
    """Run a round to its end or its horizon."""
    stream = random.Random(f"laboratory:{seed}")  # noqa: S311 - a simulation
    infected = stream.sample(range(plan.everybody), plan.positives)
    cts = {person: round(1000 * min(max(stream.gauss(plan.ct_mean, plan.ct_sd), 10.0), 45.0)) for person in infected}
    state = _Round(plan, simpy.Environment(plan.starts_min), cts)
    for laboratory in plan.laboratories:
        state.queues[laboratory.name] = _Queue(state.env)
        state.peaks[laboratory.name] = state.waiting[laboratory.name] = 0
        lanes = max(shift.lanes for shift in laboratory.worked)
        state.per_minute[laboratory.name] = lanes * laboratory.batch / laboratory.extract_min
        for lane in range(lanes):
            state.env.process(_lane(state, laboratory, lane))
    _resume(state)
    order = list(range(plan.people))
    stream.shuffle(order)
    pools = [tuple(order[at : at + plan.pool_size]) for at in range(0, plan.people, plan.pool_size)]
    state.env.process(_collecting(state, pools))
    state.env.run(until=plan.horizon_min)
    return outcome_of(Played(plan, state.tubes, cts, state.found, state.peaks))


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

    def due(number: int) -> int:
        return plan.collect_from_min + plan.collect_min * number // len(pools)

    for minute, numbers in groupby(range(len(pools)), due):
        yield state.env.timeout(max(0, minute - state.env.now))
        for number in numbers:
            _send(state, pools[number], Priority.SCREENING)


def _send(state: _Round, members: tuple[int, ...], priority: Priority) -> None:
    """Collect a tube and send it to the laboratory that would have it done first."""
    tube = Tube(len(state.tubes), members, priority, int(state.env.now))
    state.tubes.append(tube)
    _on_its_way(state, _soonest(state), tube)


def _soonest(state: _Round) -> Laboratory:
    """Where a tube sent now would be in work first: the way, the wait until it opens, the tubes before it."""
    now = int(state.env.now)
    if state.ways_at != now:
        state.ways_at = now
        for each in state.plan.laboratories:
            arrival = now + each.transport_min
            state.ways[each.name] = arrival + until_open(each, arrival)

    def promise(each: Laboratory) -> tuple[float, str]:
        return state.ways[each.name] + state.waiting[each.name] / state.per_minute[each.name], each.name

    return min(state.plan.laboratories, key=promise)


def _on_its_way(state: _Round, laboratory: Laboratory, tube: Tube, way_min: int | None = None) -> None:
    """Tubes that leave in the same minute for the same laboratory arrive together: one event for all of them."""
    tube.laboratory = laboratory.name
    state.waiting[laboratory.name] += 1
    way = laboratory.transport_min if way_min is None else way_min
    leaving = (laboratory.name, int(state.env.now), way)
    if leaving in state.coming:
        state.coming[leaving].append(tube)
        return
    state.coming[leaving] = [tube]
    arrival = state.env.timeout(way)
    arrival.callbacks.append(lambda _event: _arrive(state, laboratory, state.coming.pop(leaving)))


def _arrive(state: _Round, laboratory: Laboratory, tubes: Sequence[Tube]) -> None:
    queue = state.queues[laboratory.name]
    for tube in tubes:
        tube.stage = Stage.QUEUED
        queue.put(tube)
    state.peaks[laboratory.name] = max(state.peaks[laboratory.name], len(queue))


def _lane(state: _Round, laboratory: Laboratory, lane: int) -> Generator[Any, Any, None]:
    queue = state.queues[laboratory.name]
    while True:
        yield state.env.timeout(until_open(laboratory, int(state.env.now), lane))
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
        if not reacts(tube, state.cts, state.plan):
            continue
        if len(tube.members) == 1:
            state.found.add(tube.members[0])
        else:
            state.env.process(_collect_again(state, tube))


def _collect_again(state: _Round, pool: Tube) -> Generator[Any, Any, None]:
    yield state.env.timeout(state.plan.recollect_min)
    for member in pool.members:
        _send(state, (member,), Priority.URGENT)
