"""What is said about imports, in the reader's language: reasons of rejected rows, faults and remarks of files."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianfang.formats.errors import Remark
from lianfang.formats.reasons import Reason

REASONS: Mapping[Reason, Promise | str] = MappingProxyType(
    {
        Reason.SURPLUS_FIELD: _("The row has more fields than the header."),
        Reason.MISSING: _("A value is required."),
        Reason.TOO_LONG: _("The value is too long."),
        Reason.BAD_CHARACTER: _("The text has a character that cannot be stored."),
        Reason.BAD_NUMBER: _("This is not a number."),
        Reason.BAD_CHOICE: _("This is not one of the values this field can have."),
        Reason.BAD_DATE: _("This is not a date in the form of its column."),
        Reason.TOO_EARLY: _("This lies before the year 2000: the system keeps nothing that old."),
        Reason.NO_SUCH_TIME: _("The clocks of the zone never showed this time, or showed it twice."),
        Reason.TIME_MISSING: _("A day without a time of day."),
        Reason.BAD_ID_NUMBER: _("Not a valid resident identity number."),
        Reason.NUMBER_DAMAGED: _("The spreadsheet kept only 15 digits of the number: format the column as text."),
        Reason.BAD_PHONE: _("Not a valid mainland phone number."),
        Reason.BAD_USCC: _("Not a valid unified social credit code."),
        Reason.BAD_AREA: _("A division code has 2, 4, 6, 9 or 12 digits."),
        Reason.CODE_IS_IDENTITY: _("An identity number or a phone number must not serve as a code."),
        Reason.NOT_AFTER_START: _("The end is not after the start."),
        Reason.END_WITHOUT_START: _("A start without an end, or an end without a start."),
        Reason.IN_THE_FUTURE: _("This lies in the future."),
        Reason.NO_IDENTITY: _("Neither a code nor an identity number."),
        Reason.SAME_SUBJECT: _("Both sides are the same."),
        Reason.UNKNOWN_SUBJECT: _("No person, lot or package in your area has this code."),
        Reason.UNKNOWN_PERSON: _("No person in your area has this code."),
        Reason.UNKNOWN_PLACE: _("No place has this code."),
        Reason.UNKNOWN_LOT: _("No lot has this code."),
        Reason.UNKNOWN_ORGANISATION: _("No organisation has this code."),
        Reason.OUTSIDE_AREA: _("The division lies outside your area."),
        Reason.CODE_TAKEN: _("The code belongs to something of another kind."),
        Reason.OTHER_CODE: _("This identity number is known under another code; use that one."),
        Reason.EARLIER_REJECTED: _("An earlier row about the same was rejected; correct that one first."),
        Reason.NOT_COMPLETED: _("Nothing is stored here, and an import cannot add it to what is registered already."),
        Reason.DIFFERS: _("Stored already with another value; an import does not change stored facts."),
        Reason.REFUSED: _("This step is not allowed now; the reason stands beside."),
    }
)
_REMARKS: Mapping[str, Promise | str] = MappingProxyType(
    {
        "empty_file": _("%(file)s is empty."),
        "unreadable": _("%(file)s cannot be read: %(why)s"),
        "not_as_named": _("%(file)s is no %(suffix)s file, whatever its name says."),
        "not_text": _("%(file)s is no text: its first row has control characters."),
        "too_large": _("%(file)s unpacks to %(size)s MB; at most %(limit)s MB are read."),
        "unknown_encoding": _("%(file)s is neither UTF-8 nor GB18030 (byte %(byte)s). Save it as “CSV UTF-8”."),
        "bad_quotes": _(
            "%(file)s: the quotes of the row from line %(line)s on are not closed, or not at a field's ends."
        ),
        "no_header": _("%(file)s has no header row."),
        "no_rows": _("The file has a header but no rows."),
        "duplicate_column": _("%(file)s has the column “%(column)s” twice (columns %(first)s and %(second)s)."),
        "missing_column": _("No column was found for “%(name)s”; say which. The file has: %(columns)s."),
        "ambiguous_column": _("Several columns may be “%(name)s”: %(columns)s. Say which."),
        "unknown_field": _("There is no field “%(name)s”. There are: %(fields)s."),
        "unknown_column": _("There is no column “%(column)s”. The file has: %(columns)s."),
        "several_columns": _("The field “%(name)s” is read from one column."),
        "mixed_dates": _(
            "Column “%(column)s” writes dates in more than one form (line %(seen)s): a spreadsheet may have exchanged "
            "days and months. Correct the file, or say the form; rows in another one are then rejected."
        ),
        "ambiguous_dates": _(
            "Column “%(column)s”: day and month cannot be told apart (line %(line)s: %(value)s). Say the date form."
        ),
        "contradicting_dates": _(
            "Column “%(column)s”: some dates have the day first, some the month (line %(line)s: %(value)s). "
            "Say the date form."
        ),
        "zone_needed": _("“%(name)s” has times that name no time zone. Say in which zone they are."),
        "unknown_zone": _("There is no time zone “%(zone)s”."),
        "text_read": _("Text in %(encoding)s, separated by %(delimiter)s"),
        "sheet_read": _("Sheet “%(sheet)s”: %(rows)s rows read"),
        "sheets_not_read": _("Sheets not read: %(sheets)s"),
        "sheet_full": _("The sheet is exactly full (%(rows)s rows): rows beyond the format's limit may be missing."),
    }
)


def _long_stays(n: int) -> str:
    return ngettext(
        "stay longer than 31 days (check-out missing?)", "stays longer than 31 days (check-out missing?)", n
    )


def _open_stays(n: int) -> str:
    return ngettext("stay without an end", "stays without an end", n)


def _dated_by_period(n: int) -> str:
    return ngettext(
        "contact dated by the exposed person's reported exposure period",
        "contacts dated by the exposed person's reported exposure period",
        n,
    )


def _undated(n: int) -> str:
    return ngettext(
        "contact without a date: not traceable until dated", "contacts without a date: not traceable until dated", n
    )


_COUNTS: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {"long_stay": _long_stays, "open_stay": _open_stays, "dated_by_period": _dated_by_period, "undated": _undated}
)


def reason(code: str) -> str:
    """Return the sentence of a reject's reason. Raises: ValueError for an unknown one."""
    return str(REASONS[Reason(code)])


def remark(said: Remark) -> str:
    """Return the sentence of a remark or a file's fault. Raises: KeyError for an unknown one."""
    return str(_REMARKS[said.code]) % said.params


def count(code: str, n: int) -> str:
    """Return what was counted, as words after the number n. Raises: KeyError for an unknown one."""
    return _COUNTS[code](n)
