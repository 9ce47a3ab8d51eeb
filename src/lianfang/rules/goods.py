"""What becomes of a lot of goods: hold, release, destroy or refuse. Table: docs/rules/goods.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, SpecimenResult


class LotDecision(StrEnum):
    """What may be done with a lot."""

    HOLD = "hold"
    RELEASE = "release"
    DESTROY = "destroy"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What is known of one lot in the total warehouse.

    `exposure_class`: by the investigations that stand (not_exposed when there is none). `results`: of its specimens
    (of an implicated lot: those taken since it was implicated), None while the laboratory works.
    `missing_documents`: names of the required documents it does not have; `bad_documents`: of those that are not valid or
    contradict the lot. `passed_inspection`: False when it failed inspection and quarantine or was smuggled.
    `is_held`: a measure or a seal holds it. `differs`: what arrived is not what was booked, and nobody accepted it.
    """

    exposure_class: ExposureClass
    passed_inspection: bool
    missing_documents: tuple[str, ...]
    results: tuple[SpecimenResult | None, ...]
    pieces: int
    pieces_disinfected: int
    walls_disinfected: bool = True
    bad_documents: tuple[str, ...] = ()
    is_held: bool = False
    differs: bool = False


def samples_needed(pieces: int, profile: Profile) -> int:
    """How many samples the plan asks of a lot: one for every begun hundred or so, never fewer than the minimum."""
    least = profile.goods.negatives_to_release if profile.goods else 0
    numbers = profile.warehouse
    return least if numbers is None else max(least, numbers.samples_min, -(-pieces // numbers.pieces_per_sample))


def decide_lot(facts: LotFacts, profile: Profile) -> Verdict[LotDecision]:
    """The decision for one lot. Source: docs/rules/goods.md G-1..G-14."""
    if not facts.passed_inspection:
        return _verdict(LotDecision.REFUSE, [Reason("G-1")], facts, profile)
    if profile.goods is not None:
        if SpecimenResult.POSITIVE in facts.results:
            return _verdict(LotDecision.DESTROY, [Reason("G-2")], facts, profile)
        if facts.exposure_class in (ExposureClass.INDEX, ExposureClass.POSITIVE_LOT):
            return _verdict(LotDecision.DESTROY, [Reason("G-3")], facts, profile)
    reasons = open_points(facts, profile)
    if reasons:
        return _verdict(LotDecision.HOLD, reasons, facts, profile)
    return _verdict(LotDecision.RELEASE, [Reason("G-9")], facts, profile)


def _verdict(decision: LotDecision, reasons: list[Reason], facts: LotFacts, profile: Profile) -> Verdict[LotDecision]:
    return Verdict(decision, tuple(reasons), facts, profile.edition, "decide_lot")


def open_points(facts: LotFacts, profile: Profile) -> list[Reason]:
    """What a lot still waits for, whatever else is decided about it."""
    reasons = [Reason("G-4", {"document": name}) for name in facts.missing_documents]
    reasons += [Reason("G-10", {"document": name}) for name in facts.bad_documents]
    if facts.is_held:
        reasons.append(Reason("G-13"))
    if facts.differs:
        reasons.append(Reason("G-14"))
    if profile.goods is None:
        return reasons
    needed = profile.goods.negatives_to_release
    negatives = facts.results.count(SpecimenResult.NEGATIVE)
    if None in facts.results:
        reasons.append(Reason("G-5", {"pending": facts.results.count(None)}))
    if SpecimenResult.INDETERMINATE in facts.results:
        reasons.append(Reason("G-6", {"indeterminate": facts.results.count(SpecimenResult.INDETERMINATE)}))
    if negatives < needed:
        reasons.append(Reason("G-7", {"negatives": negatives, "needed": needed}))
    planned = samples_needed(facts.pieces, profile)
    if len(facts.results) < planned:
        reasons.append(Reason("G-11", {"samples": len(facts.results), "planned": planned}))
    if not facts.walls_disinfected:
        reasons.append(Reason("G-12"))
    if facts.pieces_disinfected < facts.pieces:
        reasons.append(Reason("G-8", {"left": facts.pieces - facts.pieces_disinfected}))
    return reasons
