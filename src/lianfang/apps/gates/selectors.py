"""Reading about doors: who is inside by their count, and which are silent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum

from lianfang.apps.gates.models import GateEvent, HighWaterMark


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many are inside a place as its doors last reported, and when the last of them did."""

    inside: int
    heard_at: datetime | None


def inside(place_ids: Collection[int]) -> dict[int, Occupancy]:
    """Return the occupancy of each place that has doors. One door alone may count below zero; their sum does not count so."""
    marks = HighWaterMark.objects.filter(device__place__in=place_ids, device__is_trusted=True)
    rows = marks.values("device__place").annotate(n=Sum("inside"), heard=Max("heard_at")).order_by()
    return {row["device__place"]: Occupancy(max(0, row["n"]), row["heard"]) for row in rows}


def last_scans(place_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each place's doors last told of an event."""
    rows = GateEvent.objects.filter(device__place__in=place_ids).values("device__place").order_by()
    return {row["device__place"]: row["last"] for row in rows.annotate(last=Max("happened_at"))}
