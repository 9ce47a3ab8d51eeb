"""What a run says about one specimen: each target by its kit's cut-offs, then the call. Table: docs/rules/assay.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import Kit, TargetCutOff
from lianfang.rules.verdict import Reason, Verdict


class TargetResult(StrEnum):
    """One target of one specimen."""

    POSITIVE = "positive"
    GREY = "grey"
    NEGATIVE = "negative"
    MISSING = "missing"


class Call(StrEnum):
    """What the runs so far say about a specimen; only the first two can be signed as they are."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    REPEAT = "repeat"
    RECOLLECT = "recollect"
    UNKNOWN_KIT = "unknown_kit"


@dataclass(frozen=True, slots=True)
class TargetReading:
    """One target's Ct in thousandths of a cycle, None when undetermined; `is_amplified`: the curve, None if not told."""

    target: str
    ct_milli: int | None
    is_amplified: bool | None = None


@dataclass(frozen=True, slots=True)
class AssayFacts:
    """The readings of one specimen in one valid run; `earlier`: those of the run that this one repeats."""

    kit: str
    readings: tuple[TargetReading, ...]
    earlier: tuple[TargetReading, ...] | None = None


@dataclass(frozen=True, slots=True)
class TargetCall:
    """One target's result."""

    target: str
    result: TargetResult


@dataclass(frozen=True, slots=True)
class AssayOutcome:
    """The call with the targets it rests on, in the kit's order."""

    call: Call
    targets: tuple[TargetCall, ...]


def call_specimen(facts: AssayFacts, profile: Profile) -> Verdict[AssayOutcome]:
    """What the readings say. Source: docs/rules/assay.md AS-1..AS-10."""
    kit = profile.kits.get(facts.kit)
    if kit is None:
        outcome = AssayOutcome(Call.UNKNOWN_KIT, ())
        return Verdict(outcome, (Reason("AS-1", {"kit": facts.kit}),), facts, profile.edition, "call_specimen")
    targets = target_calls(kit, facts.readings)
    call, reason = _called(facts, kit, targets)
    return Verdict(AssayOutcome(call, targets), (reason,), facts, profile.edition, "call_specimen")


def target_calls(kit: Kit, readings: tuple[TargetReading, ...]) -> tuple[TargetCall, ...]:
    """Each target of the kit by its cut-offs; of several readings of one target the lowest Ct counts."""
    return tuple(TargetCall(cut.name, _result(cut, readings)) for cut in kit.targets)


def _result(cut: TargetCutOff, readings: tuple[TargetReading, ...]) -> TargetResult:
    order = (TargetResult.POSITIVE, TargetResult.GREY, TargetResult.NEGATIVE)
    found = {_read(cut, each) for each in readings if each.target == cut.name}
    return next((result for result in order if result in found), TargetResult.MISSING)


def _read(cut: TargetCutOff, reading: TargetReading) -> TargetResult:
    if reading.ct_milli is None or reading.ct_milli >= cut.negative_min_milli:
        return TargetResult.NEGATIVE
    # a Ct without a curve is repeated like one in the grey zone
    if reading.ct_milli > cut.positive_max_milli or reading.is_amplified is False:
        return TargetResult.GREY
    return TargetResult.POSITIVE


def internal_control_works(kit: Kit, readings: tuple[TargetReading, ...]) -> bool:
    """Whether the internal control came up in time."""
    cts = [each.ct_milli for each in readings if each.target == kit.internal_control and each.ct_milli is not None]
    return bool(cts) and min(cts) <= kit.internal_max_milli


def _called(facts: AssayFacts, kit: Kit, targets: tuple[TargetCall, ...]) -> tuple[Call, Reason]:
    missing = [each.target for each in targets if each.result is TargetResult.MISSING]
    if missing:
        return Call.REPEAT, Reason("AS-2", {"target": missing[0]})
    positive = _names(targets, TargetResult.POSITIVE)
    if len(positive) >= kit.targets_for_positive:
        return Call.POSITIVE, Reason("AS-3", {"targets": len(positive), "needed": kit.targets_for_positive})
    doubtful = positive + _names(targets, TargetResult.GREY)
    if facts.earlier is None:
        return _first(facts, kit, doubtful)
    return _again(facts, kit, doubtful)


def _first(facts: AssayFacts, kit: Kit, doubtful: tuple[str, ...]) -> tuple[Call, Reason]:
    if not internal_control_works(kit, facts.readings):
        return Call.REPEAT, Reason("AS-4", {"target": kit.internal_control})
    if doubtful:
        return Call.REPEAT, Reason("AS-5", {"target": doubtful[0]})
    return Call.NEGATIVE, Reason("AS-6")


def _again(facts: AssayFacts, kit: Kit, doubtful: tuple[str, ...]) -> tuple[Call, Reason]:
    assert facts.earlier is not None
    before = target_calls(kit, facts.earlier)
    seen = _names(before, TargetResult.POSITIVE) + _names(before, TargetResult.GREY)
    twice = [name for name in doubtful if name in seen]
    if twice:
        return Call.POSITIVE, Reason("AS-7", {"target": twice[0]})
    if not internal_control_works(kit, facts.readings):
        return Call.RECOLLECT, Reason("AS-8", {"target": kit.internal_control})
    if doubtful:
        return Call.RECOLLECT, Reason("AS-9", {"target": doubtful[0]})
    return Call.NEGATIVE, Reason("AS-10")


def _names(targets: tuple[TargetCall, ...], result: TargetResult) -> tuple[str, ...]:
    return tuple(each.target for each in targets if each.result is result)
