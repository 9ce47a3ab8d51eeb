"""Keeping the history of places at risk: intervals between the stamps of the lists in effect."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from lianfang.apps.areas.models import RiskInterval, RiskList, RiskListRow
from lianfang.apps.areas.selectors import risk


def rebuild(given: RiskList) -> None:
    """Bring the history up to date from one list's stamp on; the caller holds the import lock.

    Usually the list is the newest and this is one step. One that came or was confirmed late is put in its place, and
    the lists after it are applied again. Cost: O(rows) for each list from there on.
    """
    _forget_from(given.stamp)
    for each in risk.effective().filter(stamp__gte=given.stamp):
        _apply(each)


def _forget_from(stamp: datetime) -> None:
    RiskInterval.objects.filter(starts_at__gte=stamp).delete()
    RiskInterval.objects.filter(ends_at__gte=stamp).update(ends_at=None, closed_by=None)


def _apply(given: RiskList) -> None:
    still = RiskListRow.objects.filter(risk_list=given, place=OuterRef("place"), level=OuterRef("level"))
    gone = RiskInterval.objects.filter(ends_at__isnull=True).exclude(Exists(still))
    # Two lists of one instant: what only the first said never held.
    gone.filter(starts_at=given.stamp).delete()
    gone.filter(starts_at__lt=given.stamp).update(ends_at=given.stamp, closed_by=given)
    present = RiskInterval.objects.filter(ends_at__isnull=True, place=OuterRef("place"), level=OuterRef("level"))
    new = given.rows.exclude(Exists(present)).values_list("place_id", "level").order_by("place_id", "level").distinct()
    RiskInterval.objects.bulk_create(
        [
            RiskInterval(place_id=place_id, level=level, starts_at=given.stamp, opened_by=given)
            for place_id, level in new
        ],
        batch_size=2_000,
    )
