"""Events as the pages list them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import make_aware

from lianfang.apps.goods.epcis.models import Capture, Event, EventKey
from lianfang.apps.goods.epcis.selectors import EventNotFound, events
from lianfang.apps.places.selectors import places
from lianfang.formats.epcis.identifiers import canonical_uri


def listed(criteria: Mapping[str, Any], *, area: str) -> QuerySet[Event]:
    """Return the events that fit the filters, the newest first."""
    found = events(area=area).order_by("-event_time", "-id")
    if text := str(criteria["q"]).strip():
        keys = EventKey.objects.filter(_named(text), event=OuterRef("pk"))
        found = found.filter(Exists(keys))
    if criteria["type"]:
        found = found.filter(type=criteria["type"])
    if criteria["start"]:
        found = found.filter(event_time__gte=make_aware(datetime.combine(criteria["start"], time())))
    if criteria["end"]:
        found = found.filter(event_time__lt=make_aware(datetime.combine(criteria["end"], time())) + timedelta(days=1))
    return found


def _named(text: str) -> Q:
    """A thing by its identifier, or by the code under which the county knows it."""
    key = canonical_uri(text)
    own = Q(key=f"urn:lianfang:lot:{text}")
    return Q(key=key) | Q(key__startswith=f"{key}/") | own | Q(key=f"https://id.gs1.org/{text.removeprefix('GS1:')}")


def event_by_number(number: int, *, area: str) -> Event:
    """Return one event. Raises: EventNotFound."""
    found = events(area=area).filter(pk=number).select_related("capture__by").first()
    if found is None:
        raise EventNotFound("There is no such event in your area.")
    return found


def events_of(capture: Capture) -> QuerySet[Event]:
    """Return the events that a capture stored, in the order of its document."""
    return Event.objects.filter(capture=capture).order_by("id")


def keys_of(found: Iterable[Event]) -> dict[int, list[EventKey]]:
    """Return what each of these events names."""
    rows: dict[int, list[EventKey]] = {}
    for key in EventKey.objects.filter(event__in=[event.pk for event in found]).order_by("event", "place"):
        rows.setdefault(key.event_id, []).append(key)
    return rows


def place_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of registered places, by code."""
    named = places(area="").filter(code__in={code for code in codes if code}).exclude(name="")
    return dict(named.values_list("code", "name"))
