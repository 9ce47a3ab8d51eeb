"""Enrolling doors: the centre learns a public key; the private one never leaves the door."""

from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.models import User
from lianfang.apps.gates.models import GateDevice, HighWaterMark
from lianfang.apps.places.selectors import place_ids
from lianfang.wire.keys import Algorithm, Verifier


class PlaceNotFound(NotFound):
    """No place has this code."""

    code = "place_not_found"


class DoorTaken(Conflict):
    """The code belongs to a door with another key or another place."""

    code = "door_taken"


class KeyUnusable(DomainError):
    """These bytes are no public key."""

    code = "door_key_unusable"
    http_status = 422


@transaction.atomic
def enrol(*, code: str, place_code: str, public: bytes, at: datetime, by: User | None) -> GateDevice:
    """Enrol a door once; repeating it changes nothing. Raises: PlaceNotFound, DoorTaken, KeyUnusable."""
    found = place_ids([place_code])
    if found.is_empty():
        raise PlaceNotFound("There is no such place.", field="place")
    try:
        Verifier(Algorithm.EDDSA, public)
    except ValueError as error:
        raise KeyUnusable("This is no public key of a door.", field="public") from error
    place = int(found["id"][0])
    device, created = GateDevice.objects.get_or_create(
        code=code, defaults={"place_id": place, "public": public, "enrolled_at": at, "enrolled_by": by}
    )
    if not created and (bytes(device.public), device.place_id) != (public, place):
        raise DoorTaken("Another door has this code.", field="code")
    HighWaterMark.objects.get_or_create(device=device)
    if created:
        audit.record("gates.enrolled", by=by, at=at, device=device.pk)
    return device


@transaction.atomic
def withdraw(*, code: str, at: datetime, by: User | None) -> int:
    """Believe a door no longer, as when it was stolen; return how many were. What it told before stays."""
    found = GateDevice.objects.filter(code=code, is_trusted=True)
    for device in found:
        audit.record("gates.withdrawn", by=by, at=at, device=device.pk)
    return found.update(is_trusted=False)
