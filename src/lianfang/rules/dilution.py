"""Which samples a laboratory may dilute into one another. Table: docs/rules/dilution.md.

Swabs that share a tube from their collection on: pooling.py.
"""

from dataclasses import dataclass

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class DilutionFacts:
    """Samples to be diluted into one another.

    `pooled`: those that hold more than one person already. `singles`: those of people who must be tested singly
    (patients, contacts, people of key areas). `positives_per_100000`: of late, None when nobody knows.
    """

    size: int
    pooled: int = 0
    singles: int = 0
    positives_per_100000: int | None = None


def permit_dilution(facts: DilutionFacts, profile: Profile) -> Verdict[bool]:
    """Whether the samples may be diluted into one another. Source: docs/rules/dilution.md DI-1..DI-7."""
    reasons = _against(facts, profile)
    if reasons:
        return Verdict(False, tuple(reasons), facts, profile.edition, "permit_dilution")
    return Verdict(True, (Reason("DI-7", {"size": facts.size}),), facts, profile.edition, "permit_dilution")


def _against(facts: DilutionFacts, profile: Profile) -> list[Reason]:
    numbers = profile.dilution
    if numbers is None:
        return [Reason("DI-1")]
    reasons = []
    if not 2 <= facts.size <= numbers.size_max:
        reasons.append(Reason("DI-2", {"size": facts.size, "size_max": numbers.size_max}))
    if facts.pooled:
        reasons.append(Reason("DI-3", {"pooled": facts.pooled}))
    if facts.singles:
        reasons.append(Reason("DI-4", {"singles": facts.singles}))
    if facts.positives_per_100000 is None:
        reasons.append(Reason("DI-5", {"limit": numbers.below_per_100000}))
    elif facts.positives_per_100000 >= numbers.below_per_100000:
        counted = facts.positives_per_100000
        reasons.append(Reason("DI-6", {"counted": counted, "limit": numbers.below_per_100000}))
    return reasons
