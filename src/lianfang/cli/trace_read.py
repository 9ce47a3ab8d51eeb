"""The files of a trace: CSV or Parquet in, parsed columns out, every refusal with its row and field."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from lianfang.cli.trace_times import MIXED, Clock, Times, clock_of, parse_times

PRESENCES: Final = ("subject", "place", "t_in", "t_out")
LINKS: Final = ("from", "to", "at")
CONTROLS: Final = ("subject", "controlled_at")
TIMES: Final = frozenset({"t_in", "t_out", "at", "controlled_at"})
ROW: Final = "row"
"""The line of a CSV file, its header being line 1; the row of a Parquet file, the first being 1."""


class TraceFileError(Exception):
    """A file or option of a trace is wrong; the message is one line and says where."""


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A file's wanted columns as read, with row numbers, and its times parsed."""

    path: Path
    columns: tuple[str, ...]
    frame: pl.DataFrame
    times: dict[str, Times] = field(default_factory=dict)

    def failure(self, at: int, column: str, problem: str) -> TraceFileError:
        """The error about the value at a position."""
        value = self.frame[column][at]
        shown = "" if value is None or value == "" else f"{str(value)!r} "
        return TraceFileError(f"{self.path}: row {self.frame[ROW][at]}, {column}: {shown}{problem}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n", maxsplit=1)[0].split())


def _broken_csv(path: Path, error: Exception) -> TraceFileError:
    """Say where a CSV file cannot be read: polars does not."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return TraceFileError(f"{path}: row {number}: not UTF-8 text")
    with path.open(encoding="utf-8-sig", newline="") as text:
        width = 0
        for number, row in enumerate(csv.reader(text), start=1):
            width = width or len(row)
            if len(row) > width:
                return TraceFileError(f"{path}: row {number}: {len(row)} fields, but the header has {width}")
    return TraceFileError(f"{path}: {_one_line(error)}")


def _check_columns(path: Path, found: list[str], wanted: tuple[str, ...]) -> None:
    missing = [column for column in wanted if column not in found]
    if missing:
        raise TraceFileError(f"{path}: row 1: no column {', '.join(missing)} (found: {', '.join(found)})")


def _read_csv(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Columns as texts; blank lines are dropped but counted."""
    try:
        header = pl.read_csv(path, n_rows=0, infer_schema=False).columns
        _check_columns(path, header, columns)
        frame = pl.read_csv(path, columns=list(columns), infer_schema=False, row_index_name=ROW, row_index_offset=2)
    except pl.exceptions.NoDataError:
        raise TraceFileError(f"{path}: row 1: empty file; a header with {','.join(columns)} is expected") from None
    except pl.exceptions.ComputeError as error:
        raise _broken_csv(path, error) from None
    return frame.filter(~pl.all_horizontal(pl.col(columns).is_null()))


def _read_parquet(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Columns with the types they have; dictionaries as texts, whole floats as integers (pandas writes nulls that way)."""
    _check_columns(path, list(pl.read_parquet_schema(path)), columns)
    frame = pl.read_parquet(path, columns=list(columns)).select(columns)
    changed = []
    for column in frame.get_columns():
        if isinstance(column.dtype, pl.Categorical | pl.Enum):
            changed.append(column.cast(pl.String))
        elif column.dtype.is_float():
            values = column.fill_nan(None)
            whole = values.cast(pl.Int64, strict=False)
            changed.append(whole if (whole == values).fill_null(values.is_null()).all() else values)
    return frame.with_columns(changed).with_row_index(ROW, offset=1)


def read_file(path: Path, columns: tuple[str, ...]) -> SourceFile:
    """Read the named columns of a CSV or Parquet file (told apart by content) and check every value.

    Raises:  TraceFileError: unreadable, a column missing, a line with too many fields, no UTF-8, an empty id or time
             (t_out may be empty), a time that is none. Of several the one in the lowest row.
    """
    try:
        with path.open("rb") as start:
            parquet = start.read(4) == b"PAR1"
        frame = _read_parquet(path, columns) if parquet else _read_csv(path, columns)
    except OSError as error:
        raise TraceFileError(f"{path}: {error.strerror or _one_line(error)}") from None
    except pl.exceptions.PolarsError as error:
        raise TraceFileError(f"{path}: {_one_line(error)}") from None
    times = {column: parse_times(frame[column]) for column in columns if column in TIMES}
    file = SourceFile(path, columns, frame, times)
    _check_values(file)
    return file


def first_true(wrong: pl.Series) -> int | None:
    """The first position where a boolean series is true."""
    return wrong.fill_null(value=False).arg_max() if wrong.any() else None


def is_empty(values: pl.Series) -> pl.Series:
    """Which values are missing or blank."""
    return values.is_null() | (values.str.strip_chars() == "") if values.dtype == pl.String else values.is_null()


def _problems(file: SourceFile, column: str) -> list[tuple[int, str]]:
    """The first of each kind of problem in a column: position and text."""
    values, found = file.frame[column], []
    if column in file.times:
        problem = file.times[column].problem
        at = first_true(problem.is_not_null())
        if at is not None:
            found.append((at, str(problem[at])))
    elif len(values) and not (values.dtype == pl.String or values.dtype.is_integer()):
        found.append((0, f"is of type {values.dtype}; ids are integers or texts"))
    at = None if column == "t_out" else first_true(is_empty(values))
    return found if at is None else [*found, (at, "is empty")]


def _check_values(file: SourceFile) -> None:
    found = [
        (at, order, problem) for order, column in enumerate(file.columns) for at, problem in _problems(file, column)
    ]
    if found:
        at, order, problem = min(found)
        raise file.failure(at, file.columns[order], problem)


def common_clock(files: list[SourceFile]) -> Clock | None:
    """The one form of all times, as the first file first writes it; None: there are no times at all.

    Raises:  TraceFileError for the first time in another form.
    """
    columns = [(file, column) for file in files for column in file.times]
    clocks = [clock for file, column in columns if (clock := clock_of(file.frame[column]))]
    if not clocks:
        return None
    for file in files:
        wrong = []
        for order, (column, times) in enumerate(file.times.items()):
            at = first_true((times.zoned != clocks[0].zoned) & times.seconds.is_not_null())
            wrong += [] if at is None else [(at, order, column)]
        if wrong:
            at, _, column = min(wrong)
            raise file.failure(at, column, MIXED)
    return clocks[0]
