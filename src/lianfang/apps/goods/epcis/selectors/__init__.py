"""Reading captures, events and what they name, inside an area."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.goods.epcis.models import Capture, Context, Delivery, Event, EventKey, NamedQuery, Subscription
from lianfang.formats.epcis.documents import contexts_of

TREES = {
    "eventTypes": "type",
    "bizSteps": "biz_step",
    "dispositions": "disposition",
    "readPoints": "read_point",
    "bizLocations": "biz_location",
}


class CaptureNotFound(NotFound):
    """No such capture, or not in this area."""

    code = "capture_not_found"


class EventNotFound(NotFound):
    """No such event, or not in this area."""

    code = "event_not_found"


class QueryNotFound(NotFound):
    """No query of this name, or not in this area."""

    code = "query_not_found"


class SubscriptionNotFound(NotFound):
    """No such subscription, or not in this area."""

    code = "subscription_not_found"


def captures(*, area: str) -> QuerySet[Capture]:
    """Return the captures made in an area, the newest first."""
    found = Capture.objects.filter(area_code__startswith=area)
    return found.defer("content").select_related("by").order_by("-created_at", "pk")


def capture_by_id(capture_id: Any, *, area: str) -> Capture:
    """Return one capture. Raises: CaptureNotFound."""
    found = captures(area=area).filter(pk=capture_id).first()
    if found is None:
        raise CaptureNotFound("There is no such capture in your area.")
    return found


def events(*, area: str) -> QuerySet[Event]:
    """Return the events captured in an area."""
    return Event.objects.filter(area_code__startswith=area).select_related("context")


def event_by_id(event_id: str, *, area: str) -> list[Event]:
    """Return the event of an id, and the declaration of its error if there is one. Raises: EventNotFound."""
    found = list(events(area=area).filter(event_id=event_id).order_by("is_error"))
    if not found:
        raise EventNotFound("There is no such event in your area.")
    return found


def named_queries(*, area: str) -> QuerySet[NamedQuery]:
    """Return the named queries of an area."""
    return NamedQuery.objects.filter(area_code__startswith=area).select_related("by").order_by("name")


def query_by_name(name: str, *, area: str) -> NamedQuery:
    """Return one named query. Raises: QueryNotFound."""
    found = named_queries(area=area).filter(name=name).first()
    if found is None:
        raise QueryNotFound("There is no query of this name in your area.")
    return found


def subscriptions(*, area: str) -> QuerySet[Subscription]:
    """Return the subscriptions of an area, those that run first."""
    found = Subscription.objects.filter(query__area_code__startswith=area)
    return found.select_related("query", "by").order_by("ended_at", "-created_at")


def subscription_by_id(subscription_id: Any, *, area: str) -> Subscription:
    """Return one subscription. Raises: SubscriptionNotFound."""
    found = subscriptions(area=area).filter(pk=subscription_id).first()
    if found is None:
        raise SubscriptionNotFound("There is no such subscription in your area.")
    return found


def deliveries_of(found: Iterable[Subscription]) -> dict[Any, Delivery]:
    """Return the last delivery of each of these subscriptions."""
    ids = [each.pk for each in found]
    last = Delivery.objects.filter(subscription__in=ids).values("subscription").annotate(last=Max("pk"))
    return {row.subscription_id: row for row in Delivery.objects.filter(pk__in=[each["last"] for each in last])}


def tree_values(tree: str, *, area: str, after: str, limit: int) -> list[str]:
    """Return the values of a discovery tree in order, those after `after`."""
    if tree == "epcs":
        keys = EventKey.objects.filter(event__area_code__startswith=area, role__in=_GOODS_ROLES, key__gt=after)
        return list(keys.order_by("key").values_list("key", flat=True).distinct()[:limit])
    column = TREES[tree]
    found = events(area=area).exclude(**{column: ""}).filter(**{f"{column}__gt": after})
    return list(found.order_by(column).values_list(column, flat=True).distinct()[:limit])


_GOODS_ROLES = ("epc", "parent", "child", "input", "output")


def bodies(found: Sequence[Event]) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the events as they came, each with the time it was recorded, and one context for all of them."""
    shown = []
    for event in found:
        body = {key: value for key, value in event.body.items() if key != "@context"}
        body.setdefault("eventID", event.event_id)
        body["recordTime"] = event.record_time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        shown.append(body)
    contexts = list({event.context_id: event.context for event in found}.values())
    merged = contexts_of([event.body for event in found], [context.content for context in contexts])
    clashing = [event.context for event in found if not _fits(event.context, merged)]
    if clashing:
        for event, body in zip(found, shown, strict=True):
            if not _fits(event.context, merged):
                body["@context"] = event.context.content
    return shown, merged


def _fits(context: Context, merged: list[Any]) -> bool:
    """Whether every prefix means the same in the merged context."""
    prefixes = merged[-1] if isinstance(merged[-1], dict) else {}
    content = context.content if isinstance(context.content, list) else [context.content]
    return all(prefixes.get(k) == v for each in content if isinstance(each, dict) for k, v in each.items())
