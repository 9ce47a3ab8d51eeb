"""What of an event stands in columns and rows beside it: keys, readings and links, all in canonical form."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from lianfang.formats.epcis import units, vocabulary
from lianfang.formats.epcis.identifiers import canonical_uri

Role = str
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_INSTANCES: Final = {"epcList": "epc", "childEPCs": "child", "inputEPCList": "input", "outputEPCList": "output"}
_CLASSES: Final = {
    "quantityList": "epc",
    "childQuantityList": "child",
    "inputQuantityList": "input",
    "outputQuantityList": "output",
}
_PARTIES: Final = {
    "bizTransactionList": ("transact", "bizTransaction", "bizTransactionType"),
    "sourceList": ("source", "source", "sourceDestType"),
    "destinationList": ("dest", "destination", "sourceDestType"),
}
_LINKING: Final = frozenset({"TransformationEvent", "AggregationEvent", "AssociationEvent"})
VALUES: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")


class Key(NamedTuple):
    """A row of EventKey."""

    role: Role
    key: str
    is_class: bool = False
    qualifier: str = ""
    quantity: float | None = None
    unit: str = ""


def columns_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an event that was checked; its time in microseconds of the epoch."""
    return {
        "is_error": "errorDeclaration" in event,
        "type": event["type"],
        "event_time": (datetime.fromisoformat(event["eventTime"]) - _EPOCH) // _MICROSECOND,
        "action": event.get("action", ""),
        "biz_step": vocabulary.bare("bizStep", event.get("bizStep", "")),
        "disposition": vocabulary.bare("disposition", event.get("disposition", "")),
        "read_point": canonical_uri(event["readPoint"]["id"]) if "readPoint" in event else "",
        "biz_location": canonical_uri(event["bizLocation"]["id"]) if "bizLocation" in event else "",
    }


def keys_of(event: Mapping[str, Any]) -> list[Key]:
    """Return what an event names."""
    keys = [Key("parent", canonical_uri(event["parentID"]))] if "parentID" in event else []
    for name, role in _INSTANCES.items():
        if name in event:
            keys += [Key(role, canonical_uri(each)) for each in event[name]]
    for name, role in _CLASSES.items():
        if name in event:
            keys += [
                Key(role, canonical_uri(each["epcClass"]), True, "", each.get("quantity"), each.get("uom", ""))
                for each in event[name]
            ]
    for name, (role, key, words) in _PARTIES.items():
        if name in event:
            keys += [
                Key(role, canonical_uri(each[key]), False, vocabulary.bare(words, each.get("type", "")))
                for each in event[name]
            ]
    return keys


def readings_of(event: Mapping[str, Any]) -> Iterator[tuple[str, str, float, str]]:
    """Yield (type, field, value in base units, dimension) of an event's measured values."""
    for element in event.get("sensorElementList", ()):
        for report in element["sensorReport"]:
            kind = vocabulary.bare("measurementType", report["type"])
            for field in VALUES:
                if field in report:
                    value, dimension = units.to_base(report[field], report.get("uom", ""))
                    yield kind, field, value, dimension


def links_of(event: Mapping[str, Any], keys: list[Key]) -> Iterator[tuple[str, str]]:
    """Yield (source, target): inputs become outputs, contents become part of a container until they are taken out.

    A transformation told in several events is one node between its inputs and its outputs.
    """
    if event["type"] not in _LINKING or "errorDeclaration" in event:
        return
    by_role: dict[str, list[str]] = {}
    for key in keys:
        by_role.setdefault(key.role, []).append(key.key)
    if event["type"] == "TransformationEvent":
        sources, targets = by_role.get("input", []), by_role.get("output", [])
        if "transformationID" in event:
            node = [canonical_uri(event["transformationID"])]
            yield from _pairs(sources, node)
            yield from _pairs(node, targets)
        else:
            yield from _pairs(sources, targets)
    else:
        parents, children = by_role.get("parent", []), by_role.get("child", [])
        if event["action"] == "DELETE":
            yield from _pairs(parents, children)
        elif event["action"] == "ADD":
            yield from _pairs(children, parents)


def _pairs(sources: list[str], targets: list[str]) -> Iterator[tuple[str, str]]:
    seen = set()
    for source in sources:
        for target in targets:
            if source != target and (source, target) not in seen:
                seen.add((source, target))
                yield source, target
