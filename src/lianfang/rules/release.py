"""Whether a measure ends, goes on or is extended. Table: docs/rules/release.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.measure import MeasureOrder, specimens_for
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, SpecimenResult

CARRIED_OUT = frozenset(
    {MeasureKind.DISINFECTION, MeasureKind.PLACE_CLOSURE, MeasureKind.RECALL, MeasureKind.LOT_DESTRUCTION}
)


class ReleaseDecision(StrEnum):
    """What becomes of a measure."""

    RELEASE = "release"
    CONTINUE = "continue"
    EXTEND = "extend"


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """The decision, and the measure's end after it (None: open-ended)."""

    decision: ReleaseDecision
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class TestResult:
    """A signed result by the time its specimen was taken; `result` None while the laboratory works."""

    collected_at: int
    result: SpecimenResult | None


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What a release depends on; instants in seconds since the epoch.

    `missed_follow_ups`: follow-ups due and not done. `has_symptoms`: at the last follow-up (fever: `has_fever`).
    `fever_free_since`: of a case that had fever (None: it had none). `cause_stands`: False once the index was
    annulled and nothing else gives the class. `done_at`: when the work of a disinfection, closure, recall or
    destruction was proven done.
    """

    order: MeasureOrder
    exposure_class: ExposureClass
    results: tuple[TestResult, ...]
    now: int
    missed_follow_ups: int = 0
    has_symptoms: bool = False
    fever_free_since: int | None = None
    cause_stands: bool = True
    done_at: int | None = None


def decide_release(facts: ReleaseFacts, profile: Profile) -> Verdict[ReleaseOutcome]:
    """Release, continue or extend one measure at `now`. Source: docs/rules/release.md R-1..R-15."""
    if not facts.cause_stands:
        decision, reasons = ReleaseDecision.RELEASE, [Reason("R-1")]
    elif facts.order.kind in CARRIED_OUT:
        decision, reasons = _by_proof(facts)
    elif facts.order.kind is MeasureKind.LOT_HOLD:
        decision, reasons = _hold(facts, profile)
    elif facts.order.kind is MeasureKind.ISOLATION:
        decision, reasons = _isolation(facts, profile)
    else:
        decision, reasons = _observation(facts, profile)
    return Verdict(_outcome(decision, facts, profile), tuple(reasons), facts, profile.edition, "decide_release")


def _outcome(decision: ReleaseDecision, facts: ReleaseFacts, profile: Profile) -> ReleaseOutcome:
    if decision is ReleaseDecision.RELEASE:
        return ReleaseOutcome(decision, facts.now)
    if decision is ReleaseDecision.EXTEND:
        return ReleaseOutcome(decision, facts.now + profile.release.extension_s)
    return ReleaseOutcome(decision, facts.order.ends_at)


def _by_proof(facts: ReleaseFacts) -> tuple[ReleaseDecision, list[Reason]]:
    if facts.done_at is not None and facts.done_at <= facts.now:
        return ReleaseDecision.RELEASE, [Reason("R-2", {"done_at": facts.done_at})]
    return ReleaseDecision.CONTINUE, [Reason("R-3")]


def _known(facts: ReleaseFacts) -> list[TestResult]:
    """Signed results of specimens taken by now, oldest first."""
    signed = [test for test in facts.results if test.result is not None and test.collected_at <= facts.now]
    return sorted(signed, key=lambda test: test.collected_at)


def _hold(facts: ReleaseFacts, profile: Profile) -> tuple[ReleaseDecision, list[Reason]]:
    known = _known(facts)
    if facts.exposure_class in (ExposureClass.INDEX, ExposureClass.POSITIVE_LOT):
        return ReleaseDecision.CONTINUE, [Reason("R-4")]
    if any(test.result is SpecimenResult.POSITIVE for test in known):
        return ReleaseDecision.CONTINUE, [Reason("R-4")]
    needed = profile.goods.negatives_to_release if profile.goods else 0
    negatives = _negatives_since_doubt(known, facts.order.starts_at)
    if len(negatives) >= needed:
        return ReleaseDecision.RELEASE, [Reason("R-5", {"negatives": len(negatives)})]
    return ReleaseDecision.CONTINUE, [Reason("R-6", {"negatives": len(negatives), "needed": needed})]


def _negatives_since_doubt(known: list[TestResult], starts_at: int) -> list[TestResult]:
    """The unbroken run of negatives at the end of the results."""
    run: list[TestResult] = []
    for test in known:
        if test.collected_at >= starts_at:
            run = [*run, test] if test.result is SpecimenResult.NEGATIVE else []
    return run


def _isolation(facts: ReleaseFacts, profile: Profile) -> tuple[ReleaseDecision, list[Reason]]:
    ends_at = facts.order.ends_at
    if ends_at is not None and facts.now < ends_at:
        return ReleaseDecision.CONTINUE, [Reason("R-7", {"ends_at": ends_at})]
    if facts.has_symptoms:
        return ReleaseDecision.CONTINUE, [Reason("R-10")]
    fever_free_s = profile.release.case_fever_free_s
    if facts.fever_free_since is not None and facts.now - facts.fever_free_since < fever_free_s:
        return ReleaseDecision.CONTINUE, [Reason("R-16", {"fever_free_s": fever_free_s})]
    needed = profile.release.case_negatives
    if needed == 0:
        return ReleaseDecision.RELEASE, [Reason("R-8")]
    interval_s = profile.release.case_interval_s
    counted = _spaced(_negatives_since_doubt(_known(facts), facts.order.starts_at), interval_s)
    params = {"negatives": counted, "needed": needed, "interval_s": interval_s}
    if counted >= needed:
        return ReleaseDecision.RELEASE, [Reason("R-9", params)]
    return ReleaseDecision.CONTINUE, [Reason("R-11", params)]


def _spaced(negatives: list[TestResult], interval_s: int) -> int:
    """How many of the negatives can be chosen that lie at least the interval apart."""
    counted, last = 0, None
    for test in negatives:
        if last is None or test.collected_at - last >= interval_s:
            counted, last = counted + 1, test.collected_at
    return counted


def _observation(facts: ReleaseFacts, profile: Profile) -> tuple[ReleaseDecision, list[Reason]]:
    """Quarantine, monitoring and bare test schedules."""
    known, ends_at = _known(facts), facts.order.ends_at
    if any(test.result is SpecimenResult.POSITIVE and test.collected_at >= facts.order.starts_at for test in known):
        return ReleaseDecision.CONTINUE, [Reason("R-12")]
    if ends_at is not None and facts.now < ends_at:
        return ReleaseDecision.CONTINUE, [Reason("R-7", {"ends_at": ends_at})]
    reasons = _open_points(facts, known, profile)
    if not reasons:
        return ReleaseDecision.RELEASE, [Reason("R-13")]
    return (ReleaseDecision.CONTINUE if ends_at is None else ReleaseDecision.EXTEND), reasons


def _open_points(facts: ReleaseFacts, known: list[TestResult], profile: Profile) -> list[Reason]:
    """Why a measure whose time is over cannot end."""
    reasons = []
    missing = _missing_tests(facts, known)
    if missing:
        reasons.append(Reason("R-14", {"missing": missing}))
    if facts.missed_follow_ups > profile.release.missed_follow_ups_allowed:
        reasons.append(Reason("R-15", {"missed": facts.missed_follow_ups}))
    if facts.has_symptoms:
        reasons.append(Reason("R-10"))
    return reasons


def _missing_tests(facts: ReleaseFacts, known: list[TestResult]) -> int:
    """How many scheduled tests have no negative of their own; a later specimen makes up for a missed one."""
    negatives = [test.collected_at for test in known if test.result is SpecimenResult.NEGATIVE]
    return specimens_for(facts.order, negatives).count(None)
