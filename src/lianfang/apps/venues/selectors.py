"""Reading key places: what holds for them, what they logged, who is inside, and how they stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.followup.known import midnight
from lianfang.apps.gates import selectors as gates
from lianfang.apps.places.pages import inside, last_arrivals
from lianfang.apps.venues.models import LogEntry, Registration, VenueState
from lianfang.rules.venue import LastLog, VenueFacts
from lianfang.rules.vocabulary import LogKind, ResponsibleKind

__all__ = ["LogEntry", "Registration", "VenueState"]

ENTRIES_SHOWN = 30


class VenueNotFound(NotFound):
    """No such key place for this member of staff."""

    code = "venue_not_found"


@dataclass(frozen=True, slots=True)
class Log:
    """One log of a place as its desk shows it."""

    kind: LogKind
    last: LogEntry | None
    is_missed: bool


def current(*, known_seq: int | None = None) -> QuerySet[Registration]:
    """Return what holds for every key place: the newest version known."""
    known = Registration.objects.all() if known_seq is None else Registration.objects.filter(seq__lte=known_seq)
    newer = known.filter(place=OuterRef("place"), version__gt=OuterRef("version"))
    return known.filter(~Exists(newer)).select_related("place__organisation", "regulator", "recorded_by")


def venues(*, by: User) -> QuerySet[Registration]:
    """Return the key places a member of staff sees: a unit its own, everybody else those of the area."""
    found = current().filter(place__area_code__startswith=by.area_code)
    if by.role == Role.UNIT:
        found = found.filter(place__organisation=by.organisation_id) if by.organisation_id else found.none()
    return found.order_by("place__name", "place__code")


def venue(code: str, *, by: User) -> Registration:
    """Return one key place. Raises: VenueNotFound."""
    found = venues(by=by).filter(place__code=code).first()
    if found is None:
        raise VenueNotFound("There is no such key place for you.")
    return found


def states(place_ids: Collection[int]) -> dict[int, VenueState]:
    """Return the newest verdict on each of these places."""
    return VenueState.objects.select_related("verdict").in_bulk(place_ids)


def entries(place_id: int) -> list[LogEntry]:
    """Return a place's last entries, newest first."""
    return list(
        LogEntry.objects.filter(place=place_id).select_related("kept_by").order_by("-kept_at", "-id")[:ENTRIES_SHOWN]
    )


def entry(entry_id: int, *, by: User) -> LogEntry:
    """Return one entry of a place the member of staff sees. Raises: VenueNotFound."""
    found = LogEntry.objects.select_related("place").filter(pk=entry_id).first()
    if found is None or not venues(by=by).filter(place=found.place_id).exists():
        raise VenueNotFound("There is no such entry for you.")
    return found


def inside_now(place_id: int, *, at: datetime) -> int:
    """Return how many are inside: as the doors count, where there are doors, else as recorded. Nobody stays over midnight."""
    by_doors = gates.inside([place_id], since=midnight(at))
    return by_doors[place_id].inside if place_id in by_doors else inside(place_id, since=midnight(at), at=at)


def regulators(*, area: str) -> QuerySet[Organisation]:
    """Return the regulators of an area."""
    found = Organisation.objects.filter(responsible_kind=ResponsibleKind.REGULATOR, area_code__startswith=area)
    return found.order_by("name")


def facts_of(registrations: Collection[Registration], *, known_seq: int, at: datetime) -> dict[int, VenueFacts]:
    """Return what was known of key places at an entry of the log, by place."""
    places = [each.place_id for each in registrations]
    scanned = last_arrivals(places, known_seq=known_seq, at=at)
    kept = LogEntry.objects.filter(place__in=places, seq__lte=known_seq, kept_at__lte=at)
    last = {
        (row["place"], row["kind"]): row["last"] for row in kept.values("place", "kind").annotate(last=Max("kept_at"))
    }
    return {each.place_id: _facts(each, last, scanned.get(each.place_id), at) for each in registrations}


def _facts(
    registration: Registration,
    last: dict[tuple[int, str], datetime],
    scanned_at: datetime | None,
    at: datetime,
) -> VenueFacts:
    place = registration.place_id
    kept = {kind: last.get((place, kind.value)) for kind in LogKind}
    return VenueFacts(
        place=place,
        now=_seconds(at),
        since=_seconds(registration.since),
        day_at=_seconds(midnight(at)),
        opens_s=registration.opens_minute * 60,
        closes_s=registration.closes_minute * 60,
        is_open=registration.is_open,
        logs=tuple(LastLog(kind, None if when is None else _seconds(when)) for kind, when in kept.items()),
        scanned_at=None if scanned_at is None else _seconds(scanned_at),
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
