"""Status lists: what has become of codes since they were issued, two bits for each (IETF Token Status List).

A full list is the draft's CWT form with a version of our own; a delta names the entries that changed since a version.
Both are signed. A door that misses a delta asks for the full list.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from lianfang.wire import cose
from lianfang.wire.keys import KeyUse, SigningKey, TrustList, require_in_force
from lianfang.wire.refusal import Refusal, Refused

LIST_TYPE: Final = "application/statuslist+cwt"
DELTA_TYPE: Final = "application/vnd.lianfang.statusdelta+cwt"
LARGEST_BYTES: Final = 1 << 24  # 64 million entries of two bits: more than one list ever holds
_SUBJECT, _EXPIRES, _ISSUED = 2, 4, 6
_STATUS_LIST, _TTL = 65533, 65534
_VERSION, _SINCE, _CHANGES = -70001, -70002, -70003


class Status(IntEnum):
    """What became of a code. The draft's VALID, INVALID, SUSPENDED and one of our own."""

    STANDS = 0
    WITHDRAWN = 1
    NOW_YELLOW = 2
    NOW_RED = 3


class StatusList:
    """A packed list of statuses of 1, 2, 4 or 8 bits, the first in the lowest bits of the first byte."""

    def __init__(self, bits: int, content: bytes) -> None:
        """Raises: ValueError for a number of bits the draft does not know."""
        if bits not in {1, 2, 4, 8}:
            raise ValueError(f"a status has 1, 2, 4 or 8 bits, not {bits}")
        self.bits = bits
        self._content = bytearray(content)
        self._per_byte = 8 // bits
        self._mask = (1 << bits) - 1

    @classmethod
    def of(cls, bits: int, size: int, statuses: Mapping[int, int]) -> "StatusList":
        """Return a list of at least `size` entries; those not named are 0. Raises: ValueError, IndexError."""
        made = cls(bits, bytes(-(-size * bits // 8)))
        made.change(statuses.items())
        return made

    def __len__(self) -> int:
        return len(self._content) * self._per_byte

    def __getitem__(self, index: int) -> int:
        """Return one status. Raises: IndexError beyond the end."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._content[index // self._per_byte] >> index % self._per_byte * self.bits & self._mask

    def change(self, statuses: Iterable[tuple[int, int]]) -> None:
        """Set entries. Raises: IndexError beyond the end, ValueError for a status too large."""
        for index, status in statuses:
            if not 0 <= index < len(self):
                raise IndexError(index)
            if not 0 <= status <= self._mask:
                raise ValueError(f"a status of {self.bits} bits, not {status}")
            at, shift = index // self._per_byte, index % self._per_byte * self.bits
            self._content[at] = self._content[at] & ~(self._mask << shift) & 0xFF | status << shift

    def copy(self) -> "StatusList":
        """Return a list that changes apart from this one."""
        return StatusList(self.bits, bytes(self._content))

    def compressed(self) -> bytes:
        """Return the draft's `lst`: zlib at its highest level."""
        return zlib.compress(bytes(self._content), 9)

    @classmethod
    def from_compressed(cls, bits: int, content: bytes, largest: int = LARGEST_BYTES) -> "StatusList":
        """Read `compressed` back. Raises: Refused for what is no zlib, cut short, or unpacks to more than `largest` bytes."""
        reader = zlib.decompressobj()
        try:
            found = reader.decompress(content, largest)
        except zlib.error as error:
            raise Refused(Refusal.MALFORMED) from error
        if not reader.eof or reader.unused_data:
            raise Refused(Refusal.MALFORMED)
        try:
            return cls(bits, found)
        except ValueError as error:
            raise Refused(Refusal.MALFORMED) from error


@dataclass(frozen=True, slots=True)
class Edition:
    """One signed state of one list: instants in seconds since the epoch; `ttl_s`: ask again after."""

    list_id: int
    version: int
    issued_at: int
    ttl_s: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class SignedList:
    """A full list whose signature holds."""

    edition: Edition
    statuses: StatusList


@dataclass(frozen=True, slots=True)
class Delta:
    """The entries that changed between two versions."""

    list_id: int
    since: int
    version: int
    issued_at: int
    changes: tuple[tuple[int, int], ...]


def sign_list(edition: Edition, statuses: StatusList, key: SigningKey) -> bytes:
    """Return the full list as a signed CWT."""
    claims = {
        _SUBJECT: f"urn:lianfang:status:{edition.list_id}",
        _ISSUED: edition.issued_at,
        _EXPIRES: edition.expires_at,
        _TTL: edition.ttl_s,
        _STATUS_LIST: {"bits": statuses.bits, "lst": statuses.compressed()},
        _VERSION: edition.version,
    }
    return cose.signed(cose.encoded(claims), key, type_=LIST_TYPE)


def open_list(content: bytes, trust: TrustList) -> SignedList:
    """Read a full list. Raises: Refused."""
    claims = _claims(content, trust)
    status_list = claims.get(_STATUS_LIST)
    numbers = [claims.get(name) for name in (_VERSION, _ISSUED, _TTL, _EXPIRES)]
    if not isinstance(status_list, dict) or not _are_counts(numbers):
        raise Refused(Refusal.MALFORMED)
    bits, lst = status_list.get("bits"), status_list.get("lst")
    if type(bits) is not int or not isinstance(lst, bytes):
        raise Refused(Refusal.MALFORMED)
    return SignedList(Edition(_list_id(claims), *numbers), StatusList.from_compressed(bits, lst))


def sign_delta(delta: Delta, key: SigningKey) -> bytes:
    """Return a delta as a signed CWT."""
    claims = {
        _SUBJECT: f"urn:lianfang:status:{delta.list_id}",
        _ISSUED: delta.issued_at,
        _VERSION: delta.version,
        _SINCE: delta.since,
        _CHANGES: [number for change in delta.changes for number in change],
    }
    return cose.signed(cose.encoded(claims), key, type_=DELTA_TYPE)


def open_delta(content: bytes, trust: TrustList) -> Delta:
    """Read a delta. Raises: Refused."""
    claims = _claims(content, trust)
    numbers: list[Any] = [claims.get(name) for name in (_SINCE, _VERSION, _ISSUED)]
    flat = claims.get(_CHANGES)
    if not _are_counts(numbers) or not isinstance(flat, list) or len(flat) % 2 or not _are_counts(flat):
        raise Refused(Refusal.MALFORMED)
    since, version, issued_at = numbers
    return Delta(_list_id(claims), since, version, issued_at, tuple(zip(flat[::2], flat[1::2], strict=True)))


def apply(known: SignedList, delta: Delta) -> SignedList | None:
    """Return the list after a delta, None when the delta does not follow what is known. Raises: Refused."""
    if delta.list_id != known.edition.list_id or not delta.since <= known.edition.version < delta.version:
        return None
    statuses = known.statuses.copy()
    try:
        statuses.change(delta.changes)
    except (IndexError, ValueError) as error:
        raise Refused(Refusal.MALFORMED) from error
    before = known.edition
    expires_at = delta.issued_at + (before.expires_at - before.issued_at)
    return SignedList(Edition(before.list_id, delta.version, delta.issued_at, before.ttl_s, expires_at), statuses)


def _claims(content: bytes, trust: TrustList) -> Any:
    payload, key = cose.opened(content, trust, KeyUse.STATUS)
    claims = cose.decoded(payload)
    if not isinstance(claims, dict) or not _are_counts([claims.get(_ISSUED)]):
        raise Refused(Refusal.MALFORMED)
    require_in_force(key, claims[_ISSUED])
    return claims


def _list_id(claims: Any) -> int:
    *_, number = str(claims.get(_SUBJECT)).split(":")
    if not (number.isascii() and number.isdigit()):
        raise Refused(Refusal.MALFORMED)
    return int(number)


def _are_counts(values: list[Any]) -> bool:
    return all(type(value) is int and value >= 0 for value in values)
