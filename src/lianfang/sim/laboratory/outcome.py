"""What came of a round: where each tube is, who was found, whom the assay missed, and how long results took."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lianfang.pooling.dilution import shift_milli
from lianfang.pooling.expected import expected_tests
from lianfang.sim.laboratory.plan import Plan, Priority


class Stage(StrEnum):
    """Where a tube is at the end of the simulation."""

    ON_THE_WAY = "on_the_way"
    QUEUED = "queued"
    IN_WORK = "in_work"
    REPORTED = "reported"


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


@dataclass(frozen=True, slots=True)
class Played:
    """A round that is over. `cts`: of the positives; `peaks`: the longest queue of each laboratory."""

    plan: Plan
    tubes: Sequence[Tube]
    cts: Mapping[int, int]
    found: set[int]
    peaks: Mapping[str, int]


def reacts(tube: Tube, cts: Mapping[int, int], plan: Plan) -> bool:
    """Whether the assay sees a positive in the tube, diluted by the others."""
    present = [cts[member] for member in tube.members if member in cts]
    return bool(present) and min(present) + shift_milli(len(tube.members)) < plan.lost_from_milli


def outcome_of(played: Played) -> Outcome:
    """Count what came of a round."""
    plan, tubes = played.plan, played.tubes
    reported = [tube for tube in tubes if tube.reported_min is not None]
    pools = sum(len(tube.members) > 1 for tube in reported)
    done = len(reported) == len(tubes)
    waits = {each: _spread([_wait(tube) for tube in reported if tube.priority is each]) for each in Priority}
    return Outcome(
        tubes=len(tubes),
        stages={stage: sum(tube.stage is stage for tube in tubes) for stage in Stage},
        tests_used=len(reported),
        pool_tests=pools,
        single_tests=len(reported) - pools,
        tests_expected=expected_tests(plan.everybody, plan.positives / plan.everybody, plan.pool_size),
        found=tuple(sorted(played.found)),
        missed=tuple(_missed(played)),
        waits={priority: spread for priority, spread in waits.items() if spread is not None},
        late={each: sum(tube.priority is each and _lateness(tube, plan) for tube in tubes) for each in Priority},
        by_laboratory={each.name: sum(tube.laboratory == each.name for tube in tubes) for each in plan.laboratories},
        peak_queue=dict(played.peaks),
        finished_min=max((_reported(tube) for tube in reported), default=0) if done else None,
        finished_by={each.name: _finished(tubes, each.name) for each in plan.laboratories},
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


def _missed(played: Played) -> Iterable[Missed]:
    plan, first = played.plan, dict[int, Tube]()
    for tube in played.tubes:
        for member in tube.members:
            if member in played.cts:
                first.setdefault(member, tube)
    for person in sorted(set(played.cts) - played.found):
        tube, alone = first[person], played.cts[person]
        if tube.reported_min is None or (reacts(tube, played.cts, plan) and alone < plan.lost_from_milli):
            reason = "not tested by the end"
        elif alone >= plan.lost_from_milli:
            reason = "the assay does not see it"
        else:
            reason = "lost to dilution"
        yield Missed(person, alone, alone + shift_milli(len(tube.members)), reason)
