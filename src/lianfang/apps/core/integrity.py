"""Checking the evidence log against the tables: every fact, verdict and profile is still what it was when recorded."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any, cast

import polars as pl
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from django.utils.module_loading import import_string
from psycopg import sql

from lianfang.apps.core.commitments import Salt, all_salts
from lianfang.apps.core.evidence import batch_content, entry_content, row_content
from lianfang.apps.core.models import EvidenceEntry, FactArchive, FactBatch, TreeHead
from lianfang.wire.treehead import Frontier, leaf_hash

CHUNK = 5_000
NAMED_ROWS = 20  # how many differing rows of one batch part are named; the rest are counted


@dataclass(frozen=True, slots=True)
class FactTable:
    """Where the rows of a batch part are: the archived columns `columns` of those rows whose `key` is not null.

    `source`: what follows FROM, with {batch} and, for parts of one county day (`of_days`), {start} and {until}.
    """

    name: str
    key: str
    columns: tuple[str, ...]
    source: str
    of_days: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One row that is not what the evidence says: table and key, and what is wrong with it."""

    row: str
    problem: str


def check_log() -> Iterator[Mismatch]:
    """Recompute every leaf and tree head; yield what does not fit. Cost: O(entries) hashes."""
    heads = {head.size: head for head in TreeHead.objects.all().iterator(chunk_size=CHUNK)}
    newest = max(heads, default=0)
    frontier = Frontier()
    for entry in EvidenceEntry.objects.order_by("seq").iterator(chunk_size=CHUNK):
        if entry.seq != frontier.size + 1:
            yield Mismatch(f"core_evidenceentry {frontier.size + 1}", "missing: the sequence has a gap")
            return
        leaf = leaf_hash(entry_content(entry))
        if leaf != bytes(entry.leaf_hash):
            yield Mismatch(f"core_evidenceentry {entry.seq}", "changed: its leaf hash does not fit its content")
        frontier = frontier.append(leaf)
        head = heads.pop(frontier.size, None)
        if head is not None and bytes(head.root) != frontier.root():
            yield Mismatch(f"core_treehead {head.size}", "the tree head does not fit the entries before it")
    if newest < frontier.size:
        yield Mismatch(f"core_treehead {frontier.size}", "missing: the last entries have no tree head")
    for size in heads:
        yield Mismatch(f"core_treehead {size}", "is beyond the last entry: entries were removed")


def check_rows() -> Iterator[Mismatch]:
    """Compare every logged row with its hash, and look for rows that were never logged."""
    salts = all_salts()
    for kind, label in _fact_models().items():
        model = cast("type[models.Model]", apps.get_model(label))
        table = model._meta.db_table
        manager = model._default_manager
        entries = EvidenceEntry.objects.filter(kind=kind).order_by("seq")
        for chunk in _chunks(entries):
            rows = manager.in_bulk([entry.ref for entry in chunk])
            for entry in chunk:
                yield from _check_row(rows.get(entry.ref), entry, (table, salts[entry.key_id]))
        logged = EvidenceEntry.objects.filter(kind=kind, ref=models.OuterRef("pk"))
        for row in manager.filter(_is_fact(model)).exclude(models.Exists(logged)).iterator(chunk_size=CHUNK):
            yield Mismatch(f"{table} {row.pk}", "was never recorded in the evidence log")


def _check_row(row: models.Model | None, entry: EvidenceEntry, of: tuple[str, Salt]) -> Iterator[Mismatch]:
    """A row that was destroyed with its key is rightly gone; one that is still there with its key gone is not."""
    table, salt = of
    if row is None:
        if not salt.is_destroyed:
            yield Mismatch(f"{table} {entry.ref}", f"missing: recorded as evidence {entry.seq}")
    elif salt.is_destroyed:
        yield Mismatch(f"{table} {entry.ref}", "was to be destroyed with its key, and is still there")
    elif salt.over(row_content(row)) != bytes(entry.content_hash):
        yield Mismatch(f"{table} {entry.ref}", f"changed since it was recorded as evidence {entry.seq}")
    elif row.seq != entry.seq:  # type: ignore[attr-defined]
        yield Mismatch(f"{table} {entry.ref}", f"carries evidence number {row.seq}, recorded as {entry.seq}")  # type: ignore[attr-defined]


def _is_fact(model: type[models.Model]) -> models.Q:
    """Rows that came in a batch are proven by the batch; a draft result is not a fact yet."""
    names = {field.name for field in model._meta.get_fields()}
    single = models.Q(batch__isnull=True) if "batch" in names else models.Q()
    return single & (~models.Q(status="draft") if model._meta.label in {"lab.Result", "lab.PoolResult"} else models.Q())


def check_batches() -> Iterator[Mismatch]:
    """Compare every batch with its entry, its archive and the rows of its table."""
    entries = {entry.ref: entry for entry in EvidenceEntry.objects.filter(kind__startswith="batch:")}
    salts = all_salts()
    for batch in FactBatch.objects.order_by("id"):
        entry = entries.pop(batch.pk, None)
        parts = list(batch.parts.order_by("part"))
        if entry is None or batch.seq != entry.seq:
            yield Mismatch(f"core_factbatch {batch.pk}", "was never recorded in the evidence log")
            continue
        salt = salts[entry.key_id]
        if not salt.is_destroyed and salt.over(batch_content(batch, parts)) != bytes(entry.content_hash):
            yield Mismatch(f"core_factbatch {batch.pk}", f"changed since it was recorded as evidence {entry.seq}")
        for part in parts:
            yield from _check_part(part, batch)
    for ref, entry in entries.items():
        yield Mismatch(f"core_factbatch {ref}", f"missing: recorded as evidence {entry.seq}")


def _check_part(part: FactArchive, batch: FactBatch) -> Iterator[Mismatch]:
    if part.expired_at is not None:
        return
    content = bytes(part.content)
    if hashlib.sha256(content).digest() != bytes(part.sha256):
        yield Mismatch(f"core_factarchive {part.pk}", "changed: its content does not fit its hash")
        return
    archived = pl.read_parquet(BytesIO(content))
    for table in _batch_tables().get(batch.kind, ()):
        if table.of_days == (part.part is not None):
            recorded = archived.filter(pl.col(table.key).is_not_null()).select(table.columns)
            yield from _differences(table.name, recorded, _present(table, part, recorded.schema))


def _present(table: FactTable, part: FactArchive, schema: pl.Schema) -> pl.DataFrame:
    """Return the table's rows of a part by one COPY; text in PostgreSQL's form is parsed as the archive's types."""
    limits: dict[str, sql.Composable] = {"batch": sql.Literal(part.batch_id)}
    if part.part is not None:
        zone = timezone.get_default_timezone()
        start = datetime.combine(part.part, time(), zone)
        until = datetime.combine(part.part + timedelta(days=1), time(), zone)
        limits |= {"start": sql.Literal(start), "until": sql.Literal(until)}
    columns = sql.SQL(", ").join(_exact(name, schema[name]) for name in table.columns)
    source = sql.SQL(table.source).format(**limits)
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(columns, source)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        content = b"".join(bytes(chunk) for chunk in copy)
    # Instants come as microseconds, so that nothing is lost in a text form.
    types = {name: pl.Int64 if isinstance(kind, pl.Datetime) else kind for name, kind in schema.items()}
    return pl.read_csv(BytesIO(content), schema=types).cast(schema)


def _exact(name: str, kind: pl.DataType) -> sql.Composable:
    column = sql.Identifier(name)
    if isinstance(kind, pl.Datetime):
        return sql.SQL("(extract(epoch FROM {0}) * 1000000)::bigint AS {0}").format(column)
    return column


def _differences(table: str, recorded: pl.DataFrame, present: pl.DataFrame) -> Iterator[Mismatch]:
    # What is empty was archived as an empty text or a null; both mean that nothing is said.
    recorded, present = (frame.with_columns(pl.col(pl.String).fill_null("")) for frame in (recorded, present))
    for frame, other, problem in (
        (recorded, present, "recorded, but missing or changed in the table"),
        (present, recorded, "in the table, but never recorded so"),
    ):
        different = frame.join(other, on=frame.columns, how="anti", nulls_equal=True)
        for row in different.head(NAMED_ROWS).iter_rows(named=True):
            yield Mismatch(f"{table} ({', '.join(f'{name}={value}' for name, value in row.items())})", problem)
        if different.height > NAMED_ROWS:
            yield Mismatch(table, f"{different.height - NAMED_ROWS} more rows {problem}")


def _fact_models() -> Mapping[str, str]:
    return cast("Mapping[str, str]", import_string(settings.FACT_MODELS))


def _batch_tables() -> Mapping[str, tuple[FactTable, ...]]:
    return cast("Mapping[str, tuple[FactTable, ...]]", import_string(settings.FACT_BATCHES))


def _chunks(entries: models.QuerySet[EvidenceEntry]) -> Iterator[list[EvidenceEntry]]:
    chunk: list[Any] = []
    for entry in entries.iterator(chunk_size=CHUNK):
        chunk.append(entry)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
