"""Deleting presences whose retention has ended: whole county days, and what the evidence keeps of them but the hash."""

from datetime import date, datetime

from django.db import connection, transaction
from psycopg import sql

from lianfang.apps.core import audit
from lianfang.apps.core.copying import lock_imports
from lianfang.apps.core.models import FactArchive, User
from lianfang.apps.places.partitions import day_tables


@transaction.atomic
def expire_presences(*, before: date, at: datetime, by: User | None) -> list[date]:
    """Delete the presences of all county days before `before`; return the days. Repeating it: nothing.

    The evidence keeps number, row count and hash of every part, so the log stays whole; verdicts that rested on the
    deleted days can no longer be replayed and are counted as expired.
    """
    lock_imports()
    expired = {day: table for day, table in day_tables().items() if day < before}
    with connection.cursor() as cursor:
        for table in expired.values():
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))
    parts = FactArchive.objects.filter(part__lt=before, expired_at__isnull=True)
    parts.update(content=b"", expired_at=at)
    if expired:
        days = sorted(expired)
        audit.record("places.presences_expired", by=by, at=at, days=[day.isoformat() for day in days])
    return sorted(expired)
