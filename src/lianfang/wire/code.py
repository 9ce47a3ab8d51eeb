"""The health code on paper and screens: a signed day code, and the day code as a phone shows it at one minute.

The day code is a COSE_Sign1 in Base45 of at most 170 characters (QR version 7, level M). With a holder key in it, the
phone signs what it shows together with the minute, so that a picture of a screen is worthless a minute later even
where neither phone nor door has a network. Format: docs/health-code.md.
"""

from dataclasses import dataclass
from typing import Any, Final

from lianfang.rules.vocabulary import Colour
from lianfang.wire import base45, cose
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustList, Verifier, require_in_force
from lianfang.wire.refusal import Refusal, Refused

DAY_PREFIX: Final = "JK1:"
SHOWN_PREFIX: Final = "JK2:"
LONGEST_CHARACTERS: Final = 420  # of either form; longer ones are not even decoded
PSEUDONYM_BYTES: Final = 8
HOLDER_BYTES: Final = 33
MINUTE_S: Final = 60
_VERSION: Final = 1
_COLOURS: Final = {Colour.GREEN: 1, Colour.YELLOW: 2, Colour.RED: 3}
_COLOUR_OF: Final = {number: colour for colour, number in _COLOURS.items()}
_SHOWN: Final = b"lianfang shown code 1"


@dataclass(frozen=True, slots=True)
class DayCode:
    """What a day code says; instants in seconds since the epoch.

    `list_id`, `index`: where the status list speaks of it. `holder`: the phone's P-256 key, compressed; None on paper.
    """

    colour: Colour
    list_id: int
    index: int
    issued_at: int
    valid_minutes: int
    pseudonym: bytes
    holder: bytes | None = None

    @property
    def expires_at(self) -> int:
        """The second from which on it is worth nothing."""
        return self.issued_at + self.valid_minutes * MINUTE_S


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A code whose signatures hold; `shown_at`: the minute the phone signed, None for one without a phone."""

    code: DayCode
    kid: bytes
    shown_at: int | None = None


def issue(code: DayCode, key: SigningKey) -> str:
    """Return the day code's text."""
    fields: list[object] = [
        _VERSION, _COLOURS[code.colour], code.list_id, code.index, code.issued_at, code.valid_minutes, code.pseudonym,
    ]  # fmt: skip
    if code.holder is not None:
        fields.append(code.holder)
    return DAY_PREFIX + base45.encode(cose.signed(cose.encoded(fields), key))


def show(day_code: str, holder: SigningKey, at: int) -> str:
    """Return what the holder's phone shows in the minute of `at`."""
    token = base45.decode(day_code.removeprefix(DAY_PREFIX))
    minute = at // MINUTE_S
    return SHOWN_PREFIX + base45.encode(cose.encoded([token, minute, holder.sign(shown_content(token, minute))]))


def shown_content(token: bytes, minute: int) -> bytes:
    """Return the bytes a phone signs."""
    return _SHOWN + minute.to_bytes(8) + token


def read(text: str, trust: TrustList) -> ReadCode:
    """Read either form and verify its signatures; whether it is still good is the gate's rule to say. Raises: Refused."""
    if len(text) > LONGEST_CHARACTERS or not text.startswith((DAY_PREFIX, SHOWN_PREFIX)):
        raise Refused(Refusal.NOT_OURS)
    content = base45.decode(text[len(DAY_PREFIX) :])
    if text.startswith(DAY_PREFIX):
        return _read_day(content, trust)
    value = cose.decoded(content)
    if not isinstance(value, list) or len(value) != 3:
        raise Refused(Refusal.MALFORMED)
    token, minute, signature = value
    if not (isinstance(token, bytes) and isinstance(signature, bytes) and _is_count(minute) and minute < 2**40):
        raise Refused(Refusal.MALFORMED)
    found = _read_day(token, trust)
    holder = found.code.holder
    if holder is None or not Verifier(Algorithm.ES256, holder).accepts(signature, shown_content(token, minute)):
        raise Refused(Refusal.BAD_HOLDER)
    return ReadCode(found.code, found.kid, minute * MINUTE_S)


def _read_day(content: bytes, trust: TrustList) -> ReadCode:
    payload, key = cose.opened(content, trust, KeyUse.CODE)
    code = _parsed(cose.decoded(payload))
    require_in_force(key, code.issued_at)
    return ReadCode(code, key.kid)


def _parsed(fields: Any) -> DayCode:
    if not isinstance(fields, list) or len(fields) not in {7, 8} or fields[0] != _VERSION:
        raise Refused(Refusal.MALFORMED)
    _, colour, list_id, index, issued_at, valid_minutes, pseudonym, *rest = fields
    holder = rest[0] if rest else None
    counts = all(_is_count(number) for number in (colour, list_id, index, issued_at, valid_minutes))
    if not counts or colour not in _COLOUR_OF or not _is_bytes(pseudonym, PSEUDONYM_BYTES):
        raise Refused(Refusal.MALFORMED)
    if holder is not None:
        _require_point(holder)
    return DayCode(_COLOUR_OF[colour], list_id, index, issued_at, valid_minutes, pseudonym, holder)


def _require_point(holder: object) -> None:
    if not isinstance(holder, bytes) or len(holder) != HOLDER_BYTES:
        raise Refused(Refusal.MALFORMED)
    try:
        Verifier(Algorithm.ES256, holder)
    except ValueError as error:
        raise Refused(Refusal.MALFORMED) from error


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_bytes(value: object, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length
