"""What a door tells the centre: events, each with a number of its own, in batches that the door's key signs."""

import hashlib
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, Final

from lianfang.rules.codec import canonical
from lianfang.rules.verdict import Verdict
from lianfang.wire import cose
from lianfang.wire.keys import KeyUse, SigningKey, TrustList
from lianfang.wire.refusal import Refusal, Refused

BATCH_TYPE: Final = "application/vnd.lianfang.door+cbor"
MOST_EVENTS: Final = 5_000
PSEUDONYM_BYTES: Final = 8
BOOT_BYTES: Final = 8
_VERSION: Final = 1
_LARGEST: Final = 2**53
_LONGEST: Final = {"outcome": 20, "facts": 4_000}
_MOST_REASONS, _LONGEST_REASON = 20, 8


class EventKind(StrEnum):
    """What happened at a door."""

    ASKED = "asked"  # a code was shown and decided about
    UNREAD = "unread"  # the scanner could not reach its door: recorded, staff decided
    LET_IN = "let_in"  # by staff, who looked at the person and their card
    EXIT = "exit"
    HEAD_IN = "head_in"  # somebody without a code: a child
    HEAD_OUT = "head_out"
    RESET = "reset"  # the count of those inside began anew


@dataclass(frozen=True, slots=True)
class Clock:
    """The door's clocks at one moment: `at_ms` since the epoch as its wall clock has it, which may jump; `mono_ms` since
    the start named by `boot`, which does not."""

    at_ms: int
    boot: bytes
    mono_ms: int


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """One event. `facts`: what the door's rule decided on, canonical JSON, or empty. `inside`: the count after it."""

    seq: int
    kind: EventKind
    clock: Clock
    pseudonym: bytes | None = None
    outcome: str = ""
    reasons: tuple[str, ...] = ()
    inside: int = 0
    facts: str = ""

    def to_bytes(self) -> bytes:
        """Return the event as the door stores and sends it."""
        fields = [self.pseudonym, self.outcome, list(self.reasons), self.inside, self.facts]
        return cose.encoded([_VERSION, self.seq, str(self.kind), *astuple(self.clock), *fields])

    @classmethod
    def from_bytes(cls, content: bytes) -> "DoorEvent":
        """Read `to_bytes` back. Raises: Refused."""
        value = cose.decoded(content)
        if not isinstance(value, list) or len(value) != 11 or value[0] != _VERSION:
            raise Refused(Refusal.MALFORMED)
        _, seq, kind, at_ms, boot, mono_ms, pseudonym, outcome, reasons, inside, facts = value
        numbers_fit = all(type(n) is int and 0 <= n < _LARGEST for n in (at_ms, mono_ms)) and type(inside) is int
        texts_fit = _is_text(outcome, "outcome") and _is_text(facts, "facts")
        if not (numbers_fit and texts_fit and type(seq) is int and 0 < seq < _LARGEST and abs(inside) < 10**9):
            raise Refused(Refusal.MALFORMED)
        if not (_is_bytes(boot, BOOT_BYTES) and (pseudonym is None or _is_bytes(pseudonym, PSEUDONYM_BYTES))):
            raise Refused(Refusal.MALFORMED)
        if kind not in EventKind._value2member_map_ or not _are_reasons(reasons):
            raise Refused(Refusal.MALFORMED)
        clock = Clock(at_ms, boot, mono_ms)
        return cls(seq, EventKind(kind), clock, pseudonym, outcome, tuple(reasons), inside, facts)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one door hands over at once. `sent`: its clocks then. `lease`: the number of the lease it goes by, 0 for none."""

    door: str
    sent: Clock
    inside: int
    lease: int
    events: tuple[bytes, ...]


def sign_batch(batch: Batch, key: SigningKey) -> bytes:
    """Return the batch, signed by the door."""
    fields = [_VERSION, batch.door, *astuple(batch.sent), batch.inside, batch.lease, list(batch.events)]
    return cose.signed(cose.encoded(fields), key, type_=BATCH_TYPE)


def door_of(content: bytes) -> bytes:
    """Return the key id a batch claims, to look the key up; nothing is believed yet. Raises: Refused."""
    return cose.read(content).kid


def open_batch(content: bytes, trust: TrustList) -> Batch:
    """Read a batch that the door's key signed; its events are not looked into. Raises: Refused."""
    payload, _ = cose.opened(content, trust, KeyUse.DOOR)
    fields = cose.decoded(payload)
    if not isinstance(fields, list) or len(fields) != 8 or fields[0] != _VERSION:
        raise Refused(Refusal.MALFORMED)
    _, door, at_ms, boot, mono_ms, inside, lease, events = fields
    numbers_fit = all(type(n) is int and 0 <= n < _LARGEST for n in (at_ms, mono_ms, lease)) and type(inside) is int
    if not (numbers_fit and abs(inside) < 10**9 and _is_bytes(boot, BOOT_BYTES) and isinstance(door, str)):
        raise Refused(Refusal.MALFORMED)
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not all(type(e) is bytes for e in events):
        raise Refused(Refusal.MALFORMED)
    return Batch(door, Clock(at_ms, boot, mono_ms), inside, lease, tuple(events))


def digest(event: bytes) -> bytes:
    """Return what tells two events of one number apart: the first 16 bytes of SHA-256."""
    return hashlib.sha256(event).digest()[:16]


def facts_text(verdict: Verdict[Any]) -> str:
    """Return what a door's rule decided on, as an event carries it."""
    return canonical(verdict.facts)


def happened_ms(event: Clock, sent: Clock, received_ms: int) -> int:
    """Return when an event was, by the centre's clock: as long before the reception as the door's clocks say.

    The steady clock says it where the door was not started again since; else the wall clock, never later than received.
    """
    age = sent.mono_ms - event.mono_ms if event.boot == sent.boot else sent.at_ms - event.at_ms
    return received_ms - max(0, age)


def _is_text(value: Any, name: str) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST[name] and "\0" not in value


def _is_bytes(value: Any, length: int) -> bool:
    return type(value) is bytes and len(value) == length


def _are_reasons(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > _MOST_REASONS:
        return False
    return all(isinstance(each, str) and len(each) <= _LONGEST_REASON and each.isascii() for each in value)
