"""Documents: their events with the namespaces they were written in, and documents of ours around events."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import from_json

from lianfang.formats.epcis import checks
from lianfang.formats.epcis.checks import Problem

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION: Final = "2.0"


@dataclass(frozen=True, slots=True)
class Document:
    """The events of a document as they came, its context, and where in it they stand (a JSON pointer)."""

    events: Sequence[dict[str, Any]]
    context: Any
    place: str
    head: Mapping[str, Any]


class Unreadable(Exception):
    """No events can be taken from these bytes; `problems`: why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


def parse(content: bytes) -> Any:
    """Return the JSON value of some bytes in UTF-8; numbers and texts that JSON does not know are refused. Raises: Unreadable."""
    try:
        return from_json(content.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise Unreadable([Problem("", "not_json")]) from error


def open_document(value: Any) -> Document:
    """Return the events of a document or of one event that stands alone, none of them checked. Raises: Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable([Problem("", "not_object")])
    kind = value.get("type")
    if kind == "EPCISDocument":
        path: tuple[str, ...] = ("epcisBody", "eventList")
    elif kind == "EPCISQueryDocument":
        path = ("epcisBody", "queryResults", "resultsBody", "eventList")
    else:
        return Document([value], value.get("@context"), "", {})
    without = _without_events(value, path)
    if problems := checks.problems_of(without) or checks.problems_at(checks.unstorable(without)):
        raise Unreadable(problems)
    events: Any = value
    for name in path:
        events = events[name]
    if not isinstance(events, list):
        raise Unreadable([Problem(checks.pointer(path), "not_list")])
    head = {key: item for key, item in value.items() if key not in {"epcisBody", "epcisHeader", "@context"}}
    return Document(events, value["@context"], checks.pointer(path), head)


def _without_events(value: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of a document with an empty list where its events stand; what is not there stays missing."""
    name, *rest = path
    if name not in value or not isinstance(value[name], dict | list):
        return value
    inner = value[name]
    if rest:
        emptied = _without_events(inner, tuple(rest)) if isinstance(inner, dict) else inner
    else:
        emptied = [] if isinstance(inner, list) else inner
    return {**value, name: emptied}


def contexts_of(events: Iterable[Mapping[str, Any]], contexts: Iterable[Any]) -> list[Any]:
    """Return one context for events that came with several: GS1's and every prefix once. Clashes stay with their event."""
    prefixes: dict[str, Any] = {}
    others: list[str] = []
    for context in (*contexts, *(event["@context"] for event in events if "@context" in event)):
        for each in context if isinstance(context, list) else [context]:
            if isinstance(each, dict):
                for key, item in each.items():
                    prefixes.setdefault(key, item)
            elif isinstance(each, str) and each != CONTEXT and each not in others:
                others.append(each)
    return [CONTEXT, *others, *([prefixes] if prefixes else [])]


def document_of(events: Sequence[Mapping[str, Any]], context: Any, at: datetime) -> dict[str, Any]:
    """Return a document of events, ready to be written."""
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": _stamp(at),
        "epcisBody": {"eventList": list(events)},
    }


def results_of(
    events: Sequence[Mapping[str, Any]], context: Any, at: datetime, *, name: str, subscription: str = ""
) -> dict[str, Any]:
    """Return a document of query results."""
    results: dict[str, Any] = {"queryName": name, "resultsBody": {"eventList": list(events)}}
    if subscription:
        results["subscriptionID"] = subscription
    return {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": _stamp(at),
        "epcisBody": {"queryResults": results},
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
