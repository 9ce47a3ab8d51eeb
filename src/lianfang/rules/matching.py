"""What becomes of a listed row beside the register: joined, reviewed by a person, or new. Table: docs/rules/matching.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import MatchingNumbers, Profile
from lianfang.rules.verdict import Reason, Verdict


class Match(StrEnum):
    """What becomes of a row."""

    JOIN = "join"
    REVIEW = "review"
    NEW = "new"


class Agreement(StrEnum):
    """How one field of the row stands to the person's."""

    AGREES = "agrees"
    NEARLY = "nearly"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """The likeliest person and what speaks for and against them.

    weight_tenths: of the linkage model (tenths of a bit), None when nobody comes near; rival_tenths: of the next likely.
    whole_number: the row gives the whole identity number and it is the person's. model: edition of the linkage model.
    """

    model: str
    weight_tenths: int | None
    rival_tenths: int | None
    whole_number: bool
    name: Agreement
    number: Agreement
    phone: Agreement
    birth: Agreement


def decide_match(facts: MatchFacts, profile: Profile) -> Verdict[Match]:
    """Join, ask a person, or take for somebody unknown. Source: docs/rules/matching.md K-1..K-9."""

    def verdict(outcome: Match, *reasons: Reason) -> Verdict[Match]:
        return Verdict(outcome, reasons, facts, profile.edition, "decide_match")

    if facts.weight_tenths is None:
        return verdict(Match.NEW, Reason("K-1"))
    if profile.matching is None:
        return verdict(Match.REVIEW, Reason("K-2"))
    if facts.whole_number and facts.name is Agreement.DIFFERS:
        return verdict(Match.REVIEW, Reason("K-3"))
    if facts.weight_tenths < profile.matching.review_tenths:
        return verdict(Match.NEW, Reason("K-4", _bits(facts.weight_tenths, profile.matching.review_tenths)))
    against = _against(facts, facts.weight_tenths, profile.matching)
    if against:
        return verdict(Match.REVIEW, *against)
    return verdict(Match.JOIN, Reason("K-9", _bits(facts.weight_tenths, profile.matching.join_tenths)))


def _against(facts: MatchFacts, weight: int, numbers: MatchingNumbers) -> list[Reason]:
    """What keeps a likely row from being joined by itself."""
    against = []
    if weight < numbers.join_tenths:
        against.append(Reason("K-5", _bits(weight, numbers.join_tenths)))
    if facts.rival_tenths is not None and weight - facts.rival_tenths < numbers.margin_tenths:
        against.append(Reason("K-6", _bits(weight - facts.rival_tenths, numbers.margin_tenths)))
    if facts.number is Agreement.DIFFERS:
        against.append(Reason("K-7"))
    n_agreeing = sum(each is Agreement.AGREES for each in (facts.name, facts.number, facts.phone, facts.birth))
    if n_agreeing < numbers.agreeing:
        against.append(Reason("K-8", {"agreeing": n_agreeing, "needed": numbers.agreeing}))
    return against


def _bits(tenths: int, limit_tenths: int) -> dict[str, int | str]:
    return {"bits": f"{tenths / 10:.1f}", "limit": f"{limit_tenths / 10:.1f}"}
