"""Whether two persons of the register may be made one. Table: docs/rules/merging.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


class MergeDecision(StrEnum):
    """What becomes of the wish to merge."""

    MERGE = "merge"
    ASK_SECOND = "ask_second"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """What the two records say.

    numbers: how many whole identity numbers there are (0..2); differing: characters in which two numbers differ;
    sexes_differ: both are known and not the same; confirmed: a second person confirmed that one number is a slip.
    """

    numbers: int
    differing: int
    sexes_differ: bool
    confirmed: bool


def decide_merge(facts: MergeFacts, profile: Profile) -> Verdict[MergeDecision]:
    """Merge, ask a second person, or refuse. Source: docs/rules/merging.md U-1..U-5."""

    def verdict(outcome: MergeDecision, *reasons: Reason) -> Verdict[MergeDecision]:
        return Verdict(outcome, reasons, facts, profile.edition, "decide_merge")

    slip = profile.matching.slip_characters if profile.matching else 0
    if facts.numbers == 2 and facts.differing > slip:
        return verdict(MergeDecision.REFUSE, Reason("U-1", {"differing": facts.differing}))
    reasons = []
    if facts.numbers == 2 and facts.differing:
        reasons.append(Reason("U-2", {"differing": facts.differing}))
    if facts.sexes_differ:
        reasons.append(Reason("U-3"))
    if reasons and not facts.confirmed:
        return verdict(MergeDecision.ASK_SECOND, *reasons)
    if reasons:
        return verdict(MergeDecision.MERGE, Reason("U-4"))
    return verdict(MergeDecision.MERGE, Reason("U-5"))
