"""What a door carries with it: the keys it believes, the status lists and the rules' numbers, signed by the root key."""

from dataclasses import dataclass
from typing import Any, Final

from lianfang.wire import cose
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustedKey, TrustList
from lianfang.wire.refusal import Refusal, Refused

SNAPSHOT_TYPE: Final = "application/vnd.lianfang.snapshot+cbor"
ROOT_KID: Final = b"R"
UPDATE_TYPE: Final = "application/vnd.lianfang.update+cbor"
_VERSION: Final = 1
_KEY_FIELDS: Final = 6


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`issued_at`: seconds since the epoch. `lists`: signed status lists as issued. `profile`: the TOML of the edition.

    `log_size`, `log_root`: the head of the centre's evidence log, so that every door is a witness of it.
    """

    issued_at: int
    profile: str
    keys: tuple[TrustedKey, ...]
    lists: tuple[bytes, ...]
    log_size: int
    log_root: bytes


def sign(snapshot: Snapshot, root: SigningKey) -> bytes:
    """Return the snapshot, signed."""
    keys = [
        [key.kid, int(key.algorithm), int(key.use), key.public, key.starts_at, key.ends_at] for key in snapshot.keys
    ]
    head = [snapshot.log_size, snapshot.log_root]
    fields = [_VERSION, snapshot.issued_at, snapshot.profile, keys, list(snapshot.lists), head]
    return cose.signed(cose.encoded(fields), root, type_=SNAPSHOT_TYPE)


def open_(content: bytes, root: TrustList) -> Snapshot:
    """Read a snapshot that the root key signed. Raises: Refused."""
    payload, _ = cose.opened(content, root, KeyUse.SNAPSHOT)
    fields = cose.decoded(payload)
    if not isinstance(fields, list) or len(fields) != 6 or fields[0] != _VERSION:
        raise Refused(Refusal.MALFORMED)
    _, issued_at, profile, keys, lists, head = fields
    shapes = ((issued_at, int), (profile, str), (keys, list), (lists, list))
    if not _is_head(head):
        raise Refused(Refusal.MALFORMED)
    if not all(type(value) is kind for value, kind in shapes) or not all(type(item) is bytes for item in lists):
        raise Refused(Refusal.MALFORMED)
    return Snapshot(issued_at, profile, tuple(_key(item) for item in keys), tuple(lists), head[0], head[1])


@dataclass(frozen=True, slots=True)
class Update:
    """What has changed since a snapshot: signed deltas of its lists, and how far the evidence log is now.

    `since`: when the snapshot was issued. An update holds all changes since then, so that one missed is not missed.
    """

    since: int
    issued_at: int
    deltas: tuple[bytes, ...]
    log_size: int
    log_root: bytes


def sign_update(update: Update, root: SigningKey) -> bytes:
    """Return the update, signed."""
    head = [update.log_size, update.log_root]
    return cose.signed(
        cose.encoded([UPDATE_TYPE, update.since, update.issued_at, list(update.deltas), head]), root, type_=UPDATE_TYPE
    )


def open_update(content: bytes, root: TrustList) -> Update:
    """Read an update that the root key signed. Raises: Refused."""
    payload, _ = cose.opened(content, root, KeyUse.SNAPSHOT)
    fields = cose.decoded(payload)
    if not isinstance(fields, list) or len(fields) != 5 or fields[0] != UPDATE_TYPE:
        raise Refused(Refusal.MALFORMED)
    _, since, issued_at, deltas, head = fields
    if [type(since), type(issued_at), type(deltas)] != [int, int, list] or not _is_head(head):
        raise Refused(Refusal.MALFORMED)
    if not all(type(item) is bytes for item in deltas):
        raise Refused(Refusal.MALFORMED)
    return Update(since, issued_at, tuple(deltas), head[0], head[1])


def _is_head(value: Any) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [int, bytes]


def _key(fields: Any) -> TrustedKey:
    if not isinstance(fields, list) or len(fields) != _KEY_FIELDS:
        raise Refused(Refusal.MALFORMED)
    kid, algorithm, use, public, starts_at, ends_at = fields
    counts = all(type(number) is int for number in (algorithm, use, starts_at, ends_at))
    if not counts or type(kid) is not bytes or type(public) is not bytes:
        raise Refused(Refusal.MALFORMED)
    try:
        return TrustedKey(kid, Algorithm(algorithm), KeyUse(use), public, starts_at, ends_at)
    except ValueError as error:
        raise Refused(Refusal.MALFORMED) from error


def root_of(public: bytes) -> TrustList:
    """Return the trust list of one Ed25519 root key. Raises: ValueError for bytes that are no key."""
    return TrustList([TrustedKey(ROOT_KID, Algorithm.EDDSA, KeyUse.SNAPSHOT, public, 0, 2**63 - 1)])
