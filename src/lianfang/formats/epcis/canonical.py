"""The canonical form of an event and the hash that identifies it (CBV 2.0, section 8.9: event hash id).

The order is the standard's: lists of transactions, sources and destinations before the sensors, then master data, then
the extensions of others. Left out: when it was recorded, its id, and a declaration that it was in error.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from lianfang.formats.epcis import vocabulary
from lianfang.formats.epcis.identifiers import canonical_uri

Writer = Callable[[str, Any, Mapping[str, str]], str]
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BEGINS_NUMBER: Final = frozenset("+-.0123456789")
_IGNORED: Final = frozenset(
    {"recordTime", "eventID", "type", "errorDeclaration", "@context", "rdfs:comment", "comment"}
)
_IGNORED_INSIDE: Final = _IGNORED - {"type"}
_QUANTITY: Final = ("epcClass", "quantity", "uom")
_METADATA: Final = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT: Final = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
    "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_REPORT_WORDS: Final = {"type": "measurementType", "exception": "alertType", "component": "component"}
_LISTS: Final = {
    "bizTransactionList": ("bizTransaction", "bizTransactionType"),
    "sourceList": ("source", "sourceDestType"),
    "destinationList": ("destination", "sourceDestType"),
}
ORDER: Final = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID", "epcList", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
    "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "bizTransactionList", "sourceList", "destinationList", "sensorElementList", "ilmd",
)  # fmt: skip
_TIMES: Final = frozenset({"eventTime", "time", "startTime", "endTime"})


def canonical_parts(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return an event's canonical form as (name, text) in the standard's order; prefixes: its context's namespaces."""
    known, others = _shape(tuple(event))
    fields = [(name, write(name, event[name], prefixes)) for name, write in known]
    own = sorted([text for key in others for text in _extension(key, event[key], prefixes)])
    return [("eventType", f"eventType={event['type']}"), *fields, ("", "".join(own))]


@lru_cache(maxsize=1024)
def _shape(names: tuple[str, ...]) -> tuple[list[tuple[str, Writer]], list[str]]:
    """Return an event's fields in the standard's order with what writes them, and its extensions; shapes come again and again."""
    known = [(name, write) for name, write in _WRITERS.items() if name in names]
    return known, [name for name in names if name not in _KNOWN]


def canonical_form(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    """Return the text that is hashed."""
    return "".join([text for _name, text in canonical_parts(event, prefixes)])


def event_hash(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    """Return the event's hash id: the same for the same event, however it was written."""
    digest = hashlib.sha256(canonical_form(event, prefixes).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def _time(name: str, value: Any, _prefixes: Mapping[str, str]) -> str:
    return f"{name}={canonical_time(value)}"


def _word(name: str, value: Any, _prefixes: Mapping[str, str]) -> str:
    return f"{name}={vocabulary.in_full(name, value)}"


def _place(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    text = f"{name}id={_text(value['id'])}"
    return text + _extensions_of(value, ("id",), prefixes) if len(value) > 1 else text


def _epcs(name: str, value: Any, _prefixes: Mapping[str, str]) -> str:
    return (name if value else "") + "".join(sorted([f"epc={_text(each)}" for each in value]))


def _quantities(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    entries = ["quantityElement" + _ordered(each, _QUANTITY, prefixes) for each in value]
    return (name if value else "") + "".join(sorted(entries))


def _persistent(name: str, value: Any, _prefixes: Mapping[str, str]) -> str:
    return name + "".join(
        "".join(sorted(f"{key}={vocabulary.in_full('disposition', each)}" for each in value.get(key, ())))
        for key in ("set", "unset")
    )


def _sensors(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    return (name if value else "") + "".join(sorted(_sensor(each, prefixes) for each in value))


def _ilmd(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    return name + "".join(_flat(value, prefixes))


def _plain(name: str, value: Any, _prefixes: Mapping[str, str]) -> str:
    if not isinstance(value, list):
        return f"{name}={_text(value)}"
    return "".join(sorted([f"{name}={_text(each)}" for each in value]))


def _typed_list(name: str, entries: Iterable[Mapping[str, Any]], _prefixes: Mapping[str, str]) -> str:
    key, words = _LISTS[name]
    texts = [
        (f"type={vocabulary.in_full(words, each['type'])}" if "type" in each else "") + f"{key}={_text(each[key])}"
        for each in entries
    ]
    texts.sort()
    return name + "".join(texts) if texts else ""


def _sensor(element: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    text = "sensorElement"
    if "sensorMetadata" in element:
        text += "sensorMetadata" + _ordered(element["sensorMetadata"], _METADATA, prefixes)
    reports = ("sensorReport" + _ordered(each, _REPORT, prefixes) for each in element.get("sensorReport", ()))
    return text + "".join(sorted(reports)) + _extensions_of(element, ("sensorMetadata", "sensorReport"), prefixes)


def _ordered(entry: Mapping[str, Any], order: tuple[str, ...], prefixes: Mapping[str, str]) -> str:
    texts = [f"{name}={_leaf(name, entry[name], prefixes)}" for name in order if name in entry]
    return "".join(texts) + (_extensions_of(entry, order, prefixes) if len(texts) < len(entry) else "")


def _leaf(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    if name in _TIMES:
        return canonical_time(value)
    if name in _REPORT_WORDS:
        return str(_expanded(vocabulary.in_full(_REPORT_WORDS[name], value), prefixes))
    return _text(value)


def _extensions_of(entry: Mapping[str, Any], known: tuple[str, ...], prefixes: Mapping[str, str]) -> str:
    own = [text for key, value in entry.items() if key not in known for text in _extension(key, value, prefixes)]
    return "".join(sorted(own))


def _flat(value: Mapping[str, Any], prefixes: Mapping[str, str]) -> list[str]:
    """Return the entries of an object without an order of its own, sorted."""
    return sorted(text for key, each in value.items() for text in _extension(key, each, prefixes))


def _extension(key: str, value: Any, prefixes: Mapping[str, str]) -> list[str]:
    if key in _IGNORED_INSIDE:
        return []
    name = _expanded_name(key, prefixes)
    texts = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            inner = [text for k, v in each.items() if k != "#text" for text in _extension(k, v, prefixes)]
            own = f"={_text(each['#text'])}" if "#text" in each else ""
            texts.append(name + own + "".join(sorted(inner)))
        else:
            texts.append(f"{name}={_text(_expanded(each, prefixes))}")
    return texts


def _expanded_name(key: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = key.partition(":")
    return f"{{{prefixes[prefix]}}}{rest}" if colon and prefix in prefixes else key


def _expanded(value: Any, prefixes: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    prefix, colon, rest = value.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _said(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, int | float) else _said(str(value))


@lru_cache(maxsize=65536)
def _said(text: str) -> str:
    """Return a text in its canonical form: places, parties and words come again and again in a document."""
    text = text.strip()
    if ":" not in text:
        return _number(float(text)) if text[:1] in _BEGINS_NUMBER and _NUMBER.fullmatch(text) else text
    if text.startswith("urn:epcglobal:cbv:"):
        for field in ("bizStep", "disposition", "bizTransactionType", "sourceDestType", "errorReason"):
            text = vocabulary.in_full(field, text)
    return canonical_uri(text)


_WRITERS: Final[dict[str, Writer]] = {
    **dict.fromkeys(ORDER, _plain),
    "eventTime": _time,
    **dict.fromkeys(("bizStep", "disposition"), _word),
    **dict.fromkeys(("readPoint", "bizLocation"), _place),
    **dict.fromkeys(_LISTS, _typed_list),
    **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs"), _epcs),
    **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _quantities),
    "persistentDisposition": _persistent,
    "sensorElementList": _sensors,
    "ilmd": _ilmd,
}
_KNOWN: Final = _IGNORED | _WRITERS.keys()


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else str(value)


@lru_cache(maxsize=4096)
def canonical_time(text: str) -> str:
    """Return an instant in UTC with milliseconds, the fourth decimal rounded half up."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    if at.microsecond % 1000:
        at += timedelta(microseconds=500)
    second, _, fraction = at.isoformat()[:-6].partition(".")
    return f"{second}.{fraction[:3] or '000'}Z"
