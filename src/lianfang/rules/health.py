"""What a temperature reading means. Table: docs/rules/health.md."""

from dataclasses import dataclass

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class TemperatureFacts:
    """One body temperature reading, tenths of a degree Celsius."""

    tenths_celsius: int


def has_fever(facts: TemperatureFacts, profile: Profile) -> Verdict[bool]:
    """Whether a reading is a fever. Source: docs/rules/health.md F-1, F-2."""
    fever = facts.tenths_celsius >= profile.fever_tenths_celsius
    reason = Reason("F-1" if fever else "F-2", {"threshold_tenths": profile.fever_tenths_celsius})
    return Verdict(fever, (reason,), facts, profile.edition, "has_fever")
