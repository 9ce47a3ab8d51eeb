"""What staff are told about the lists of risk areas where they work: the last change, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lianfang.apps.areas.models import RiskChange
from lianfang.apps.areas.selectors import risk
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, may

TOLD_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RiskTold:
    """change: published in the last day, None if none was. For who decides: lists that wait, places nobody has found."""

    change: RiskChange | None
    n_waiting: int
    n_unresolved: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self.change is None and not self.n_waiting and not self.n_unresolved


def risk_told(by: User, *, at: datetime) -> RiskTold:
    """Return what a member of staff is told about risk areas."""
    newest = risk.published_changes(1)
    recent = [change for change in newest if change.published_at > at - TOLD_FOR and change.items]
    if not may(by, Permission.IMPORT):
        return RiskTold(recent[0] if recent else None, 0, 0)
    return RiskTold(recent[0] if recent else None, risk.waiting().count(), risk.unresolved(now=at).count())
