"""Status lists are the IETF draft's, signed, and follow one another."""

import zlib
from base64 import urlsafe_b64decode

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.wire import cose, status
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustList
from lianfang.wire.refusal import Refusal, Refused
from lianfang.wire.status import Delta, Edition, SignedList, Status, StatusList

AT = 1_608_393_600
KEY = SigningKey.from_secret(b"\x03\x01", Algorithm.EDDSA, bytes(range(32)))
TRUST = TrustList([KEY.trusted(KeyUse.STATUS, AT - 60, AT + 86_400)])
EDITION = Edition(list_id=7, version=40, issued_at=AT, ttl_s=3600, expires_at=AT + 86_400)

ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
# The draft's appendix of test vectors: lists of 2^20 entries.
SET_1 = dict.fromkeys(
    [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345], 1
)  # fmt: skip
SET_2 = {
    0: 1, 1993: 2, 25460: 1, 159495: 3, 495669: 1, 554353: 1, 645645: 2, 723232: 1, 854545: 1, 934534: 2, 1000345: 3,
}  # fmt: skip
LIST_1 = """
a2646269747301636c737458bd78daeddc010dc0200c0041a88249400ad2903e0f4b
ba00bd93f002beb7a2a2010000a91e09000000000000000000000000000000807296
04000000000000000000000000000000000000000000000000000000000000000000
000000000000005c6f4800000000000000fc2c240000000000000000000000be1b12
000000000000000000ecaa4b000000000000000000000000000000009b0b09000000
00000000000038de9400000000000000002a30cc010000000080642f0bd8011b
"""
LIST_2 = """
a2646269747302636c737459013d78daeddb310d00211000412ea1a04004fe5520ed
357c28c81d3312b6df68bc65480000000000406e2101000000000000000000000000
0000000000000000000000000000000000000040795b020000000000000000000000
00000000000000000000000000000000000000000000000000000000000000000000
00000000000000000000000000000000000000000000000000000000000000000000
0080f4ba0400000000000000000000000000406d764a000000000000000000000000
000000000000000000e0922101000000000000000000000000000000000000fc1312
00000000000000000000000000000000000000000000000000000000000000c0912e
01000000000000000000000000000000000000c07d4b020000000000000000000000
00000000a8614a0000000000000000000000406a1fcd60010c
"""


def unpacked(lst: str) -> bytes:
    return urlsafe_b64decode(lst + "=" * (-len(lst) % 4))


@pytest.mark.parametrize(
    ("bits", "values", "packed", "lst"),
    [(1, ONE_BIT, "b9a3", "eNrbuRgAAhcBXQ"), (2, TWO_BITS, "c944f9", "eNo76fITAAPfAgc")],
)
def test_published_examples(bits: int, values: list[int], packed: str, lst: str) -> None:
    made = StatusList.of(bits, len(values), dict(enumerate(values)))
    assert [made[index] for index in range(len(values))] == values
    assert zlib.decompress(unpacked(lst)).hex() == packed
    assert made.compressed() == unpacked(lst)
    found = StatusList.from_compressed(bits, unpacked(lst))
    assert [found[index] for index in range(len(values))] == values


@pytest.mark.parametrize(("bits", "statuses", "published"), [(1, SET_1, LIST_1), (2, SET_2, LIST_2)])
def test_published_vectors_of_a_million_entries(bits: int, statuses: dict[int, int], published: str) -> None:
    status_list = cbor2.loads(bytes.fromhex(published))
    assert status_list["bits"] == bits
    found = StatusList.from_compressed(bits, status_list["lst"])
    assert len(found) == 1 << 20
    made = StatusList.of(bits, 1 << 20, statuses)
    assert zlib.decompress(made.compressed()) == zlib.decompress(found.compressed())
    assert {index: found[index] for index in statuses} == statuses


@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_what_is_set_is_read_back(bits: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=1, max_size=40))
    made = StatusList.of(bits, len(values), dict(enumerate(values)))
    assert [made[index] for index in range(len(values))] == values


def test_a_list_knows_its_limits() -> None:
    made = StatusList.of(2, 5, {})
    assert len(made) == 8
    for index in (-1, 8):
        with pytest.raises(IndexError):
            made[index]
        with pytest.raises(IndexError):
            made.change([(index, 1)])
    for value in (-1, 4):
        with pytest.raises(ValueError, match="2 bits"):
            made.change([(0, value)])
    with pytest.raises(ValueError, match="1, 2, 4 or 8"):
        StatusList(3, b"")


def refused(content: bytes) -> Refusal:
    with pytest.raises(Refused) as caught:
        status.open_list(content, TRUST)
    return caught.value.reason


def test_a_signed_list_is_read_back_and_one_changed_is_not() -> None:
    made = StatusList.of(2, 1000, {3: Status.NOW_RED})
    content = status.sign_list(EDITION, made, KEY)
    found = status.open_list(content, TRUST)
    assert found.edition == EDITION
    assert (found.statuses[3], found.statuses[4]) == (Status.NOW_RED, Status.STANDS)
    assert refused(content[:-1] + bytes([content[-1] ^ 1])) is Refusal.BAD_SIGNATURE
    late = Edition(7, 40, AT + 86_400, 3600, AT + 99_999)
    assert refused(status.sign_list(late, made, KEY)) is Refusal.KEY_NOT_IN_FORCE


GOOD = {2: "urn:lianfang:status:7", 6: AT, 4: AT, 65534: 1, 65533: {"bits": 2, "lst": zlib.compress(b"")}, -70001: 1}


@pytest.mark.parametrize(
    "change",
    [
        {6: "now"}, {4: None}, {-70001: -1}, {65533: 1}, {65533: {"bits": "2", "lst": b""}}, {2: "urn:lianfang:status:x"},
        {65533: {"bits": 2, "lst": b"no zlib"}}, {65533: {"bits": 2, "lst": zlib.compress(b"abc")[:-2]}},
        {65533: {"bits": 2, "lst": zlib.compress(b"abc") + b"!"}}, {65533: {"bits": 3, "lst": zlib.compress(b"abc")}},
    ],
)  # fmt: skip
def test_signed_claims_of_another_shape_are_refused(change: dict[int, object]) -> None:
    assert status.open_list(cose.signed(cbor2.dumps(GOOD), KEY), TRUST).edition.list_id == 7
    assert refused(cose.signed(cbor2.dumps(GOOD | change), KEY)) is Refusal.MALFORMED


def test_what_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(Refused):
        StatusList.from_compressed(2, zlib.compress(bytes(1000)), largest=999)


def test_a_delta_brings_a_list_up_to_date_once() -> None:
    known = SignedList(EDITION, StatusList.of(2, 100, {}))
    delta = Delta(7, since=39, version=41, issued_at=AT + 60, changes=((5, Status.NOW_YELLOW),))
    read = status.open_delta(status.sign_delta(delta, KEY), TRUST)
    assert read == delta
    after = status.apply(known, read)
    assert after is not None
    assert after.edition == Edition(7, 41, AT + 60, 3600, AT + 86_460)
    assert (after.statuses[5], known.statuses[5]) == (Status.NOW_YELLOW, Status.STANDS)
    assert status.apply(after, read) is None
    for other in (Delta(8, 39, 41, AT, ()), Delta(7, 41, 42, AT, ())):
        assert status.apply(known, other) is None
    with pytest.raises(Refused):
        status.apply(known, Delta(7, 40, 41, AT, ((100, 1),)))


@pytest.mark.parametrize("changes", ["no list", [1], [1, -2]])
def test_a_delta_of_another_shape_is_refused(changes: object) -> None:
    claims = {2: "urn:lianfang:status:7", 6: AT, -70001: 2, -70002: 1, -70003: changes}
    with pytest.raises(Refused):
        status.open_delta(cose.signed(cbor2.dumps(claims), KEY), TRUST)


def test_claims_that_are_no_map_are_refused() -> None:
    assert refused(cose.signed(cbor2.dumps([1]), KEY)) is Refusal.MALFORMED
