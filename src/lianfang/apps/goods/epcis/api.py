"""The EPCIS 2.0 API: capture, events, discovery, named queries and subscriptions. docs/epcis.md says what is left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.goods.epcis import selectors, services
from lianfang.apps.goods.epcis.answers import LIMITS, answered, options
from lianfang.apps.goods.epcis.models import Capture
from lianfang.apps.goods.epcis.selectors import querying
from lianfang.apps.goods.epcis.services.capturing import DocumentRefused
from lianfang.apps.goods.epcis.services.subscribing import SubscriptionEntry
from lianfang.formats.epcis.documents import Unreadable, parse, results_of

router = Router(tags=["epcis"])
LD_JSON: Final = "application/ld+json"
CAPTURES_SHOWN: Final = 100
TREE_PAGE: Final = 500
View = Callable[..., HttpResponse]


class HeaderInvalid(DomainError):
    """A header says what is not understood."""

    code = "header_invalid"


class MediaTypeRefused(DomainError):
    """Only JSON is taken."""

    code = "media_type_refused"
    http_status = 415


def _json(request: HttpRequest) -> bytes:
    if request.content_type not in {"application/json", LD_JSON}:
        raise MediaTypeRefused("Events are taken as application/ld+json or application/json.")
    return request.body


def _parsed(request: HttpRequest) -> Any:
    try:
        return parse(_json(request))
    except Unreadable as error:
        raise DocumentRefused(error.problems) from error


@router.post("/epcis/capture", url_name="epcis_capture")
@needs(Permission.CAPTURE_EVENTS)
def capture(request: HttpRequest) -> HttpResponse:
    """Take a document; its events are checked and stored in the background. Refuses: epcis_invalid, capture_too_large."""
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in Capture.Behaviour.values:
        raise HeaderInvalid("The error behaviour is rollback or proceed.", field="GS1-Capture-Error-Behaviour")
    kept = services.capture(_json(request), behaviour=behaviour, at=timezone.now(), by=actor(request))
    return answered(status=202, headers={"Location": f"/api/epcis/capture/{kept.pk}", **LIMITS})


@router.get("/epcis/capture", url_name="epcis_captures")
@needs(Permission.VIEW_GOODS)
def captures(request: HttpRequest) -> HttpResponse:
    """Return the last captures of the caller's area."""
    found = selectors.captures(area=actor(request).area_code)[:CAPTURES_SHOWN]
    return answered([_capture(each) for each in found])


@router.get("/epcis/capture/{uuid:capture_id}", url_name="epcis_capture_job")
@needs(Permission.VIEW_GOODS)
def capture_job(request: HttpRequest, capture_id: UUID) -> HttpResponse:
    """Return how a capture went. Refuses: capture_not_found."""
    return answered(_capture(selectors.capture_by_id(capture_id, area=actor(request).area_code)))


def _capture(kept: Capture) -> dict[str, Any]:
    return {
        "captureID": str(kept.pk),
        "createdAt": kept.created_at.isoformat(),
        "finishedAt": kept.finished_at.isoformat() if kept.finished_at else None,
        "running": kept.status in {Capture.Status.WAITING, Capture.Status.RUNNING},
        "success": kept.status == Capture.Status.DONE and not kept.n_rejected,
        "captureErrorBehaviour": kept.behaviour,
        "counts": {
            "events": kept.n_events,
            "stored": kept.n_stored,
            "known": kept.n_known,
            "rejected": kept.n_rejected,
        },
        "errors": [
            {"type": "epcisException:ValidationException", "pointer": pointer, "code": code}
            for pointer, code in kept.errors
        ],
        "traced": kept.reading,
    }


@router.post("/epcis/events", url_name="epcis_event_new")
@needs(Permission.CAPTURE_EVENTS)
def event_new(request: HttpRequest) -> HttpResponse:
    """Store one event at once. Refuses: epcis_invalid, event_known, event_id_taken."""
    event = services.capture_one(_parsed(request), at=timezone.now(), by=actor(request))
    return answered(status=201, headers={"Location": "/api/epcis/events/" + _quoted(event.event_id)})


def _quoted(text: str) -> str:
    return urlencode({"": text})[1:].replace("+", "%20")


@router.get("/epcis/events", url_name="epcis_events")
@needs(Permission.VIEW_GOODS)
def events(request: HttpRequest) -> HttpResponse:
    """Return the events that match the query, the newest first. Refuses: query_invalid, query_too_large."""
    return _page(request, _params(request), "SimpleEventQuery")


def _params(request: HttpRequest) -> dict[str, list[str]]:
    """Values may be given apart, or in one list with commas between."""
    return {name: [v for text in values for v in text.split(",")] for name, values in request.GET.lists()}


def _page(request: HttpRequest, params: Mapping[str, Sequence[str]], name: str) -> HttpResponse:
    page = querying.page(params, area=actor(request).area_code)
    shown, context = selectors.bodies(page.events)
    headers: dict[str, str] = {}
    if page.next_token:
        query = request.GET.copy()
        query["nextPageToken"] = page.next_token
        headers["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
        headers["GS1-Next-Page-Token-Expires"] = str(querying.TOKEN_SECONDS)
    return answered(results_of(shown, context, timezone.now(), name=name), headers=headers, kind=LD_JSON)


@router.get("/epcis/events/{path:event_id}", url_name="epcis_event")
@needs(Permission.VIEW_GOODS)
def event(request: HttpRequest, event_id: str) -> HttpResponse:
    """Return one event, and the declaration of its error where there is one. Refuses: event_not_found."""
    shown, context = selectors.bodies(selectors.event_by_id(event_id, area=actor(request).area_code))
    return answered(results_of(shown, context, timezone.now(), name="SimpleEventQuery"), kind=LD_JSON)


@router.delete("/epcis/nextPageToken/{token}", url_name="epcis_token")
@needs(Permission.VIEW_GOODS)
def token_end(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - a token holds its place itself
    """Give a page token back; nothing is kept for it."""
    return answered(status=204)


_OF_TREE: Final = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}


def _tree_views(tree: str) -> tuple[View, View, View]:
    @needs(Permission.VIEW_GOODS)
    def values(request: HttpRequest) -> HttpResponse:
        """Return the values that events of the caller's area have, in order."""
        after = request.GET.get("nextPageToken", "")
        found = selectors.tree_values(tree, area=actor(request).area_code, after=after, limit=TREE_PAGE + 1)
        headers = {}
        if len(found) > TREE_PAGE:
            headers["Link"] = f'<{request.path}?{urlencode({"nextPageToken": found[TREE_PAGE - 1]})}>; rel="next"'
        content = {"@set": found[:TREE_PAGE], "type": "Collection", "member": found[:TREE_PAGE]}
        return answered({key: content[key] for key in ("type", "member")}, headers=headers)

    @needs(Permission.VIEW_GOODS)
    def value(request: HttpRequest, value: str) -> HttpResponse:
        """Return what there is of one value: its events."""
        return answered({"type": "Collection", "member": [f"{request.path.rstrip('/')}/events"], "value": value})

    @needs(Permission.VIEW_GOODS)
    def of_value(request: HttpRequest, value: str) -> HttpResponse:
        """Return the events that have the value and match the rest of the query."""
        params = _params(request)
        name = _OF_TREE[tree]
        if name == "MATCH_anyEPC":
            return _page(request, {**params, "MATCH_anything": [value]}, "SimpleEventQuery")
        return _page(request, {**params, name: [value]}, "SimpleEventQuery")

    return values, value, of_value


def _options_view(*methods: str) -> View:
    @needs(Permission.VIEW_GOODS)
    def declare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the same for everybody
        """Say what is understood here, and what is left out."""
        return options(*methods)

    return declare


def _options_of_query(*methods: str) -> View:
    @needs(Permission.VIEW_GOODS)
    def declare_of_query(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - the same for every query
        """Say what is understood here, and what is left out."""
        return options(*methods)

    return declare_of_query


for _tree in _OF_TREE:
    _values, _value, _events = _tree_views(_tree)
    router.get(f"/epcis/{_tree}", url_name=f"epcis_{_tree}")(_values)
    router.get(f"/epcis/{_tree}/{{path:value}}/events", url_name=f"epcis_{_tree}_events")(_events)
    router.get(f"/epcis/{_tree}/{{path:value}}", url_name=f"epcis_{_tree}_value")(_value)


@router.get("/epcis/queries", url_name="epcis_queries")
@needs(Permission.VIEW_GOODS)
def queries(request: HttpRequest) -> HttpResponse:
    """Return the named queries of the caller's area."""
    found = selectors.named_queries(area=actor(request).area_code)
    return answered([{"name": each.name, "query": each.params} for each in found])


@router.post("/epcis/queries", url_name="epcis_query_new")
@needs(Permission.CAPTURE_EVENTS)
def query_new(request: HttpRequest) -> HttpResponse:
    """Keep a query under a name. Refuses: query_invalid, query_name_taken."""
    given = _parsed(request)
    name = given.get("name") if isinstance(given, dict) else None
    asked = given.get("query") if isinstance(given, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= 64 or "/" in name or not isinstance(asked, dict):
        raise querying.QueryInvalid("A named query has a name and a query.", "name")
    params = {key: [str(v) for v in value] if isinstance(value, list) else [str(value)] for key, value in asked.items()}
    kept = services.keep_query(name, params, at=timezone.now(), by=actor(request))
    return answered(status=201, headers={"Location": f"/api/epcis/queries/{_quoted(kept.name)}"})


@router.get("/epcis/queries/{name}", url_name="epcis_query")
@needs(Permission.VIEW_GOODS)
def query(request: HttpRequest, name: str) -> HttpResponse:
    """Return one named query. Refuses: query_not_found."""
    found = selectors.query_by_name(name, area=actor(request).area_code)
    return answered({"name": found.name, "query": found.params})


@router.delete("/epcis/queries/{name}", url_name="epcis_query_end")
@needs(Permission.CAPTURE_EVENTS)
def query_end(request: HttpRequest, name: str) -> HttpResponse:
    """Remove a query without subscriptions. Refuses: query_not_found, query_in_use."""
    services.remove_query(name, at=timezone.now(), by=actor(request))
    return answered(status=204)


@router.get("/epcis/queries/{name}/events", url_name="epcis_query_events")
@needs(Permission.VIEW_GOODS)
def query_events(request: HttpRequest, name: str) -> HttpResponse:
    """Return the events that match a named query. Refuses: query_not_found, query_too_large."""
    found = selectors.query_by_name(name, area=actor(request).area_code)
    paging = {key: value for key, value in _params(request).items() if key in {"perPage", "nextPageToken"}}
    return _page(request, {**found.params, **paging}, found.name)


@router.get("/epcis/queries/{name}/subscriptions", url_name="epcis_subscriptions")
@needs(Permission.VIEW_GOODS)
def subscriptions(request: HttpRequest, name: str) -> HttpResponse:
    """Return who is told of new answers to a query. Refuses: query_not_found."""
    area = actor(request).area_code
    found = selectors.subscriptions(area=area).filter(query=selectors.query_by_name(name, area=area))
    return answered([_subscription(each) for each in found])


@router.post("/epcis/queries/{name}/subscriptions", url_name="epcis_subscribe")
@needs(Permission.CAPTURE_EVENTS)
def subscribe(request: HttpRequest, name: str) -> HttpResponse:
    """Tell a receiver of new answers. Refuses: query_not_found, receiver_refused, secret_too_short."""
    given = _parsed(request)
    if not isinstance(given, dict):
        raise querying.QueryInvalid("A subscription says dest and signatureToken.", "dest")
    schedule = given.get("schedule") or {}
    minutes = str(schedule.get("minute", "")) if isinstance(schedule, dict) else ""
    if bool(minutes) == bool(given.get("stream")):
        raise querying.QueryInvalid("Say either stream or the minutes of a schedule.", "schedule")
    entry = SubscriptionEntry(
        receiver=str(given.get("dest", "")),
        secret=str(given.get("signatureToken", "")),
        minutes=_minutes(minutes),
        report_if_empty=given.get("reportIfEmpty") is True,
    )
    made = services.subscribe(name, entry, at=timezone.now(), by=actor(request))
    place = f"/api/epcis/queries/{_quoted(name)}/subscriptions/{made.pk}"
    return answered({"subscriptionID": str(made.pk)}, status=201, headers={"Location": place})


def _minutes(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and int(part) < 60 for part in parts):
        raise querying.QueryInvalid("Minutes are numbers from 0 to 59.", "schedule")
    return tuple(int(part) for part in parts)


@router.get("/epcis/queries/{name}/subscriptions/{uuid:subscription_id}", url_name="epcis_subscription")
@needs(Permission.VIEW_GOODS)
def subscription(request: HttpRequest, name: str, subscription_id: UUID) -> HttpResponse:  # noqa: ARG001 - in its id
    """Return one subscription. Refuses: subscription_not_found."""
    return answered(_subscription(selectors.subscription_by_id(subscription_id, area=actor(request).area_code)))


@router.delete("/epcis/queries/{name}/subscriptions/{uuid:subscription_id}", url_name="epcis_subscription_end")
@needs(Permission.CAPTURE_EVENTS)
def subscription_end(request: HttpRequest, name: str, subscription_id: UUID) -> HttpResponse:  # noqa: ARG001 - in its id
    """Tell a receiver no longer. Refuses: subscription_not_found."""
    services.end_subscription(subscription_id, at=timezone.now(), by=actor(request))
    return answered(status=204)


def _subscription(found: Any) -> dict[str, Any]:
    return {
        "subscriptionID": str(found.pk),
        "dest": found.receiver,
        "schedule": {"minute": ",".join(map(str, found.minutes))} if found.minutes else None,
        "stream": not found.minutes,
        "reportIfEmpty": found.report_if_empty,
        "createdAt": found.created_at.isoformat(),
        "endedAt": found.ended_at.isoformat() if found.ended_at else None,
    }


_RESOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "/epcis/capture": ("GET", "POST"),
    "/epcis/events": ("GET", "POST"),
    "/epcis/queries": ("GET", "POST"),
    "/epcis/queries/{name}": ("GET", "DELETE"),
    "/epcis/queries/{name}/events": ("GET",),
    "/epcis/queries/{name}/subscriptions": ("GET", "POST"),
    **{f"/epcis/{tree}": ("GET",) for tree in _OF_TREE},
}
for _path, _methods in _RESOURCES.items():
    _name = f"epcis_options_{_path.count('/')}_{_path.rpartition('/')[2].strip('{}')}"
    _declare = _options_of_query(*_methods) if "{name}" in _path else _options_view(*_methods)
    router.api_operation(["OPTIONS"], _path, url_name=_name)(_declare)
