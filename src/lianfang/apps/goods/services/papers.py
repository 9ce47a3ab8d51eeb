"""Entering a lot's certificates, and a second person's check of each."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.goods.models import Certificate, CertificateCheck, Lot, LotStanding
from lianfang.apps.goods.services.intake import SecondPerson
from lianfang.apps.goods.services.steps import refresh
from lianfang.rules.vocabulary import CertificateKind

CENT: Final = Decimal("0.01")


class CertificateNumberTaken(Conflict):
    """A certificate of this number is entered already and says something else."""

    code = "certificate_number_taken"


class CertificateNotFound(NotFound):
    """No such certificate, or not in this area."""

    code = "certificate_not_found"


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """What a certificate says; `scan`: name and bytes of its picture, None if none was handed in."""

    kind: CertificateKind
    number: str
    issuer: str
    issued_on: date
    product: str
    valid_until: date | None = None
    production_lot: str = ""
    net_weight_kg: Decimal | None = None
    scan: tuple[str, bytes] | None = None


@transaction.atomic
def enter_certificate(lot: Lot, entry: CertificateEntry, *, by: User, at: datetime) -> Certificate:
    """Enter what a certificate says. The same again changes nothing.

    Raises: CertificateNumberTaken, PermissionMissing, AreaMissing.
    """
    require(by, Permission.BOOK_GOODS, area_code=lot.subject.area_code)
    words = ("issuer", "issued_on", "valid_until", "product", "production_lot", "net_weight_kg")
    said = {name: getattr(entry, name) for name in words}
    if entry.net_weight_kg is not None:
        said["net_weight_kg"] = entry.net_weight_kg.quantize(
            CENT
        )  # as it is stored, so that its hash is that of the row
    known = Certificate.objects.filter(lot=lot, kind=entry.kind, number=entry.number).first()
    if known:
        if {name: getattr(known, name) for name in words} == said:
            return known
        raise CertificateNumberTaken("This certificate is entered already and says something else.", field="number")
    certificate = Certificate(
        lot=lot, kind=entry.kind, number=entry.number, entered_at=at, entered_by=by, **said
    )  # fmt: skip
    if entry.scan:
        name, content = entry.scan
        certificate.file_sha256 = hashlib.sha256(content).hexdigest()
        certificate.file.save(f"{certificate.file_sha256[:16]}-{name[-40:]}", ContentFile(content), save=False)
    certificate.save(force_insert=True)
    audit.record("goods.certificate_entered", by=by, at=at, subjects=[lot.pk], certificate=certificate.pk)
    evidence.record("certificate", [certificate])
    _renew(lot.pk, at)
    return certificate


@transaction.atomic
def check_certificate(*, certificate_id: int, confirmed: bool, note: str, by: User, at: datetime) -> CertificateCheck:
    """Say whether a certificate is what it claims, after asking its issuer. The same again changes nothing.

    Raises: CertificateNotFound, SecondPerson, PermissionMissing, AreaMissing.
    """
    found = Certificate.objects.select_related("lot__subject").filter(pk=certificate_id).first()
    if found is None:
        raise CertificateNotFound("There is no such certificate.")
    require(by, Permission.CHECK_CERTIFICATES, area_code=found.lot.subject.area_code)
    if found.entered_by_id == by.pk:
        raise SecondPerson("A second person checks a certificate, not the one who entered it.")
    LotStanding.objects.select_for_update().filter(pk=found.lot_id).first()
    last = found.checks.order_by("-id").first()
    if last and last.confirmed == confirmed:
        return last
    check = CertificateCheck.objects.create(certificate=found, confirmed=confirmed, note=note[:300], at=at, by=by)
    audit.record("goods.certificate_checked", by=by, at=at, subjects=[found.lot_id], certificate=found.pk)
    evidence.record("certificate_check", [check])
    _renew(found.lot_id, at)
    return check


def _renew(root_id: int, at: datetime) -> None:
    for lot_id in LotStanding.objects.filter(root=root_id).order_by("pk").values_list("pk", flat=True):
        refresh(lot_id, at=at)
