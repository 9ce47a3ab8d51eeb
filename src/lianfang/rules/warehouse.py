"""What the total warehouse lets happen to a lot, step by step. Tables: docs/rules/warehouse-*.md."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import CertificateKind


class GoodsStep(StrEnum):
    """What can be done with goods in the regime; the word of each event."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    STORED = "stored"
    SAMPLED = "sampled"
    TESTED = "tested"
    DISINFECTED = "disinfected"
    RELEASED = "released"
    SPLIT = "split"
    MERGED = "merged"
    REPACKED = "repacked"
    PALLETED = "palleted"
    UNPALLETED = "unpalleted"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    SOLD = "sold"
    FOUND = "found"
    SEALED = "sealed"
    UNSEALED = "unsealed"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    RECALLED = "recalled"


class StepDecision(StrEnum):
    """Whether a step may be taken."""

    PERMIT = "permit"
    REFUSE = "refuse"


class LotStage(StrEnum):
    """Where a lot is on its way through the regime."""

    BOOKED = "booked"
    WAITING = "waiting"
    SEALED = "sealed"
    RELEASED = "released"
    IN_TRADE = "in_trade"
    SOLD = "sold"
    RECALLED = "recalled"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    DIVIDED = "divided"


# Steps that put goods into other hands: only what is released and free may take them.
LEAVING: Final = frozenset({GoodsStep.DISPATCHED, GoodsStep.SOLD})
# Steps inside the regime that a hold forbids too: what is held stays one thing at one place.
CHANGING: Final = frozenset({GoodsStep.SPLIT, GoodsStep.MERGED, GoodsStep.REPACKED})


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """A booking as it was made. `missing`: names of the fields left open."""

    booking: str
    booked_at: int
    due_at: int
    missing: tuple[str, ...]


def check_booking(facts: BookingFacts, profile: Profile) -> Verdict[StepDecision]:
    """Whether a booking is early and complete enough. Source: docs/rules/warehouse-booking.md GB-1..GB-3."""
    reasons = [Reason("GB-2", {"field": name}) for name in facts.missing]
    lead_s = profile.warehouse.booking_lead_s if profile.warehouse else 0
    if facts.due_at - facts.booked_at < lead_s:
        reasons.insert(0, Reason("GB-1", {"lead_s": lead_s}))
    return _verdict(reasons, Reason("GB-3"), facts, profile, "check_booking")


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """What stood at the gate beside what was booked: (name, booked, found) of every item that was compared."""

    booking: str
    compared: tuple[tuple[str, str, str], ...]
    pieces_booked: int
    pieces_found: int
    seal_intact: bool


def check_arrival(facts: ArrivalFacts, profile: Profile) -> Verdict[StepDecision]:
    """Whether what arrived is what was booked. Source: docs/rules/warehouse-arrival.md GA-1..GA-4."""
    reasons = [Reason("GA-1", {"field": name}) for name, booked, found in facts.compared if booked != found]
    if facts.pieces_booked != facts.pieces_found:
        reasons.append(Reason("GA-2", {"booked": facts.pieces_booked, "found": facts.pieces_found}))
    if not facts.seal_intact:
        reasons.append(Reason("GA-3"))
    return _verdict(reasons, Reason("GA-4"), facts, profile, "check_arrival")


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """One certificate of a lot as entered and checked. Days count from 1970-01-01; None: not on it."""

    kind: CertificateKind
    number: str
    expected_number: str
    issued_day: int
    valid_until_day: int | None
    product_matches: bool
    production_lot: str
    weight_g: int | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The lot's papers beside the lot. `day`: the county day asked about."""

    lot: str
    day: int
    production_lot: str
    weight_g: int
    papers: tuple[CertificatePaper, ...]


def check_certificates(facts: CertificateFacts, profile: Profile) -> Verdict[StepDecision]:
    """Whether all required certificates are there, valid and of one tongue. Source: docs/rules/warehouse-certificates.md."""
    numbers = profile.warehouse
    required = numbers.certificates if numbers else ()
    present = {paper.kind for paper in facts.papers}
    reasons = [Reason("GD-1", {"certificate": kind}) for kind in required if kind not in present]
    tolerance = numbers.weight_tolerance_percent if numbers else 0
    for paper in facts.papers:
        reasons += [Reason(row, {"certificate": paper.kind}) for row in _faults(paper, facts, tolerance)]
    return _verdict(reasons, Reason("GD-8"), facts, profile, "check_certificates")


def _faults(paper: CertificatePaper, facts: CertificateFacts, tolerance_percent: int) -> list[str]:
    rows = []
    if paper.valid_until_day is not None and paper.valid_until_day < facts.day:
        rows.append("GD-2")
    if paper.issued_day > facts.day:
        rows.append("GD-3")
    if not paper.product_matches:
        rows.append("GD-4")
    if paper.production_lot and facts.production_lot and paper.production_lot != facts.production_lot:
        rows.append("GD-5")
    if paper.weight_g is not None and 100 * abs(paper.weight_g - facts.weight_g) > tolerance_percent * facts.weight_g:
        rows.append("GD-6")
    if paper.expected_number and paper.number != paper.expected_number:
        rows.append("GD-9")
    if not paper.confirmed:
        rows.append("GD-7")
    return rows


def faulty(verdict: Verdict[StepDecision], *, missing: bool) -> tuple[str, ...]:
    """Return the kinds of certificates a verdict misses, or finds fault with, each once."""
    found = [
        str(reason.params["certificate"])
        for reason in verdict.reasons
        if (reason.code == "GD-1") is missing and reason.params
    ]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step somebody wants to take with `pieces` of a lot at one place.

    lot_id, place_id: what and where; lot_id 0: no lot of the regime. in_stock: pieces there. is_released, is_held,
    is_sealed, is_recalled: what stands of the lot. decision: of the lot by docs/rules/goods.md, "" where it
    is not asked. same_standing: for a merge, whether all lots are alike. weight_kept: for a repacking, whether the weight
    is the same before and after.
    """

    step: GoodsStep
    lot_id: int
    place_id: int
    pieces: int
    in_stock: int
    is_released: bool
    is_held: bool
    is_sealed: bool
    is_recalled: bool = False
    decision: str = ""
    same_standing: bool = True
    weight_kept: bool = True


def permit_step(facts: StepFacts, profile: Profile) -> Verdict[StepDecision]:
    """Whether a step may be taken. Source: docs/rules/warehouse-steps.md GP-1..GP-12."""
    if not facts.lot_id:
        return _verdict([Reason("GP-11")], Reason("GP-10"), facts, profile, "permit_step")
    reasons = []
    if facts.pieces > facts.in_stock:
        reasons.append(Reason("GP-1", {"pieces": facts.pieces, "in_stock": facts.in_stock}))
    if facts.pieces <= 0:
        reasons.append(Reason("GP-2"))
    reasons += _stopped(facts) + _ending(facts)
    if not facts.same_standing:
        reasons.append(Reason("GP-8"))
    if not facts.weight_kept:
        reasons.append(Reason("GP-9"))
    return _verdict(reasons, Reason("GP-10"), facts, profile, "permit_step")


def _stopped(facts: StepFacts) -> list[Reason]:
    """What keeps goods where and as they are."""
    reasons = []
    if facts.step in LEAVING and not facts.is_released:
        reasons.append(Reason("GP-3"))
    if facts.step in LEAVING | CHANGING and not _is_free(facts):
        reasons.append(Reason("GP-4"))
    return reasons


def _is_free(facts: StepFacts) -> bool:
    return not (facts.is_held or facts.is_sealed or facts.is_recalled)


def _ending(facts: StepFacts) -> list[Reason]:
    """Destroyed is what something condemns; sent back what is neither positive nor released; freed what nothing condemns."""
    condemned = facts.decision in ("destroy", "refuse")
    reasons = []
    if facts.step is GoodsStep.DESTROYED and _is_free(facts) and not condemned:
        reasons.append(Reason("GP-5"))
    if facts.step is GoodsStep.RETURNED and facts.decision == "destroy":
        reasons.append(Reason("GP-6"))
    if facts.step is GoodsStep.RETURNED and facts.is_released:
        reasons.append(Reason("GP-7"))
    if facts.step is GoodsStep.UNSEALED and condemned:
        reasons.append(Reason("GP-12"))
    return reasons


@dataclass(frozen=True, slots=True)
class RecallFacts:
    """A recall notice: what its holder had received, and what the holder says became of it; None while unanswered."""

    received: int
    found: int | None
    sold: int | None
    destroyed: int | None


def balance_recall(facts: RecallFacts, profile: Profile) -> Verdict[StepDecision]:
    """Whether a recall notice is closed: permit = the balance closes. Source: docs/rules/warehouse-recall.md GQ-1..GQ-4."""
    if facts.found is None or facts.sold is None or facts.destroyed is None:
        return _verdict([Reason("GQ-1")], Reason("GQ-4"), facts, profile, "balance_recall")
    left = facts.received - facts.found - facts.sold - facts.destroyed
    reasons = []
    if left > 0:
        reasons.append(Reason("GQ-2", {"left": left}))
    if left < 0:
        reasons.append(Reason("GQ-3", {"left": -left}))
    return _verdict(reasons, Reason("GQ-4"), facts, profile, "balance_recall")


@dataclass(frozen=True, slots=True)
class StageFacts:
    """Pieces of a lot by where they are, and what stands of it."""

    arrived: bool
    is_released: bool
    is_stopped: bool
    is_recalled: bool
    in_warehouse: int
    in_trade: int
    sold: int
    destroyed: int
    returned: int


def stage_of(facts: StageFacts) -> LotStage:
    """Where a lot stands: the first line that fits."""
    stages = (
        (not facts.arrived, LotStage.BOOKED),
        (facts.is_recalled, LotStage.RECALLED),
        (bool(facts.in_warehouse + facts.in_trade) and facts.is_stopped, LotStage.SEALED),
        (bool(facts.in_trade), LotStage.IN_TRADE),
        (bool(facts.in_warehouse), LotStage.RELEASED if facts.is_released else LotStage.WAITING),
        (bool(facts.sold), LotStage.SOLD),
        (bool(facts.destroyed), LotStage.DESTROYED),
        (bool(facts.returned), LotStage.RETURNED),
    )
    return next((stage for applies, stage in stages if applies), LotStage.DIVIDED)


@dataclass(frozen=True, slots=True)
class Excursion:
    """A stretch of readings too warm for too long: [starts_at, ends_at], the warmest of them."""

    starts_at: int
    ends_at: int
    warmest_tenths: int


def excursions(readings: tuple[tuple[int, int], ...], profile: Profile) -> tuple[Excursion, ...]:
    """Find where a room or vehicle was too warm for longer than tolerated. readings: (instant, tenths), by time.

    Source: docs/rules/warehouse-temperature.md GT-1..GT-2. A stretch ends at the first reading that is cold enough.
    """
    numbers = profile.warehouse
    if numbers is None:
        return ()
    found: list[Excursion] = []
    warm: list[tuple[int, int]] = []
    for at, tenths in (*readings, (0, numbers.room_max_tenths)):
        if tenths > numbers.room_max_tenths:
            warm.append((at, tenths))
            continue
        end = at or (warm[-1][0] if warm else 0)
        if warm and end - warm[0][0] > numbers.excursion_after_s:
            found.append(Excursion(warm[0][0], end, max(each for _, each in warm)))
        warm = []
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room's or vehicle's readings, (instant, tenths of a degree), by time."""

    readings: tuple[tuple[int, int], ...]


def check_room(facts: RoomFacts, profile: Profile) -> Verdict[tuple[Excursion, ...]]:
    """The excursions of a room, with the row that says so. Source: docs/rules/warehouse-temperature.md GT-1..GT-2."""
    found = excursions(facts.readings, profile)
    limit = profile.warehouse.room_max_tenths if profile.warehouse else 0
    reason = Reason("GT-1", {"excursions": len(found), "limit_tenths": limit}) if found else Reason("GT-2")
    return Verdict(found, (reason,), facts, profile.edition, "check_room")


def _verdict(
    reasons: list[Reason], otherwise: Reason, facts: object, profile: Profile, rule: str
) -> Verdict[StepDecision]:
    if reasons:
        return Verdict(StepDecision.REFUSE, tuple(reasons), facts, profile.edition, rule)
    return Verdict(StepDecision.PERMIT, (otherwise,), facts, profile.edition, rule)
