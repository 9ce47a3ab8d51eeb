"""Shapes of the laboratory's API."""

from datetime import datetime

from ninja import Field, Schema
from pydantic import AwareDatetime

from lianfang.rules.vocabulary import SpecimenResult


class SpecimenIn(Schema):
    """A tube and whom or what it was taken from; the time with its zone."""

    code: str = Field(min_length=1, max_length=64)
    subject_code: str = Field(min_length=1, max_length=64)
    collected_at: AwareDatetime


class ResultIn(Schema):
    """A result: recorded by one person, signed by another one who names the same value."""

    value: SpecimenResult


class CorrectionIn(Schema):
    """The right value, and why it replaces the signed one."""

    value: SpecimenResult
    reason: str = Field(max_length=300)


class AnnulmentIn(Schema):
    """Why the specimen has no valid result."""

    reason: str = Field(max_length=300)


class ResultOut(Schema):
    """One version of a result."""

    version: int
    status: str
    value: SpecimenResult
    reason: str
    recorded_at: datetime
    recorded_by: str
    signed_at: datetime | None
    signed_by: str | None


class SpecimenOut(Schema):
    """A specimen with all versions of its result, newest first."""

    code: str
    subject_code: str
    subject_kind: str
    collected_at: datetime
    results: list[ResultOut]
