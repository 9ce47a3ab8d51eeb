"""From text to typed rows: every value checked, every fault kept with its line, field and reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from lianfang.formats.columns import ColumnMap
from lianfang.formats.dates import UTC_MICROS, DateForm, ParsedTimes, parse_numbers, parse_times
from lianfang.formats.errors import TableError
from lianfang.formats.fields import Field, FieldType, TableSpec
from lianfang.formats.id_numbers import valid_id_numbers
from lianfang.formats.reasons import RECORDS_BEGIN, Reason
from lianfang.formats.tables import LINE, SURPLUS

ROW = "_row"  # counts the rows in, from 0; a line of a wide table can hold several
# detail: what the reason's sentence is about, such as the code something is known by; usually null.
REJECT_SCHEMA = {ROW: pl.Int64, LINE: pl.Int64, "field": pl.String, "reason": pl.String, "detail": pl.String}

# What people write where there is nothing to write.
MISSING_WORDS = ("", "na", "n/a", "#n/a", "nan", "null", "nil", "-", "--", "—", "——", "/", "\\", "无", "不详")
_BLANKS = " \t\r\n\u00a0\u3000\ufeff"
_EPOCH_LEAST = 100_000_000  # an integer below is no date since 1973

_MOBILE = r"^(?:(?:\+|00)?86)?1[3-9]\d{9}$"  # a mainland mobile number: the phone of most people

_MASK = r"[＊?？×●•]"
_ID_LENGTH, _ID_SHOWN_LEAST, _PHONE_SHOWN_LEAST = 18, 4, 4

# Returns the canonical form, or None for a value that is none.
Cleaner = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks need besides the rows.

    forms: field -> date form of its column. zone: of times that name none; None = there are no such times.
    cleaners: for PHONE and USCC. in_workbook: numbers may have lost digits. headers: field -> what the file calls it.
    """

    forms: Mapping[str, DateForm | None] = field(default_factory=dict)
    zone: ZoneInfo | None = None
    cleaners: Mapping[FieldType, Cleaner] = field(default_factory=dict)
    in_workbook: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """One chunk after its checks.

    good: ROW, LINE and every field of the spec, typed. rejects: ROW, LINE, field, reason; one row per fault.
    """

    good: pl.DataFrame
    rejects: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Read:
    """A column's values, and per row the code of its fault or null."""

    values: pl.Series
    reasons: pl.Series


def clean_text(values: pl.Series, *, only_blank_is_missing: bool = False) -> pl.Series:
    """Return text without surrounding blanks; null for what says that there is nothing."""
    text = values.cast(pl.String).str.strip_chars(_BLANKS)
    if text.str.starts_with("'").any():  # a spreadsheet's mark of text, which may have become part of it
        text = text.str.replace(r"^'([=@+\-\d])", "$1")
    words = [""] if only_blank_is_missing else list(MISSING_WORDS)
    missing = text.str.to_lowercase().is_in(words)
    return text.to_frame("v").select(pl.when(~missing).then(pl.col("v"))).to_series()


def check_chunk(
    chunk: pl.DataFrame, spec: TableSpec, columns: ColumnMap, context: CheckContext, first_row: int
) -> Checked:
    """Check one chunk of a table. first_row: the ROW of the chunk's first row."""
    frame = _unpivoted(chunk, columns, first_row)
    typed: dict[str, pl.Series] = {}
    faults: list[pl.DataFrame] = []
    if SURPLUS in frame.columns:
        faults.append(reject(frame.filter(frame[SURPLUS].is_not_null()), SURPLUS, Reason.SURPLUS_FIELD))
    for spec_field in spec.fields:
        if spec_field.name not in columns:
            typed[spec_field.name] = pl.Series([None], dtype=_dtype(spec_field)).new_from_index(0, frame.height)
            continue
        read = _read_field(frame[spec_field.name], spec_field, context)
        typed[spec_field.name] = read.values
        faults.extend(_by_reason(frame, spec_field.name, read.reasons))
    rejects = pl.concat([pl.DataFrame(schema=REJECT_SCHEMA), *faults])
    good = frame.select(ROW, LINE).with_columns(values.alias(name) for name, values in typed.items())
    return Checked(good.join(rejects.select(ROW).unique(), on=ROW, how="anti", maintain_order="left"), rejects)


def reject(rows: pl.DataFrame, spec_field: str, reason: Reason) -> pl.DataFrame:
    """Return the rejects that give all these rows one reason; a column `detail` says more about each row."""
    detail = pl.col("detail") if "detail" in rows.columns else pl.lit(None, dtype=pl.String)
    return rows.select(ROW, LINE, field=pl.lit(spec_field), reason=pl.lit(reason.value), detail=detail)


def split_rejects(
    rows: pl.DataFrame, spec_field: str, reason: Reason, fault: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the rows without the fault, the rejects of those with it). A null fault is none."""
    faulty = rows.filter(fault.fill_null(value=False))
    if faulty.is_empty():
        return rows, reject(faulty, spec_field, reason)
    return rows.filter(~fault.fill_null(value=False)), reject(faulty, spec_field, reason)


def _unpivoted(chunk: pl.DataFrame, columns: ColumnMap, first_row: int) -> pl.DataFrame:
    """Name columns by their field; a field of several columns gives one row per filled column, at least one."""
    wide = next((name for name, chosen in columns.items() if len(chosen) > 1), None)
    extra = [SURPLUS] if SURPLUS in chunk.columns else []
    single = [pl.col(chosen[0]).alias(name) for name, chosen in columns.items() if name != wide]
    if wide is None:
        frame = chunk.select(LINE, *extra, *single)
    else:
        filled = pl.concat_list([pl.col(column).cast(pl.String) for column in columns[wide]])
        kept = filled.list.eval(pl.element().filter(pl.element().str.strip_chars(_BLANKS).fill_null("") != ""))
        frame = chunk.select(LINE, *extra, *single, kept.alias(wide)).explode(wide, empty_as_null=True)
    return frame.with_row_index(ROW, offset=first_row).with_columns(pl.col(ROW).cast(pl.Int64))


def _by_reason(frame: pl.DataFrame, name: str, reasons: pl.Series) -> list[pl.DataFrame]:
    if reasons.null_count() == len(reasons):
        return []
    marked = frame.select(ROW, LINE, field=pl.lit(name), reason=reasons, detail=pl.lit(None, dtype=pl.String))
    return [marked.filter(pl.col("reason").is_not_null())]


def _dtype(spec_field: Field) -> pl.DataType:
    kinds = {
        FieldType.INSTANT: UTC_MICROS,
        FieldType.DATE: pl.Date(),
        FieldType.INTEGER: pl.Int64(),
        FieldType.DECIMAL: pl.Float64(),
    }
    return kinds.get(spec_field.type, pl.String())


def _read_field(values: pl.Series, spec_field: Field, context: CheckContext) -> _Read:
    if spec_field.type in {FieldType.INSTANT, FieldType.DATE}:
        given, read = _read_times(values, spec_field, context)
    elif spec_field.type in {FieldType.INTEGER, FieldType.DECIMAL}:
        given, read = _read_number(values, spec_field)
    else:
        given = clean_text(_whole_numbers(values), only_blank_is_missing=spec_field.only_blank_is_missing)
        read = _TEXT_READERS[spec_field.type](given, spec_field, context)
    if not spec_field.required:
        return read
    missing = pl.when(given.is_null()).then(pl.lit(Reason.MISSING)).otherwise(read.reasons)
    return _Read(read.values, pl.select(missing).to_series())


def _whole_numbers(values: pl.Series) -> pl.Series:
    """A spreadsheet's or data frame's 1001.0 is the code 1001."""
    if values.dtype.is_float():
        return values.cast(pl.Int64, strict=False)
    return values


def _mark(faulty: pl.Series, reason: Reason) -> pl.Series:
    return pl.select(pl.when(faulty.fill_null(value=False)).then(pl.lit(reason))).to_series()


def _read_text(given: pl.Series, spec_field: Field, _context: CheckContext) -> _Read:
    long = _mark(given.str.len_chars() > spec_field.max_length, Reason.TOO_LONG)
    zero = given.str.contains("\0", literal=True)  # PostgreSQL stores no text with a zero byte
    if not zero.any():
        return _Read(given, long)
    return _Read(given, pl.select(pl.when(zero).then(pl.lit(Reason.BAD_CHARACTER)).otherwise(long)).to_series())


def _read_code(given: pl.Series, spec_field: Field, context: CheckContext) -> _Read:
    read = _read_text(given, spec_field, context)
    identity = given.str.contains(r"^\d{17}[\dXx]$")
    if identity.any():
        like = given.to_frame("v").select(pl.when(identity).then(pl.col("v"))).to_series()
        identity = valid_id_numbers(like).is_not_null()
    if spec_field.of_person:  # elsewhere eleven digits are some firm's own numbers
        identity |= given.str.replace_all(r"[\s()\-－—]", "").str.contains(_MOBILE)
    if not identity.any():
        return read
    marked = pl.when(identity).then(pl.lit(Reason.CODE_IS_IDENTITY)).otherwise(read.reasons)
    return _Read(given, pl.select(marked).to_series())


def _read_choice(given: pl.Series, spec_field: Field, _context: CheckContext) -> _Read:
    lowered = given.str.to_lowercase()
    meant = lowered.replace_strict(dict(spec_field.choices), default=None, return_dtype=pl.String)
    return _Read(meant, _mark(given.is_not_null() & meant.is_null(), Reason.BAD_CHOICE))


def _read_id_number(given: pl.Series, _field: Field, context: CheckContext) -> _Read:
    valid = valid_id_numbers(given)
    bad = _mark(given.is_not_null() & valid.is_null(), Reason.BAD_ID_NUMBER)
    if not context.in_workbook:
        return _Read(valid, bad)
    damaged = pl.when(given.str.contains(r"^\d{15}000$|[eE]\+")).then(pl.lit(Reason.NUMBER_DAMAGED)).otherwise(bad)
    return _Read(valid, pl.select(damaged).to_series())


def _read_cleaned(given: pl.Series, spec_field: Field, context: CheckContext) -> _Read:
    cleaner = context.cleaners[spec_field.type]
    distinct = given.drop_nulls().unique()
    cleaned = {value: cleaner(value) for value in distinct}
    values = given.replace_strict(cleaned, default=None, return_dtype=pl.String)
    return _Read(values, _mark(given.is_not_null() & values.is_null(), Reason(f"bad_{spec_field.type.value}")))


def _read_id_fragment(given: pl.Series, _field: Field, context: CheckContext) -> _Read:
    """A whole number, also one with a wrong digit, or one with some of its characters masked; * where one is not known."""
    text = given.str.replace_all(r"[\s\-－–—.]", "").str.to_uppercase().str.replace_all(_MASK, "*")
    tail = text.str.contains(r"^\d{3,7}[\dX]$")  # the last four to eight characters alone
    padded = pl.select(pl.when(tail).then(text.str.pad_start(_ID_LENGTH, "*")).otherwise(text)).to_series()
    formed = padded.str.contains(r"^[\d*]{17}[\dX*]$") & (padded.str.count_matches(r"[\dX]") >= _ID_SHOWN_LEAST)
    bad = _mark(given.is_not_null() & ~formed, Reason.BAD_ID_NUMBER)
    if context.in_workbook:
        damaged = given.str.contains(r"^\d{15}000$|[eE]\+")
        bad = pl.select(pl.when(damaged).then(pl.lit(Reason.NUMBER_DAMAGED)).otherwise(bad)).to_series()
    return _Read(pl.select(pl.when(formed).then(padded)).to_series(), bad)


def _read_phone_fragment(given: pl.Series, _field: Field, _context: CheckContext) -> _Read:
    """A number, also one with a wrong or missing digit, or one with some of its digits masked."""
    text = (
        given.str.replace_all(r"[\s()\-－—]", "")
        .str.replace_all(_MASK, "*")
        .str.replace(r"^(\+|00)?86(1\d{10})$", "$2")
    )
    formed = text.str.contains(r"^[\d*]{7,12}$") & (text.str.count_matches(r"\d") >= _PHONE_SHOWN_LEAST)
    return _Read(
        pl.select(pl.when(formed).then(text)).to_series(), _mark(given.is_not_null() & ~formed, Reason.BAD_PHONE)
    )


def _read_area(given: pl.Series, _field: Field, _context: CheckContext) -> _Read:
    formed = given.str.contains(r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$")
    return _Read(given, _mark(~formed, Reason.BAD_AREA))


_TEXT_READERS: Mapping[FieldType, Callable[[pl.Series, Field, CheckContext], _Read]] = {
    FieldType.CODE: _read_code,
    FieldType.TEXT: _read_text,
    FieldType.CHOICE: _read_choice,
    FieldType.ID_NUMBER: _read_id_number,
    FieldType.PHONE: _read_cleaned,
    FieldType.USCC: _read_cleaned,
    FieldType.ID_FRAGMENT: _read_id_fragment,
    FieldType.PHONE_FRAGMENT: _read_phone_fragment,
    FieldType.AREA: _read_area,
}


def _read_number(values: pl.Series, spec_field: Field) -> tuple[pl.Series, _Read]:
    given = values if values.dtype.is_numeric() else clean_text(values)
    number = given.cast(pl.Float64, strict=False)
    bad = given.is_not_null() & (number.is_null() | ~number.is_finite())
    if spec_field.type is FieldType.INTEGER:
        bad |= number != number.round()
        number = number.cast(pl.Int64, strict=False)
    return given, _Read(number, _mark(bad, Reason.BAD_NUMBER))


def _read_times(values: pl.Series, spec_field: Field, context: CheckContext) -> tuple[pl.Series, _Read]:
    given = values if values.dtype.is_temporal() or values.dtype.is_numeric() else clean_text(values)
    parsed = _parsed(given, spec_field, context)
    bad = given.is_not_null() & parsed.at.is_null()
    if spec_field.type is FieldType.DATE:
        days = _local_days(parsed, context.zone)
        old = days < RECORDS_BEGIN.date() if not spec_field.may_be_old else bad
        reason = pl.when(bad).then(pl.lit(Reason.BAD_DATE)).when(old).then(pl.lit(Reason.TOO_EARLY))
        return given, _Read(days, pl.select(reason).to_series())
    at, nowhere = _in_zone(parsed, spec_field, context)
    timeless = parsed.at.is_not_null() & ~parsed.has_time & (not spec_field.date_is_enough)
    reasons = pl.select(
        pl.when(bad).then(pl.lit(Reason.BAD_DATE))
        .when(timeless).then(pl.lit(Reason.TIME_MISSING))
        .when(nowhere).then(pl.lit(Reason.NO_SUCH_TIME))
        .when(at < RECORDS_BEGIN).then(pl.lit(Reason.TOO_EARLY))
    ).to_series()  # fmt: skip
    return given, _Read(at, reasons)


def _parsed(given: pl.Series, spec_field: Field, context: CheckContext) -> ParsedTimes:
    dtype = given.dtype
    yes = pl.repeat(value=True, n=len(given), eager=True)
    if isinstance(dtype, pl.Datetime):
        at = given.dt.convert_time_zone("UTC") if dtype.time_zone else given.dt.replace_time_zone("UTC")
        zoned = yes if dtype.time_zone else ~yes
        return ParsedTimes(at.cast(UTC_MICROS), zoned, yes)
    if isinstance(dtype, pl.Date):
        return ParsedTimes(given.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), ~yes, ~yes)
    if dtype.is_numeric():
        form = DateForm.EPOCH if (given.drop_nulls().cast(pl.Float64) >= _EPOCH_LEAST).all() else DateForm.EXCEL
        return parse_numbers(given.cast(pl.Float64), form)
    form_of_column = context.forms.get(spec_field.name)
    if form_of_column is None:
        nothing = pl.Series([None], dtype=UTC_MICROS).new_from_index(0, len(given))
        return ParsedTimes(nothing, ~yes, ~yes)
    return parse_times(given, form_of_column)


def _local_days(parsed: ParsedTimes, zone: ZoneInfo | None) -> pl.Series:
    """The day as written; a zoned instant is the day it falls on in the zone."""
    wall = parsed.at.dt.date()
    if zone is None or not parsed.zoned.any():
        return wall
    local = parsed.at.dt.convert_time_zone(zone.key).dt.date()
    return pl.select(pl.when(parsed.zoned).then(local).otherwise(wall)).to_series()


def _in_zone(parsed: ParsedTimes, spec_field: Field, context: CheckContext) -> tuple[pl.Series, pl.Series]:
    """Return (instants, whether the wall clock never or twice showed that time). Raises: TableError without a zone."""
    naive = ~parsed.zoned & parsed.at.is_not_null()
    if not naive.any():
        return parsed.at, naive
    if context.zone is None:
        raise TableError("zone_needed", field="zone", name=context.headers.get(spec_field.name, spec_field.name))
    wall = parsed.at.dt.replace_time_zone(None)
    placed = wall.dt.replace_time_zone(context.zone.key, ambiguous="null", non_existent="null").dt.convert_time_zone(
        "UTC"
    )
    at = pl.select(pl.when(naive).then(placed).otherwise(parsed.at)).to_series()
    return at, naive & at.is_null()
