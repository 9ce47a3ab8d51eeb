"""Shapes of the areas' API answers."""

from datetime import date, datetime

from ninja import Schema

from lianfang.rules.risk import RiskStanding
from lianfang.rules.vocabulary import RiskLevel


class UnitSchema(Schema):
    """One division: code and name."""

    code: str
    name: str


class AreaSchema(Schema):
    """One division with where it lies and what lies in it."""

    code: str
    name: str
    level: int
    path: list[UnitSchema]
    children: list[UnitSchema]
    is_withdrawn: bool


class ReasonSchema(Schema):
    """One row of a decision table (docs/rules) that applied."""

    code: str
    params: dict[str, int | str]


class RiskListSchema(Schema):
    """A published list: its number, the instant it holds from, the file it came as, the levels it knows."""

    number: int
    stamp: datetime
    source: str
    categories: list[RiskLevel]


class RiskOnDaySchema(Schema):
    """Whether a place was at risk on a day. level: of the place itself; parts_level: the highest of anything in it."""

    area_code: str
    community: str
    day: date
    standing: RiskStanding
    level: RiskLevel | None
    parts_level: RiskLevel | None
    reasons: list[ReasonSchema]
    edition: str
    lists: list[RiskListSchema]
