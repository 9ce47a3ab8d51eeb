"""Whether a run may be read, by its controls and by their Ct from run to run. Table: docs/rules/quality-control.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.assay import TargetReading, TargetResult, internal_control_works, target_calls
from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import Action, ControlKind, Kit, QualityControlNumbers, Shape, WestgardRule
from lianfang.rules.verdict import Reason, Verdict


class RunValidity(StrEnum):
    """Whether a run's specimens may be read; a warning lets them be."""

    VALID = "valid"
    WARNING = "warning"
    INVALID = "invalid"


class SeriesState(StrEnum):
    """A control's Ct from run to run."""

    IN_CONTROL = "in_control"
    WARNING = "warning"
    REJECTED = "rejected"
    NOT_ESTABLISHED = "not_established"


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a run with the readings of its well or wells."""

    kind: ControlKind
    position: str
    readings: tuple[TargetReading, ...]


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One control's Ct of one target and lot, thousandths of a cycle, oldest first, this run's last.

    `mean_milli`, `sd_milli`: of the lot's first `baseline` values.
    """

    target: str
    baseline: int
    mean_milli: int
    sd_milli: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run's controls, and how the Ct of its weak positive has gone."""

    kit: str
    controls: tuple[Control, ...]
    series: tuple[SeriesFacts, ...] = ()


def judge_run(facts: RunFacts, profile: Profile) -> Verdict[RunValidity]:
    """Whether the specimens of a run may be read. Source: docs/rules/quality-control.md QC-1..QC-8, WG-1..WG-4."""
    kit, numbers = profile.kits.get(facts.kit), profile.quality_control
    if kit is None or numbers is None:
        unknown = (Reason("QC-1", {"kit": facts.kit}),)
        return Verdict(RunValidity.INVALID, unknown, facts, profile.edition, "judge_run")
    failed = _missing(facts, numbers) + [reason for each in facts.controls for reason in _control(each, kit)]
    judged = [judge_series(each, profile) for each in facts.series]
    failed += [reason for each in judged if each.outcome is SeriesState.REJECTED for reason in each.reasons]
    warned = [reason for each in judged if each.outcome is SeriesState.WARNING for reason in each.reasons]
    if failed:
        return Verdict(RunValidity.INVALID, tuple(failed + warned), facts, profile.edition, "judge_run")
    validity = RunValidity.WARNING if warned else RunValidity.VALID
    reasons = (*warned, Reason("QC-8", {"controls": len(facts.controls)}))
    return Verdict(validity, reasons, facts, profile.edition, "judge_run")


def _missing(facts: RunFacts, numbers: QualityControlNumbers) -> list[Reason]:
    reasons = []
    for kind, needed in numbers.required.items():
        found = sum(control.kind is kind for control in facts.controls)
        if found < needed:
            reasons.append(Reason("QC-2", {"control": kind.value, "counted": found, "needed": needed}))
    return reasons


def _control(control: Control, kit: Kit) -> list[Reason]:
    checks = {
        ControlKind.NEGATIVE: _negative,
        ControlKind.POSITIVE: _positive,
        ControlKind.WEAK_POSITIVE: _weak_positive,
        ControlKind.EXTRACTION: _extraction,
    }
    absent = [call.target for call in target_calls(kit, control.readings) if call.result is TargetResult.MISSING]
    if absent:
        return [Reason("QC-3", {"position": control.position, "target": absent[0]})]
    return checks[control.kind](control, kit)


def _negative(control: Control, kit: Kit) -> list[Reason]:
    return [
        Reason("QC-4", {"position": control.position, "target": call.target})
        for call in target_calls(kit, control.readings)
        if call.result is not TargetResult.NEGATIVE
    ]


def _positive(control: Control, kit: Kit) -> list[Reason]:
    return [
        Reason("QC-5", {"position": control.position, "target": call.target})
        for call in target_calls(kit, control.readings)
        if call.result is not TargetResult.POSITIVE
    ]


def _weak_positive(control: Control, kit: Kit) -> list[Reason]:
    reasons = _positive(control, kit)
    failed = {reason.params["target"] for reason in reasons}
    for cut in kit.targets:
        if cut.name in failed:
            continue
        lowest = min(
            each.ct_milli for each in control.readings if each.target == cut.name and each.ct_milli is not None
        )
        if not cut.weak_min_milli <= lowest <= cut.weak_max_milli:
            reasons.append(Reason("QC-6", {"position": control.position, "target": cut.name, "ct_milli": lowest}))
    return reasons


def _extraction(control: Control, kit: Kit) -> list[Reason]:
    reasons = _negative(control, kit)
    if not internal_control_works(kit, control.readings):
        reasons.append(Reason("QC-7", {"position": control.position, "target": kit.internal_control}))
    return reasons


def judge_series(facts: SeriesFacts, profile: Profile) -> Verdict[SeriesState]:
    """Whether a control's Ct are in control. Source: docs/rules/westgard.md WG-1..WG-4."""
    numbers = profile.quality_control
    if numbers is None or facts.baseline < numbers.baseline_values or facts.sd_milli <= 0:
        needed = numbers.baseline_values if numbers else 0
        reason = Reason("WG-1", {"target": facts.target, "counted": facts.baseline, "needed": needed})
        return Verdict(SeriesState.NOT_ESTABLISHED, (reason,), facts, profile.edition, "judge_series")
    broken = [rule for rule in numbers.westgard if _breaks(rule, facts)]
    rejecting = [rule for rule in broken if rule.action is Action.REJECT]
    if rejecting:
        reasons = tuple(Reason("WG-2", {"target": facts.target, "westgard": rule.name}) for rule in rejecting)
        return Verdict(SeriesState.REJECTED, reasons, facts, profile.edition, "judge_series")
    if broken:
        reasons = tuple(Reason("WG-3", {"target": facts.target, "westgard": rule.name}) for rule in broken)
        return Verdict(SeriesState.WARNING, reasons, facts, profile.edition, "judge_series")
    reason = Reason("WG-4", {"target": facts.target})
    return Verdict(SeriesState.IN_CONTROL, (reason,), facts, profile.edition, "judge_series")


def _breaks(rule: WestgardRule, facts: SeriesFacts) -> bool:
    """In whole numbers: ten deviations against tenths of a standard deviation."""
    if len(facts.values) < rule.values:
        return False
    newest = [10 * (value - facts.mean_milli) for value in facts.values[-rule.values :]]
    limit = rule.sd_tenths * facts.sd_milli
    if rule.shape is Shape.RANGE:
        return max(newest) - min(newest) > limit
    return all(each > limit for each in newest) or all(each < -limit for each in newest)
