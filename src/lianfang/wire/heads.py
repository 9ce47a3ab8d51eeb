"""What the root key signs besides snapshots: the head of the evidence log, and certificates of destruction."""

from dataclasses import dataclass
from typing import Any, Final

from lianfang.wire import cose
from lianfang.wire.keys import KeyUse, SigningKey, TrustList
from lianfang.wire.refusal import Refusal, Refused
from lianfang.wire.treehead import HASH_BYTES

HEAD_TYPE: Final = "application/vnd.lianfang.treehead+cbor"
CERTIFICATE_TYPE: Final = "application/vnd.lianfang.destruction+cbor"


@dataclass(frozen=True, slots=True)
class Head:
    """The log's size and root at an instant, seconds since the epoch."""

    size: int
    root: bytes
    signed_at: int


def sign_head(head: Head, root: SigningKey) -> bytes:
    """Return the head, signed."""
    return cose.signed(cose.encoded([HEAD_TYPE, head.size, head.root, head.signed_at]), root, type_=HEAD_TYPE)


def open_head(content: bytes, root: TrustList) -> Head:
    """Read a head that the root key signed. Raises: Refused."""
    payload, _ = cose.opened(content, root, KeyUse.SNAPSHOT)
    fields = cose.decoded(payload)
    if (
        not isinstance(fields, list)
        or [type(each) for each in fields] != [str, int, bytes, int]
        or fields[0] != HEAD_TYPE
    ):
        raise Refused(Refusal.MALFORMED)
    if len(fields[2]) != HASH_BYTES:
        raise Refused(Refusal.MALFORMED)
    return Head(*fields[1:])


def sign_certificate(said: dict[str, Any], root: SigningKey) -> bytes:
    """Return a certificate of destruction, signed."""
    return cose.signed(cose.encoded([CERTIFICATE_TYPE, said]), root, type_=CERTIFICATE_TYPE)


def open_certificate(content: bytes, root: TrustList) -> dict[str, Any]:
    """Read a certificate that the root key signed. Raises: Refused."""
    payload, _ = cose.opened(content, root, KeyUse.SNAPSHOT)
    fields = cose.decoded(payload)
    if (
        not isinstance(fields, list)
        or len(fields) != 2
        or fields[0] != CERTIFICATE_TYPE
        or not isinstance(fields[1], dict)
    ):
        raise Refused(Refusal.MALFORMED)
    return fields[1]
