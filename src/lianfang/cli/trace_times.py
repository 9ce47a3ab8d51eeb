"""Times as a file writes them: integer seconds or ISO 8601 with a zone, to int64 seconds and back in the same form."""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

TIME_LIMIT: Final = 1 << 53
_ISO_TAIL: Final = re.compile(
    r"(?:[.,](?P<fraction>\d+))?(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>[0-5]\d))?)?"
)
_DURATION: Final = re.compile(r"(\d+)([smhd]?)", re.ASCII)
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_TICKS: Final = {"ms": 10**3, "us": 10**6, "ns": 10**9}

NOT_A_TIME: Final = "is neither integer seconds nor an ISO 8601 time"
NO_ZONE: Final = "has no time zone"
FRACTION: Final = "has a fraction of a second; times are whole seconds"
TOO_FAR: Final = "is beyond +-2**53 seconds"
MIXED: Final = "is not in the form of the other times (all integer seconds, or all ISO 8601 with a zone)"


def parse_duration(text: str) -> int:
    """Seconds of '900', '900s', '15m', '2h' or '1d'. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: seconds, or 15m, 2h, 1d")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > TIME_LIMIT:
        raise ValueError(f"{text!r} is too long")
    return seconds


@dataclass(frozen=True, slots=True)
class Clock:
    """The form of a file's times, so that answers are written as the input was.

    zoned: ISO 8601 instead of integer seconds. separator, zone, offset_s: as the first time of the file has them.
    zone_name: set when the times were Parquet timestamps, which carry a named zone.
    """

    zoned: bool
    separator: str = "T"
    zone: str = "Z"
    offset_s: int = 0
    zone_name: str | None = None

    def native(self, seconds: pl.Series) -> pl.Series:
        """Int64 seconds as the input had them: integers, texts or timestamps."""
        if self.zone_name is None:
            return self.text(seconds) if self.zoned else seconds
        milliseconds = (seconds * 1000).cast(pl.Datetime("ms"))
        return milliseconds.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone_name)

    def text(self, seconds: pl.Series) -> pl.Series:
        """The same for text output: integers or ISO 8601 texts."""
        if self.zone_name is not None:
            return self.native(seconds).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
        if not self.zoned:
            return seconds
        local = ((seconds + self.offset_s) * 1000).cast(pl.Datetime("ms"))
        return local.dt.strftime(f"%Y-%m-%d{self.separator}%H:%M:%S{self.zone}")


@dataclass(frozen=True, slots=True)
class Times:
    """A parsed column: seconds (null where empty or wrong), whether each is zoned, and what is wrong where (null: nothing)."""

    seconds: pl.Series
    zoned: pl.Series
    problem: pl.Series


def _tail_table(tails: pl.Series) -> pl.DataFrame:
    """What follows the seconds, for each distinct tail: its offset from UTC or what is wrong with it."""
    offsets: list[int | None] = []
    problems: list[str | None] = []
    distinct = tails.unique().drop_nulls().to_list()
    for tail in distinct:
        match = _ISO_TAIL.fullmatch(tail)
        problem = None
        if match is None:
            problem = NOT_A_TIME
        elif match["zone"] is None:
            problem = NO_ZONE
        elif int(match["fraction"] or 0):
            problem = FRACTION
        problems.append(problem)
        offset = 3_600 * int(match["hours"] or 0) + 60 * int(match["minutes"] or 0) if match else 0
        offsets.append(None if problem or match is None else -offset if match["sign"] == "-" else offset)
    schema = {"tail": pl.String, "offset": pl.Int64, "problem": pl.String}
    return pl.DataFrame({"tail": distinct, "offset": offsets, "problem": problems}, schema=schema)


def _parse_iso(texts: pl.Series) -> pl.DataFrame:
    """Columns seconds and problem of ISO 8601 texts; what is no such text is a problem."""
    value, has_seconds = pl.col("value"), pl.col("value").str.slice(16, 1) == ":"
    clock = pl.when(has_seconds).then(value.str.slice(11, 8)).otherwise(value.str.slice(11, 5) + ":00")
    tail = pl.when(has_seconds).then(value.str.slice(19)).otherwise(value.str.slice(16))
    parts = pl.DataFrame({"value": texts}).select(
        local=pl.when(value.str.slice(10, 1).is_in(["T", "t", " "]))
        .then(value.str.slice(0, 10) + "T" + clock)
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="ms")
        .dt.epoch("s"),
        naive_day=value.str.contains(r"^\d{4}-\d\d-\d\d$"),
        tail=tail,
    )
    joined = parts.join(_tail_table(parts["tail"]), on="tail", how="left", maintain_order="left")
    return joined.select(
        seconds=pl.col("local") - pl.col("offset"),
        problem=pl.when(pl.col("naive_day"))
        .then(pl.lit(NO_ZONE))
        .when(pl.col("local").is_null())
        .then(pl.lit(NOT_A_TIME))
        .otherwise(pl.col("problem")),
    )


def _parse_texts(texts: pl.Series) -> Times:
    empty = texts.is_null() | (texts == "")
    integers = texts.str.contains(r"^-?[0-9]+$").fill_null(value=False)
    seconds = texts.set(~integers, None).cast(pl.Int64, strict=False)
    problem = pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    if not (integers | empty).all():
        iso = _parse_iso(texts.set(integers | empty, None))
        seconds = seconds.zip_with(integers, iso["seconds"])
        problem = iso["problem"].set(integers | empty, None)
    too_far = integers & (seconds.is_null() | (seconds.abs() > TIME_LIMIT))
    return Times(seconds, ~integers & ~empty, problem.set(too_far, TOO_FAR))


def parse_times(values: pl.Series) -> Times:
    """Parse a column of integers, texts or timestamps, vectorised; nothing is raised, every problem is in `problem`."""
    n, dtype = len(values), values.dtype
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, n)
    present = values.is_not_null()
    if dtype == pl.String:
        return _parse_texts(values)
    if dtype.is_integer():
        seconds = values.cast(pl.Int64, strict=False)
        wrong = present & (seconds.is_null() | (seconds.abs() > TIME_LIMIT))
        return Times(seconds, present & False, nothing.set(wrong, TOO_FAR))
    if isinstance(dtype, pl.Datetime):
        ticks, per_second = values.to_physical(), _TICKS[dtype.time_unit]
        seconds, problem = ticks // per_second, nothing.set(present & (ticks % per_second != 0), FRACTION)
        return Times(seconds, present, problem if dtype.time_zone else nothing.set(present, NO_ZONE))
    return Times(nothing.cast(pl.Int64), present & False, nothing.set(present, NOT_A_TIME))


def clock_of(values: pl.Series) -> Clock | None:
    """The form of a column's first time, or None if it has none. The column has been parsed without a problem."""
    present = values.drop_nulls()
    if present.dtype == pl.String:
        present = present.filter(present != "")
    if not len(present):
        return None
    if isinstance(present.dtype, pl.Datetime):
        return Clock(zoned=True, zone_name=present.dtype.time_zone)
    first = present[0]
    if not isinstance(first, str) or re.fullmatch(r"-?[0-9]+", first):
        return Clock(zoned=False)
    match = re.search(r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)$", first)
    assert match is not None
    offset = _tail_table(pl.Series([match[0]]))["offset"][0]
    return Clock(zoned=True, separator=first[10], zone=match[0], offset_s=offset)


def parse_one(text: str, clock: Clock | None) -> tuple[int, Clock]:
    """One time given as an option, and the clock (its own if the files have no times). Raises ValueError."""
    column = pl.Series([text], dtype=pl.String)
    parsed = parse_times(column)
    problem = parsed.problem[0] if text else NOT_A_TIME
    if problem is None and clock is not None and parsed.zoned[0] != clock.zoned:
        problem = MIXED
    if problem is not None:
        raise ValueError(f"{text!r} {problem}")
    found = clock or clock_of(column)
    assert found is not None
    return parsed.seconds[0], found
