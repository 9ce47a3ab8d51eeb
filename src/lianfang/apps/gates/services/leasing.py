"""Leases: the limit of a place shared out among its doors, each of which keeps to its part also without the centre."""

from datetime import date, datetime

from django.utils import timezone

from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.gates.models import DoorLease, GateDevice, HighWaterMark, PlaceLimit
from lianfang.apps.healthcode import keys
from lianfang.rules.lease import Held, places_for, share_of
from lianfang.wire import leases


def set_limit(*, place_id: int, limit: int | None) -> None:
    """Say how many may be inside a place, None for as many as come; doors hear of it when they report."""
    if limit is None:
        PlaceLimit.objects.filter(place=place_id).delete()
    else:
        PlaceLimit.objects.update_or_create(place_id=place_id, defaults={"limit": limit})


def lease_for(device: GateDevice, *, inside: int, goes_by: int, at: datetime) -> bytes:
    """Return what a door that has just reported goes by from now on, signed; empty where nothing limits its place.

    Inside a transaction. `goes_by`: the number of the lease it has.
    """
    limit = PlaceLimit.objects.filter(place=device.place_id).values_list("limit", flat=True).first()
    if limit is None:
        return b""
    wait_for(Lock.LEASE, device.place_id)
    today = timezone.localdate(at)
    day = (today - date(1970, 1, 1)).days
    doors = list(GateDevice.objects.filter(place=device.place_id))
    marks = HighWaterMark.objects.in_bulk([door.pk for door in doors])
    given = DoorLease.objects.in_bulk([door.pk for door in doors])
    share = share_of(limit, sum(door.is_trusted for door in doors))
    others = [
        _held(given.get(door.pk), marks[door.pk], day, share if door.is_trusted else None)
        for door in doors
        if door.pk != device.pk
    ]
    own = given.get(device.pk) or DoorLease(device=device)
    places = places_for(limit, inside, others)
    _give(own, places, share, day=day, has_newest=goes_by == own.number)
    lease = leases.Lease(device.code, own.number, own.day, own.places, own.kept)
    return leases.sign_lease(lease, keys.root_key())


def _held(lease: DoorLease | None, mark: HighWaterMark, day: int, share: int | None) -> Held:
    """Return what a door holds; `share` None: it was withdrawn, and holds who came in by it, but no room for others."""
    is_of_today = mark.heard_at is not None and (timezone.localdate(mark.heard_at) - date(1970, 1, 1)).days == day
    inside = mark.inside if is_of_today else 0
    if share is None:
        return Held(inside, inside)
    if lease is None:
        return Held(share, inside)
    return Held(lease.most_places if lease.day == day else lease.most_kept, inside)


def _give(own: DoorLease, places: int, kept: int, *, day: int, has_newest: bool) -> None:
    if has_newest:  # what it was given before is of the past
        own.most_places, own.most_kept = own.places, own.kept
    if (own.day, own.places, own.kept) != (day, places, kept) or own.number == 0:
        was_today = own.day == day and own.number > 0
        own.most_places = max(places, own.most_places if was_today else own.most_kept)
        own.most_kept = max(kept, own.most_kept)
        own.number, own.day, own.places, own.kept = own.number + 1, day, places, kept
    own.save()
