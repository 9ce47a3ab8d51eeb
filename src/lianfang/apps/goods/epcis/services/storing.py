"""Storing checked events in bulk: rows by COPY, one batch of the evidence log for all of them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from django.db import connection
from pydantic_core import to_json

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, next_ids
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.registers import whole
from lianfang.apps.goods.epcis import extracting
from lianfang.apps.goods.epcis.extracting import Key
from lianfang.apps.goods.epcis.models import Context
from lianfang.formats.epcis import canonical, vocabulary

EVENT_SOURCE = "epcis"
# Held from the comparison with the store to the commit: one event is stored once, and ids follow the order of commits,
# so that a subscriber who was told up to one of them misses none.


def lock_store() -> None:
    """Let no other transaction add events until this one ends."""
    wait_for(Lock.EVENT_STORE)


class Taken(NamedTuple):
    """An event that may be stored: where it stood in its document, its body, id and hash; and its rows, made beforehand.

    `text`: the body as JSON. The rest is what stands in columns and rows beside it, without the event's number.
    """

    place: int
    body: Mapping[str, Any]
    event_id: str
    hash: str
    text: str
    columns: Mapping[str, Any]
    keys: Sequence[Key]
    readings: Sequence[tuple[str, str, float, str]]
    links: Sequence[tuple[str, str]]

    @property
    def is_doubtful(self) -> bool:
        """Say whether something in it might be what no store can hold."""
        return "\\u0000" in self.text or "Infinity" in self.text

    @property
    def identity(self) -> tuple[str, bool]:
        """Return what is unique: an event, and the declaration of its error, share the id."""
        return self.event_id, "errorDeclaration" in self.body


@dataclass(frozen=True, slots=True)
class Origin:
    """Where events come from: whose area, who, when; the capture, or the goods events that they tell of."""

    area_code: str
    by: User | None
    at: datetime
    capture_id: Any = None
    goods_events: Sequence[int] = ()


def taken(place: int, body: Mapping[str, Any], prefixes: Mapping[str, str]) -> Taken:
    """Return a checked event with its hash, which is also its id where it brings none, and its rows."""
    own = {**prefixes, **vocabulary.namespaces(body["@context"])} if "@context" in body else prefixes
    digest = canonical.event_hash(body, own)
    keys = extracting.keys_of(body)
    return Taken(
        place, body, body.get("eventID") or digest, digest,
        text=to_json(body).decode(), columns=extracting.columns_of(body), keys=keys,
        readings=list(extracting.readings_of(body)) if "sensorElementList" in body else (),
        links=list(extracting.links_of(body, keys)),
    )  # fmt: skip


def stored(event_ids: list[str]) -> dict[tuple[str, bool], str]:
    """Return the hashes of the events in the store with these ids, by identity."""
    with connection.cursor() as cursor:
        # One text instead of a list: a URI has no line break, and each member of a list would be looked through by itself.
        query = "SELECT event_id, is_error, hash FROM epcis_event WHERE event_id = ANY(string_to_array(%s, E'\\n'))"
        cursor.execute(query, ["\n".join(event_ids)])
        return {(event_id, is_error): digest for event_id, is_error, digest in cursor.fetchall()}


def context_id(context: Any) -> int:
    """Return the row of a context, made where it is new."""
    text = json.dumps(context, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    row, _ = Context.objects.get_or_create(sha256=digest, defaults={"content": context})
    return int(row.pk)


def store(events: Sequence[Taken], context: Any, origin: Origin) -> FactBatch | None:
    """Store events not stored before, with the store locked; the evidence log is locked until the transaction ends."""
    if not events:
        return None
    batch = evidence.open_batch(kind="epcis", source=str(origin.capture_id or EVENT_SOURCE), at=origin.at, by=origin.by)
    ids = next_ids("epcis_event", len(events))
    frame = _event_rows(events, ids, origin).with_columns(
        batch_id=pl.lit(batch.pk), context_id=pl.lit(context_id(context))
    )
    copy_rows("epcis_event", frame)
    _store_beside(events, ids.to_list())
    evidence.record_batch(batch, [whole(frame.select("id", "event_id", "hash"))])
    return batch


def _event_rows(events: Sequence[Taken], ids: pl.Series, origin: Origin) -> pl.DataFrame:
    columns = {name: [event.columns[name] for event in events] for name in events[0].columns}
    times = pl.Series(columns.pop("event_time"), dtype=pl.Int64).cast(_INSTANT)
    goods: list[int | None] = [*origin.goods_events] or [None] * len(events)
    return pl.DataFrame(
        {
            "id": ids,
            "event_id": [event.event_id for event in events],
            "hash": [event.hash for event in events],
            "event_time": times,
            "goods_event_id": pl.Series(goods, dtype=pl.Int64),
            "body": [event.text for event in events],
            **columns,
        }
    ).with_columns(
        record_time=pl.lit(origin.at, dtype=_INSTANT),
        capture_id=pl.lit(str(origin.capture_id) if origin.capture_id else None, dtype=pl.String),
        area_code=pl.lit(origin.area_code),
    )


def _store_beside(events: Sequence[Taken], ids: Sequence[int]) -> None:
    numbered = list(zip(ids, events, strict=True))
    _copy("epcis_eventkey", [(n, place, *key) for n, event in numbered for place, key in enumerate(event.keys)], _KEY)
    _copy("epcis_reading", [(number, *row) for number, event in numbered for row in event.readings], _READING)
    links = [(number, *pair, event.columns["event_time"]) for number, event in numbered for pair in event.links]
    _copy("epcis_link", links, _LINK)


_INSTANT: Final = pl.Datetime("us", "UTC")
_KEY: dict[str, Any] = {
    "event_id": pl.Int64, "place": pl.Int64, "role": pl.String, "key": pl.String, "is_class": pl.Boolean, "qualifier": pl.String,
    "quantity": pl.Float64, "unit": pl.String,
}  # fmt: skip
_READING: dict[str, Any] = {
    "event_id": pl.Int64, "type": pl.String, "field": pl.String, "value": pl.Float64, "dimension": pl.String,
}  # fmt: skip
_LINK: dict[str, Any] = {
    "event_id": pl.Int64, "source": pl.String, "target": pl.String, "at": _INSTANT,
}  # fmt: skip


def _copy(table: str, rows: list[tuple[Any, ...]], schema: Mapping[str, Any]) -> None:
    if rows:
        copy_rows(table, pl.DataFrame(rows, schema=dict(schema), orient="row"))
