"""The query language as far as a county needs it: parameters of EPCIS 2.0 to a question to the database."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from lianfang.apps.core.errors import DomainError
from lianfang.apps.goods.epcis.extracting import VALUES
from lianfang.apps.goods.epcis.models import Event, EventKey, Reading
from lianfang.apps.goods.epcis.selectors import events
from lianfang.formats.epcis import units, vocabulary
from lianfang.formats.epcis.identifiers import canonical_uri

PAGE_DEFAULT: Final = 30
PAGE_LIMIT: Final = 1_000
TOKEN_SECONDS: Final = 24 * 3600
_TOKEN_SALT: Final = "epcis.page"  # noqa: S105 - no secret: what the signature is for


class QueryInvalid(DomainError):
    """A parameter is unknown, or its value is not understood; `parameter` names it."""

    code = "query_invalid"

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message, field=parameter)
        self.parameter = parameter


class QueryTooLarge(DomainError):
    """More events match than maxEventCount allows."""

    code = "query_too_large"
    http_status = 413


@dataclass(frozen=True, slots=True)
class Page:
    """A page of events and the token of the next one, "" after the last."""

    events: list[Event]
    next_token: str


Params = Mapping[str, Sequence[str]]
_COLUMNS: Final = {
    "eventType": ("type", None),
    "EQ_action": ("action", None),
    "EQ_eventID": ("event_id", None),
    "EQ_bizStep": ("biz_step", "bizStep"),
    "EQ_disposition": ("disposition", "disposition"),
}
_ROLES: Final[dict[str, tuple[tuple[str, ...], bool | None]]] = {
    "epc": (("epc", "child"), False),
    "epcClass": (("epc", "child"), True),
    "parentID": (("parent",), None),
    "inputEPC": (("input",), False),
    "inputEPCClass": (("input",), True),
    "outputEPC": (("output",), False),
    "outputEPCClass": (("output",), True),
    "anyEPC": (("epc", "child", "parent", "input", "output"), False),
    "anyEPCClass": (("epc", "child", "parent", "input", "output"), True),
    "anything": (("epc", "child", "parent", "input", "output"), None),  # of the discovery tree of things
}
_PARTIES: Final = {
    "bizTransaction": ("transact", "bizTransactionType"),
    "source": ("source", "sourceDestType"),
    "destination": ("dest", "sourceDestType"),
}
_COMPARISONS: Final = {"EQ": "", "GT": "__gt", "GE": "__gte", "LT": "__lt", "LE": "__lte"}
_TIMES: Final = {"eventTime": "event_time", "recordTime": "record_time"}
_OF_PAGING: Final = frozenset(
    {"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"}
)
_MEASURED: Final = re.compile(rf"(EQ|GT|GE|LT|LE)_({'|'.join(VALUES)})_([A-Z0-9]{{2,3}})")
NOT_ANSWERED: Final = (
    "HASATTR_*", "EQATTR_*", "EQ_INNER_*", "EXISTS_INNER_*", "EQ_SENSORELEMENT_*", "EQ_SENSORMETADATA_*",
    "EQ_SENSORREPORT_*", "EQ_dataProcessingMethod", "EQ_microorganism", "EQ_chemicalSubstance", "EQ_bizRules",
    "EQ_stringValue", "EQ_booleanValue", "EQ_hexBinaryValue", "EQ_uriValue", "GE_startTime", "GE_endTime",
    "EQ_ERROR_DECLARATION_*", "EQ_userID", "GT_*, GE_*, LT_*, LE_* of extension fields",
)  # fmt: skip


def asked(params: Params, *, area: str) -> QuerySet[Event]:
    """Return the events that match every parameter. Raises: QueryInvalid."""
    condition = Q()
    for name, values in params.items():
        if name not in _OF_PAGING:
            condition &= _condition(name, [value for value in values if value != ""])
    return events(area=area).filter(condition)


def page(params: Params, *, area: str) -> Page:
    """Return one page of the answer to a query. Raises: QueryInvalid, QueryTooLarge."""
    found = asked(params, area=area)
    column, descending = _order(params)
    limit = _number(params, "maxEventCount", 0)
    if limit and found.values("pk")[: limit + 1].count() > limit:
        raise QueryTooLarge("More events match than maxEventCount allows.")
    per_page = min(_number(params, "perPage", PAGE_DEFAULT) or PAGE_DEFAULT, PAGE_LIMIT)
    n_left, token = _number(params, "eventCountLimit", 0), _one(params, "nextPageToken")
    if token:
        value, pk, n_left = _opened(token)
        found = found.filter(_after(column, datetime.fromisoformat(value), pk, descending=descending))
    size = min(per_page, n_left) if n_left else per_page
    sign = "-" if descending else ""
    rows = list(found.order_by(f"{sign}{column}", f"{sign}id")[: size + 1])
    more = len(rows) > size and (not n_left or n_left > size)
    rows = rows[:size]
    if not more:
        return Page(rows, "")
    rest = n_left - size if n_left else 0
    last = rows[-1]
    return Page(rows, signing.dumps([getattr(last, column).isoformat(), last.pk, rest], salt=_TOKEN_SALT))


def _opened(token: str) -> tuple[str, int, int]:
    try:
        value, pk, n_left = signing.loads(token, salt=_TOKEN_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise QueryInvalid("The page token is not valid, or no longer.", "nextPageToken") from error
    return str(value), int(pk), int(n_left)


def _after(column: str, value: datetime, pk: int, *, descending: bool) -> Q:
    side = "lt" if descending else "gt"
    return Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"pk__{side}": pk})


def _order(params: Params) -> tuple[str, bool]:
    name = _one(params, "orderBy") or "recordTime"
    if name not in _TIMES:
        raise QueryInvalid("Events can be ordered by eventTime or recordTime.", "orderBy")
    direction = _one(params, "orderDirection") or "DESC"
    if direction not in {"ASC", "DESC"}:
        raise QueryInvalid("The direction is ASC or DESC.", "orderDirection")
    return _TIMES[name], direction == "DESC"


def _one(params: Params, name: str) -> str:
    values = params.get(name) or [""]
    return values[0]


def _number(params: Params, name: str, default: int) -> int:
    text = _one(params, name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise QueryInvalid("This is a whole number.", name)
    return int(text)


def _instant(name: str, values: Sequence[str]) -> datetime:
    try:
        at = datetime.fromisoformat(values[0])
    except (ValueError, IndexError) as error:
        raise QueryInvalid("This is an instant with its offset from UTC.", name) from error
    if at.tzinfo is None:
        raise QueryInvalid("This is an instant with its offset from UTC.", name)
    return at


def _condition(name: str, values: Sequence[str]) -> Q:
    if name in _COLUMNS:
        column, words = _COLUMNS[name]
        return Q(**{f"{column}__in": [vocabulary.bare(words, each) for each in values] if words else list(values)})
    head, _, rest = name.partition("_")
    answer = _FAMILIES.get(head, _refuse)(name, rest, values)
    return answer if answer is not None else _refuse(name, rest, values)


def _refuse(name: str, _rest: str, _values: Sequence[str]) -> Q:
    raise QueryInvalid("This parameter is not answered here; OPTIONS says which are not.", name)


def _match(_name: str, rest: str, values: Sequence[str]) -> Q | None:
    if rest not in _ROLES:
        return None
    roles, is_class = _ROLES[rest]
    condition = Q()
    for value in values:
        key = canonical_uri(value)
        condition |= Q(key=key) | Q(key__startswith=f"{key}/") if value.endswith(".*") else Q(key=key)
    level = {} if is_class is None else {"is_class": is_class}
    return Exists(EventKey.objects.filter(condition, event=OuterRef("pk"), role__in=roles, **level)) & Q()


def _within(_name: str, rest: str, values: Sequence[str]) -> Q | None:
    column = {"readPoint": "read_point", "bizLocation": "biz_location"}.get(rest)
    if column is None:
        return None
    condition = Q()
    for value in values:
        place = canonical_uri(value)
        condition |= Q(**{column: place}) | Q(**{f"{column}__startswith": f"{place}/"})
    return condition


def _compare(name: str, rest: str, values: Sequence[str]) -> Q | None:
    head = name.partition("_")[0]
    if rest in _TIMES and head in {"GE", "LT"}:
        return Q(**{_TIMES[rest] + _COMPARISONS[head]: _instant(name, values)})
    if rest == "errorDeclarationTime" and head in {"GE", "LT"}:
        at = _instant(name, values).isoformat()
        return Q(**{f"body__errorDeclaration__declarationTime{_COMPARISONS[head]}": at})
    if rest == "quantity":
        by = {f"quantity{_COMPARISONS[head]}": _decimal(name, values)}
        return Exists(EventKey.objects.filter(event=OuterRef("pk"), **by)) & Q()
    if measured := _MEASURED.fullmatch(name):
        value, dimension = units.to_base(_decimal(name, values), measured[3])
        column = {f"value{_COMPARISONS[head]}": value}
        if head == "EQ":
            width = max(abs(value), 1.0) * 1e-9
            column = {"value__gte": value - width, "value__lte": value + width}
        rows = Reading.objects.filter(event=OuterRef("pk"), field=measured[2], dimension=dimension, **column)
        return Exists(rows) & Q()
    return _equal(rest, values) if head == "EQ" else None


def _decimal(name: str, values: Sequence[str]) -> float:
    try:
        return float(values[0])
    except (ValueError, IndexError) as error:
        raise QueryInvalid("This is a number.", name) from error


def _equal(rest: str, values: Sequence[str]) -> Q | None:
    if rest in {"readPoint", "bizLocation"}:
        column = "read_point" if rest == "readPoint" else "biz_location"
        return Q(**{f"{column}__in": [canonical_uri(each) for each in values]})
    party, _, kind = rest.partition("_")
    if party in _PARTIES:
        role, words = _PARTIES[party]
        qualifier = {"qualifier": vocabulary.bare(words, kind)} if kind else {}
        keys = [canonical_uri(each) for each in values]
        return Exists(EventKey.objects.filter(event=OuterRef("pk"), role=role, key__in=keys, **qualifier)) & Q()
    if rest == "type":
        kinds = [vocabulary.bare("measurementType", each) for each in values]
        return Exists(Reading.objects.filter(event=OuterRef("pk"), type__in=kinds)) & Q()
    if rest in {"persistentDisposition_set", "persistentDisposition_unset"}:
        key = rest.rpartition("_")[2]
        return _any(Q(**{f"body__persistentDisposition__{key}__contains": [each]}) for each in values)
    if rest in {"transformationID", "errorReason", "correctiveEventID"}:
        return _of_body(rest, values)
    return _field(rest, values)


def _of_body(rest: str, values: Sequence[str]) -> Q:
    if rest == "transformationID":
        return Q(body__transformationID__in=list(values))
    if rest == "errorReason":
        return Q(body__errorDeclaration__reason__in=[vocabulary.bare("errorReason", each) for each in values])
    return _any(Q(body__errorDeclaration__correctiveEventIDs__contains=[each]) for each in values)


def _any(conditions: Any) -> Q:
    found = Q()
    for each in conditions:
        found |= each
    return found


def _field(rest: str, values: Sequence[str]) -> Q | None:
    """A field of an extension or of the master data of a lot, as its name stands in the event: prefix:name."""
    inside, _, name = rest.partition("_")
    path, name = (["ilmd"], name) if inside == "ILMD" else ([], rest)
    if ":" not in name:
        return None
    text: Any = "body"
    for key in path:
        text = KeyTransform(key, text)
    alike = Event.objects.filter(pk=OuterRef("pk")).annotate(written=KeyTextTransform(name, text))
    return Exists(alike.filter(written__in=list(values))) & Q()


def _exists(_name: str, rest: str, _values: Sequence[str]) -> Q | None:
    if rest == "errorDeclaration":
        return Q(is_error=True)
    inside, _, name = rest.partition("_")
    if inside == "ILMD" and ":" in name:
        return Q(body__ilmd__has_key=name)
    return Q(body__has_key=rest) if ":" in rest else None


_FAMILIES: Final[dict[str, Callable[[str, str, Sequence[str]], Q | None]]] = {
    "MATCH": _match, "WD": _within, "EXISTS": _exists,
    "EQ": _compare, "GT": _compare, "GE": _compare, "LT": _compare, "LE": _compare,
}  # fmt: skip
