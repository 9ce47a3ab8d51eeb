"""Codes: small enough to scan, verified by the trust list alone, and by an independent implementation of COSE."""

from dataclasses import replace

import cbor2
import pytest
import segno
from cwt import COSE, COSEKey
from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.rules.vocabulary import Colour
from lianfang.wire import base45, code, cose
from lianfang.wire.code import DayCode
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustedKey, TrustList
from lianfang.wire.refusal import Refusal, Refused

AT = 1_608_393_600
DAY_S = 86_400
EDDSA = SigningKey.from_secret(b"\x01\x01", Algorithm.EDDSA, bytes(range(32)))
ES256 = SigningKey.from_secret(b"\x02\x01", Algorithm.ES256, bytes(range(1, 33)))
STATUS = SigningKey.from_secret(b"\x03\x01", Algorithm.EDDSA, bytes(range(2, 34)))
HOLDER = SigningKey.from_secret(b"", Algorithm.ES256, bytes(range(3, 35)))
TRUST = TrustList(
    [
        EDDSA.trusted(KeyUse.CODE, AT - DAY_S, AT + DAY_S),
        ES256.trusted(KeyUse.CODE, AT - DAY_S, AT + DAY_S),
        STATUS.trusted(KeyUse.STATUS, AT - DAY_S, AT + DAY_S),
    ]
)
# The largest numbers that a county of 50 million entries and a day's validity can bring.
CODE = DayCode(Colour.GREEN, list_id=60_000, index=50_000_000, issued_at=AT, valid_minutes=1440, pseudonym=b"\xff" * 8)


def refusal(text: str, trust: TrustList = TRUST) -> Refusal:
    with pytest.raises(Refused) as caught:
        code.read(text, trust)
    return caught.value.reason


def token(text: str) -> bytes:
    return base45.decode(text.removeprefix(code.DAY_PREFIX))


@pytest.mark.parametrize("key", [EDDSA, ES256], ids=["Ed25519", "ES256"])
def test_a_day_code_fits_a_small_qr_code_and_is_read_back(key: SigningKey) -> None:
    text = code.issue(CODE, key)
    assert len(text) <= 170
    drawn = segno.make(text, error="m", boost_error=False, micro=False)
    assert int(drawn.version) <= 7
    assert drawn.mode == "alphanumeric"
    assert code.read(text, TRUST) == code.ReadCode(CODE, key.kid)
    assert CODE.expires_at == AT + DAY_S


@pytest.mark.parametrize("key", [EDDSA, ES256], ids=["Ed25519", "ES256"])
def test_another_implementation_reads_ours_and_we_read_its(key: SigningKey) -> None:
    parameters = {1: 1, 3: -8, -1: 6, -4: key.secret(), -2: key.public()} if key is EDDSA else ec2(key)
    theirs = COSEKey.new({**parameters, 2: key.kid})
    ours = token(code.issue(CODE, key))
    payload = COSE.new().decode(cbor2.CBORTag(18, cbor2.loads(ours)), theirs)
    assert cbor2.loads(payload)[4] == AT
    made = COSE.new().encode(payload, theirs, protected={1: int(key.algorithm)}, unprotected={4: key.kid})
    assert code.read(code.DAY_PREFIX + base45.encode(made), TRUST).code == CODE


def ec2(key: SigningKey) -> dict[int, object]:
    numbers = key._private.public_key().public_numbers()  # type: ignore[union-attr]
    x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)  # type: ignore[union-attr]
    return {1: 2, 3: -7, -1: 1, -2: x, -3: y, -4: key.secret()}


# RFC 9052, appendix C.2.1 (single ECDSA signature), with the public key of appendix C.7.1.
RFC_9052 = bytes.fromhex(
    "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c0831"
    "06c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
)
RFC_KEY = bytes.fromhex("02bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff")
# cose-wg/Examples, sign1-tests/sign-pass-01: the same key, the algorithm in the unprotected header.
UNPROTECTED = bytes.fromhex(
    "d28441a0a201260442313154546869732069732074686520636f6e74656e742e5840eae868ecc176883766c5dc5ba5b8dca25dab3c2e56a5"
    "51ce5705b793914348e11a02e5f0344bf2d4ee5c7fd75a68a9f5e0b3cc1f1fc1409c189566586ff9d610"
)


def test_the_published_example_verifies_with_the_published_key() -> None:
    trust = TrustList([TrustedKey(b"11", Algorithm.ES256, KeyUse.CODE, RFC_KEY, 0, AT)])
    assert cose.opened(RFC_9052, trust, KeyUse.CODE)[0] == b"This is the content."
    changed = RFC_9052.replace(b"content.", b"contend.")
    with pytest.raises(Refused, match="bad_signature"):
        cose.opened(changed, trust, KeyUse.CODE)


def test_an_algorithm_that_no_signature_covers_is_not_believed() -> None:
    trust = TrustList([TrustedKey(b"11", Algorithm.ES256, KeyUse.CODE, RFC_KEY, 0, AT)])
    with pytest.raises(Refused, match="wrong_algorithm"):
        cose.opened(UNPROTECTED, trust, KeyUse.CODE)


def test_the_key_is_chosen_by_the_trust_list_alone() -> None:
    stranger = SigningKey.made(b"\x09\x09", Algorithm.EDDSA)
    assert refusal(code.issue(CODE, stranger)) is Refusal.UNKNOWN_KEY
    impostor = SigningKey.made(EDDSA.kid, Algorithm.EDDSA)
    assert refusal(code.issue(CODE, impostor)) is Refusal.BAD_SIGNATURE
    other_algorithm = SigningKey.made(EDDSA.kid, Algorithm.ES256)
    assert refusal(code.issue(CODE, other_algorithm)) is Refusal.WRONG_ALGORITHM
    assert refusal(code.issue(CODE, STATUS)) is Refusal.WRONG_USE
    assert refusal(code.issue(replace(CODE, issued_at=AT + DAY_S), EDDSA)) is Refusal.KEY_NOT_IN_FORCE
    with pytest.raises(ValueError, match="two keys"):
        TrustList([*TRUST.keys.values(), EDDSA.trusted(KeyUse.CODE, 0, 1)])


def test_a_phone_signs_what_it_shows_and_the_minute() -> None:
    held = replace(CODE, holder=HOLDER.public())
    shown = code.show(code.issue(held, EDDSA), HOLDER, AT + 95)
    assert segno.make(shown, error="m", boost_error=False).version <= 12
    assert code.read(shown, TRUST) == code.ReadCode(held, EDDSA.kid, AT + 60)
    assert code.read(code.issue(held, EDDSA), TRUST).shown_at is None


def test_a_shown_code_of_another_phone_minute_or_kind_is_refused() -> None:
    held = code.issue(replace(CODE, holder=HOLDER.public()), EDDSA)
    another = SigningKey.made(b"", Algorithm.ES256)
    assert refusal(code.show(held, another, AT)) is Refusal.BAD_HOLDER
    assert refusal(code.show(code.issue(CODE, EDDSA), HOLDER, AT)) is Refusal.BAD_HOLDER
    parts = cbor2.loads(base45.decode(code.show(held, HOLDER, AT).removeprefix(code.SHOWN_PREFIX)))
    for changed in ([parts[0], parts[1] + 1, parts[2]], [parts[0], parts[1], b"\0" * 63]):
        assert refusal(code.SHOWN_PREFIX + base45.encode(cbor2.dumps(changed))) is Refusal.BAD_HOLDER
    for broken in (parts[:2], [parts[0], -1, parts[2]], [parts[0], "now", parts[2]], [1, parts[1], parts[2]], 7):
        assert refusal(code.SHOWN_PREFIX + base45.encode(cbor2.dumps(broken))) is Refusal.MALFORMED


FIELDS = [1, 1, 5, 6, AT, 60, b"12345678"]


@pytest.mark.parametrize(
    "fields",
    [
        7,
        FIELDS[:6],
        [2, *FIELDS[1:]],
        [*FIELDS[:1], 4, *FIELDS[2:]],
        [*FIELDS[:2], -5, *FIELDS[3:]],
        [*FIELDS[:3], True, *FIELDS[4:]],
        [*FIELDS[:6], b"1234567"],
        [*FIELDS, b"\x02" + b"\xff" * 32],
        [*FIELDS, b"\x02"],
        [*FIELDS, "point"],
        [*FIELDS, HOLDER.public(), 1],
    ],
)
def test_a_signed_payload_of_another_shape_is_refused(fields: object) -> None:
    assert refusal(code.DAY_PREFIX + base45.encode(cose.signed(cbor2.dumps(fields), EDDSA))) is Refusal.MALFORMED


@pytest.mark.parametrize("text", ["", "jk1:", "HC1:6BF", "JK1:" + "0" * 500])
def test_what_is_no_code_of_ours_is_told_apart(text: str) -> None:
    assert refusal(text) is Refusal.NOT_OURS


@pytest.mark.parametrize(
    "value",
    [
        b"", [1, 2, 3], [b"", {}, b"", 1], [b"\xa0", {}, b"", b""], [b"\x01", {}, b"", b""], [b"\xa0", {4: 1}, b"", b""],
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(value: object) -> None:
    content = cbor2.dumps(value) if value else b""
    assert refusal(code.DAY_PREFIX + base45.encode(content)) is Refusal.MALFORMED
    assert refusal(code.DAY_PREFIX + base45.encode(cbor2.dumps(value) + b"\0")) is Refusal.MALFORMED


def test_a_signature_of_another_length_is_refused() -> None:
    parts = cbor2.loads(token(code.issue(CODE, EDDSA)))
    cut = code.DAY_PREFIX + base45.encode(cbor2.dumps([*parts[:3], parts[3][:60]]))
    assert refusal(cut) is Refusal.BAD_SIGNATURE


@settings(max_examples=300)
@given(st.integers(0, 103), st.integers(0, 7))
def test_no_changed_bit_is_accepted_as_something_else(at: int, bit: int) -> None:
    content = bytearray(token(code.issue(CODE, EDDSA)))
    at %= len(content)
    content[at] ^= 1 << bit
    with pytest.raises(Refused):
        code.read(code.DAY_PREFIX + base45.encode(bytes(content)), TRUST)


@settings(max_examples=300)
@given(st.binary(max_size=150))
def test_arbitrary_bytes_are_refused_and_nothing_else_is_raised(content: bytes) -> None:
    for prefix in (code.DAY_PREFIX, code.SHOWN_PREFIX):
        with pytest.raises(Refused):
            code.read(prefix + base45.encode(content), TRUST)


def test_a_made_key_signs_like_a_kept_one() -> None:
    for algorithm in Algorithm:
        made = SigningKey.made(b"\x01", algorithm)
        kept = SigningKey.from_secret(b"\x01", algorithm, made.secret())
        assert kept.public() == made.public()
