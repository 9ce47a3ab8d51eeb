"""Goods as known at one entry of the evidence log: what decisions are made and replayed from."""

from datetime import datetime

from django.db import connection
from django.db.models import Q

from lianfang.apps.goods.models import GoodsEvent, Lot, LotLink, LotStanding, Package
from lianfang.apps.places.store import organisations_of_last_place
from lianfang.rules.warehouse import GoodsStep


def links_known(seq: int) -> list[tuple[int, int, int]]:
    """Return (source, target, at) of every link known at the entry; `at` in epoch seconds."""
    rows = LotLink.objects.filter(batch__seq__lte=seq).order_by("at", "id").values_list("source_id", "target_id", "at")
    return [(source, target, int(at.timestamp())) for source, target, at in rows]


def lot_of_package(subject_id: int, seq: int) -> int | None:
    """Return the lot a package is known to belong to, None when the subject is no package."""
    known = Package.objects.filter(_known(seq), pk=subject_id)
    return known.values_list("lot_id", flat=True).first()


def packages_on_their_own(lot_id: int, seq: int) -> list[int]:
    """Return the known packages of a lot that have stays of their own; the others are wherever the lot is."""
    query = """
        SELECT k.subject_id FROM goods_package k LEFT JOIN core_factbatch b ON b.id = k.batch_id
        WHERE k.lot_id = %s AND (k.batch_id IS NULL OR b.seq <= %s) AND EXISTS (
            SELECT 1 FROM places_presence p JOIN core_factbatch c ON c.id = p.batch_id
            WHERE p.subject_id = k.subject_id AND c.seq <= %s)
        ORDER BY k.subject_id
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [lot_id, seq, seq])
        return [subject_id for (subject_id,) in cursor.fetchall()]


def arrived_known(subject_id: int, seq: int) -> datetime | None:
    """Return when a lot, or a package's lot, is known to have arrived in the county."""
    lot_id = lot_of_package(subject_id, seq) or subject_id
    listed = Lot.objects.filter(_known(seq), pk=lot_id).values_list("arrived_at", flat=True).first()
    return listed or _arrival_step(lot_id, seq)


def _arrival_step(lot_id: int, seq: int) -> datetime | None:
    """Return when the lot, or the one it is a part of, came through the warehouse's gate or was found."""
    root = LotStanding.objects.filter(pk=lot_id).values_list("root_id", flat=True).first()
    came = GoodsEvent.objects.filter(lot=root, kind__in=[GoodsStep.ARRIVED, GoodsStep.FOUND], seq__lte=seq)
    return came.order_by("seq").values_list("at", flat=True).first()


def _known(seq: int) -> Q:
    """Rows that came in a batch are known from its entry on."""
    return Q(batch__isnull=True) | Q(batch__seq__lte=seq)


def left_the_store(lot_ids: list[int], seq: int) -> set[int]:
    """Return those of the lots from which something was split or repacked: pieces are out."""
    known = LotLink.objects.filter(source_id__in=lot_ids, batch__seq__lte=seq).exclude(kind=LotLink.Kind.PACKAGE)
    return set(known.values_list("source_id", flat=True))


def units_of(subject_ids: list[int]) -> dict[int, int]:
    """Return the organisation that has each lot or package in hand: of the place it was last at, else its owner's."""
    found = dict(Lot.objects.filter(pk__in=subject_ids, owner__isnull=False).values_list("subject_id", "owner_id"))
    return {**found, **organisations_of_last_place(subject_ids)}
