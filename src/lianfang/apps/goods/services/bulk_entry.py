"""Entering the warehouse's work by tables: each row is one call of the same service as on the page, in a savepoint."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext

from lianfang.apps.core.errors import DomainError, NotAllowed
from lianfang.apps.core.imports import AS_WRITTEN, Actor, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.goods import selectors
from lianfang.apps.goods.models import Booking, Certificate, GoodsEvent
from lianfang.apps.goods.services.handling import disinfect, sample
from lianfang.apps.goods.services.intake import BookingEntry, book
from lianfang.apps.goods.services.papers import CertificateEntry, enter_certificate
from lianfang.apps.goods.services.steps import Act, StepRefused
from lianfang.apps.lab import selectors as lab
from lianfang.apps.places.selectors import place_by_code
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import LINE, Source
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import CertificateKind

Row = Mapping[str, Any]
# Takes a row's step; whether it is new (False: it was entered before, just so).
Take = Callable[[Row, User, datetime], bool]


class EnteredByNobody(NotAllowed):
    """Steps of the warehouse have somebody who answers for them: they are entered by an account."""

    code = "entered_by_nobody"


class OwnerUnknown(DomainError):
    """No organisation has the owner's code."""

    code = "owner_unknown"
    http_status = 422


@transaction.atomic
def _enter(kind: str, take: Take, source: Source, actor: Actor, options: tuple[ImportOptions, Progress]) -> Outcome:
    """Take every row's step or say why not; all of them or none, unless the good ones are to be kept."""
    by = actor.by
    if by is None:
        raise EnteredByNobody("Enter this table on the page Imports: somebody answers for each step.")
    intake = Intake(kind, source, actor, *options)
    rows = intake.rows()
    n_new = n_known = 0
    for number, row in enumerate(rows.iter_rows(named=True), 1):
        try:
            with transaction.atomic():
                is_new = take(row, by, actor.at)
        except DomainError as error:
            refused = pl.DataFrame({ROW: [row[ROW]], LINE: [row[LINE]], "detail": [_said(error)]})
            refused = refused.cast({name: rows.schema[name] for name in (ROW, LINE)})
            known_field = error.field if error.field in rows.columns else rows.columns[2]
            intake.reject_all(refused, known_field, Reason.REFUSED)
            continue
        n_new += is_new
        n_known += not is_new
        intake.report(number, "storing")
    intake.settle()
    return intake.outcome(n_new, n_known, None)


def _said(error: DomainError) -> str:
    if isinstance(error, StepRefused):
        return " ".join(f"{reason.code} {explain(reason, spoken())}" for reason in error.reasons)
    return gettext(error.message)


def import_bookings(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Announce lots. Importing them again: nothing. Raises: FileUnusable, ImportRefused, EnteredByNobody."""
    return _enter("bookings", _book, source, Actor(by, at), (options, progress))


def import_certificates(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Enter certificates. Importing them again: nothing. Raises: FileUnusable, ImportRefused, EnteredByNobody."""
    return _enter("certificates", _certificate, source, Actor(by, at), (options, progress))


def import_samplings(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Register tubes of lots. Importing them again: nothing. Raises: FileUnusable, ImportRefused, EnteredByNobody."""
    return _enter("samplings", _sample, source, Actor(by, at), (options, progress))


def import_disinfections(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Record disinfections. Importing them again: nothing. Raises: FileUnusable, ImportRefused, EnteredByNobody."""
    return _enter("disinfections", _disinfect, source, Actor(by, at), (options, progress))


_TEXTS = ("port", "hs_code", "plant_no", "spec", "gtin")
_AS_IS = (
    "code", "product", "country", "n_pieces", "declaration_no", "quarantine_cert_no", "production_lot", "due_at",
    "vehicle", "container_no", "seal_no", "destination", "production_date", "shelf_life_days",
)  # fmt: skip


def _book(row: Row, by: User, at: datetime) -> bool:
    owner = Organisation.objects.filter(code=row["owner_code"]).first()
    if owner is None:
        raise OwnerUnknown("No organisation has this code.", field="owner_code")
    said: dict[str, Any] = {name: row[name] for name in _AS_IS} | {name: row[name] or "" for name in _TEXTS}
    entry = BookingEntry(
        owner=owner,
        warehouse=place_by_code(row["warehouse_code"], area=by.area_code),
        driver=row["driver_code"],
        crew=tuple((row["crew_codes"] or "").split()),
        net_weight_kg=_weight(row["net_weight_kg"]),
        **said,
    )
    is_new = not Booking.objects.filter(lot__subject__code=entry.code).exists()
    book(entry, by=by, at=at)
    return is_new


def _weight(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _certificate(row: Row, by: User, at: datetime) -> bool:
    lot = selectors.lot_by_code(row["lot_code"], area=by.area_code)
    kind = CertificateKind(row["certificate"])
    names = ("number", "issuer", "issued_on", "valid_until", "product")
    entry = CertificateEntry(
        kind=kind,
        production_lot=row["production_lot"] or "",
        net_weight_kg=_weight(row["net_weight_kg"]) if row["net_weight_kg"] is not None else None,
        **{name: row[name] for name in names},
    )
    is_new = not Certificate.objects.filter(lot=lot, kind=kind, number=entry.number).exists()
    enter_certificate(lot, entry, by=by, at=at)
    return is_new


def _sample(row: Row, by: User, at: datetime) -> bool:
    lot = selectors.lot_by_code(row["lot_code"], area=by.area_code)
    is_new = not lab.Specimen.objects.filter(subject=lot.subject_id, code=row["tube"]).exists()
    sample(lot, tubes=[row["tube"]], act=Act(at, by, _hands(row)))
    return is_new


def _hands(row: Row) -> tuple[str, ...]:
    return tuple((row["handlers"] or "").split())


def _disinfect(row: Row, by: User, at: datetime) -> bool:
    lot = selectors.lot_by_code(row["lot_code"], area=by.area_code)
    key = f"disinfection:{row['record_no']}"[:64]
    is_new = not GoodsEvent.objects.filter(key=key).exists()
    act = Act(at, by, _hands(row), key)
    disinfect(lot, coverage=row["coverage"], pieces=row["pieces"] or 0, agent=row["agent"], act=act)
    return is_new
