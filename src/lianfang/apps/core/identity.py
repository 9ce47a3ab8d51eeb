"""Identity numbers and phones: validated, encrypted at rest, found again by keyed hash."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as StdnumError

from lianfang.apps.core.errors import DomainError
from lianfang.formats.id_numbers import valid_id_number

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")


class IdentityInvalid(DomainError):
    """An ID number, credit code or phone does not follow its standard; the value itself is never repeated."""

    code = "identity_invalid"


def clean_id_number(value: str) -> str:
    """Return a resident identity number in canonical form. Source: GB 11643-1999. Raises: IdentityInvalid."""
    number = valid_id_number(value)
    if number is None:
        raise IdentityInvalid("Not a valid resident identity number.", field="id_number")
    return number


def clean_uscc(value: str) -> str:
    """Return a unified social credit code in canonical form. Source: GB 32100-2015. Raises: IdentityInvalid."""
    try:
        return str(uscc.validate(value))
    except StdnumError as error:
        raise IdentityInvalid("Not a valid unified social credit code.", field="uscc") from error


def clean_phone(value: str) -> str:
    """Return a mainland mobile or landline number as digits without +86. Raises: IdentityInvalid."""
    digits = re.sub(r"[\s()\-－—]", "", value)
    digits = re.sub(r"^(\+|00)86", "", digits)
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        raise IdentityInvalid("Not a valid mainland phone number.", field="phone")
    return digits


def _cipher() -> MultiFernet:
    """Return the cipher: the first key encrypts, all decrypt, so keys can be rotated."""
    if not settings.IDENTITY_KEYS:
        raise ImproperlyConfigured("set LIANFANG_IDENTITY_KEYS or LIANFANG_IDENTITY_KEYS_FILE")
    return _cipher_of(tuple(settings.IDENTITY_KEYS))


@lru_cache(maxsize=4)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(bytes.fromhex(key))) for key in keys])


def encrypt(value: str) -> bytes:
    """Return the authenticated ciphertext of an identity value."""
    return _cipher().encrypt(value.encode())


def decrypt(content: bytes | memoryview) -> str:
    """Return the value of a ciphertext. Raises: IdentityInvalid if no key fits or it was changed."""
    try:
        return _cipher().decrypt(bytes(content)).decode()
    except InvalidToken as error:
        raise IdentityInvalid("This identity value cannot be decrypted with the keys present.") from error


def encrypt_bytes(content: bytes) -> bytes:
    """Return the authenticated ciphertext of a file that holds identity values."""
    return _cipher().encrypt(content)


def decrypt_bytes(content: bytes) -> bytes:
    """Return the content of an encrypted file. Raises: IdentityInvalid if no key fits or it was changed."""
    try:
        return _cipher().decrypt(content)
    except InvalidToken as error:
        raise IdentityInvalid("This file cannot be decrypted with the keys present.") from error


def search_hash(value: str) -> bytes:
    """Return the keyed hash by which an exact value is found: HMAC-SHA-256, 32 bytes."""
    return hmac.digest(_hash_key(), value.encode(), "sha256")


def encrypt_all(values: Iterable[str | None]) -> Iterator[bytes | None]:
    """Yield the ciphertext of each value of a column; some 15 us a value."""
    cipher = _cipher()
    return (None if value is None else cipher.encrypt(value.encode()) for value in values)


def search_hashes(values: Iterable[str | None]) -> Iterator[bytes | None]:
    """Yield the search hash of each value of a column."""
    key = _hash_key()
    return (None if value is None else hmac.digest(key, value.encode(), "sha256") for value in values)


def _hash_key() -> bytes:
    if not settings.IDENTITY_HASH_KEY:
        raise ImproperlyConfigured("set LIANFANG_IDENTITY_HASH_KEY or LIANFANG_IDENTITY_HASH_KEY_FILE")
    return bytes(settings.IDENTITY_HASH_KEY.encode())


def mask_name(name: str) -> str:
    """Return a name as lists show it: the first character, the rest starred."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_number(value: str) -> str:
    """Return an identity or phone number with all but the last four characters starred."""
    return "*" * max(len(value) - 4, 0) + value[-4:]
