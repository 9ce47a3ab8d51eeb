"""Ordering by hand that a subject, or everybody of an area or unit, is sampled; and calling it off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.models import Organisation, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.lab.models import Revocation, SamplingOrder, SamplingRound


class OrderTaken(Conflict):
    """The same entry was sent with other contents."""

    code = "order_taken"


class SpanInvalid(DomainError):
    """It ends before it begins, or is over already."""

    code = "span_invalid"
    http_status = 422


class RevocationUnfounded(DomainError):
    """Calling something off takes a reason."""

    code = "revocation_unfounded"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Order:
    """What is entered about one subject; `client_id` is made where it is entered."""

    client_id: UUID
    subject: Subject
    reason: str
    due_from: datetime
    due_until: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """What is entered about a round; `organisation` limits it to those who work there."""

    client_id: UUID
    name: str
    area_code: str
    organisation: Organisation | None
    starts_at: datetime
    ends_at: datetime


@transaction.atomic
def order_sampling(*, given: Order, at: datetime, by: User) -> SamplingOrder:
    """Order one subject to be sampled; sent again it changes nothing.

    Raises: OrderTaken, SpanInvalid, PermissionMissing, AreaMissing.
    """
    require(by, Permission.ORDER_SAMPLING, area_code=given.subject.area_code)
    reason = given.reason.strip()
    fields = {"subject": given.subject, "reason": reason, "due_from": given.due_from, "due_until": given.due_until}
    known = SamplingOrder.objects.filter(client_id=given.client_id).first()
    if known is None:
        _require_span(given.due_from, given.due_until, at, "due_until")
        stamp = {"ordered_at": at, "ordered_by": by}
        known, created = SamplingOrder.objects.get_or_create(client_id=given.client_id, defaults={**fields, **stamp})
        if created:
            audit.record("lab.sampling_ordered", by=by, at=at, subjects=[given.subject.pk], order=known.pk)
            evidence.record("sampling_order", [known])
            return known
    if any(getattr(known, name) != value for name, value in fields.items()):
        raise OrderTaken("This entry was sent before with other contents: begin a new one.")
    return known


@transaction.atomic
def start_round(*, given: Round, at: datetime, by: User) -> SamplingRound:
    """Order everybody of an area, or of one unit in it, to be sampled; sent again it changes nothing.

    Raises: OrderTaken, SpanInvalid, PermissionMissing, AreaMissing.
    """
    require(by, Permission.ORDER_SAMPLING, area_code=given.area_code)
    fields = {
        "name": given.name.strip(),
        "area_code": given.area_code,
        "organisation": given.organisation,
        "starts_at": given.starts_at,
        "ends_at": given.ends_at,
    }
    known = SamplingRound.objects.filter(client_id=given.client_id).first()
    if known is None:
        _require_span(given.starts_at, given.ends_at, at, "ends_at")
        stamp = {"ordered_at": at, "ordered_by": by}
        known, created = SamplingRound.objects.get_or_create(client_id=given.client_id, defaults={**fields, **stamp})
        if created:
            audit.record("lab.round_started", by=by, at=at, round=known.pk)
            evidence.record("sampling_round", [known])
            return known
    if any(getattr(known, name) != value for name, value in fields.items()):
        raise OrderTaken("This entry was sent before with other contents: begin a new one.")
    return known


def _require_span(start: datetime, end: datetime, at: datetime, field: str) -> None:
    if start >= end:
        raise SpanInvalid("It must end after it begins.", field=field)
    if end <= at:
        raise SpanInvalid("This is over already.", field=field)


@transaction.atomic
def revoke_order(*, order_id: int, reason: str, at: datetime, by: User) -> Revocation:
    """Call an order off; twice changes nothing. Raises: NotFound, RevocationUnfounded, PermissionMissing."""
    require(by, Permission.ORDER_SAMPLING)
    mine = SamplingOrder.objects.filter(subject__area_code__startswith=by.area_code)
    order = mine.select_for_update(of=("self",), no_key=True).filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order in your area.")
    known = Revocation.objects.filter(order=order).first()
    if known is not None:
        return known
    found = Revocation.objects.create(order=order, reason=_founded(reason), at=at, by=by)
    audit.record("lab.order_revoked", by=by, at=at, subjects=[order.subject_id], order=order.pk)
    evidence.record("revocation", [found])
    return found


@transaction.atomic
def revoke_round(*, round_id: int, reason: str, at: datetime, by: User) -> Revocation:
    """Call a round off; twice changes nothing. Raises: NotFound, RevocationUnfounded, PermissionMissing."""
    require(by, Permission.ORDER_SAMPLING)
    mine = SamplingRound.objects.filter(area_code__startswith=by.area_code)
    found = mine.select_for_update(no_key=True).filter(pk=round_id).first()
    if found is None:
        raise NotFound("There is no such round in your area.")
    known = Revocation.objects.filter(round=found).first()
    if known is not None:
        return known
    revocation = Revocation.objects.create(round=found, reason=_founded(reason), at=at, by=by)
    audit.record("lab.round_revoked", by=by, at=at, round=found.pk)
    evidence.record("revocation", [revocation])
    return revocation


def _founded(reason: str) -> str:
    if not reason.strip():
        raise RevocationUnfounded("Say why it is called off.", field="reason")
    return reason.strip()
