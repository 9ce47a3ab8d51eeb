"""Certificates that travellers bring: the European HCERT (EU Digital COVID Certificate), read and verified.

Format: hcert_spec of the eHealth Network: `HC1:`, Base45, zlib, COSE_Sign1, a CWT with the certificate in claim -260.
Who signed is looked up by key id in a trust list of our own; nothing is asked of anybody.
"""

import zlib
from dataclasses import dataclass
from typing import Any, Final

from lianfang.wire import base45, cose
from lianfang.wire.keys import KeyUse, TrustList, require_in_force
from lianfang.wire.refusal import Refusal, Refused

PREFIX: Final = "HC1:"
LONGEST_CHARACTERS: Final = 4_296  # the most a QR code holds
LARGEST_BYTES: Final = 1 << 16
_ISSUER, _EXPIRES, _ISSUED, _HCERT, _EU_DCC = 1, 4, 6, -260, 1
_ZLIB: Final = 0x78
COVID_19: Final = "840539006"  # SNOMED CT, as the certificate names its target
NOT_DETECTED: Final = "260415000"


@dataclass(frozen=True, slots=True)
class TestEntry:
    """One test. `sampled_at`: ISO 8601 as written. `kind`: LOINC code; `result`: SNOMED CT code."""

    __test__ = False

    target: str
    kind: str
    result: str
    sampled_at: str
    country: str
    issuer: str
    identifier: str

    @property
    def is_negative(self) -> bool:
        """Whether nothing of the target was detected."""
        return self.result == NOT_DETECTED


@dataclass(frozen=True, slots=True)
class DoseEntry:
    """One vaccination: which of how many, on which day (ISO 8601)."""

    target: str
    product: str
    dose: int
    doses: int
    given_on: str
    country: str
    identifier: str


@dataclass(frozen=True, slots=True)
class RecoveryEntry:
    """One recovery: first positive test, valid from and until (ISO 8601 days)."""

    target: str
    positive_on: str
    valid_from: str
    valid_until: str
    country: str
    identifier: str


@dataclass(frozen=True, slots=True, repr=False)
class TravelCertificate:
    """What a certificate says whose signature holds; instants in seconds since the epoch."""

    issuer: str
    issued_at: int
    expires_at: int
    version: str
    family_name: str
    given_name: str
    birth_date: str
    tests: tuple[TestEntry, ...]
    doses: tuple[DoseEntry, ...]
    recoveries: tuple[RecoveryEntry, ...]


def read(text: str, trust: TrustList, *, at: int) -> TravelCertificate:
    """Read a certificate as scanned, verify it, and refuse one that has run out by `at`. Raises: Refused."""
    if len(text) > LONGEST_CHARACTERS or not text.startswith(PREFIX):
        raise Refused(Refusal.NOT_OURS)
    payload, key = cose.opened(_unpacked(base45.decode(text[len(PREFIX) :])), trust, KeyUse.TRAVEL)
    claims = cose.decoded(payload)
    if not isinstance(claims, dict):
        raise Refused(Refusal.MALFORMED)
    found = _certificate(claims)
    require_in_force(key, found.issued_at)
    if at >= found.expires_at:
        raise Refused(Refusal.EXPIRED)
    return found


def _unpacked(content: bytes) -> bytes:
    """Undo the compression, which the specification lets be left out. What unpacks to too much is refused."""
    if not content or content[0] != _ZLIB:
        return content
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(content, LARGEST_BYTES)
    except zlib.error as error:
        raise Refused(Refusal.MALFORMED) from error
    if not reader.eof or reader.unused_data:
        raise Refused(Refusal.MALFORMED)
    return found


def _certificate(claims: dict[Any, Any]) -> TravelCertificate:
    try:
        said = claims[_HCERT][_EU_DCC]
        name = said["nam"]
        return TravelCertificate(
            issuer=_text(claims[_ISSUER]),
            issued_at=_count(claims[_ISSUED]),
            expires_at=_count(claims[_EXPIRES]),
            version=_text(said["ver"]),
            family_name=_text(name.get("fn", "")) or _text(name.get("fnt", "")),
            given_name=_text(name.get("gn", "")) or _text(name.get("gnt", "")),
            birth_date=_text(said.get("dob", "")),
            tests=tuple(_test(each) for each in said.get("t") or ()),
            doses=tuple(_dose(each) for each in said.get("v") or ()),
            recoveries=tuple(_recovery(each) for each in said.get("r") or ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused(Refusal.MALFORMED) from error


def _test(entry: Any) -> TestEntry:
    return TestEntry(*(_text(entry[name]) for name in ("tg", "tt", "tr", "sc", "co", "is", "ci")))


def _dose(entry: Any) -> DoseEntry:
    dose, doses = _count(entry["dn"]), _count(entry["sd"])
    target, product, given_on, country, identifier = (_text(entry[name]) for name in ("tg", "mp", "dt", "co", "ci"))
    return DoseEntry(target, product, dose, doses, given_on, country, identifier)


def _recovery(entry: Any) -> RecoveryEntry:
    return RecoveryEntry(*(_text(entry[name]) for name in ("tg", "fr", "df", "du", "co", "ci")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(Refusal.MALFORMED)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Refused(Refusal.MALFORMED)
    return value
