"""What every import does alike: read and check the rows, keep the rejects, reconcile, and refuse whole files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from django.conf import settings
from django.utils.timezone import localdate

from lianfang.apps.core import identity, import_words
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import FactBatch, User
from lianfang.formats.checks import REJECT_SCHEMA, ROW, Checked, reject, split_rejects
from lianfang.formats.dates import DateForm
from lianfang.formats.errors import TableError
from lianfang.formats.fields import SPECS, FieldType
from lianfang.formats.reading import ReadOptions, TableReader
from lianfang.formats.reasons import CLOCK_TOLERANCE_S, Reason
from lianfang.formats.tables import LINE, Source

Progress = Callable[[int, int, str], None]  # rows done, rows in all, phase: reading | storing


class FileUnusable(DomainError):
    """The file as a whole cannot be read, or what was said about it is wrong; nothing was stored."""

    code = "file_unusable"
    exit_code = 2
    http_status = 422

    def __init__(self, error: TableError) -> None:
        super().__init__(import_words.remark(error.remark), field=error.field)
        self.remark = error.remark


class ImportRefused(DomainError):
    """Some rows were rejected and the good ones were not asked to be kept; nothing was stored."""

    code = "import_refused"
    exit_code = 5
    http_status = 422

    def __init__(self, outcome: "Outcome") -> None:
        super().__init__("Rows were rejected, so nothing was stored.")
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user may say about an import.

    columns: field -> columns. date_form, header_row: of the file. zone: name of the zone of times without one.
    area_code: of rows that name none; default: the importer's own, else the county's. source_name: for the record.
    list_source: who sends such lists (kind list only); its columns are remembered.
    """

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    date_form: DateForm | None = None
    zone: str | None = None
    header_row: int | None = None
    keep_good: bool = False
    area_code: str | None = None
    source_name: str = ""
    list_source: str = ""


AS_WRITTEN = ImportOptions()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reconciliation of one import: rows_in = n_stored + n_duplicates + n_rejected, unless it was refused.

    rejects: ROW, LINE, field, reason, detail; one row per fault. notes: what was counted besides. batch: None if nothing new.
    """

    reader: TableReader
    rows_in: int
    n_stored: int
    n_duplicates: int
    rejects: pl.DataFrame
    notes: Mapping[str, int]
    batch: FactBatch | None = None

    @property
    def kind(self) -> str:
        """Which kind of table it was."""
        return self.reader.spec.kind

    @property
    def n_rejected(self) -> int:
        """How many rows have at least one fault."""
        return self.rejects[ROW].n_unique()


def silent(_done: int, _total: int, _phase: str) -> None:
    """A progress callback for callers that show none."""


class CodeBook:
    """Codes to ids, asked from the database once per code. lookup: codes -> a frame with `code` and `id`."""

    def __init__(self, lookup: Callable[[list[str]], pl.DataFrame]) -> None:
        self._lookup = lookup
        self._known = pl.DataFrame(schema={"code": pl.String, "id": pl.Int64})
        self._asked = pl.Series([], dtype=pl.String)

    def add_ids(self, rows: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
        """Add the ids of a column's codes as `name`; null for an unknown code."""
        codes = rows[column].drop_nulls().unique()
        new = codes.filter(~codes.is_in(self._asked.implode()))
        if len(new):
            self._asked = pl.concat([self._asked, new])
            self._known = pl.concat([self._known, self._lookup(new.to_list()).select("code", "id")])
        found = self._known.rename({"code": column, "id": name})
        return rows.join(found, on=column, how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who imports, and when."""

    by: User | None
    at: datetime


class Intake:
    """One import under way: hands out checked rows and collects what is rejected.

    Raises: FileUnusable from the constructor and while reading.
    """

    def __init__(self, kind: str, source: Source, actor: Actor, options: ImportOptions, progress: Progress) -> None:
        self.actor = actor
        self.options = options
        self.area_code = options.area_code or (actor.by.area_code if actor.by else settings.COUNTY_CODE)
        self.rows_in = 0
        self.notes: dict[str, int] = {}
        self._progress = progress
        self._rejects = [pl.DataFrame(schema=REJECT_SCHEMA)]
        with open_reader(kind, source, options) as reader:
            self.reader = reader

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows that are good by themselves: ROW, LINE and the kind's fields, typed."""
        n_lines = 0
        with faults_of_file():
            for checked in self.reader.checked():
                self._count(checked)
                n_lines += checked.good[LINE].n_unique() + checked.rejects[LINE].n_unique()
                self.report(n_lines, "reading")
                yield checked.good

    def rows(self) -> pl.DataFrame:
        """Return all good rows at once; for registers, which are never as long as presences."""
        return pl.concat(list(self.chunks()))

    def _count(self, checked: Checked) -> None:
        self.rows_in += checked.good.height + checked.rejects[ROW].n_unique()
        self._rejects.append(checked.rejects)

    def report(self, done: int, phase: str) -> None:
        """Tell how far the import is."""
        self._progress(min(done, self.reader.n_lines), self.reader.n_lines, phase)

    def note(self, code: str, n: int) -> None:
        """Count something a reader of the reconciliation should know."""
        if n:
            self.notes[code] = self.notes.get(code, 0) + n

    def reject(self, rows: pl.DataFrame, fault: pl.Expr, field_name: str, reason: Reason) -> pl.DataFrame:
        """Reject the rows with the fault and return the others. A null fault is none."""
        kept, rejected = split_rejects(rows, field_name, reason, fault)
        self._rejects.append(rejected)
        return kept

    def reject_all(self, rows: pl.DataFrame, field_name: str, reason: Reason) -> None:
        """Reject these rows."""
        self._rejects.append(reject(rows, field_name, reason))

    @property
    def reach(self) -> str:
        """The division code that everything the importer may write about begins with; empty for the system itself."""
        return self.actor.by.area_code if self.actor.by else ""

    def not_future(self, rows: pl.DataFrame, *names: str) -> pl.DataFrame:
        """Reject rows with an instant after now, or a day after today, in one of these columns."""
        now = self.actor.at + timedelta(seconds=CLOCK_TOLERANCE_S)
        for name in names:
            limit = localdate(now) if rows.schema[name] == pl.Date else now
            rows = self.reject(rows, pl.col(name) > limit, name, Reason.IN_THE_FUTURE)
        return rows

    def within_area(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add `area`: the row's own, else the import's; reject rows outside the importer's area."""
        filled = rows.with_columns(pl.col("area_code").fill_null(self.area_code).alias("area"))
        if self.actor.by is None:
            return filled
        outside = ~pl.col("area").str.starts_with(self.actor.by.area_code)
        return self.reject(filled, outside, "area_code", Reason.OUTSIDE_AREA)

    def resolve(self, rows: pl.DataFrame, column: str, book: "CodeBook", unknown: Reason) -> pl.DataFrame:
        """Add `<column>_id` by the book; reject rows whose code it does not know. A missing code has no id."""
        found = book.add_ids(rows, column, f"{column}_id")
        return self.reject(found, pl.col(column).is_not_null() & pl.col(f"{column}_id").is_null(), column, unknown)

    def standing(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return those of the rows that nothing has been found wrong with so far."""
        rejected = pl.concat(self._rejects).select(ROW).unique()
        return rows.join(rejected, on=ROW, how="anti", maintain_order="left")

    def settle(self) -> None:
        """Go on only if nothing was rejected or the good rows are to be kept. Raises: ImportRefused."""
        if self.options.keep_good:
            return
        outcome = self.outcome(0, 0, None)
        if outcome.n_rejected:
            raise ImportRefused(outcome)

    def outcome(self, n_stored: int, n_duplicates: int, batch: FactBatch | None) -> Outcome:
        """Return the reconciliation."""
        rejects = pl.concat(self._rejects).sort(ROW, maintain_order=True)
        return Outcome(self.reader, self.rows_in, n_stored, n_duplicates, rejects, dict(self.notes), batch)


@contextmanager
def open_reader(kind: str, source: Source, options: ImportOptions) -> Iterator[TableReader]:
    """Give the reader of a table. Raises: FileUnusable, also for what is found while reading inside the block."""
    with faults_of_file():
        read = ReadOptions(options.columns, options.date_form, _zone(options.zone), options.header_row)
        yield TableReader(source, SPECS[kind], read, _CLEANERS)


@contextmanager
def faults_of_file() -> Iterator[None]:
    """Turn what is wrong with a file into a refusal of the domain. Raises: FileUnusable."""
    try:
        yield
    except TableError as error:
        raise FileUnusable(error) from error


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TableError("unknown_zone", field="zone", zone=name) from error


def _cleaner(clean: Callable[[str], str]) -> Callable[[str], str | None]:
    def cleaned(value: str) -> str | None:
        try:
            return clean(value)
        except identity.IdentityInvalid:
            return None

    return cleaned


_CLEANERS = {FieldType.PHONE: _cleaner(identity.clean_phone), FieldType.USCC: _cleaner(identity.clean_uscc)}
