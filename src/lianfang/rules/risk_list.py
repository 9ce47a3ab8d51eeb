"""Whether a published list of risk areas takes effect by itself. Table: docs/rules/risk-list.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


class ListDecision(StrEnum):
    """What becomes of a list that was just read."""

    TAKE_EFFECT = "take_effect"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What speaks against a list.

    mismatches: how many of its own counts do not come out; same_stamp: other lists of that instant with other content;
    unnamed: entries without any text; counties_before, counties_lifted: how many counties the list in force has at
    high or medium risk, and how many of them this one does not name any more.
    """

    mismatches: int
    same_stamp: int
    unnamed: int
    counties_before: int
    counties_lifted: int


def decide_list(facts: ListFacts, profile: Profile) -> Verdict[ListDecision]:
    """Take effect, or wait for a second person. Source: docs/rules/risk-list.md L-1..L-6."""
    reasons = []
    if facts.mismatches:
        reasons.append(Reason("L-1", {"mismatches": facts.mismatches}))
    if facts.same_stamp:
        reasons.append(Reason("L-2"))
    numbers = profile.risk_lists
    if numbers is None:
        reasons.append(Reason("L-5"))
    elif facts.counties_before >= max(1, numbers.lifted_from_counties):
        percent = 100 * facts.counties_lifted // facts.counties_before
        if percent >= numbers.lifted_percent:
            reasons.append(Reason("L-3", {"lifted_percent": percent, "counties": facts.counties_before}))
    if facts.unnamed:
        reasons.append(Reason("L-4", {"entries": facts.unnamed}))
    if reasons:
        return Verdict(ListDecision.WAIT, tuple(reasons), facts, profile.edition, "decide_list")
    return Verdict(ListDecision.TAKE_EFFECT, (Reason("L-6"),), facts, profile.edition, "decide_list")
