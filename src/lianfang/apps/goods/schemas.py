"""Shapes of the warehouse's API. Persons, places and organisations by their codes; times with their zone."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from lianfang.rules.vocabulary import CertificateKind

_CODE = 64
_MOST = 10_000_000


class BookingIn(Schema):
    """A lot announced before it comes; `code` is the sender's own and makes the call repeatable."""

    code: str = Field(min_length=1, max_length=_CODE)
    product: str = Field(min_length=1, max_length=200)
    country: str = Field(min_length=2, max_length=64)
    n_pieces: int = Field(ge=1, le=_MOST)
    net_weight_kg: Decimal = Field(gt=0, max_digits=12, decimal_places=2)
    declaration_no: str = Field(max_length=64)
    quarantine_cert_no: str = Field(max_length=64)
    production_lot: str = Field(max_length=64)
    owner_code: str = Field(max_length=_CODE)
    warehouse_code: str = Field(max_length=_CODE)
    due_at: AwareDatetime
    vehicle: str = Field(max_length=32)
    container_no: str = Field(max_length=32)
    seal_no: str = Field(max_length=32)
    driver_code: str = Field(max_length=_CODE)
    crew_codes: list[str] = Field(default=[], max_length=20)
    destination: str = Field(max_length=200)
    port: str = Field("", max_length=100)
    hs_code: str = Field("", max_length=16)
    plant_no: str = Field("", max_length=64)
    spec: str = Field("", max_length=100)
    production_date: date | None = None
    shelf_life_days: int | None = Field(None, ge=1, le=36_500)
    gtin: str = Field("", max_length=14)


class ArrivalIn(Schema):
    """What stands at the gate, read off the lorry."""

    vehicle: str = Field(max_length=32)
    container_no: str = Field(max_length=32)
    seal_no: str = Field(max_length=32)
    driver_code: str = Field(max_length=_CODE)
    n_pieces: int = Field(ge=0, le=_MOST)
    room_code: str = Field(max_length=_CODE)
    seal_intact: bool
    handlers: list[str] = Field(default=[], max_length=50)


class CertificateIn(Schema):
    """What a certificate says; a second person checks it on the page."""

    kind: CertificateKind
    number: str = Field(min_length=1, max_length=64)
    issuer: str = Field(min_length=1, max_length=200)
    issued_on: date
    valid_until: date | None = None
    product: str = Field(min_length=1, max_length=200)
    production_lot: str = Field("", max_length=64)
    net_weight_kg: Decimal | None = Field(None, gt=0, max_digits=12, decimal_places=2)


class SampleIn(Schema):
    """Tubes taken of a lot."""

    tubes: list[str] = Field(min_length=1, max_length=200)
    handlers: list[str] = Field(default=[], max_length=50)


class DisinfectionIn(Schema):
    """What was disinfected, with what; `pieces` for packages."""

    coverage: Literal["walls", "packages"]
    pieces: int = Field(0, ge=0, le=_MOST)
    agent: str = Field(min_length=1, max_length=100)
    handlers: list[str] = Field(default=[], max_length=50)


class MoveIn(Schema):
    """Pieces to another room; or, with `destination_code`, out by the vehicle `target_code`."""

    pieces: int = Field(ge=1, le=_MOST)
    source_code: str = Field(max_length=_CODE)
    target_code: str = Field(max_length=_CODE)
    destination_code: str = Field("", max_length=_CODE)
    handlers: list[str] = Field(default=[], max_length=50)


class SplitIn(Schema):
    """Pieces that become a lot of their own where they lie."""

    pieces: int = Field(ge=1, le=_MOST)
    place_code: str = Field(max_length=_CODE)


class PackageIn(Schema):
    """One package that is followed by itself from now on, under its own code."""

    package_code: str = Field(min_length=1, max_length=_CODE)
    place_code: str = Field(max_length=_CODE)
    handlers: list[str] = Field(default=[], max_length=50)


class StockOut(Schema):
    """Pieces of a lot at one place."""

    place_code: str
    n_pieces: int
    since: datetime


class LoadIn(Schema):
    """Pieces put on a pallet where they lie; `taken_off`: taken off it."""

    pieces: int = Field(ge=1, le=_MOST)
    place_code: str = Field(max_length=_CODE)
    taken_off: bool = False
    handlers: list[str] = Field(default=[], max_length=50)


class PalletMoveIn(Schema):
    """A pallet to another room; or, with `destination_code`, out by the vehicle `target_code`."""

    target_code: str = Field(max_length=_CODE)
    destination_code: str = Field("", max_length=_CODE)
    handlers: list[str] = Field(default=[], max_length=50)


class PalletOut(Schema):
    """The steps by which a pallet moved, one a lot, and the codes of the lots on it after them."""

    events: list[int]
    lots: list[str]


class LotOut(Schema):
    """What stands of a lot. `waits_for`: rows of docs/rules that are still open."""

    code: str
    product: str
    root_code: str
    stage: str
    is_released: bool
    is_held: bool
    is_sealed: bool
    is_recalled: bool
    waits_for: list[str]
    release_no: str | None
    trace_code: str | None
    arrived_at: datetime | None
    stock: list[StockOut]


class StepOut(Schema):
    """A step as it was kept, the lot after it, and the code of a lot that it made."""

    event: int
    kind: str
    at: datetime
    differences: list[str]
    made_code: str | None
    lot: LotOut
