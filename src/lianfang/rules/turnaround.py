"""In how many hours a tube's result is due, by why it was taken. Table: docs/rules/turnaround.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import Priority
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import MeasureKind


@dataclass(frozen=True, slots=True)
class TubeFacts:
    """Why a tube was taken. `measures`: standing for its subject, by name; `is_recollected`: after a shared tube reacted."""

    is_recollected: bool = False
    measures: tuple[MeasureKind, ...] = ()
    from_hospital: bool = False
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How pressing a tube is; `within_s`: seconds from its collection to its signed result, None: no target."""

    priority: Priority
    within_s: int | None


def decide_turnaround(facts: TubeFacts, profile: Profile) -> Verdict[Turnaround]:
    """How pressing a tube is, and when its result is due. Source: docs/rules/turnaround.md TU-1..TU-5."""
    targets = profile.laboratory.targets if profile.laboratory else None
    if targets is None:
        outcome, reason = Turnaround(Priority.SCREENING, None), Reason("TU-1")
        return Verdict(outcome, (reason,), facts, profile.edition, "decide_turnaround")
    priority, row, more = _priority(facts, targets.by_measure)
    within_s = targets.within_s[priority]
    reason = Reason(row, {**more, "within_s": within_s})
    return Verdict(Turnaround(priority, within_s), (reason,), facts, profile.edition, "decide_turnaround")


def _priority(facts: TubeFacts, by_measure: Mapping[MeasureKind, Priority]) -> tuple[Priority, str, dict[str, str]]:
    if facts.is_recollected:
        return Priority.URGENT, "TU-2", {}
    known = [kind for kind in facts.measures if kind in by_measure]
    if known:
        kind = min(known, key=lambda each: (tuple(Priority).index(by_measure[each]), each))
        return by_measure[kind], "TU-3", {"measure": kind.value}
    if facts.from_hospital or facts.is_ordered:
        return Priority.SOON, "TU-4", {}
    return Priority.SCREENING, "TU-5", {}
