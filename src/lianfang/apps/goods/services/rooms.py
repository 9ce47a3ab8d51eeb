"""Temperatures of rooms and vehicles: a logger's CSV file, or one reading by hand."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.registers import whole
from lianfang.apps.goods.models import Temperature
from lianfang.apps.places.selectors import Place

_MOST_ROWS: Final = 200_000
_TIME_NAMES: Final = ("time", "at", "时间", "记录时间", "timestamp")
_TEMPERATURE_NAMES: Final = ("temperature", "celsius", "温度", "温度(℃)", "温度（℃）", "temp")
_COLDEST, _WARMEST = -1000, 1000


class LogUnusable(DomainError):
    """The file is no temperature log; nothing was stored."""

    code = "log_unusable"
    http_status = 422


@dataclass(frozen=True, slots=True)
class LogOutcome:
    """rows_in = n_stored + n_duplicates + n_rejected; rejects: line numbers with what was wrong."""

    rows_in: int
    n_stored: int
    n_duplicates: int
    rejects: Sequence[tuple[int, str]]


def import_temperatures(content: bytes, *, name: str, place: Place, by: User, at: datetime) -> LogOutcome:
    """Store a logger's readings; rows already known are counted, wrong ones named. Times without a zone are the county's.

    Raises: LogUnusable, PermissionMissing, AreaMissing.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LogUnusable("The file is no CSV file in UTF-8.", field="file") from error
    if not rows or len(rows) > _MOST_ROWS:
        raise LogUnusable("The file is empty or too long.", field="file")
    head = [cell.strip().lower() for cell in rows[0]]
    columns = [next((head.index(each) for each in names if each in head), None) for names in _NAMES]
    if None in columns:
        raise LogUnusable("Name one column time and one temperature.", field="file")
    good, rejects = _read(rows[1:], columns[0] or 0, columns[1] or 0, at)
    n_stored = store_readings(good, place=place, source=name, by=by, at=at)
    return LogOutcome(len(good) + len(rejects), n_stored, len(good) - n_stored, rejects)


_NAMES: Final = (_TIME_NAMES, _TEMPERATURE_NAMES)


def _read(
    rows: list[list[str]], time_at: int, tenths_at: int, now: datetime
) -> tuple[list[tuple[datetime, int]], list[tuple[int, str]]]:
    zone = ZoneInfo(settings.TIME_ZONE)
    good: list[tuple[datetime, int]] = []
    rejects: list[tuple[int, str]] = []
    for line, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            when = datetime.fromisoformat(cells[time_at].strip().replace("/", "-"))
            tenths = round(Decimal(cells[tenths_at].strip()) * 10)
        except (ValueError, IndexError, InvalidOperation, OverflowError):
            rejects.append((line, "unreadable"))
            continue
        when = when if when.tzinfo else when.replace(tzinfo=zone)
        if when > now or not _COLDEST <= tenths <= _WARMEST:
            rejects.append((line, "out_of_range"))
            continue
        good.append((when, tenths))
    return good, rejects


@transaction.atomic
def store_readings(
    readings: Sequence[tuple[datetime, int]], *, place: Place, source: str, by: User, at: datetime
) -> int:
    """Store readings (instant, tenths of a degree) of a place and return how many were new.

    Raises: PermissionMissing, AreaMissing.
    """
    require(by, Permission.HANDLE_GOODS, area_code=place.area_code)
    Place.objects.select_for_update().get(pk=place.pk)
    distinct = dict(reversed(readings))
    known = set(Temperature.objects.filter(place=place, at__in=distinct).values_list("at", flat=True))
    new = sorted((when, tenths) for when, tenths in distinct.items() if when not in known)
    if not new:
        return 0
    batch = evidence.open_batch(kind="temperatures", source=source, at=at, by=by)
    rows = [Temperature(place=place, at=when, tenths_celsius=tenths, batch=batch) for when, tenths in new]
    bulk.insert(rows)
    audit.record("goods.temperatures_stored", by=by, at=at, place=place.pk, rows=len(rows))
    table = pl.DataFrame(
        [(row.pk, place.pk, row.at, row.tenths_celsius) for row in rows],
        {"id": pl.Int64, "place_id": pl.Int64, "at": pl.Datetime("us", "UTC"), "tenths_celsius": pl.Int64},
        orient="row",
    )
    evidence.record_batch(batch, [whole(table)])
    return len(rows)
