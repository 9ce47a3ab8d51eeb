"""Writing to the evidence log: one gap-free sequence in commit order, hashed into a Merkle tree."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from lianfang.apps.core import bulk, outbox
from lianfang.apps.core.commitments import lock_log, name_of, salts_of_today
from lianfang.apps.core.models import EvidenceEntry, FactArchive, FactBatch, TreeHead, User
from lianfang.wire.treehead import Frontier, leaf_hash

# Kind, number of the row, commitment to its content, number of the key of the commitment.
Item = tuple[str, int, bytes, int | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a batch: its county day (None for the whole), row count and Parquet bytes."""

    day: date | None
    n_rows: int
    content: bytes


def canonical(value: Any) -> bytes:
    """Return the one JSON form of a fact: sorted keys, no blanks, instants as UTC microseconds, bytes as hex."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def micros(value: datetime) -> int:
    """Return an aware instant as whole microseconds since the epoch (exact; floats would not be)."""
    return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def row_content(row: models.Model) -> bytes:
    """Return the canonical content of a fact row: every column but `seq`, which the log itself gives."""
    fields = [field for field in row._meta.concrete_fields if field.attname != "seq"]
    return canonical({field.attname: _stored(field, getattr(row, field.attname)) for field in fields})


def _stored(field: "models.Field[Any, Any]", value: Any) -> Any:
    return str(value) if isinstance(field, models.FileField | models.DecimalField) and value is not None else value


def known_seq() -> int:
    """Return the number of the last committed entry: all facts up to it, and no others, are known."""
    return EvidenceEntry.objects.aggregate(last=models.Max("seq"))["last"] or 0


def record(kind: str, rows: Sequence[models.Model]) -> int:
    """Append one entry per row (already saved), set each row's `seq`, and return the last number.

    Call it late in the transaction: the log is locked until commit.
    """
    if not rows:
        return known_seq()
    entries = _append(_committed(kind, rows))
    for row, entry in zip(rows, entries, strict=True):
        row.seq = entry.seq  # type: ignore[attr-defined]
    _set_seq(rows)
    return entries[-1].seq


def insert(kind: str, rows: Sequence[models.Model]) -> None:
    """Append one entry per new row and store the rows with their numbers; ids are allotted where missing.

    For many rows: no row is written twice. Call it last in the transaction: the log is locked until commit.
    """
    if not rows:
        return
    bulk.allot_ids(rows)
    entries = _append(_committed(kind, rows))
    for row, entry in zip(rows, entries, strict=True):
        row.seq = entry.seq  # type: ignore[attr-defined]
    bulk.insert(rows)


def record_batch(batch: FactBatch, parts: Iterable[Part]) -> int:
    """Store a batch's Parquet parts, append the batch's one entry and return its number."""
    stored = [
        FactArchive(
            batch=batch, part=p.day, n_rows=p.n_rows, content=p.content, sha256=hashlib.sha256(p.content).digest()
        )
        for p in parts
    ]
    for archive in stored:  # one at a time: a part can be megabytes
        archive.save(force_insert=True)
    batch.n_rows = sum(archive.n_rows for archive in stored)
    outbox.add("core.batch_recorded", batch_id=batch.pk, kind=batch.kind)
    kind = f"batch:{batch.kind}"
    salt = salts_of_today([kind], at=timezone.now())[kind]
    (entry,) = _append([(kind, batch.pk, salt.over(batch_content(batch, stored)), salt.pk)])
    batch.seq = entry.seq
    batch.save(update_fields=["n_rows", "seq"])
    return entry.seq


def batch_content(batch: FactBatch, parts: Iterable[FactArchive]) -> bytes:
    """Return what is committed to of a batch: its head and the hash of every part, in order of day."""
    head = {
        "kind": batch.kind,
        "source": batch.source,
        "recorded_at": batch.recorded_at,
        "recorded_by": batch.recorded_by_id,
        "parts": [[p.part, p.n_rows, p.sha256] for p in sorted(parts, key=lambda p: (p.part is not None, p.part))],
    }
    return canonical(head)


def open_batch(*, kind: str, source: str, at: datetime, by: User | None) -> FactBatch:
    """Start a batch; its facts become known when `record_batch` numbers it."""
    return FactBatch.objects.create(kind=kind, source=source[:200], recorded_at=at, recorded_by=by)


def entry_content(entry: EvidenceEntry) -> bytes:
    """Return what an entry's leaf hash covers."""
    return canonical(
        {"seq": entry.seq, "kind": entry.kind, "ref": entry.ref, "hash": entry.content_hash, "at": entry.recorded_at}
    )


def _committed(kind: str, rows: Sequence[models.Model]) -> list[Item]:
    names = [name_of(kind, row) for row in rows]
    salts = salts_of_today(names, at=timezone.now())
    return [
        (kind, row.pk, salts[name].over(row_content(row)), salts[name].pk)
        for row, name in zip(rows, names, strict=True)
    ]


def _append(items: Sequence[Item]) -> list[EvidenceEntry]:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the evidence log is appended to inside a transaction")
    now = lock_log()
    last = TreeHead.objects.order_by("-size").first()
    frontier = Frontier.from_bytes(last.size, bytes(last.frontier)) if last else Frontier()
    entries = []
    for kind, ref, content_hash, key in items:
        entry = EvidenceEntry(
            seq=frontier.size + 1, kind=kind, ref=ref, content_hash=content_hash, recorded_at=now, key_id=key
        )
        entry.leaf_hash = leaf_hash(entry_content(entry))
        frontier = frontier.append(entry.leaf_hash)
        entries.append(entry)
    bulk.insert(entries)
    TreeHead.objects.create(size=frontier.size, root=frontier.root(), frontier=frontier.to_bytes(), recorded_at=now)
    return entries


def _set_seq(rows: Sequence[models.Model]) -> None:
    """Write the numbers of many rows in one statement (the only column that is set after insertion)."""
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    key = connection.ops.quote_name(str(rows[0]._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET seq = given.seq FROM unnest(%s::bigint[], %s::bigint[]) AS given(id, seq)"  # noqa: S608
            f" WHERE {table}.{key} = given.id",
            [[row.pk for row in rows], [row.seq for row in rows]],  # type: ignore[attr-defined]
        )
