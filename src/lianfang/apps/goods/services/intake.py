"""Booking a lot, taking it in at the gate, and answering for a difference."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import polars as pl
from django.db import transaction
from django.utils.timezone import localdate

from lianfang.apps.core import bulk, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import Organisation, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.goods.facts import seconds
from lianfang.apps.goods.models import Booking, GoodsEvent, Lot
from lianfang.apps.goods.services.register import import_lots
from lianfang.apps.goods.services.steps import (
    Act,
    Line,
    PersonUnknown,
    StepRefused,
    enter_regime,
    known_step,
    lock,
    profile_at,
    write,
)
from lianfang.apps.places.selectors import Place
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import SubjectKind
from lianfang.rules.warehouse import (
    ArrivalFacts,
    BookingFacts,
    GoodsStep,
    StepDecision,
    check_arrival,
    check_booking,
)

REQUIRED: Final = (
    "declaration_no", "quarantine_cert_no", "production_lot", "vehicle", "container_no", "seal_no", "destination",
    "n_pieces", "net_weight_kg",
)  # fmt: skip


class LotCodeTaken(Conflict):
    """Another booking has this code, or it belongs to something else."""

    code = "lot_code_taken"


class AlreadyArrived(Conflict):
    """The lot has arrived before, and otherwise."""

    code = "already_arrived"


class NotBooked(DomainError):
    """A lot comes in by a booking only."""

    code = "not_booked"
    http_status = 422


@dataclass(frozen=True, slots=True)
class BookingEntry:
    """What whoever brings goods announces. `code` "" lets the system number the lot; persons by their codes."""

    product: str
    country: str
    n_pieces: int
    net_weight_kg: Decimal
    declaration_no: str
    quarantine_cert_no: str
    production_lot: str
    owner: Organisation
    warehouse: Place
    due_at: datetime
    vehicle: str
    container_no: str
    seal_no: str
    driver: str
    destination: str
    code: str = ""
    crew: tuple[str, ...] = ()
    port: str = ""
    hs_code: str = ""
    plant_no: str = ""
    spec: str = ""
    production_date: date | None = None
    shelf_life_days: int | None = None
    gtin: str = ""


@transaction.atomic
def book(entry: BookingEntry, *, by: User, at: datetime) -> Booking:
    """Announce a lot. The same booking again changes nothing.

    Raises: StepRefused (GB rows), LotCodeTaken, PersonUnknown, PermissionMissing, AreaMissing.
    """
    require(by, Permission.BOOK_GOODS, area_code=entry.warehouse.area_code)
    known = Booking.objects.filter(lot__subject__code=entry.code).first() if entry.code else None
    if known:
        if _same(known, entry):
            return known
        raise LotCodeTaken("Another booking has this lot code.", field="code")
    persons = _persons((entry.driver, *entry.crew))
    code = entry.code or _next_code(at)
    lot = _register(code, entry, at=at)
    booking = Booking(
        number=f"YY{code}"[:32],
        lot=lot,
        driver=persons[entry.driver],
        crew=[persons[each].pk for each in entry.crew],
        booked_at=at,
        booked_by=by,
        **{name: getattr(entry, name) for name in _COPIED},
    )
    booking.save(force_insert=True)
    evidence.record("booking", [booking])
    verdict = check_booking(booking_facts(booking), profile_at(at))
    if verdict.outcome is StepDecision.REFUSE:
        raise StepRefused(verdict.reasons, field="due_at" if verdict.reasons[0].code == "GB-1" else None)
    enter_regime(lot)
    _keep(GoodsEvent(kind=GoodsStep.BOOKED, lot=lot, place=entry.warehouse), verdict, Act(at, by))
    return booking


_COPIED: Final = (
    "warehouse", "due_at", "vehicle", "container_no", "seal_no", "destination", "port", "hs_code", "plant_no", "spec",
    "production_date", "shelf_life_days", "gtin",
)  # fmt: skip


def _keep(event: GoodsEvent, verdict: Verdict[StepDecision], act: Act, lines: tuple[Line, ...] = ()) -> GoodsEvent:
    """Write a step with a verdict that stands whatever it says: a difference at the gate does not stop the lorry."""
    row = stored(verdict, event.lot_id, Occasion(evidence.known_seq(), act.at))
    bulk.allot_ids([row])
    return write(event, act=act, lines=lines, verdicts=[row])


def _same(known: Booking, entry: BookingEntry) -> bool:
    lot = known.lot
    had = (lot.product, lot.n_pieces, lot.declaration_no, known.vehicle, known.container_no, known.due_at)
    return had == (
        entry.product, entry.n_pieces, entry.declaration_no, entry.vehicle, entry.container_no, entry.due_at,
    )  # fmt: skip


def _persons(codes: tuple[str, ...]) -> Mapping[str, Subject]:
    found = {each.code: each for each in Subject.objects.filter(kind=SubjectKind.PERSON, code__in=codes)}
    if missing := [code for code in codes if code not in found]:
        raise PersonUnknown("No person of this code is registered.", field="driver" if codes[0] in missing else "crew")
    return found


def _next_code(at: datetime) -> str:
    """Number the lots of a day: ZC-20201207-003."""
    prefix = f"ZC-{localdate(at):%Y%m%d}-"
    last = Subject.objects.filter(code__startswith=prefix, code__regex=rf"^{prefix}\d+$").order_by("-code").first()
    return f"{prefix}{int(last.code.rpartition('-')[2]) + 1 if last else 1:03d}"


def _register(code: str, entry: BookingEntry, *, at: datetime) -> Lot:
    columns = ("product", "country", "n_pieces", "declaration_no", "quarantine_cert_no", "production_lot")
    row = {name: getattr(entry, name) for name in columns} | {
        "code": code,
        "net_weight_kg": float(entry.net_weight_kg),
        "owner_code": entry.owner.code,
        "area_code": entry.warehouse.area_code,
    }
    if Subject.objects.filter(code=code).exists():
        raise LotCodeTaken("This code belongs to something else.", field="code")
    import_lots(pl.DataFrame([row]), by=None, at=at)
    return Lot.objects.select_related("subject").get(subject__code=code)


def booking_facts(booking: Booking) -> BookingFacts:
    """Return a booking as the rule reads it."""
    values = {**asdict_of(booking), **asdict_of(booking.lot)}
    return BookingFacts(
        booking=booking.number,
        booked_at=seconds(booking.booked_at),
        due_at=seconds(booking.due_at),
        missing=tuple(name for name in REQUIRED if not values.get(name)),
    )


def asdict_of(row: Booking | Lot) -> dict[str, object]:
    """Return a row's columns by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@dataclass(frozen=True, slots=True)
class ArrivalEntry:
    """What stands at the gate."""

    vehicle: str
    container_no: str
    seal_no: str
    driver: str
    n_pieces: int
    room: Place
    seal_intact: bool = True


@transaction.atomic
def arrive(lot: Lot, entry: ArrivalEntry, *, act: Act) -> GoodsEvent:
    """Take a booked lot into a waiting room, beside its booking; what differs holds it (GA rows). Once.

    Raises: NotBooked, AlreadyArrived, PersonUnknown, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.HANDLE_GOODS, area_code=entry.room.area_code)
    booking = Booking.objects.filter(lot=lot).select_related("lot", "driver").first()
    if booking is None:
        raise NotBooked("This lot was never booked.")
    lock([lot.pk])
    said = asdict(entry) | {"room": entry.room.code}
    earlier = GoodsEvent.objects.filter(lot=lot, kind=GoodsStep.ARRIVED).first()
    if earlier:
        if earlier.detail["said"] == said:
            return earlier
        raise AlreadyArrived("This lot has arrived before.")
    verdict = check_arrival(arrival_facts(booking, said), profile_at(act.at))
    differences = [reason.code for reason in verdict.reasons] if verdict.outcome is StepDecision.REFUSE else []
    event = GoodsEvent(
        kind=GoodsStep.ARRIVED, lot=lot, place=entry.room, detail={"said": said, "differences": differences}
    )
    drivers = (entry.driver, *act.handlers)
    hands = Act(act.at, act.by, tuple(dict.fromkeys(drivers)), act.key)
    return _keep(event, verdict, hands, (Line(lot.pk, entry.room.pk, entry.n_pieces),))


def arrival_facts(booking: Booking, said: Mapping[str, object]) -> ArrivalFacts:
    """Return what was said at the gate beside the booking."""
    booked = {
        "vehicle": booking.vehicle,
        "container_no": booking.container_no,
        "seal_no": booking.seal_no,
        "driver": booking.driver.code,
    }
    return ArrivalFacts(
        booking=booking.number,
        compared=tuple((name, value.strip(), str(said[name]).strip()) for name, value in booked.items()),
        pieces_booked=booking.lot.n_pieces or 0,
        pieces_found=int(str(said["n_pieces"])),
        seal_intact=bool(said["seal_intact"]),
    )


@transaction.atomic
def accept_difference(lot: Lot, *, note: str, act: Act) -> GoodsEvent:
    """Answer for what differed at the gate: a second person, with a reason. Repeating it changes nothing.

    Raises: NotBooked, StepRefused, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.CHECK_CERTIFICATES, area_code=lot.subject.area_code)
    lock([lot.pk])
    arrival = GoodsEvent.objects.filter(lot=lot, kind=GoodsStep.ARRIVED).first()
    if arrival is None or not arrival.detail["differences"]:
        raise NotBooked("Nothing differed when this lot arrived.")
    if arrival.recorded_by_id == act.by.pk:
        raise SecondPerson("A second person answers for a difference.")
    known = (
        known_step(act, GoodsStep.ACCEPTED, lot.pk)
        or GoodsEvent.objects.filter(lot=lot, kind=GoodsStep.ACCEPTED).first()
    )
    return known or write(GoodsEvent(kind=GoodsStep.ACCEPTED, lot=lot, detail={"note": note[:300]}), act=act)


class SecondPerson(DomainError):
    """Whoever entered something does not confirm it."""

    code = "second_person_needed"
    http_status = 403
