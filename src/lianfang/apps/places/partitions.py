"""Presences in bulk: one partition a county day, filled before it is attached, so that nobody who reads has to wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
from django.conf import settings
from django.db import connection
from psycopg import sql

from lianfang.apps.core.copying import POSTGRES_EPOCH_US
from lianfang.apps.core.models import FactBatch

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_WRITE_BLOCK = 1 << 20
_COLUMNS = sql.SQL("subject_id, place_id, starts_at, ends_at, batch_id")
_INSTANT = pl.Datetime("us", "UTC")
PRESENCE: Mapping[str, pl.DataType] = MappingProxyType(
    {"subject_id": pl.Int64(), "place_id": pl.Int64(), "starts_at": _INSTANT, "ends_at": _INSTANT}
)
# Stays near each other in place and time stand together: that is what a trace reads, and what packs best.
ORDER = ("place_id", "starts_at", "subject_id", "ends_at")


@dataclass(frozen=True, slots=True)
class DayStored:
    """What became of one county day's rows. stored: PRESENCE, in ORDER, without what was there before."""

    day: date
    stored: pl.DataFrame
    n_duplicates: int


def county_days(starts: pl.Expr) -> pl.Expr:
    """Return the county day on which each instant falls."""
    return starts.dt.convert_time_zone(settings.TIME_ZONE).dt.date()


def store_day(day: date, rows: pl.DataFrame, batch: FactBatch) -> DayStored:
    """Add one county day's presences (PRESENCE) to the store; what is there already, or comes twice, is left out.

    Call it with imports locked (`core.copying.lock_imports`): it decides by what it sees.
    """
    unique = rows.select(list(PRESENCE)).unique().sort(ORDER, nulls_last=True)
    stored = _add_to(day, unique, batch) if _exists(day) else _make(day, unique, batch)
    return DayStored(day, stored, rows.height - stored.height)


def _name(day: date) -> str:
    return f"places_presence_{day:%Y%m%d}"


def day_tables() -> dict[date, str]:
    """Return the table of every county day that has presences."""
    return {day: _name(day) for day in day_oids()}


def day_oids() -> dict[date, int]:
    """Return the table of every county day as PostgreSQL numbers it: a day of which something expired has a new one."""
    query = """
        SELECT child.relname, child.oid FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = 'places_presence'::regclass ORDER BY child.relname
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {datetime.strptime(name[-8:], "%Y%m%d").date(): oid for name, oid in cursor.fetchall()}  # noqa: DTZ007 - a county day


def _bounds(day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(settings.TIME_ZONE)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _exists(day: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_name(day)])
        return bool(cursor.fetchone()[0])


_GOING_ON = """
    (p.ends_at > {cut} OR (p.ends_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM {table} closed WHERE closed.subject_id = p.subject_id AND closed.place_id = p.place_id
         AND closed.starts_at = p.starts_at AND closed.ends_at <= {cut})))
"""


def keep_going_on(day: date, table: str, before: date) -> bool:
    """Leave of a county day only the presences that had not ended when the day `before` began; return whether any went.

    An open stay that was closed later ended when that says. What is left is copied to a new table that takes the old
    one's place: deleting row by row is refused, and leaves bloat.
    """
    old, new, cut = sql.Identifier(table), sql.Identifier(f"{table}_kept"), sql.Literal(_bounds(before)[0])
    going_on = sql.SQL(_GOING_ON).format(table=old, cut=cut)
    with connection.cursor() as cursor:
        counts = sql.SQL("SELECT count(*) FILTER (WHERE {}), count(*) FROM {} p").format(going_on, old)
        cursor.execute(counts)
        n_kept, n_rows = cursor.fetchone()
        if n_kept == n_rows and n_rows:
            return False
        if n_kept:
            cursor.execute(
                sql.SQL("CREATE TABLE {} (LIKE places_presence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(new)
            )
            cursor.execute(sql.SQL("INSERT INTO {} SELECT p.* FROM {} p WHERE {}").format(new, old, going_on))
        cursor.execute(sql.SQL("DROP TABLE {}").format(old))
        if n_kept:
            cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, old))
            _attach(day)
    return True


def _make(day: date, rows: pl.DataFrame, batch: FactBatch) -> pl.DataFrame:
    """Fill a table of its own, then attach it: no conflict is possible, and its indexes are built once, at the end.

    CREATE TABLE ... PARTITION OF would lock every reader of presences out until commit; ATTACH does not.
    """
    partition = sql.Identifier(_name(day))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TABLE {} (LIKE places_presence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(partition)
        )
    _copy_in(partition, rows, batch)
    _attach(day)
    return rows


def _attach(day: date) -> None:
    partition, (start, end) = sql.Identifier(_name(day)), _bounds(day)
    attach = sql.SQL("ALTER TABLE places_presence ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
        partition, sql.Literal(start), sql.Literal(end)
    )
    with connection.cursor() as cursor:
        cursor.execute(attach)
        cursor.execute(sql.SQL("ANALYZE {}").format(partition))


# The anti-join finds duplicates by hashing, three times as fast as failing at the key one by one; ON CONFLICT is for
# what a service that takes no import lock may add meanwhile.
_INSERT = """
    COPY (INSERT INTO {partition} ({columns})
          SELECT {columns} FROM {staging} AS s WHERE NOT EXISTS (
              SELECT 1 FROM {partition} AS p
              WHERE p.subject_id = s.subject_id AND p.place_id = s.place_id AND p.starts_at = s.starts_at
                AND p.ends_at IS NOT DISTINCT FROM s.ends_at)
          ON CONFLICT DO NOTHING RETURNING subject_id, place_id, starts_at, ends_at) TO STDOUT (FORMAT csv)
"""


def _add_to(day: date, rows: pl.DataFrame, batch: FactBatch) -> pl.DataFrame:
    """Add to a day that has rows, through a temporary table; return what was not there."""
    partition, staging = sql.Identifier(_name(day)), sql.Identifier("arriving_presence")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE places_presence) ON COMMIT DROP").format(staging))
    _copy_in(staging, rows, batch)
    insert = sql.SQL(_INSERT).format(partition=partition, staging=staging, columns=_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(staging))
        with cursor.copy(insert) as copy:
            content = b"".join(bytes(block) for block in copy)
        cursor.execute(sql.SQL("DROP TABLE {}").format(staging))
    return _returned(content)


def _returned(content: bytes) -> pl.DataFrame:
    if not content:
        return pl.DataFrame(schema=dict(PRESENCE))
    texts = {"subject_id": pl.Int64, "place_id": pl.Int64, "starts_at": pl.String, "ends_at": pl.String}
    frame = pl.read_csv(content, has_header=False, schema=texts)
    # The server writes +00 (sessions are UTC), strptime wants minutes too.
    at = (pl.col("starts_at", "ends_at") + "00").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us")
    return frame.with_columns(at.dt.convert_time_zone("UTC")).sort(ORDER, nulls_last=True)


def _copy_in(table: sql.Identifier, rows: pl.DataFrame, batch: FactBatch) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(table, _COLUMNS)
    closed, is_open = rows.filter(pl.col("ends_at").is_not_null()), rows.filter(pl.col("ends_at").is_null())
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_SIGNATURE)
        for part in (closed, is_open):
            content = _tuples(part, batch.pk).view(np.uint8).reshape(-1).data
            for start in range(0, len(content), _WRITE_BLOCK):
                copy.write(content[start : start + _WRITE_BLOCK])
        copy.write(_END)


def _tuples(rows: pl.DataFrame, batch_id: int) -> npt.NDArray[np.void]:
    """Return rows in COPY's binary form, all closed or all open: no Python object is made per row."""
    is_open = bool(rows.height) and rows["ends_at"][0] is None
    big, size = ">i8", ">i4"
    end: list[tuple[str, str]] = [("end_size", size)] if is_open else [("end_size", size), ("ends_at", big)]
    layout = [("n", ">i2"), ("subject_size", size), ("subject_id", big), ("place_size", size), ("place_id", big),
              ("start_size", size), ("starts_at", big), *end, ("batch_size", size), ("batch_id", big)]  # fmt: skip
    tuples = np.zeros(rows.height, dtype=np.dtype(layout))
    tuples["n"] = 5
    for name in ("subject_size", "place_size", "start_size", "batch_size"):
        tuples[name] = 8
    tuples["end_size"] = -1 if is_open else 8
    tuples["subject_id"], tuples["place_id"] = rows["subject_id"].to_numpy(), rows["place_id"].to_numpy()
    tuples["starts_at"] = rows["starts_at"].to_physical().to_numpy() - POSTGRES_EPOCH_US
    if not is_open:
        tuples["ends_at"] = rows["ends_at"].to_physical().to_numpy() - POSTGRES_EPOCH_US
    tuples["batch_id"] = batch_id
    return tuples
