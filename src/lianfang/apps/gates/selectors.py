"""Reading about doors: who is inside by their count, and which are silent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Max, OuterRef, Subquery, Sum, When

from lianfang.apps.gates.models import GateEvent, GateRecheck, HighWaterMark


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many are inside a place as its doors last reported, and when the last of them did."""

    inside: int
    heard_at: datetime | None


def inside(place_ids: Collection[int], *, since: datetime) -> dict[int, Occupancy]:
    """Return the occupancy of each place that has doors, those without a code among it.

    `since`: the last midnight; a door not heard of later has begun to count anew, and who came in by one that was withdrawn
    since is still inside. One door alone may count below zero; their sum does not count so.
    """
    marks = HighWaterMark.objects.filter(device__place__in=place_ids)
    today = Case(When(heard_at__gte=since, then=F("inside")), default=0, output_field=IntegerField())
    rows = marks.values("device__place").annotate(n=Sum(today), heard=Max("heard_at")).order_by()
    return {row["device__place"]: Occupancy(max(0, row["n"]), row["heard"]) for row in rows}


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """Somebody's code was shown and they were not let in at once. `recheck`: what the centre found afterwards, if else."""

    place_id: int
    at: datetime
    outcome: str
    reasons: Sequence[str]
    recheck: str


def not_let_in(pseudonyms: Collection[bytes], *, since: datetime) -> list[NotLetIn]:
    """Return where doors held up whoever showed these codes, newest first."""
    events = GateEvent.objects.filter(
        pseudonym__in=list(pseudonyms), outcome__in=["refuse", "check", "wait"], happened_at__gte=since
    )
    rechecks = GateRecheck.objects.filter(device=OuterRef("device"), number=OuterRef("number")).values("outcome")
    fields = ("device__place", "happened_at", "outcome", "reasons", "recheck")
    rows = events.annotate(recheck=Subquery(rechecks)).order_by("-happened_at").values_list(*fields)
    return [
        NotLetIn(place, at, outcome, reasons.split(), recheck or "") for place, at, outcome, reasons, recheck in rows
    ]


def last_scans(place_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each place's doors last told of an event."""
    rows = GateEvent.objects.filter(device__place__in=place_ids).values("device__place").order_by()
    return {row["device__place"]: row["last"] for row in rows.annotate(last=Max("happened_at"))}
