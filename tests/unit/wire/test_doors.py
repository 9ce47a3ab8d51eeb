"""What doors send: read back exactly, refused when anything is odd, dated by the steady clock."""

from dataclasses import replace

import pytest

from lianfang.wire import cose, doors
from lianfang.wire.doors import Batch, Clock, DoorEvent, EventKind
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustList
from lianfang.wire.refusal import Refused

BOOT = b"boot0001"
KEY = SigningKey.made(b"door-1", Algorithm.EDDSA)
TRUST = TrustList([KEY.trusted(KeyUse.DOOR, 0, 2**62)])
EVENT = DoorEvent(7, EventKind.ASKED, Clock(1_000, BOOT, 5), b"12345678", "admit", ("E-15",), -3, "{}")


def test_events_and_batches_are_read_back() -> None:
    assert DoorEvent.from_bytes(EVENT.to_bytes()) == EVENT
    batch = Batch("door-1", Clock(2_000, BOOT, 9), -3, 0, (EVENT.to_bytes(), b"not an event"))
    assert doors.open_batch(doors.sign_batch(batch, KEY), TRUST) == batch
    assert doors.door_of(doors.sign_batch(batch, KEY)) == b"door-1"


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 2), (1, 0), (1, True), (1, 2**53), (2, "gone"), (3, -1), (4, b"short"), (5, 1.5), (6, b"1"), (7, "x" * 21), (7, "\0"),
     (8, "E-1"), (8, ["x" * 9]), (8, ["E\0"]), (8, [1]), (8, ["E"] * 21), (9, 10**9), (10, "x" * 4001), (10, None)],
)  # fmt: skip
def test_odd_events_are_refused(position: int, value: object) -> None:
    fields = cose.decoded(EVENT.to_bytes())
    fields[position] = value
    with pytest.raises(Refused):
        DoorEvent.from_bytes(cose.encoded(fields))


def test_a_batch_of_another_key_or_use_is_refused() -> None:
    batch = Batch("door-1", Clock(2_000, BOOT, 9), 0, 0, ())
    other = SigningKey.made(b"door-1", Algorithm.EDDSA)
    with pytest.raises(Refused):
        doors.open_batch(doors.sign_batch(batch, other), TRUST)
    with pytest.raises(Refused):
        doors.open_batch(doors.sign_batch(batch, KEY), TrustList([KEY.trusted(KeyUse.CODE, 0, 2**62)]))


def test_an_event_is_dated_by_how_long_ago_it_was() -> None:
    """By the steady clock where the door was not started again since, else by the wall clock; never after its reception."""
    received = 50_000_000

    def dated(at_ms: int, boot: bytes, mono_ms: int, sent: Clock) -> int:
        events = doors.read_events([replace(EVENT, clock=Clock(at_ms, boot, mono_ms)).to_bytes()])
        return doors.happened_ms(events, sent, received)[0]

    assert dated(999_999_999, BOOT, 1_000, Clock(5, BOOT, 4_000)) == received - 3_000, "the wall clock jumped"
    assert dated(999_999_999, BOOT, 1_000, Clock(1_000_002_999, b"boot0002", 10)) == received - 3_000, "started again"
    assert dated(999_999_999, BOOT, 1_000, Clock(5, b"boot0002", 10)) == received


def test_many_events_are_read_as_each_alone() -> None:
    events = [replace(EVENT, seq=number, pseudonym=None if number % 2 else b"12345678") for number in range(1, 9)]
    contents = [each.to_bytes() for each in events]
    found = doors.read_events(contents)
    assert found.seq == tuple(range(1, 9))
    assert [DoorEvent.from_bytes(content) for content in contents] == events
    whole = contents[0] + contents[1]
    for odd in ([whole[:100], whole[100:]], [*contents, b""], [contents[0] + b"\0"]):  # borders in the wrong place
        with pytest.raises(Refused):
            doors.read_events(odd)
