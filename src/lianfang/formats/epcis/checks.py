"""What must be true of an EPCIS document or event, with a JSON pointer to each thing that is not."""

import re
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any, Final, NamedTuple

from lianfang.formats.epcis import vocabulary

Path = tuple[str | int, ...]
Found = list[tuple[Path, str]]
Check = Callable[[Any], Found]

_GOOD: Final[Found] = []
URI_LENGTH: Final = 500
WORD_LENGTH: Final = 300
_LARGEST: Final = sys.float_info.max
_PLAIN: Final = r"[^\0-\x20\x7f\s<>\"{}|\\^`%]*"  # whole runs at once: sign by sign took more than twice as long
_URI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*:{_PLAIN}(?:%[0-9A-Fa-f]{{2}}{_PLAIN})*")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_OFFSET: Final = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)")
_OF_GS1: Final = ("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
_OF_VOC: Final = ("http://gs1.org/voc/", "https://gs1.org/voc/", "http://www.gs1.org/voc/", "https://www.gs1.org/voc/")


class Problem(NamedTuple):
    """One thing that is wrong: where (a JSON pointer) and what (a code of `CODES`)."""

    pointer: str
    code: str


CODES: Final = (
    "missing", "unknown_field", "not_object", "not_list", "not_text", "not_number", "not_true_or_false", "not_uri",
    "not_time", "not_offset", "not_in_vocabulary", "not_unit", "not_hex", "not_version", "repeated", "empty",
    "wrong_type", "nothing_named", "ilmd_without_add", "no_context", "not_json", "too_long",
)  # fmt: skip


def _one(code: str) -> Found:
    return [((), code)]


def _matching(pattern: "re.Pattern[str]", code: str) -> Check:
    matches = pattern.fullmatch
    return lambda value: _GOOD if isinstance(value, str) and matches(value) else _one(code)


@lru_cache(maxsize=65536)
def _is_uri(value: str) -> bool:
    """Places, parties and transactions come again and again in a document."""
    return _URI.fullmatch(value) is not None


def uri(value: Any) -> Found:
    """A URI no longer than any that is kept."""
    if not isinstance(value, str) or not _is_uri(value):
        return _one("not_uri")
    return _GOOD if len(value) <= URI_LENGTH else _one("too_long")


offset = _matching(_OFFSET, "not_offset")
unit, hexadecimal = _matching(re.compile("[A-Z0-9]{2,3}"), "not_unit"), _matching(re.compile("[A-Fa-f0-9]+"), "not_hex")
version = _matching(re.compile(r"\d+(\.\d+)*"), "not_version")


def instant(value: Any) -> Found:
    """An instant with its offset from UTC, of a day that exists."""
    return _GOOD if isinstance(value, str) and _is_instant(value) else _one("not_time")


@lru_cache(maxsize=4096)
def _is_instant(value: str) -> bool:
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def text(value: Any) -> Found:
    """Any text."""
    return _GOOD if isinstance(value, str) else _one("not_text")


def number(value: Any) -> Found:
    """A number that can be stored; true and false are none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _GOOD if is_number and -_LARGEST <= value <= _LARGEST else _one("not_number")


def boolean(value: Any) -> Found:
    """True or false."""
    return _GOOD if isinstance(value, bool) else _one("not_true_or_false")


def anything(_value: Any) -> Found:
    """Content that is not ours to judge."""
    return _GOOD


def _words(allowed: Collection[str], reserved: tuple[str, ...] = _OF_GS1) -> Check:
    """A word of the vocabulary, or a URI of somebody else's."""

    def check(value: Any) -> Found:
        if isinstance(value, str) and value in allowed:
            return _GOOD
        if not isinstance(value, str) or value.startswith(reserved) or not _URI.fullmatch(value):
            return _one("not_in_vocabulary")
        return _GOOD if len(value) <= WORD_LENGTH else _one("too_long")

    return check


def one_of(*allowed: str) -> Check:
    """One of these words."""
    return lambda value: _GOOD if isinstance(value, str) and value in allowed else _one("not_in_vocabulary")


def each(check: Check, *, at_least: int = 0, unique: bool = False) -> Check:
    """A list of what passes the check."""

    def check_list(value: Any) -> Found:
        if not isinstance(value, list):
            return _one("not_list")
        if len(value) < at_least:
            return _one("empty")
        if unique and len(value) > 1 and len({str(item) for item in value}) < len(value):
            return _one("repeated")
        found: Found = []
        for place, item in enumerate(value):
            if wrong := check(item):
                found += [((place, *path), code) for path, code in wrong]
        return found

    return check_list


def shape(fields: Mapping[str, Check], required: Collection[str] = (), *, extensible: bool = True) -> Check:
    """An object of these fields; `extensible`: fields of others too, if their names are URIs (prefix:name)."""

    needed, known_of = frozenset(required), fields.get

    def check(value: Any) -> Found:
        if not isinstance(value, dict):
            return _one("not_object")
        found: Found = [] if needed <= value.keys() else [((n,), "missing") for n in required if n not in value]
        for name, item in value.items():
            known = known_of(name)
            if known is None:
                if not (extensible and _URI.fullmatch(name)):
                    found.append(((name,), "unknown_field"))
            elif wrong := known(item):
                found += [((name, *path), code) for path, code in wrong]
        return found

    return check


def _located(value: Any) -> Found:
    if not isinstance(value, dict):
        return _one("not_object")
    wrong = uri(value.get("id"))
    return [(("id", *path), code) for path, code in wrong] if wrong else _GOOD


biz_step, disposition = _words(vocabulary.BIZ_STEPS), _words(vocabulary.DISPOSITIONS)
_DISPOSITIONS = each(disposition, at_least=1, unique=True)
_QUANTITY = shape({"epcClass": uri, "quantity": number, "uom": unit}, ["epcClass"], extensible=False)
_QUANTITIES, _EPCS, _UNIQUE_EPCS = each(_QUANTITY), each(uri), each(uri, unique=True)
_SOURCE_DEST = _words(vocabulary.SOURCE_DEST_TYPES)


def _persistent(value: Any) -> Found:
    found = shape({"set": _DISPOSITIONS, "unset": _DISPOSITIONS}, extensible=False)(value)
    return found or (_GOOD if value else _one("empty"))


_ERROR = shape(
    {"declarationTime": instant, "reason": _words(vocabulary.ERROR_REASONS), "correctiveEventIDs": each(uri)},
    ["declarationTime"],
)
_METADATA = shape(
    dict.fromkeys(("time", "startTime", "endTime"), instant)
    | dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), uri)
)
_REPORT = shape(
    {
        "type": _words(vocabulary.MEASUREMENT_TYPES, _OF_VOC),
        "exception": _words(vocabulary.ALERT_TYPES, _OF_VOC),
        "component": _words(vocabulary.COMPONENTS),
        "time": instant,
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": hexadecimal,
        "uom": text,
    }
    | dict.fromkeys(
        ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism",
         "chemicalSubstance", "coordinateReferenceSystem", "uriValue"),
        uri,
    )
    | dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number),
    ["type"],
)  # fmt: skip
_SENSOR = shape({"sensorMetadata": _METADATA, "sensorReport": each(_REPORT, at_least=1)}, ["sensorReport"])


def _certification(value: Any) -> Found:
    return each(uri)(value) if isinstance(value, list) else uri(value)


def _context(value: Any) -> Found:
    entry: Check = lambda item: _GOOD if isinstance(item, dict) else uri(item)  # noqa: E731 - one line says it
    return each(entry, unique=True)(value) if isinstance(value, list) else entry(value)


_COMMON: Final[dict[str, Check]] = {
    "@context": _context,
    "type": text,
    "eventTime": instant,
    "recordTime": instant,
    "eventTimeZoneOffset": offset,
    "eventID": uri,
    "certificationInfo": _certification,
    "errorDeclaration": _ERROR,
    "bizStep": biz_step,
    "disposition": disposition,
    "readPoint": _located,
    "bizLocation": _located,
    "bizTransactionList": each(
        shape(
            {"type": _words(vocabulary.BIZ_TRANSACTION_TYPES), "bizTransaction": uri},
            ["bizTransaction"],
            extensible=False,
        )
    ),
    "sourceList": each(shape({"type": _SOURCE_DEST, "source": uri}, ["type", "source"], extensible=False)),
    "destinationList": each(
        shape({"type": _SOURCE_DEST, "destination": uri}, ["type", "destination"], extensible=False)
    ),
    "sensorElementList": each(_SENSOR),
}
_ALWAYS: Final = ("type", "eventTime", "eventTimeZoneOffset")
_ACTION: Final[dict[str, Check]] = {"action": one_of(*sorted(vocabulary.ACTIONS))}
_WITH_ILMD: Final[dict[str, Check]] = {"persistentDisposition": _persistent, "ilmd": shape({})}
_CHILDREN: Final[dict[str, Check]] = {"parentID": uri, "childEPCs": _EPCS, "childQuantityList": _QUANTITIES}
EVENT_TYPES: Final[dict[str, Check]] = {
    "ObjectEvent": shape(
        _COMMON | _ACTION | _WITH_ILMD | {"epcList": _UNIQUE_EPCS, "quantityList": _QUANTITIES}, (*_ALWAYS, "action")
    ),
    "AggregationEvent": shape(_COMMON | _ACTION | _CHILDREN, (*_ALWAYS, "action")),
    "AssociationEvent": shape(_COMMON | _ACTION | _CHILDREN, (*_ALWAYS, "action", "parentID")),
    "TransactionEvent": shape(
        _COMMON | _ACTION | {"parentID": uri, "epcList": _EPCS, "quantityList": _QUANTITIES},
        (*_ALWAYS, "action", "bizTransactionList"),
    ),
    "TransformationEvent": shape(
        _COMMON
        | _WITH_ILMD
        | {
            "inputEPCList": _UNIQUE_EPCS,
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": _UNIQUE_EPCS,
            "outputQuantityList": _QUANTITIES,
            "transformationID": uri,
        },
        _ALWAYS,
    ),
}


def event(value: Any) -> Found:
    """One event of any of the five types."""
    if not isinstance(value, dict):
        return _one("not_object")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        return [(("type",), "missing" if kind is None else "wrong_type")]
    return EVENT_TYPES[kind](value) or _whole(kind, value)


def _whole(kind: str, value: Mapping[str, Any]) -> Found:
    """What is asked of an event's parts together."""
    if kind == "ObjectEvent":
        if value["action"] != "ADD" and "ilmd" in value:
            return [(("ilmd",), "ilmd_without_add")]
        sensed = value.get("sensorElementList") and "readPoint" in value
        return _GOOD if "epcList" in value or value.get("quantityList") or sensed else _one("nothing_named")
    if kind == "TransformationEvent":
        inputs = value.get("inputEPCList") or value.get("inputQuantityList")
        outputs = value.get("outputEPCList") or value.get("outputQuantityList")
        enough = (inputs or outputs) if "transformationID" in value else (inputs and outputs)
        return _GOOD if enough else _one("nothing_named")
    if kind == "TransactionEvent":
        if not value["bizTransactionList"]:
            return [(("bizTransactionList",), "empty")]
        named = "epcList" in value or value.get("quantityList") or value["action"] == "DELETE"
        return _GOOD if named else _one("nothing_named")
    named = value.get("childEPCs") or value.get("childQuantityList") or value["action"] == "DELETE"
    return _GOOD if named else _one("nothing_named")


_EVENTS = each(event)
_ATTRIBUTE = shape({"id": uri, "attribute": anything}, ["id"])
_ELEMENT = shape({"id": uri, "attributes": each(_ATTRIBUTE), "children": _EPCS}, ["id"])
_VOCABULARIES = each(shape({"type": uri, "vocabularyElementList": each(_ELEMENT)}, ["type"]))
_HEADER = shape({"epcisMasterData": shape({"vocabularyList": _VOCABULARIES})})
_RESULTS = shape(
    {
        "queryName": text,
        "subscriptionID": text,
        "resultsBody": shape({"eventList": _EVENTS, "vocabularyList": _VOCABULARIES}, ["eventList"]),
    },
    ["queryName", "resultsBody"],
)
_AROUND: Final[dict[str, Check]] = {"@context": _context, "id": uri, "schemaVersion": version, "creationDate": instant}
DOCUMENT = shape(
    _AROUND
    | {
        "type": one_of("EPCISDocument"),
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": _HEADER,
        "epcisBody": shape({"eventList": _EVENTS}, ["eventList"]),
    },
    ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
)
QUERY_DOCUMENT = shape(
    _AROUND | {"type": one_of("EPCISQueryDocument"), "epcisBody": shape({"queryResults": _RESULTS}, ["queryResults"])},
    ["@context", "type", "epcisBody"],
)


def problems_of(value: Any) -> list[Problem]:
    """Return what is wrong with a document, a document of query results, or an event that stands alone."""
    if not isinstance(value, dict):
        return [Problem("", "not_object")]
    kind = value.get("type")
    if kind == "EPCISDocument":
        found = DOCUMENT(value)
    elif kind == "EPCISQueryDocument":
        found = QUERY_DOCUMENT(value)
    else:
        found = ([] if "@context" in value else [(("@context",), "no_context")]) + event(value)
    return problems_at(found)


def problems_at(found: Found, place: str = "") -> list[Problem]:
    """Return what was found as problems of the place in a document where it was looked for."""
    return [Problem(place + pointer(path), code) for path, code in found]


def unstorable(value: Any) -> Found:
    """What JSON can say and no store can hold: a NUL in a text, a number beyond the largest."""
    if isinstance(value, str):
        return _one("not_text") if "\0" in value else _GOOD
    if isinstance(value, float):
        return _GOOD if isfinite(value) else _one("not_number")
    if isinstance(value, dict):
        named: list[tuple[str | int, Any]] = [(name, each) for name, item in value.items() for each in (name, item)]
    elif isinstance(value, list):
        named = list(enumerate(value))
    else:
        return _GOOD
    return [((name, *path), code) for name, item in named for path, code in unstorable(item)]


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    written = (str(part).replace("~", "~0").replace("/", "~1").replace("\0", "\\u0000") for part in path)
    return "".join("/" + part for part in written)
