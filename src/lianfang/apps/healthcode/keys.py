"""The keys of health codes: derived from one secret, a new one each day for each use, so that none lives long."""

from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from lianfang.wire import sealed
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustedKey
from lianfang.wire.snapshot import ROOT_KID

DAY_S: Final = 86_400
_SEAL_KID: Final = b"S"
_P256_KID: Final = b"H"
_PAPER_DAYS: Final = 28


def day_number(at: datetime) -> int:
    """Return the day of an instant, counted from 1970-01-01 in UTC: keys and status lists change with it."""
    return int(at.timestamp()) // DAY_S


def paper_list(at: datetime) -> int:
    """Return the status list that speaks of codes printed at an instant: one for four weeks, as paper keeps its index.

    It is the number of the four weeks since 1970. No day's list has such a number: the days of 1970 to 1976 are over.
    """
    return day_number(at) // _PAPER_DAYS


def root_key() -> SigningKey:
    """Return the key whose public half doors are given when they are set up."""
    return SigningKey.from_secret(ROOT_KID, Algorithm.EDDSA, _secret("root"))


def p256_key() -> SigningKey:
    """Return the key that signs the log's head a second time, for phones whose browser knows no Ed25519."""
    return SigningKey.from_secret(_P256_KID, Algorithm.ES256, _secret("head P-256"))


def day_key(use: KeyUse, day: int) -> SigningKey:
    """Return the key of a use on a day."""
    kid = bytes([use]) + day.to_bytes(2)
    return SigningKey.from_secret(kid, Algorithm.EDDSA, _secret(f"{use.name} {day}"))


def believed(at: datetime, *, days: int) -> tuple[TrustedKey, ...]:
    """Return the keys a door is to believe: of today, tomorrow, and as many days back as a code may be valid."""
    today = day_number(at)
    return tuple(
        day_key(use, day).trusted(use, day * DAY_S, (day + 1) * DAY_S)
        for day in range(today - days, today + 2)
        for use in (KeyUse.CODE, KeyUse.STATUS)
    )


def sealing_key() -> ec.EllipticCurvePrivateKey:
    """Return the key that opens what was sealed at a door; doors are given its public half."""
    return sealed.private_key(_secret("seal"))


def sealing_public() -> TrustedKey:
    """Return the public half as doors carry it."""
    public = sealing_key().public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return TrustedKey(_SEAL_KID, Algorithm.ES256, KeyUse.SEAL, public, 0, 2**63 - 1)


def _secret(label: str) -> bytes:
    if not settings.CODE_KEY:
        raise ImproperlyConfigured("set LIANFANG_CODE_KEY or LIANFANG_CODE_KEY_FILE")
    return HKDF(SHA256(), 32, salt=None, info=f"lianfang {label}".encode()).derive(bytes.fromhex(settings.CODE_KEY))
