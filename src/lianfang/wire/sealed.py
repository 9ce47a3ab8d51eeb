"""Words that only the centre can read: a number typed at a door is sealed there, and the door holds no key to it.

ECDH on P-256 with a key made for this one message, HKDF-SHA256, AES-256-GCM: what every browser's WebCrypto has. The twin
that seals is frontend/src/wire/sealed.ts.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.wire.refusal import Refusal, Refused

POINT_BYTES: Final = 65
LONGEST_BYTES: Final = 200
_INFO: Final = b"lianfang sealed 1"
_NONCE: Final = bytes(12)  # a key is used once
_TAG_BYTES: Final = 16


def private_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the centre's key of 32 secret bytes."""
    return ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())


def public_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as browsers import it: the uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def point_of(compressed: bytes) -> bytes:
    """Return the uncompressed point of a compressed one. Raises: ValueError."""
    return public_point(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), compressed))


def seal(content: bytes, to: bytes) -> bytes:
    """Return the content, sealed to an uncompressed point."""
    once = ec.generate_private_key(ec.SECP256R1())
    own = public_point(once.public_key())
    return own + AESGCM(_key(once, to, own)).encrypt(_NONCE, content, own)


def unseal(sealed: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return what was sealed. Raises: Refused."""
    if not POINT_BYTES + _TAG_BYTES <= len(sealed) <= LONGEST_BYTES:
        raise Refused(Refusal.MALFORMED)
    own = sealed[:POINT_BYTES]
    try:
        return AESGCM(_key(key, own, own)).decrypt(_NONCE, sealed[POINT_BYTES:], own)
    except (InvalidTag, ValueError) as error:
        raise Refused(Refusal.MALFORMED) from error


def _key(private: ec.EllipticCurvePrivateKey, other: bytes, once: bytes) -> bytes:
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), other))
    return HKDF(SHA256(), 32, salt=once, info=_INFO).derive(shared)
