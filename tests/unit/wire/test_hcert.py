"""Travellers' certificates: what is read, and by whom it has to be signed."""

import zlib

import pytest
from cryptography.hazmat.primitives import serialization

from lianfang.wire import base45, hcert
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustedKey, TrustList
from lianfang.wire.refusal import Refusal, Refused
from tests.support.certificates import AT, DAY_S, DOSE, ES256, KID, RECOVERY, RSA, TEST, TRUST, claims, text


def refusal(shown: str, trust: TrustList = TRUST, at: int = AT) -> Refusal:
    with pytest.raises(Refused) as caught:
        hcert.read(shown, trust, at=at)
    return caught.value.reason


@pytest.mark.parametrize("packed", [True, False])
def test_a_test_certificate_is_read(packed: bool) -> None:
    found = hcert.read(text(claims(t=[TEST]), packed=packed), TRUST, at=AT)
    assert (found.issuer, found.issued_at, found.expires_at) == ("AT", AT - DAY_S, AT + DAY_S)
    assert (found.family_name, found.given_name, found.birth_date) == ("Musterfrau-Gößinger", "Gabriele", "1998-02-26")
    (test,) = found.tests
    assert (test.is_negative, test.sampled_at, test.country) == (True, "2021-06-17T09:00:00Z", "AT")


def test_doses_and_recoveries_are_read() -> None:
    found = hcert.read(text(claims(v=[DOSE], r=[RECOVERY])), TRUST, at=AT)
    assert [(dose.dose, dose.doses, dose.given_on) for dose in found.doses] == [(1, 2, "2021-02-18")]
    assert [each.valid_until for each in found.recoveries] == ["2021-10-04"]
    assert "Musterfrau" not in repr(found)


def test_rsa_is_read_with_a_key_that_is_trusted_for_it() -> None:
    public = RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    trust = TrustList([TrustedKey(KID, Algorithm.PS256, KeyUse.TRAVEL, public, 0, AT * 2)])
    assert hcert.read(text(claims(t=[TEST]), "PS256"), trust, at=AT).tests
    assert refusal(text(claims(t=[TEST])), trust) is Refusal.WRONG_ALGORITHM
    for wrong in (ES256.public(), b""):
        with pytest.raises(ValueError, match=r".+"):
            TrustList([TrustedKey(KID, Algorithm.PS256, KeyUse.TRAVEL, wrong, 0, 1)])


def test_only_the_trust_list_says_who_is_believed() -> None:
    shown = text(claims(t=[TEST]))
    assert refusal(shown, TrustList([])) is Refusal.UNKNOWN_KEY
    assert refusal(shown, TrustList([ES256.trusted(KeyUse.CODE, 0, AT * 2)])) is Refusal.WRONG_USE
    assert refusal(shown, TrustList([ES256.trusted(KeyUse.TRAVEL, AT, AT * 2)])) is Refusal.KEY_NOT_IN_FORCE
    other = SigningKey.from_secret(KID, Algorithm.ES256, bytes(range(2, 34)))
    assert refusal(shown, TrustList([other.trusted(KeyUse.TRAVEL, 0, AT * 2)])) is Refusal.BAD_SIGNATURE
    assert refusal(shown, at=AT + DAY_S) is Refusal.EXPIRED


@pytest.mark.parametrize(
    "payload",
    [
        [], {}, {**claims(), 4: "never"}, {**claims(), 6: -1}, {**claims(), -260: {2: {}}}, {**claims(), -260: None},
        claims(nam=None), claims(t=[{**TEST, "tr": 5}]), claims(t=[{}]), claims(v=[{**DOSE, "dn": "1"}]), claims(t=5),
    ],
)  # fmt: skip
def test_what_is_signed_and_says_nothing_sensible_is_malformed(payload: object) -> None:
    assert refusal(text(payload)) is Refusal.MALFORMED


def test_what_is_no_certificate_is_refused() -> None:
    assert refusal("JK1:") is Refusal.NOT_OURS
    assert refusal(hcert.PREFIX + "0" * hcert.LONGEST_CHARACTERS) is Refusal.NOT_OURS
    bomb = hcert.PREFIX + base45.encode(zlib.compress(bytes(1 << 20), 9))
    cut = hcert.PREFIX + base45.encode(zlib.compress(b"x" * 100)[:-4])
    noise = hcert.PREFIX + base45.encode(b"\x78\x00noise")
    for shown in (bomb, cut, noise, hcert.PREFIX):
        assert refusal(shown) is Refusal.MALFORMED
