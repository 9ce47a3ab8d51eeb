"""Reading presences for the trace: whole columns by COPY, limited to the facts known at one evidence entry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import connection
from psycopg import sql

from lianfang.apps.places.models import Surface
from lianfang.rules.vocabulary import PlaceKind
from lianfang.trace.model import Int64

# Longer stays are few and found by an index of their own, so that the others are sought only this far back.
LONG_STAY_HOURS = 24
COPY_HEADER_BYTES, COPY_TRAILER_BYTES = 19, 2


@dataclass(frozen=True, slots=True)
class Known:
    """The limit of a read: facts numbered up to `seq`; an open stay is closed at `horizon` (epoch seconds)."""

    seq: int
    horizon: int


@dataclass(frozen=True, slots=True)
class Spans:
    """What to look for: ids with half-open spans, int64[n], epoch seconds."""

    ids: Int64
    start: Int64
    until: Int64


def stays_of(subjects: Spans, known: Known) -> pl.DataFrame:
    """Return every stay of each subject that meets its span: subject, place, t_in, t_out (int64, epoch seconds)."""
    return _copy(_BY_SUBJECT, subjects, known)


def stays_at(places: Spans, known: Known) -> pl.DataFrame:
    """Return every stay at each place that meets one of its spans: subject, place, t_in, t_out (int64)."""
    merged = merge_spans(places)
    return pl.concat([_copy(_SHORT_AT_PLACE, merged, known), _copy(_LONG_AT_PLACE, merged, known)])


def merge_spans(spans: Spans) -> Spans:
    """Unite the spans of one id that overlap or touch, so that no row is read twice."""
    frame = pl.DataFrame({"id": spans.ids, "start": spans.start, "until": spans.until}).sort("id", "start")
    before = pl.col("until").cum_max().over("id").shift(1).over("id")
    group = (before.is_null() | (pl.col("start") > before)).cum_sum()
    merged = frame.group_by(group.alias("group"), maintain_order=True).agg(
        pl.col("id").first(), pl.col("start").first(), pl.col("until").max()
    )
    return Spans(*(merged[name].to_numpy() for name in ("id", "start", "until")))


def kinds_of(place_ids: Collection[int]) -> dict[int, PlaceKind]:
    """Return the kind of each place (kinds are facts: they never change)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, kind FROM places_place WHERE id = ANY(%s)", [list(place_ids)])
        return {place_id: PlaceKind(kind) for place_id, kind in cursor.fetchall()}


def place_of_surface(subject_id: int) -> int:
    """Return the place a surface belongs to."""
    return Surface.objects.values_list("place_id", flat=True).get(pk=subject_id)


def surface_places(subject_ids: Collection[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return the place of each surface, and the organisation that runs it where there is one."""
    rows = Surface.objects.filter(pk__in=subject_ids).values_list("subject_id", "place_id", "place__organisation_id")
    places = {surface: place for surface, place, _ in rows}
    return places, dict(
        rows.filter(place__organisation__isnull=False).values_list("subject_id", "place__organisation_id")
    )


def organisations_of_last_place(subject_ids: Collection[int]) -> dict[int, int]:
    """Return who runs the place at which each subject was last, by subject id; places run by nobody are passed over."""
    query = """
        SELECT DISTINCT ON (p.subject_id) p.subject_id, l.organisation_id
        FROM places_presence p JOIN places_place l ON l.id = p.place_id
        WHERE p.subject_id = ANY(%s) AND l.organisation_id IS NOT NULL
        ORDER BY p.subject_id, p.starts_at DESC
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [list(subject_ids)])
        return dict(cursor.fetchall())


_COLUMNS = """
    SELECT p.subject_id, p.place_id, floor(extract(epoch FROM p.starts_at))::bigint,
           ceil(extract(epoch FROM least(coalesce(p.ends_at, {horizon}), {horizon})))::bigint
    FROM unnest({ids}::bigint[], {start}::bigint[], {until}::bigint[]) AS span(id, start, until)
"""
# A batch not yet numbered, or numbered later, was not known; an open stay gives way to the same stay once it is closed.
_KNOWN = """
    AND p.starts_at < {horizon}
    AND p.batch_id <> ALL(ARRAY(SELECT id FROM core_factbatch WHERE seq IS NULL OR seq > {seq}))
    AND (p.ends_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM places_presence closed JOIN core_factbatch b ON b.id = closed.batch_id
        WHERE closed.subject_id = p.subject_id AND closed.place_id = p.place_id AND closed.starts_at = p.starts_at
          AND closed.ends_at IS NOT NULL AND b.seq <= {seq}))
"""
_BY_SUBJECT = (
    _COLUMNS
    + """
    JOIN places_presence p ON p.subject_id = span.id AND p.starts_at < to_timestamp(span.until)
     AND (p.ends_at IS NULL OR p.ends_at > to_timestamp(span.start)) WHERE true
"""
    + _KNOWN
)
_AT_PLACE = """
    JOIN places_presence p ON p.place_id = span.id AND p.starts_at < to_timestamp(span.until)
     AND (p.ends_at IS NULL OR p.ends_at > to_timestamp(span.start))
"""
_IS_LONG = f"(p.ends_at IS NULL OR p.ends_at - p.starts_at > '{LONG_STAY_HOURS}:00:00'::interval)"
_SHORT_AT_PLACE = (
    _COLUMNS
    + _AT_PLACE
    + f" AND p.starts_at > to_timestamp(span.start - {LONG_STAY_HOURS * 3600 + 1}) WHERE NOT {_IS_LONG}"
    + _KNOWN
)
_LONG_AT_PLACE = _COLUMNS + _AT_PLACE + f" WHERE {_IS_LONG}" + _KNOWN


def _copy(query: str, spans: Spans, known: Known) -> pl.DataFrame:
    if not len(spans.ids):
        return _frame(np.empty((0, 4), dtype=np.int64))
    statement = sql.SQL("COPY (" + query + ") TO STDOUT (FORMAT binary)").format(
        ids=sql.Literal(spans.ids.tolist()),
        start=sql.Literal(spans.start.tolist()),
        until=sql.Literal(spans.until.tolist()),
        horizon=sql.SQL("to_timestamp({})").format(sql.Literal(known.horizon)),
        seq=sql.Literal(known.seq),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        content = b"".join(bytes(chunk) for chunk in copy)
    return _frame(int64_columns(content, 4))


def int64_columns(content: bytes, n_columns: int) -> Int64:
    """Return a binary COPY of `n_columns` non-null bigints as int64[rows, columns], without a Python object a value."""
    row = np.dtype([("n", ">i2"), ("v", [("size", ">i4"), ("value", ">i8")], n_columns)])
    rows = np.frombuffer(content[COPY_HEADER_BYTES : len(content) - COPY_TRAILER_BYTES], dtype=row)
    return np.ascontiguousarray(rows["v"]["value"].astype(np.int64))


def _frame(columns: Int64) -> pl.DataFrame:
    names: Sequence[str] = ("subject", "place", "t_in", "t_out")
    return pl.DataFrame({name: columns[:, i] for i, name in enumerate(names)}).filter(pl.col("t_out") > pl.col("t_in"))
