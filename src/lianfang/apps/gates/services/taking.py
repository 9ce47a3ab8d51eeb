"""Taking in a door's batch: every event is stored once or quarantined with its reason before the door may forget it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from lianfang.apps.core import evidence, outbox
from lianfang.apps.core.errors import NotAllowed
from lianfang.apps.gates.models import GateBatch, GateDevice, GateEvent, HighWaterMark, Quarantine
from lianfang.wire import doors
from lianfang.wire.doors import DoorEvent
from lianfang.wire.keys import Algorithm, KeyUse, TrustedKey, TrustList
from lianfang.wire.refusal import Refused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "device_id", "number", "batch_id", "kind", "happened_at", "device_at_ms", "pseudonym", "outcome", "reasons", "inside",
    "facts", "digest",
)  # fmt: skip
_TYPES = ["int8", "int8", "int8", "text", "timestamptz", "int8", "bytea", "text", "text", "int4", "text", "bytea"]


class DoorUnknown(NotAllowed):
    """No door that is believed has signed this."""

    code = "door_unknown"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: stored + repeated + quarantined = sent. `upto`: all numbers up to it are stored here.

    After this answer the door may forget everything that was in the batch.
    """

    stored: int
    repeated: int
    quarantined: int
    upto: int
    received_ms: int

    def plain(self) -> dict[str, int]:
        """Return it as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Sorted:
    new: list[tuple[DoorEvent, bytes]]
    n_repeated: int
    bad: list[tuple[str, bytes]]  # reason, content


def opened(content: bytes) -> tuple[GateDevice, doors.Batch]:
    """Return who signed a batch, and the batch. Raises: DoorUnknown."""
    try:
        kid = doors.door_of(content)
        device = GateDevice.objects.filter(code=kid.decode(errors="replace"), is_trusted=True).first()
        if device is None:
            raise DoorUnknown("No door with this key is enrolled.")
        key = TrustedKey(kid, Algorithm.EDDSA, KeyUse.DOOR, bytes(device.public), 0, 2**63 - 1)
        batch = doors.open_batch(content, TrustList([key]))
    except Refused as error:
        raise DoorUnknown("This batch is not signed by an enrolled door.") from error
    if batch.door != device.code:
        raise DoorUnknown("This batch names another door.")
    return device, batch


@transaction.atomic
def take(*, content: bytes, at: datetime) -> Taken:
    """Store a batch as it was received; repeating it changes nothing. Raises: DoorUnknown."""
    device, batch = opened(content)
    mark = HighWaterMark.objects.select_for_update().get(device=device)
    found = _sorted(device, batch, mark)
    received_ms = (at - _EPOCH) // timedelta(milliseconds=1)
    made = None
    if found.new or found.bad:
        made = GateBatch.objects.create(
            device=device, received_at=at, sent_ms=batch.sent.at_ms, sha256=hashlib.sha256(content).digest(),
            n_stored=len(found.new), n_repeated=found.n_repeated, n_quarantined=len(found.bad),
        )  # fmt: skip
        _store(made, batch, found.new, received_ms)
        _quarantine(made, found.bad)
    _advance(mark, [event.seq for event, _ in found.new])
    mark.inside, mark.heard_at = batch.inside, at
    mark.save(update_fields=["upto", "highest", "inside", "heard_at"])
    if made:
        outbox.add("gates.batch_taken")
        evidence.record("gate_batch", [made])
    return Taken(len(found.new), found.n_repeated, len(found.bad), mark.upto, received_ms)


def _sorted(device: GateDevice, batch: doors.Batch, mark: HighWaterMark) -> _Sorted:
    read: list[tuple[DoorEvent, bytes]] = []
    bad: list[tuple[str, bytes]] = []
    for content in batch.events:
        try:
            read.append((DoorEvent.from_bytes(content), content))
        except Refused:
            bad.append((Quarantine.Reason.MALFORMED, content))
    known = _known(device, [event.seq for event, _ in read if event.seq <= mark.highest])
    new, n_repeated = [], 0
    for event, content in read:
        digest = doors.digest(content)
        before = known.setdefault(event.seq, digest)
        if before is digest:
            new.append((event, content))
        elif before == digest:
            n_repeated += 1
        else:
            bad.append((Quarantine.Reason.DIFFERS, content))
    fresh = _not_quarantined(device, bad)
    return _Sorted(new, n_repeated + len(bad) - len(fresh), fresh)


def _known(device: GateDevice, numbers: list[int]) -> dict[int, bytes]:
    if not numbers:
        return {}
    rows = GateEvent.objects.filter(device=device, number__in=numbers).values_list("number", "digest")
    return {number: bytes(digest) for number, digest in rows}


def _not_quarantined(device: GateDevice, bad: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return those not there yet, each once."""
    if not bad:
        return []
    by_digest = {doors.digest(content): (reason, content) for reason, content in bad}
    rows = Quarantine.objects.filter(device=device, digest__in=list(by_digest)).values_list("digest", flat=True)
    there = {bytes(digest) for digest in rows}
    return [item for digest, item in by_digest.items() if digest not in there]


def _store(made: GateBatch, batch: doors.Batch, events: list[tuple[DoorEvent, bytes]], received_ms: int) -> None:
    if not events:
        return
    statement = f"COPY gates_gateevent ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_TYPES)
        for event, content in events:
            copy.write_row(_row(made, batch, event, content, received_ms))


def _row(made: GateBatch, batch: doors.Batch, event: DoorEvent, content: bytes, received_ms: int) -> tuple[Any, ...]:
    happened = _EPOCH + timedelta(milliseconds=max(0, doors.happened_ms(event.clock, batch.sent, received_ms)))
    return (
        made.device_id, event.seq, made.pk, event.kind.value, happened, event.clock.at_ms, event.pseudonym, event.outcome,
        " ".join(event.reasons), event.inside, event.facts, doors.digest(content),
    )  # fmt: skip


def _quarantine(made: GateBatch, bad: list[tuple[str, bytes]]) -> None:
    Quarantine.objects.bulk_create(
        Quarantine(device_id=made.device_id, batch=made, reason=reason, digest=doors.digest(content), content=content)
        for reason, content in bad
    )


_GAP = """
    SELECT coalesce(min(number), %s) - 1 FROM (
        SELECT number + 1 AS number FROM gates_gateevent e WHERE device_id = %s AND number >= %s AND NOT EXISTS (
            SELECT 1 FROM gates_gateevent n WHERE n.device_id = e.device_id AND n.number = e.number + 1)
        ORDER BY number LIMIT 1) first
"""


def _advance(mark: HighWaterMark, numbers: list[int]) -> None:
    """Move the mark over what is stored now. Numbers usually come in order; else the first gap is looked for."""
    new = set(numbers)
    while mark.upto + 1 in new:
        mark.upto += 1
    mark.highest = max([mark.highest, *numbers])
    if mark.highest > mark.upto and GateEvent.objects.filter(device_id=mark.device_id, number=mark.upto + 1).exists():
        with connection.cursor() as cursor:
            cursor.execute(_GAP, [mark.upto + 1, mark.device_id, mark.upto + 1])
            mark.upto = cursor.fetchone()[0]
