"""Why a row is not accepted. The sentences that say it to people are in `core.import_words`."""

from datetime import UTC, datetime
from enum import StrEnum

# A stay longer than this usually lacks its check-out; it is stored, counted and reported, never cut silently.
LONG_STAY_S = 31 * 86_400
# Clocks of terminals run ahead; what lies further in the future than this is a mistake.
CLOCK_TOLERANCE_S = 900
# What happened before is not this system's to trace: an earlier instant is a slip of the pen. Birth dates are exempt.
RECORDS_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


class Reason(StrEnum):
    """One fault of one row."""

    # of a value
    SURPLUS_FIELD = "surplus_field"
    MISSING = "missing"
    TOO_LONG = "too_long"
    BAD_CHARACTER = "bad_character"
    BAD_NUMBER = "bad_number"
    BAD_CHOICE = "bad_choice"
    BAD_DATE = "bad_date"
    TOO_EARLY = "too_early"
    NO_SUCH_TIME = "no_such_time"
    TIME_MISSING = "time_missing"
    BAD_ID_NUMBER = "bad_id_number"
    NUMBER_DAMAGED = "number_damaged"
    BAD_PHONE = "bad_phone"
    BAD_USCC = "bad_uscc"
    BAD_AREA = "bad_area"
    CODE_IS_IDENTITY = "code_is_identity"
    # of the row as a whole
    NOT_AFTER_START = "not_after_start"
    END_WITHOUT_START = "end_without_start"
    IN_THE_FUTURE = "in_the_future"
    NO_IDENTITY = "no_identity"
    SAME_SUBJECT = "same_subject"
    # against what is stored
    UNKNOWN_SUBJECT = "unknown_subject"
    UNKNOWN_PERSON = "unknown_person"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_LOT = "unknown_lot"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    OUTSIDE_AREA = "outside_area"
    CODE_TAKEN = "code_taken"
    OTHER_CODE = "other_code"
    EARLIER_REJECTED = "earlier_rejected"
    NOT_COMPLETED = "not_completed"
    DIFFERS = "differs"
    REFUSED = "refused"
