"""What single cells mean: positions, Ct, tasks, flags."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from lianfang.formats.instruments.model import LARGEST_CT_MILLI, RowError, Task

_POSITION = re.compile(r"([A-P])0*([1-9]|1[0-9]|2[0-4])")
_UNDETERMINED = {"", "undetermined", "nan", "n/a", "na", "-", "--", "none", "no ct", "no cq", "noct", "未检出", "无"}
_TASKS: tuple[tuple[str, Task], ...] = (
    (r"unkn(own)?(-?\d+)?|target|sample|endogenous( control)?|test", Task.UNKNOWN),
    (r"ntc(-?\d+)?|neg(ative)?([ _]?(control|ctrl))?(-?\d+)?|blank|nac|nrt(-?\d+)?|ntp", Task.NEGATIVE_CONTROL),
    (r"pos(itive)?([ _]?(control|ctrl))?(-?\d+)?|pc", Task.POSITIVE_CONTROL),
    (r"st(an)?d(ard)?(-?\d+)?", Task.STANDARD),
    (r"empty", Task.EMPTY),
)
_TRUE, _FALSE = {"true", "1", "yes", "y", "1.0"}, {"false", "0", "no", "n", "", "0.0"}


def position_of(text: str) -> str:
    """A1, a01 or "A 1" as A01. Raises RowError for anything beyond a 384-well plate."""
    found = _POSITION.fullmatch(text.strip().upper().replace(" ", ""))
    if not found:
        raise RowError("bad_position", value=text[:40])
    return f"{found[1]}{int(found[2]):02d}"


def position_at(number: int, columns: int) -> str:
    """The position of a well counted from 0 along the rows. Raises RowError beyond a 384-well plate."""
    row, column = divmod(number, columns)
    if number < 0 or row > 15 or column > 23:
        raise RowError("bad_position", value=number)
    return f"{chr(ord('A') + row)}{column + 1:02d}"


def ct_of(text: str) -> int | None:
    """A Ct in thousandths of a cycle, with a decimal point or comma; None when undetermined. Raises RowError."""
    written = text.strip()
    if written.casefold() in _UNDETERMINED:
        return None
    milli = _milli(written, "bad_ct")
    if not 0 < milli <= LARGEST_CT_MILLI:
        raise RowError("ct_out_of_range", value=written[:40])
    return milli


def quality_of(text: str) -> int | None:
    """A confidence from 0 to 1 in thousandths, None when not given."""
    return None if text.strip().casefold() in _UNDETERMINED else _milli(text.strip(), "bad_quality")


def _milli(written: str, code: str) -> int:
    number = written.replace(",", ".") if written.count(",") == 1 and "." not in written else written
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise RowError(code, value=written[:40]) from None
    if not value.is_finite() or abs(value) > LARGEST_CT_MILLI:
        raise RowError(code, value=written[:40])
    return int((value * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def task_of(text: str) -> Task:
    """What a well holds; nothing said is an unknown. Raises RowError for a word that nobody knows."""
    written = text.strip().casefold()
    if not written:
        return Task.UNKNOWN
    for pattern, task in _TASKS:
        if re.fullmatch(pattern, written):
            return task
    raise RowError("unknown_task", value=text[:40])


def flag_of(text: str) -> bool:
    """A yes or no. Raises RowError."""
    written = text.strip().casefold()
    if written in _TRUE | _FALSE:
        return written in _TRUE
    raise RowError("bad_flag", value=text[:40])


def amplified(text: str) -> bool | None:
    """What the instrument says of the curve; None for what it leaves open."""
    return {"amp": True, "amplified": True, "no amp": False, "no amplification": False}.get(text.strip().casefold())
