"""Whether the installation can work: database, tables, worker, outbox. For operators; no personal data."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from lianfang.apps.core.selectors import oldest_undelivered

# A worker gives a sign of life every few seconds; a healthy outbox is empty within a second or two.
WORKER_SILENT_AFTER_S: Final = 30
OUTBOX_LATE_AFTER_S: Final = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One part's state; `figure` is a count or an age in seconds, None where there is none."""

    ok: bool
    figure: float | None = None


def checks(now: datetime) -> dict[str, Check]:
    """Check every part; without a database the others are not asked."""
    try:
        pending = len(_on_disk() - set(MigrationRecorder(connection).applied_migrations()))
        found = {"database": Check(ok=True), "migrations": Check(pending == 0, pending)}
        return found if pending else found | {"worker": _worker(now), "outbox": _outbox(now)}
    except DatabaseError:
        return {"database": Check(ok=False)}


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ())


def _worker(now: datetime) -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        (last,) = cursor.fetchone()
    if last is None:
        return Check(ok=False)
    age_s = round((now - last).total_seconds(), 1)
    return Check(age_s < WORKER_SILENT_AFTER_S, age_s)


def _outbox(now: datetime) -> Check:
    oldest = oldest_undelivered()
    age_s = round((now - oldest).total_seconds(), 1) if oldest else 0.0
    return Check(age_s < OUTBOX_LATE_AFTER_S, age_s)
