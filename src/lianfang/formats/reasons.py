"""Why a row is not accepted: stable codes and what they tell the person who mends the file."""

from collections.abc import Mapping
from types import MappingProxyType

# A stay longer than this usually lacks its check-out; it is stored, counted and reported, never cut silently.
LONG_STAY_S = 31 * 86_400
# Clocks of terminals run ahead; what lies further in the future than this is a mistake.
CLOCK_TOLERANCE_S = 900

REASONS: Mapping[str, str] = MappingProxyType(
    {
        # of the row's shape
        "surplus_field": "the row has more fields than the header",
        "missing": "a value is required",
        "too_long": "the value is too long",
        "bad_number": "not a number",
        "bad_choice": "not one of the values this field can have",
        "bad_date": "not a date of this column's form",
        "no_such_time": "this time of day does not exist, or exists twice, in the zone",
        "time_missing": "a day without a time of day",
        "bad_id_number": "not a valid resident identity number (GB 11643)",
        "number_damaged": "the spreadsheet kept 15 digits of the number: format the column as text",
        "bad_phone": "not a mainland phone number",
        "bad_uscc": "not a valid unified social credit code (GB 32100)",
        "bad_area": "not a division code: 2, 4, 6, 9 or 12 digits",
        "code_is_identity": "an identity number must not serve as a code",
        # of the row as a whole
        "not_after_start": "the end is not after the start",
        "end_without_start": "an end without a start, or a start without an end",
        "in_the_future": "lies in the future",
        "no_identity": "neither a code nor an identity number",
        "same_subject": "both sides are the same",
        # against what is stored
        "unknown_subject": "no person, lot or package with this code in your area",
        "unknown_person": "no person with this code in your area",
        "unknown_place": "no place with this code",
        "unknown_lot": "no lot with this code",
        "unknown_organisation": "no organisation with this code",
        "outside_area": "the division lies outside your area",
        "code_taken": "the code belongs to something of another kind",
        "differs": "stored already with other values; stored facts are not changed by an import",
    }
)


def message(code: str) -> str:
    """Return the English sentence of a code (a msgid for translation)."""
    return REASONS[code]
