"""Deleting presences whose retention has ended: by county day, and what the evidence keeps of them but the hash."""

from datetime import date, datetime

from django.db import transaction

from lianfang.apps.core import audit
from lianfang.apps.core.copying import lock_imports
from lianfang.apps.core.models import FactArchive, User
from lianfang.apps.places.partitions import day_tables, keep_going_on


@transaction.atomic
def expire_presences(*, before: date, at: datetime, by: User | None) -> list[date]:
    """Delete the presences that ended before the county day `before`; return the days that lost any. Repeating it: nothing.

    A stay that had not ended by then (goods still in the cold room, a guest not checked out) stays, however long ago it
    began. The evidence keeps number, row count and hash of every part, so the log stays whole; verdicts that may rest on
    deleted presences can no longer be replayed and are counted as expired.
    """
    lock_imports()
    days = [day for day, table in day_tables().items() if day < before and keep_going_on(day, table, before)]
    parts = FactArchive.objects.filter(part__lt=before)
    parts.filter(expired_before__lt=before).update(expired_before=before)
    parts.filter(expired_at__isnull=True).update(content=b"", expired_at=at, expired_before=before)
    if days:
        audit.record("places.presences_expired", by=by, at=at, days=[day.isoformat() for day in sorted(days)])
    return sorted(days)
