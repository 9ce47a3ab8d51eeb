"""What phones send: records kept while there was no connection, and what became of each."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field


class HealthEntrySchema(Schema):
    """One record; person: the public code. temperature in tenths of a degree."""

    client_id: uuid.UUID
    person: Annotated[str, Field(max_length=64)]
    way: Literal["call", "visit"]
    tenths_celsius: Annotated[int, Field(ge=340, le=430)] | None = None
    symptoms: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    is_reached: bool = True
    note: Annotated[str, Field(max_length=300)] = ""
    taken_at: AwareDatetime


class HealthEntriesSchema(Schema):
    """What a phone had waiting, the oldest first."""

    entries: Annotated[list[HealthEntrySchema], Field(max_length=200)]


class KeptSchema(Schema):
    """What became of one: stored (now or before), or why not."""

    client_id: uuid.UUID
    is_stored: bool
    code: str = ""
    message: str = ""


class SyncedSchema(Schema):
    """One answer for each entry, in their order; at: the server's instant."""

    results: list[KeptSchema]
    at: datetime
