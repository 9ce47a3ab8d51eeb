"""What is left of an order to be sampled: waiting, due, overdue, done or gone. Table: docs/rules/ordering.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


class OrderState(StrEnum):
    """Where an order to be sampled stands, the most pressing first."""

    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"
    COMPLETED = "completed"
    REVOKED = "revoked"


OPEN_STATES = (OrderState.OVERDUE, OrderState.DUE, OrderState.UPCOMING)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order to be sampled; instants in seconds since the epoch.

    `due_from`, `due_until`: half-open. `collected_at`: of the specimen that answers it. `is_revoked`: its cause fell.
    """

    due_from: int
    due_until: int
    now: int
    collected_at: int | None = None
    is_revoked: bool = False


def judge_order(facts: OrderFacts, profile: Profile) -> Verdict[OrderState]:
    """Where an order stands. Source: docs/rules/ordering.md OR-1..OR-5."""
    outcome, reason = _judged(facts)
    return Verdict(outcome, (reason,), facts, profile.edition, "judge_order")


def _judged(facts: OrderFacts) -> tuple[OrderState, Reason]:
    if facts.collected_at is not None:
        return OrderState.COMPLETED, Reason("OR-1", {"collected_at": facts.collected_at})
    if facts.is_revoked:
        return OrderState.REVOKED, Reason("OR-2")
    if facts.now < facts.due_from:
        return OrderState.UPCOMING, Reason("OR-3", {"due_from": facts.due_from})
    if facts.now >= facts.due_until:
        return OrderState.OVERDUE, Reason("OR-4", {"due_until": facts.due_until})
    return OrderState.DUE, Reason("OR-5", {"due_until": facts.due_until})
