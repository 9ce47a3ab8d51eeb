"""The list of whom we believe about travellers: read from JSON with its keys in PEM, and what it lets a certificate say."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.wire import hcert
from lianfang.wire.keys import Algorithm, KeyUse, TrustList
from lianfang.wire.refusal import Refusal, Refused
from lianfang.wire.travel import read_trust
from tests.support.certificates import AT, ES256, KID, RSA, TEST, claims, text

DAY = datetime.fromtimestamp(AT, tz=UTC).date().isoformat()


def pem(public: object) -> str:
    content: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return content.decode()


def entry(**changed: object) -> dict[str, object]:
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ES256.public())
    given = {"kid": b64encode(KID).decode(), "public": pem(point), "from": "2021-01-01", "until": "2023-01-01"}
    return {**given, **changed}


def refusal(shown: str, trust: TrustList) -> Refusal:
    with pytest.raises(Refused) as caught:
        hcert.read(shown, trust, at=AT)
    return caught.value.reason


def test_a_certificate_is_read_by_the_keys_of_the_list() -> None:
    for given, algorithm in ((entry(), "ES256"), (entry(public=pem(RSA.public_key())), "PS256")):
        trust = read_trust(json.dumps([given]))
        (key,) = trust.keys.values()
        assert (key.kid, key.algorithm, key.use) == (KID, Algorithm[algorithm], KeyUse.TRAVEL)
        assert hcert.read(text(claims(t=[TEST]), algorithm), trust, at=AT).tests[0].is_negative


def test_the_days_of_the_list_decide_and_its_last_one_is_not_among_them() -> None:
    shown = text(claims(t=[TEST]))  # signed the day before DAY
    assert refusal(shown, read_trust(json.dumps([entry(**{"from": DAY})]))) is Refusal.KEY_NOT_IN_FORCE
    issued = datetime.fromtimestamp(AT - 86_400, tz=UTC).date().isoformat()
    assert refusal(shown, read_trust(json.dumps([entry(until=issued)]))) is Refusal.KEY_NOT_IN_FORCE
    assert hcert.read(shown, read_trust(json.dumps([entry(until=DAY)])), at=AT).tests


def test_an_empty_list_believes_nobody() -> None:
    for empty in ("", "[]"):
        assert refusal(text(claims()), read_trust(empty)) is Refusal.UNKNOWN_KEY


@pytest.mark.parametrize(
    "odd",
    [
        {}, [], entry(kid="*"), entry(kid=None), entry(public="no key"), entry(public=5), entry(until="soon"),
        entry(public=pem(ec.generate_private_key(ec.SECP384R1()).public_key())),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_used_is_named(odd: object) -> None:
    with pytest.raises(ValueError, match="key 2 of the travellers' list"):
        read_trust(json.dumps([entry(kid="AAAA"), odd]))
