"""Taking in a door's batch: every event is stored once or quarantined with its reason before the door may forget it."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from lianfang.apps.core import evidence, outbox
from lianfang.apps.core.copying import POSTGRES_EPOCH_US, copy_columns
from lianfang.apps.core.errors import DomainError, NotAllowed
from lianfang.apps.gates.models import GateBatch, GateDevice, GateEvent, HighWaterMark, Quarantine
from lianfang.apps.gates.services.leasing import lease_for
from lianfang.wire import doors
from lianfang.wire.doors import Clock
from lianfang.wire.keys import Algorithm, KeyUse, TrustedKey, TrustList
from lianfang.wire.refusal import Refused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DoorUnknown(NotAllowed):
    """No door that is believed has signed this."""

    code = "door_unknown"


class BatchUnreadable(DomainError):
    """These bytes are no batch."""

    code = "batch_unreadable"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: stored + repeated + quarantined = sent. `upto`: all numbers up to it are stored here.

    After this answer the door may forget everything that was in the batch. `lease`: what it goes by from now on, signed.
    """

    stored: int
    repeated: int
    quarantined: int
    upto: int
    received_ms: int
    lease: bytes = b""

    def plain(self) -> dict[str, int | str]:
        """Return it as JSON has it."""
        return {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What a batch holds. `new` with their digests, field by field; `bad`: reason and content."""

    new: doors.EventColumns
    digests: list[bytes]
    n_repeated: int
    bad: list[tuple[str, bytes]]


def opened(content: bytes) -> tuple[GateDevice, doors.Batch]:
    """Return who signed a batch, and the batch. Raises: BatchUnreadable, DoorUnknown."""
    try:
        kid = doors.door_of(content)
    except Refused as error:
        raise BatchUnreadable("This is no batch of a door.") from error
    try:
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
    if found.digests or found.bad:
        made = GateBatch.objects.create(
            device=device, received_at=at, sent_ms=batch.sent.at_ms, sha256=hashlib.sha256(content).digest(),
            n_stored=len(found.digests), n_repeated=found.n_repeated, n_quarantined=len(found.bad),
        )  # fmt: skip
        _store(made, found, batch.sent, received_ms)
        _quarantine(made, found.bad)
        _advance(mark, found.new.seq)
        if mark.newest_batch == mark.followed_batch:  # else a batch before it waits, and this one is followed with it
            outbox.add("gates.batch_taken")
        mark.newest_batch = made.pk
        evidence.record("gate_batch", [made])
    mark.inside, mark.heard_at = batch.inside, at
    mark.save(update_fields=["upto", "highest", "newest_batch", "inside", "heard_at"])
    lease = lease_for(device, inside=batch.inside, goes_by=batch.lease, at=at)
    return Taken(len(found.digests), found.n_repeated, len(found.bad), mark.upto, received_ms, lease)


def _sorted(device: GateDevice, batch: doors.Batch, mark: HighWaterMark) -> _Sorted:
    events, readable, bad = _read(batch.events)
    digests, numbers = doors.digests(readable), events.seq
    known = _known(device, [number for number in numbers if number <= mark.highest])
    if not bad and len(set(numbers)) == len(numbers) and min(numbers, default=0) > mark.highest:
        return _Sorted(events, digests, 0, [])
    new: list[int] = []
    n_repeated = 0
    for position, (number, digest) in enumerate(zip(numbers, digests, strict=True)):
        if number <= mark.upto and number not in known:  # stored once and destroyed since: it does not come back
            n_repeated += 1
            continue
        before = known.setdefault(number, digest)
        if before is digest:
            new.append(position)
        elif before == digest:
            n_repeated += 1
        else:
            bad.append((Quarantine.Reason.DIFFERS, readable[position]))
    fresh = _not_quarantined(device, bad)
    return _Sorted(events.chosen(new), [digests[each] for each in new], n_repeated + len(bad) - len(fresh), fresh)


def _read(contents: Sequence[bytes]) -> tuple[doors.EventColumns, Sequence[bytes], list[tuple[str, bytes]]]:
    """Return the events that can be read, their bytes, and the others; one that cannot be read holds up no other."""
    try:
        return doors.read_events(contents), contents, []
    except Refused:
        readable = [content for content in contents if _is_event(content)]
        bad = [(Quarantine.Reason.MALFORMED.value, content) for content in contents if not _is_event(content)]
        return doors.read_events(readable), readable, bad


def _is_event(content: bytes) -> bool:
    try:
        doors.read_events([content])
    except Refused:
        return False
    return True


def _known(device: GateDevice, numbers: list[int]) -> dict[int, bytes]:
    if not numbers:
        return {}
    statement = "SELECT number, digest FROM gates_gateevent WHERE device_id = %s AND number = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [device.pk, numbers])
        return {number: bytes(digest) for number, digest in cursor.fetchall()}


def _not_quarantined(device: GateDevice, bad: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return those not there yet, each once."""
    if not bad:
        return []
    by_digest = dict(zip(doors.digests(content for _, content in bad), bad, strict=True))
    rows = Quarantine.objects.filter(device=device, digest__in=list(by_digest)).values_list("digest", flat=True)
    there = {bytes(digest) for digest in rows}
    return [item for digest, item in by_digest.items() if digest not in there]


def _store(made: GateBatch, found: _Sorted, sent: Clock, received_ms: int) -> None:
    """Write the new events to their table."""
    new, n = found.new, len(found.digests)
    happened_ms = doors.happened_ms(new, sent, received_ms)
    copy_columns(
        GateEvent._meta.db_table,
        {
            "device_id": ("int8", [made.device_id] * n),
            "number": ("int8", new.seq),
            "batch_id": ("int8", [made.pk] * n),
            "kind": ("text", new.kind),
            "happened_at": ("int8", [each * 1000 - POSTGRES_EPOCH_US for each in happened_ms]),
            "device_at_ms": ("int8", new.at_ms),
            "pseudonym": ("bytea", new.pseudonym),
            "outcome": ("text", new.outcome),
            "reasons": ("text", list(map(" ".join, new.reasons))),
            "inside": ("int4", new.inside),
            "facts": ("text", new.facts),
            "digest": ("bytea", found.digests),
        },
    )


def _quarantine(made: GateBatch, bad: list[tuple[str, bytes]]) -> None:
    digests = doors.digests(content for _, content in bad)
    Quarantine.objects.bulk_create(
        Quarantine(device_id=made.device_id, batch=made, reason=reason, digest=digest, content=content)
        for (reason, content), digest in zip(bad, digests, strict=True)
    )


_GAP = """
    SELECT coalesce(min(number), %s) - 1 FROM (
        SELECT number + 1 AS number FROM gates_gateevent e WHERE device_id = %s AND number >= %s AND NOT EXISTS (
            SELECT 1 FROM gates_gateevent n WHERE n.device_id = e.device_id AND n.number = e.number + 1)
        ORDER BY number LIMIT 1) first
"""


def _advance(mark: HighWaterMark, numbers: Sequence[int]) -> None:
    """Move the mark over what is stored now. Numbers usually come in order; else the first gap is looked for."""
    new, upto = set(numbers), mark.upto
    while upto + 1 in new:
        upto += 1
    mark.upto, mark.highest = upto, max([mark.highest, *numbers])
    if mark.highest > mark.upto and GateEvent.objects.filter(device_id=mark.device_id, number=mark.upto + 1).exists():
        with connection.cursor() as cursor:
            cursor.execute(_GAP, [mark.upto + 1, mark.device_id, mark.upto + 1])
            mark.upto = cursor.fetchone()[0]
