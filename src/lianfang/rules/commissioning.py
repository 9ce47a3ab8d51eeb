"""Whether a step of a new laboratory's commissioning is in time. Table: docs/rules/commissioning.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict

_DAY_S = 24 * 3600


class Progress(StrEnum):
    """Where a step of the plan stands."""

    PLANNED = "planned"
    NEAR = "near"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done_late"


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """A step of the plan; days as ordinals (date.toordinal). `done_on`: shown with evidence."""

    due_on: int
    today: int
    done_on: int | None = None


def judge_milestone(facts: MilestoneFacts, profile: Profile) -> Verdict[Progress]:
    """Where a step stands. Source: docs/rules/commissioning.md CM-1..CM-5."""
    notice_s = profile.laboratory.milestone_notice_s if profile.laboratory else 0
    outcome, reason = _judged(facts, notice_s)
    return Verdict(outcome, (reason,), facts, profile.edition, "judge_milestone")


def _judged(facts: MilestoneFacts, notice_s: int) -> tuple[Progress, Reason]:
    if facts.done_on is not None:
        late = facts.done_on - facts.due_on
        if late > 0:
            return Progress.DONE_LATE, Reason("CM-2", {"late_s": late * _DAY_S})
        return Progress.DONE, Reason("CM-1")
    left = facts.due_on - facts.today
    if left < 0:
        return Progress.LATE, Reason("CM-3", {"late_s": -left * _DAY_S})
    if left * _DAY_S <= notice_s:
        return Progress.NEAR, Reason("CM-4", {"left_s": left * _DAY_S})
    return Progress.PLANNED, Reason("CM-5", {"left_s": left * _DAY_S})
