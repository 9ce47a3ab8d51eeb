"""Shapes of the laboratory's API."""

import uuid
from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import AwareDatetime

from lianfang.rules.vocabulary import SpecimenResult


class SpecimenIn(Schema):
    """A tube and whom or what it was taken from; the time with its zone."""

    code: str = Field(min_length=1, max_length=64)
    subject_code: str = Field(min_length=1, max_length=64)
    collected_at: AwareDatetime


class SwabIn(Schema):
    """One swab as a phone kept it. shared: into a tube that others share."""

    client_id: uuid.UUID
    tube: Annotated[str, Field(min_length=1, max_length=60)]
    subject: Annotated[str, Field(min_length=1, max_length=64)]
    is_shared: bool
    collected_at: AwareDatetime


class SwabsIn(Schema):
    """What a phone had waiting, the oldest first."""

    entries: Annotated[list[SwabIn], Field(max_length=200)]


class SwabOut(Schema):
    """What became of one: stored (now or before), or why not."""

    client_id: uuid.UUID
    is_stored: bool
    code: str = ""
    message: str = ""


class SwabsOut(Schema):
    """One answer for each entry, in their order."""

    results: list[SwabOut]


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
