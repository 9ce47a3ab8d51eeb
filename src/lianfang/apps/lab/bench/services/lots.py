"""Registering lots of reagents."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.bench.models import ReagentLot


class LotTaken(Conflict):
    """The lot is registered with another date."""

    code = "lot_taken"


class LotExpired(DomainError):
    """The lot is past its date."""

    code = "lot_expired"
    http_status = 422


class KitUnknown(DomainError):
    """The profile in force has no cut-offs for the kit."""

    code = "kit_unknown"
    http_status = 422


@transaction.atomic
def register_lot(*, kit: str, number: str, expires_on: date, at: datetime, by: User) -> ReagentLot:
    """Register a lot of a kit once; the same again changes nothing.

    Raises: KitUnknown, LotExpired, LotTaken, PermissionMissing.
    """
    require(by, Permission.RECORD_RESULTS)
    if kit not in profile_in_force(at=at).kits:
        raise KitUnknown("The rules in force have no cut-offs for this kit.", field="kit")
    if expires_on < localdate(at):
        raise LotExpired("This lot is past its date.", field="expires_on")
    stamp = {"expires_on": expires_on, "registered_at": at, "registered_by": by}
    lot, is_new = ReagentLot.objects.get_or_create(kit=kit, number=number.strip(), defaults=stamp)
    if is_new:
        audit.record("lab.lot_registered", by=by, at=at, lot=lot.pk)
        evidence.record("reagent_lot", [lot])
    elif lot.expires_on != expires_on:
        raise LotTaken("This lot is registered with another date.", field="expires_on")
    return lot
