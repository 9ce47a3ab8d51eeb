"""Dates and times as people write them: the form of a column is recognised or declared, never guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import polars as pl

from lianfang.formats.errors import TableError

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
EXCEL_DAY_ZERO = date(1899, 12, 30)  # serial 60 is the 29 February 1900 that never was; nobody's epidemic is older
UTC_MICROS = pl.Datetime("us", "UTC")


class DateForm(StrEnum):
    """How a column writes its dates."""

    ISO = "iso"  # 2020-12-10, 2020/12/10 8:30, 2020-12-10T08:30:00+08:00
    DMY = "dmy"  # 10/12/2020 is 10 December
    MDY = "mdy"  # 10/12/2020 is 12 October
    CHINESE = "chinese"  # 2020年12月10日 8时30分
    COMPACT = "compact"  # 20201210, 20201210083000
    EXCEL = "excel"  # 44175.354: days since 30 December 1899
    EPOCH = "epoch"  # seconds since 1970, UTC


_DAY_FIRST_OR_MONTH_FIRST = "d/m or m/d"
_TIME = r"(?:[T\s]+(?<H>\d{1,2}):(?<M>\d{2})(?::(?<S>\d{2})(?:[.,](?<f>\d{1,9}))?)?(?:\s*(?<z>Z|[+-]\d{2}:?\d{2}))?)?"
_CHINESE_TIME = (
    r"(?:[T\s]*(?<H>\d{1,2})(?:[:：](?<M>\d{2})(?:[:：](?<S>\d{2}))?"
    r"|[时点](?:(?<M2>\d{1,2})分?)?(?:(?<S2>\d{1,2})秒)?))?"
)
_PATTERNS: Mapping[str, str] = {
    DateForm.ISO: rf"^(?<Y>\d{{4}})[-/.](?<m>\d{{1,2}})[-/.](?<d>\d{{1,2}}){_TIME}$",
    _DAY_FIRST_OR_MONTH_FIRST: rf"^(?<d>\d{{1,2}})[-/.](?<m>\d{{1,2}})[-/.](?<Y>\d{{4}}){_TIME}$",
    DateForm.CHINESE: rf"^(?<Y>\d{{4}})\s*年\s*(?<m>\d{{1,2}})\s*月\s*(?<d>\d{{1,2}})\s*[日号]{_CHINESE_TIME}$",
    DateForm.COMPACT: r"^(?<Y>(?:19|20)\d{2})(?<m>\d{2})(?<d>\d{2})(?:(?<H>\d{2})(?<M>\d{2})(?<S>\d{2})?)?$",
    DateForm.EXCEL: r"^\d{5}(?:\.\d+)?$",
    DateForm.EPOCH: r"^\d{9,10}$",
}
_EXAMPLE_LIMIT = 3


@dataclass
class DateProfile:
    """What forms a column was seen to hold, chunk after chunk; `form` decides once everything was seen."""

    column: str
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)
    day_first: bool = False  # some first number is over 12
    month_first: bool = False  # some second number is over 12

    def see(self, values: pl.Series, lines: pl.Series) -> None:
        """Take in one chunk: text without blanks and missing values, and its lines."""
        rest = pl.DataFrame({"value": values, "line": lines}).filter(pl.col("value").is_not_null())
        for form, pattern in self._likely_first():
            if rest.is_empty():
                return
            matches = rest.get_column("value").str.contains(_plain_groups(pattern))
            if matches.any():
                self._count(form, rest.filter(matches))
                rest = rest.filter(~matches)

    def _likely_first(self) -> Iterable[tuple[str, str]]:
        return sorted(_PATTERNS.items(), key=lambda item: -self.counts.get(item[0], 0))

    def _count(self, form: str, rows: pl.DataFrame) -> None:
        self.counts[form] = self.counts.get(form, 0) + rows.height
        self.examples.setdefault(form, (int(rows.item(0, "line")), str(rows.item(0, "value"))))
        if form == _DAY_FIRST_OR_MONTH_FIRST:
            parts = rows.get_column("value").str.extract_groups(r"^(\d{1,2})[-/.](\d{1,2})").struct
            self.day_first |= bool((parts.field("1").cast(pl.Int32) > 12).any())
            self.month_first |= bool((parts.field("2").cast(pl.Int32) > 12).any())

    def form(self) -> DateForm | None:
        """Return the column's one form; None if nothing in it looks like a date.

        Raises: TableError if day and month cannot be told apart, or the column mixes forms.
        """
        if len(self.counts) > 1:
            seen = "; ".join(f"{line}: {value}" for line, value in list(self.examples.values())[:_EXAMPLE_LIMIT])
            raise TableError("mixed_dates", field=self.column, column=self.column, seen=seen)
        if not self.counts:
            return None
        (only,) = self.counts
        if only != _DAY_FIRST_OR_MONTH_FIRST:
            return DateForm(only)
        if self.day_first == self.month_first:
            line, value = self.examples[only]
            code = "contradicting_dates" if self.day_first else "ambiguous_dates"
            raise TableError(code, field=self.column, column=self.column, line=line, value=value)
        return DateForm.DMY if self.day_first else DateForm.MDY


def _plain_groups(pattern: str) -> str:
    return pattern.replace("(?<", "(?P<")


@dataclass(frozen=True, slots=True)
class ParsedTimes:
    """What a column of texts says. Every list is as long as the column.

    at: UTC instants; null where the text is no date of this form. zoned: the text names its zone.
    has_time: the text names a time of day. Without a zone, `at` is the wall clock as if it were UTC.
    """

    at: pl.Series
    zoned: pl.Series
    has_time: pl.Series


def parse_times(texts: pl.Series, form: DateForm) -> ParsedTimes:
    """Read texts of one form. Impossible dates (30 February) and years outside 1900-2099 are null."""
    if form in {DateForm.EXCEL, DateForm.EPOCH}:
        return parse_numbers(_only(texts, _PATTERNS[form]).cast(pl.Float64), form)
    if form is DateForm.ISO:
        quick = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us", time_zone="UTC", strict=False)
        if quick.null_count() == texts.null_count():
            yes = pl.repeat(value=True, n=len(texts), eager=True)
            return ParsedTimes(_in_range(quick), yes, yes)
    pattern = _PATTERNS[_DAY_FIRST_OR_MONTH_FIRST if form in {DateForm.DMY, DateForm.MDY} else form]
    return _from_groups(texts.str.extract_groups(_plain_groups(pattern)).struct.unnest(), swap=form is DateForm.MDY)


def parse_numbers(values: pl.Series, form: DateForm) -> ParsedTimes:
    """Read day counts of a spreadsheet, or seconds since 1970."""
    yes = pl.repeat(value=True, n=len(values), eager=True)
    if form is DateForm.EPOCH:
        return ParsedTimes(_in_range((values.cast(pl.Int64) * 1_000_000).cast(UTC_MICROS)), yes, yes)
    seconds = (values * 86_400).round().cast(pl.Int64)  # a serial's fraction is only good to some milliseconds
    offset = (EXCEL_DAY_ZERO - date(1970, 1, 1)).days * 86_400
    at = ((seconds + offset) * 1_000_000).cast(UTC_MICROS)
    return ParsedTimes(_in_range(at), ~yes, seconds % 86_400 != 0)


def _only(texts: pl.Series, pattern: str) -> pl.Series:
    return texts.to_frame("v").select(pl.when(pl.col("v").str.contains(pattern)).then(pl.col("v"))).to_series()


def _from_groups(parts: pl.DataFrame, *, swap: bool) -> ParsedTimes:
    def number(*names: str) -> pl.Expr:
        there = [pl.col(name).replace("", None) for name in names if name in parts.columns]
        return pl.coalesce(*there).cast(pl.Int32) if there else pl.lit(None, dtype=pl.Int32)

    def padded(value: pl.Expr) -> pl.Expr:
        return value.cast(pl.String).str.zfill(2)

    month, day = ("d", "m") if swap else ("m", "d")
    hour, minute, second = number("H"), number("M", "M2"), number("S", "S2")
    fraction = pl.col("f").fill_null("") if "f" in parts.columns else pl.lit("")
    zone = pl.col("z").replace("", None) if "z" in parts.columns else pl.lit(None, dtype=pl.String)
    text = pl.concat_str(
        pl.col("Y"), pl.lit("-"), padded(number(month)), pl.lit("-"), padded(number(day)), pl.lit("T"),
        padded(hour.fill_null(0)), pl.lit(":"), padded(minute.fill_null(0)), pl.lit(":"), padded(second.fill_null(0)),
        pl.lit("."), fraction.str.pad_end(6, "0").str.head(6),
        zone.replace("Z", "+00:00").fill_null("+00:00"),
    )  # fmt: skip
    read = parts.select(
        text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False).alias("at"),
        zone.is_not_null().alias("zoned"),
        hour.is_not_null().alias("has_time"),
    )
    return ParsedTimes(_in_range(read["at"]), read["zoned"], read["has_time"])


def _in_range(at: pl.Series) -> pl.Series:
    day = pl.col("at").dt.date()
    kept = pl.when((day >= EARLIEST) & (day < LATEST)).then(pl.col("at"))
    return at.cast(UTC_MICROS).to_frame("at").select(kept).to_series()
