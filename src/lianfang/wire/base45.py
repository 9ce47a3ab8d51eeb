"""Base45 (RFC 9285): bytes in the characters of a QR code's alphanumeric mode."""

from lianfang.wire.refusal import Refusal, Refused

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(content: bytes) -> str:
    """Return two bytes as three characters, a last single byte as two."""
    parts = []
    for at in range(0, len(content) - 1, 2):
        rest, low = divmod(content[at] << 8 | content[at + 1], 45)
        high, middle = divmod(rest, 45)
        parts.append(ALPHABET[low] + ALPHABET[middle] + ALPHABET[high])
    if len(content) % 2:
        high, low = divmod(content[-1], 45)
        parts.append(ALPHABET[low] + ALPHABET[high])
    return "".join(parts)


def decode(text: str) -> bytes:
    """Read `encode` back. Raises: Refused for a character, length or value that it never writes."""
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise Refused(Refusal.MALFORMED) from error
    if len(values) % 3 == 1:
        raise Refused(Refusal.MALFORMED)
    found = bytearray()
    for at in range(0, len(values) - 2, 3):
        number = values[at] + values[at + 1] * 45 + values[at + 2] * 2025
        if number > 0xFFFF:
            raise Refused(Refusal.MALFORMED)
        found += number.to_bytes(2)
    if len(values) % 3 == 2:
        number = values[-2] + values[-1] * 45
        if number > 0xFF:
            raise Refused(Refusal.MALFORMED)
        found.append(number)
    return bytes(found)
