"""The JSON series: one object per hour with high, middle and, from July 2022, low risk areas."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lianfang.formats.risk_lists.complement import complement_of
from lianfang.formats.risk_lists.model import CHINA, Count, Form, RiskListError, RiskRow, RiskSnapshot
from lianfang.rules.vocabulary import RiskLevel

_STAMP: Final = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})\s+(\d{1,2})时$")
_FIELDS: Final = ("province", "city", "county", "area_name")
_LETTER: Final = {RiskLevel.HIGH: "h", RiskLevel.MIDDLE: "m", RiskLevel.LOW: "l"}


def read_series(text: str, source: str) -> RiskSnapshot:
    """Read one object of the series. Raises: RiskListError."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise RiskListError("file", f"is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise RiskListError("file", "must be an object")
    data = given.get("data", given)
    if not isinstance(data, dict):
        raise RiskListError("data", "must be an object")
    _refuse_unknown(data)
    categories = tuple(level for level in RiskLevel if data.get(f"{level.value}list") is not None)
    if not {RiskLevel.HIGH, RiskLevel.MIDDLE} <= set(categories):
        raise RiskListError("data", "has no highlist or no middlelist")
    rows = tuple(row for level in categories for row in _rows(data, level))
    return RiskSnapshot(
        form=Form.SERIES,
        source=source,
        stamp=stamp_of(data.get("end_update_time")),
        categories=categories,
        rows=rows,
        counts=tuple(_count(data, level, rows) for level in categories),
    )


def _refuse_unknown(data: Mapping[str, Any]) -> None:
    """A category this program does not know must not vanish silently."""
    known = {f"{level.value}list" for level in RiskLevel}
    for name in data:
        if name.endswith("list") and name not in known and data[name]:
            raise RiskListError(name, "is a category that is not known")


def stamp_of(text: object) -> datetime:
    """Return the instant of `2022-04-15 20时`; 24时 is the next day's beginning. Raises: RiskListError."""
    match = _STAMP.match(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise RiskListError("end_update_time", f"{text!r} is no time such as 2022-04-15 20时")
    year, month, day, hour = map(int, match.groups())
    return instant(year, month, day, hour, where="end_update_time")


def instant(year: int, month: int, day: int, hour: int, *, where: str) -> datetime:
    """Return an hour of a day in China, 0 to 24. Raises: RiskListError."""
    if hour > 24:
        raise RiskListError(where, f"there is no hour {hour}")
    try:
        return datetime(year, month, day, tzinfo=CHINA) + timedelta(hours=hour)
    except ValueError as error:
        raise RiskListError(where, str(error)) from error


def _rows(data: Mapping[str, Any], level: RiskLevel) -> Iterator[RiskRow]:
    name = f"{level.value}list"
    entries = data[name]
    if not isinstance(entries, list):
        raise RiskListError(name, "must be a list")
    for number, entry in enumerate(entries):
        where = f"{name}[{number}]"
        texts = _texts(entry, where)
        # An entry without communities is kept: it says that something there is at risk, and a person has to ask what.
        for index, community in enumerate(entry["communitys"] or [""]):
            if not isinstance(community, str):
                raise RiskListError(f"{where}.communitys[{index}]", "must be a text")
            text = "".join(community.split())
            yield RiskRow(
                level,
                **texts,
                community=text,
                complement=complement_of(text),
                continues=False,
                where=f"{where}.communitys[{index}]" if entry["communitys"] else where,
            )


def _texts(entry: object, where: str) -> dict[str, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("communitys"), list):
        raise RiskListError(f"{where}.communitys", "must be a list")
    for name in _FIELDS:
        if not isinstance(entry.get(name), str):
            raise RiskListError(f"{where}.{name}", "must be a text")
    if not entry["province"].strip():
        raise RiskListError(f"{where}.province", "is empty")
    return {name: " ".join(entry[name].split()) for name in _FIELDS}


def _count(data: Mapping[str, Any], level: RiskLevel, rows: tuple[RiskRow, ...]) -> Count:
    name = f"{_LETTER[level]}count"
    stated = data.get(name)
    if not isinstance(stated, int) or isinstance(stated, bool) or stated < 0:
        raise RiskListError(name, "must be a number")
    counted = sum(1 for row in rows if row.level is level and row.community)
    return Count(level, "", stated, counted, name)
