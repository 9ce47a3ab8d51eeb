"""Who may share a tube, and what a shared tube's result says about each of them. Table: docs/rules/pooling.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.measure import MeasureFacts, MeasureOrder, orders_of
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, SpecimenResult, SubjectKind


class Tube(StrEnum):
    """How somebody's swab is taken."""

    SHARED = "shared"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class SharingFacts:
    """Somebody before a shared tube. `members`: how many swabs it holds; `is_watched`: under a measure, or waiting for a test."""

    kind: SubjectKind
    members: int
    is_watched: bool


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """A shared tube's signed result, `value` None once it was annulled; `collected_at`: of this member, epoch seconds."""

    value: SpecimenResult | None
    collected_at: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a member's part of the tube comes to; None: nothing yet. `orders`: what follows for the member."""

    value: SpecimenResult | None
    orders: tuple[MeasureOrder, ...]


def decide_sharing(facts: SharingFacts, profile: Profile) -> Verdict[Tube]:
    """Whether a swab may go into a shared tube. Source: docs/rules/pooling.md PO-1..PO-5."""
    outcome, reason = _shared(facts, profile)
    return Verdict(outcome, (reason,), facts, profile.edition, "decide_sharing")


def _shared(facts: SharingFacts, profile: Profile) -> tuple[Tube, Reason]:
    most = profile.laboratory.pool_most if profile.laboratory else 1
    if most < 2:
        return Tube.OWN, Reason("PO-1")
    if facts.kind is not SubjectKind.PERSON:
        return Tube.OWN, Reason("PO-2")
    if facts.is_watched:
        return Tube.OWN, Reason("PO-3")
    if facts.members >= most:
        return Tube.OWN, Reason("PO-4", {"most": most})
    return Tube.SHARED, Reason("PO-5", {"members": facts.members + 1, "most": most})


def read_shared(facts: SharedFacts, profile: Profile) -> Verdict[Meaning]:
    """What a shared tube's result says about one member. Source: docs/rules/pooling.md PO-6..PO-9."""

    def verdict(row: str, value: SpecimenResult | None, orders: tuple[MeasureOrder, ...] = ()) -> Verdict[Meaning]:
        return Verdict(Meaning(value, orders), (Reason(row),), facts, profile.edition, "read_shared")

    if facts.value is None:
        return verdict("PO-6", None)
    if facts.value is SpecimenResult.NEGATIVE:
        return verdict("PO-7", SpecimenResult.NEGATIVE)
    row = "PO-8" if facts.value is SpecimenResult.POSITIVE else "PO-9"
    entries = profile.laboratory.pool_reacted if profile.laboratory else ()
    member = MeasureFacts(SubjectKind.PERSON, ExposureClass.NOT_EXPOSED, facts.collected_at, facts.collected_at)
    orders, _ = orders_of(entries, row, member)
    # Never positive: which of them it is, only a tube of one's own can tell.
    return verdict(row, SpecimenResult.INDETERMINATE, orders)
