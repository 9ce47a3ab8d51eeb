"""What a door tells the centre: events, each with a number of its own, in batches that the door's key signs."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, Final, NamedTuple

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
_SEALED: Final = "sealed"
_MOST_INSIDE: Final = 10**9
# Events read at once: so few that Python's collector of garbage is not called for what lives a millisecond.
_BLOCK: Final = 256
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
        clock = self.clock
        times = (clock.at_ms, clock.boot, clock.mono_ms)
        said = (self.pseudonym, self.outcome, list(self.reasons), self.inside, self.facts)
        return cose.encoded([_VERSION, self.seq, str(self.kind), *times, *said])

    @classmethod
    def from_bytes(cls, content: bytes) -> "DoorEvent":
        """Read `to_bytes` back. Raises: Refused."""
        each = read_events([content])
        return cls(
            seq=each.seq[0],
            kind=EventKind(each.kind[0]),
            clock=Clock(each.at_ms[0], each.boot[0], each.mono_ms[0]),
            pseudonym=each.pseudonym[0],
            outcome=each.outcome[0],
            reasons=tuple(each.reasons[0]),
            inside=each.inside[0],
            facts=each.facts[0],
        )


def sealed_text(sealed: str) -> str:
    """Return how an event carries what was sealed to the centre's key (hex), where no rule decided; empty for nothing."""
    return canonical({_SEALED: sealed}) if sealed else ""


def sealed_in(facts: str) -> bytes:
    """Return what an event carries sealed, empty for nothing."""
    if not facts.startswith(f'{{"{_SEALED}":'):
        return b""
    try:
        return bytes.fromhex(json.loads(facts)[_SEALED])
    except (ValueError, TypeError):
        return b""


class EventColumns(NamedTuple):
    """Many events, field by field: thousands are checked at the price of a few loops in C."""

    seq: tuple[int, ...]
    kind: tuple[str, ...]
    at_ms: tuple[int, ...]
    boot: tuple[bytes, ...]
    mono_ms: tuple[int, ...]
    pseudonym: tuple[bytes | None, ...]
    outcome: tuple[str, ...]
    reasons: tuple[list[str], ...]
    inside: tuple[int, ...]
    facts: tuple[str, ...]

    def chosen(self, positions: Sequence[int]) -> "EventColumns":
        """Return the events at these ascending positions."""
        if len(positions) == len(self.seq):
            return self
        columns: Iterable[Any] = (tuple(column[position] for position in positions) for column in self)
        return EventColumns(*columns)


def read_events(contents: Sequence[bytes]) -> EventColumns:
    """Read events as doors store them. Raises: Refused when any of them is none."""
    blocks = [_read_block(contents[start : start + _BLOCK]) for start in range(0, len(contents), _BLOCK)]
    if len(blocks) == 1:
        return blocks[0]
    if not blocks:
        return EventColumns(*[()] * len(EventColumns._fields))
    columns: Iterable[Any] = (tuple(chain.from_iterable(parts)) for parts in zip(*blocks, strict=True))
    return EventColumns(*columns)


def _read_block(contents: Sequence[bytes]) -> EventColumns:
    values = cose.decoded_each(contents)
    if not _are(values, list) or {len(value) for value in values} != {1 + len(EventColumns._fields)}:
        raise Refused(Refusal.MALFORMED)
    version, *columns = zip(*values, strict=True)
    found = EventColumns(*columns)
    if not (_are(version, int) and set(version) == {_VERSION} and _fit(found)):
        raise Refused(Refusal.MALFORMED)
    return found


def _fit(found: EventColumns) -> bool:
    are_numbers = all(_are(column, int) for column in (found.seq, found.at_ms, found.mono_ms, found.inside))
    if not are_numbers or not all(_are(column, str) for column in (found.kind, found.outcome, found.facts)):
        return False
    if min(found.seq) == 0 or not all(_in_range(column) for column in (found.seq, found.at_ms, found.mono_ms)):
        return False
    if max(map(abs, found.inside)) >= _MOST_INSIDE or not set(found.kind) <= set(EventKind):
        return False
    texts_fit = _are_texts(found.outcome, "outcome") and _are_texts(found.facts, "facts")
    pseudonyms = [each for each in found.pseudonym if each is not None]
    codes_fit = _are_bytes(found.boot, BOOT_BYTES) and _are_bytes(pseudonyms, PSEUDONYM_BYTES)
    return texts_fit and codes_fit and _are_reasons(found.reasons)


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
    numbers_fit = _are((at_ms, mono_ms, lease, inside), int) and _in_range((at_ms, mono_ms, lease))
    if not (numbers_fit and abs(inside) < _MOST_INSIDE and _are_bytes([boot], BOOT_BYTES) and isinstance(door, str)):
        raise Refused(Refusal.MALFORMED)
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not _are(events, bytes):
        raise Refused(Refusal.MALFORMED)
    return Batch(door, Clock(at_ms, boot, mono_ms), inside, lease, tuple(events))


def digests(events: Iterable[bytes]) -> list[bytes]:
    """Return what tells two events of one number apart: for each the first 16 bytes of SHA-256."""
    return [hashlib.sha256(event).digest()[:16] for event in events]


def facts_text(verdict: Verdict[Any]) -> str:
    """Return what a door's rule decided on, as an event carries it."""
    return canonical(verdict.facts)


def happened_ms(events: EventColumns, sent: Clock, received_ms: int) -> list[int]:
    """Return when each event was, by the centre's clock: as long before the reception as the door's clocks say.

    The steady clock says it where the door was not started again since; else the wall clock, never later than received.
    """
    if set(events.boot) == {sent.boot}:
        now = sent.mono_ms
        ages = [now - mono_ms for mono_ms in events.mono_ms]
    else:
        clocks = zip(events.at_ms, events.boot, events.mono_ms, strict=True)
        ages = [sent.mono_ms - mono_ms if boot == sent.boot else sent.at_ms - at_ms for at_ms, boot, mono_ms in clocks]
    # Comparisons, not max and min: those are two calls for each of thousands.
    return [received_ms if age < 0 else received_ms - age if age < received_ms else 0 for age in ages]


def _are(column: Iterable[Any], kind: type) -> bool:
    """Return whether all are of exactly this type: True is no number here."""
    return set(map(type, column)) <= {kind}


def _in_range(column: Sequence[int]) -> bool:
    return min(column) >= 0 and max(column) < _LARGEST


def _are_texts(column: Sequence[str], name: str) -> bool:
    return max(map(len, column)) <= _LONGEST[name] and "\0" not in "".join(column)


def _are_bytes(column: Sequence[bytes], length: int) -> bool:
    return _are(column, bytes) and set(map(len, column)) <= {length}


def _are_reasons(column: Sequence[list[str]]) -> bool:
    if not _are(column, list) or max(map(len, column)) > _MOST_REASONS:
        return False
    reasons = list(chain.from_iterable(column))
    return _are(reasons, str) and all(
        len(each) <= _LONGEST_REASON and each.isascii() and each.isprintable() for each in set(reasons)
    )
