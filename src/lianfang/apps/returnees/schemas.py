"""Arrivals that phones send."""

import uuid
from datetime import date
from typing import Annotated

from ninja import Schema
from pydantic import Field


class ArrivalSchema(Schema):
    """One confirmed arrival; returned: the handle of the return. client_id tells the answers apart."""

    client_id: uuid.UUID
    returned: uuid.UUID
    arrived_on: date


class ArrivalsSchema(Schema):
    """What a phone had waiting, the oldest first."""

    entries: Annotated[list[ArrivalSchema], Field(max_length=200)]
