"""The audit trail: who read or changed whose record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lianfang.apps.core.models import AuditEvent, User


def record(action: str, *, by: User | None, at: datetime, subjects: Iterable[int] = (), **detail: Any) -> None:
    """Write one audit event. `detail` holds codes and numbers only, never a name, phone or identity number."""
    AuditEvent.objects.create(at=at, by=by, action=action, subject_ids=sorted(set(subjects)), detail=detail)
