"""COSE_Sign1 (RFC 9052 section 4.2), no more of it than the codes, lists and snapshots need."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import cbor2

from lianfang.wire.keys import KeyUse, SigningKey, TrustedKey, TrustList
from lianfang.wire.refusal import Refusal, Refused

SIGN1_TAG: Final = 18
ALGORITHM: Final = 1
KEY_ID: Final = 4
TYPE: Final = 16
# Whatever cbor2 raises on bytes from a stranger.
_UNREADABLE: Final = (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError, LookupError)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as received: nothing in it is believed until `opened` says so."""

    protected: bytes
    algorithm: object
    kid: bytes
    payload: bytes
    signature: bytes


def encoded(value: object) -> bytes:
    """Return the one encoding of a value (RFC 8949 section 4.2)."""
    return cbor2.dumps(value, canonical=True)


def decoded(content: bytes) -> Any:
    """Return the value of exactly these bytes. Raises: Refused."""
    return decoded_each([content])[0]


def decoded_each(contents: Sequence[bytes]) -> list[Any]:
    """Return the value of each of these contents, read in one pass. Raises: Refused when one of them is not exactly a value."""
    stream = BytesIO(b"".join(contents))
    decode = cbor2.CBORDecoder(stream).decode
    values, end = [], 0
    for content in contents:
        try:
            values.append(decode())
        except _UNREADABLE as error:
            raise Refused(Refusal.MALFORMED) from error
        end += len(content)
        if stream.tell() != end:
            raise Refused(Refusal.MALFORMED)
    return values


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure that is signed."""
    return encoded(["Signature1", protected, b"", payload])


def signed(payload: bytes, key: SigningKey, *, type_: str = "") -> bytes:
    """Return the message, without the tag: who reads it knows what it is."""
    headers: dict[int, object] = {ALGORITHM: int(key.algorithm)}
    if type_:
        headers[TYPE] = type_
    protected = encoded(headers)
    return encoded([protected, {KEY_ID: key.kid}, payload, key.sign(to_be_signed(protected, payload))])


def read(content: bytes) -> Message:
    """Take a message apart, tagged or not. Raises: Refused."""
    value = decoded(content)
    if isinstance(value, cbor2.CBORTag) and value.tag == SIGN1_TAG:
        value = value.value
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise Refused(Refusal.MALFORMED)
    protected, unprotected, payload, signature = value
    if not (all(isinstance(part, bytes) for part in (protected, payload, signature)) and isinstance(unprotected, dict)):
        raise Refused(Refusal.MALFORMED)
    headers = decoded(protected)
    if not isinstance(headers, dict):
        raise Refused(Refusal.MALFORMED)
    kid = headers.get(KEY_ID, unprotected.get(KEY_ID))
    if not isinstance(kid, bytes):
        raise Refused(Refusal.MALFORMED)
    return Message(protected, headers.get(ALGORITHM), kid, payload, signature)


def opened(content: bytes, trust: TrustList, use: KeyUse) -> tuple[bytes, TrustedKey]:
    """Return the payload of a message that a trusted key of this use has signed, and the key. Raises: Refused."""
    message = read(content)
    key, verifier = trust.find(message.kid, message.algorithm, use)
    if not verifier.accepts(message.signature, to_be_signed(message.protected, message.payload)):
        raise Refused(Refusal.BAD_SIGNATURE)
    return message.payload, key
