"""How many of a place's limit one of its doors may let in by itself: given by the centre, signed, until the day ends."""

from dataclasses import dataclass
from typing import Final

from lianfang.wire import cose
from lianfang.wire.keys import KeyUse, SigningKey, TrustList
from lianfang.wire.refusal import Refusal, Refused

LEASE_TYPE: Final = "application/vnd.lianfang.lease+cbor"


@dataclass(frozen=True, slots=True)
class Lease:
    """What one door goes by. All the leases of a place together never exceed its limit.

    `places`: up to what net count (in minus out) it lets in on `day`, the county's, counted from 1970-01-01; below zero for a
    door that people leave by. `kept`: the same on any later day, until it has a new lease.
    """

    door: str
    number: int
    day: int
    places: int
    kept: int


def sign_lease(lease: Lease, root: SigningKey) -> bytes:
    """Return the lease, signed."""
    fields = [LEASE_TYPE, lease.door, lease.number, lease.day, lease.places, lease.kept]
    return cose.signed(cose.encoded(fields), root, type_=LEASE_TYPE)


def open_lease(content: bytes, root: TrustList) -> Lease:
    """Read a lease that the root key signed. Raises: Refused."""
    payload, _ = cose.opened(content, root, KeyUse.SNAPSHOT)
    fields = cose.decoded(payload)
    if not isinstance(fields, list) or [type(each) for each in fields] != [str, str, int, int, int, int]:
        raise Refused(Refusal.MALFORMED)
    if fields[0] != LEASE_TYPE:
        raise Refused(Refusal.MALFORMED)
    return Lease(*fields[1:])
