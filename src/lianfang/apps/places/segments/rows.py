"""The rows behind the segments: whole county days from PostgreSQL by binary COPY, as known at one evidence entry."""

from collections.abc import Collection
from datetime import date
from typing import Final

import numpy as np
from django.db import connection
from psycopg import sql

from lianfang.apps.core.copying import POSTGRES_EPOCH_US
from lianfang.apps.core.models import FactArchive, TreeHead
from lianfang.apps.places.partitions import day_oids, day_tables
from lianfang.apps.places.segments.manifest import Manifest
from lianfang.apps.places.store import int64_columns
from lianfang.trace import PresenceIndex
from lianfang.trace.model import TIME_LIMIT, Int64

OPEN: Final = TIME_LIMIT
"""The end of a stay that has none yet; a question's horizon cuts it."""

_MICROSECONDS: Final = 1_000_000
_INFINITY: Final = np.iinfo(np.int64).max  # how COPY writes the timestamp 'infinity'
# An open stay gives way to the same stay once it is closed: both begin on one county day, so one table holds them.
_ROWS = """
    COPY (
        SELECT p.subject_id, p.place_id, p.starts_at, coalesce(p.ends_at, 'infinity') FROM {table} p
        WHERE p.batch_id <> ALL(ARRAY(SELECT id FROM core_factbatch WHERE seq IS NULL OR seq > {seq}))
          AND (p.ends_at IS NOT NULL OR NOT EXISTS (
              SELECT 1 FROM {table} closed JOIN core_factbatch b ON b.id = closed.batch_id
              WHERE closed.subject_id = p.subject_id AND closed.place_id = p.place_id AND closed.starts_at = p.starts_at
                AND closed.ends_at IS NOT NULL AND b.seq <= {seq}))
    ) TO STDOUT (FORMAT binary)
"""


def rows_of(days: Collection[date], seq: int) -> Int64:
    """Return the presences of county days known at `seq`: int64[n, 4] of subject, place, t_in, t_out (OPEN if none).

    Seconds since the epoch: a stay's fractions of a second are rounded outwards, as everywhere.
    """
    tables = day_tables()
    parts = [_rows(tables[day], seq) for day in sorted(days) if day in tables]
    return np.concatenate(parts) if parts else np.empty((0, 4), dtype=np.int64)


def index_of_rows(rows: Int64) -> PresenceIndex:
    """Return rows (as `rows_of`) sorted for tracing."""
    return PresenceIndex.build(*(np.ascontiguousarray(rows[:, column]) for column in range(4)))


def _rows(table: str, seq: int) -> Int64:
    statement = sql.SQL(_ROWS).format(table=sql.Identifier(table), seq=sql.Literal(seq))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rows = int64_columns(b"".join(bytes(chunk) for chunk in copy), 4)
    is_open = rows[:, 3] == _INFINITY
    rows[:, 2] = (rows[:, 2] + POSTGRES_EPOCH_US) // _MICROSECONDS
    rows[:, 3] = np.where(is_open, OPEN, -(-(np.where(is_open, 0, rows[:, 3]) + POSTGRES_EPOCH_US) // _MICROSECONDS))
    return rows


def changed_days(after: int, upto: int) -> set[date]:
    """Return the county days that received presences in the evidence entries (after, upto]."""
    parts = FactArchive.objects.filter(batch__seq__gt=after, batch__seq__lte=upto, part__isnull=False)
    return {part for part in parts.values_list("part", flat=True).distinct() if part is not None}


def stale_days(manifest: Manifest, upto: int) -> set[date]:
    """Return the county days of which the segments do not hold what is known at `upto`: presences came, or expired.

    A day that lost presences has another table than when its segment was written, or none.
    """
    tables = day_oids()
    lost = {
        day for e in manifest.entries for day, table in zip(e.days, e.tables, strict=True) if tables.get(day) != table
    }
    return changed_days(manifest.seq, upto) | lost


def root_at(seq: int) -> str | None:
    """Return the root of the evidence log when it held `seq` entries; None if the log never ended there."""
    if seq == 0:
        return ""
    root = TreeHead.objects.filter(size=seq).values_list("root", flat=True).first()
    return None if root is None else bytes(root).hex()
