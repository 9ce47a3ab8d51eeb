"""Goods as known at one entry of the evidence log: what decisions are made and replayed from."""

from datetime import datetime

from django.db import connection

from lianfang.apps.goods.models import Lot, LotLink, Package
from lianfang.apps.places.store import organisations_of_last_place


def links_known(seq: int) -> list[tuple[int, int, int]]:
    """Return (source, target, at) of every link known at the entry; `at` in epoch seconds."""
    rows = LotLink.objects.filter(batch__seq__lte=seq).order_by("at", "id").values_list("source_id", "target_id", "at")
    return [(source, target, int(at.timestamp())) for source, target, at in rows]


def lot_of_package(subject_id: int) -> int | None:
    """Return the lot a package belongs to, None when the subject is no package."""
    return Package.objects.filter(pk=subject_id).values_list("lot_id", flat=True).first()


def packages_on_their_own(lot_id: int) -> list[int]:
    """Return the packages of a lot that have stays of their own; the others are wherever the lot is."""
    query = """
        SELECT k.subject_id FROM goods_package k
        WHERE k.lot_id = %s AND EXISTS (SELECT 1 FROM places_presence p WHERE p.subject_id = k.subject_id)
        ORDER BY k.subject_id
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [lot_id])
        return [subject_id for (subject_id,) in cursor.fetchall()]


def arrived_known(subject_id: int) -> datetime | None:
    """Return when a lot, or a package's lot, arrived in the county."""
    lot_id = lot_of_package(subject_id) or subject_id
    return Lot.objects.filter(pk=lot_id).values_list("arrived_at", flat=True).first()


def left_the_store(lot_ids: list[int], seq: int) -> set[int]:
    """Return those of the lots from which something was split or repacked: pieces are out."""
    known = LotLink.objects.filter(source_id__in=lot_ids, batch__seq__lte=seq).exclude(kind=LotLink.Kind.PACKAGE)
    return set(known.values_list("source_id", flat=True))


def units_of(subject_ids: list[int]) -> dict[int, int]:
    """Return the organisation that has each lot or package in hand: of the place it was last at, else its owner's."""
    found = dict(Lot.objects.filter(pk__in=subject_ids, owner__isnull=False).values_list("subject_id", "owner_id"))
    return {**found, **organisations_of_last_place(subject_ids)}
