"""Whom we believe about travellers' certificates: a list of our own, read from JSON; none of it comes from a certificate.

`[{"kid": BASE64, "public": PEM, "from": DAY, "until": DAY}, ...]`: `kid` as national lists give it, `public` the key's
SubjectPublicKeyInfo in PEM, the days (ISO 8601, the second exclusive) between which it may have signed.
"""

import binascii
import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from lianfang.wire.keys import Algorithm, KeyUse, TrustedKey, TrustList


def read_trust(text: str) -> TrustList:
    """Read the list; an empty text is an empty list. Raises: ValueError naming the entry."""
    return TrustList(_key(number, entry) for number, entry in enumerate(json.loads(text or "[]"), 1))


def _key(number: int, entry: Any) -> TrustedKey:
    try:
        kid = b64decode(entry["kid"], validate=True)
        algorithm, public = _public(entry["public"])
        starts_at, ends_at = (_day(entry[name]) for name in ("from", "until"))
    except (KeyError, TypeError, AttributeError, ValueError, UnsupportedAlgorithm, binascii.Error) as error:
        raise ValueError(f"key {number} of the travellers' list cannot be used: {error}") from error
    return TrustedKey(kid, algorithm, KeyUse.TRAVEL, public, starts_at, ends_at)


def _public(pem: str) -> tuple[Algorithm, bytes]:
    key = load_pem_public_key(pem.encode())
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return Algorithm.ES256, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return Algorithm.PS256, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raise ValueError("neither P-256 nor RSA")


def _day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
