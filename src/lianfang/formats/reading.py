"""One table read to the end: columns matched, date forms recognised, rows checked chunk by chunk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from lianfang.formats.checks import CheckContext, Checked, Cleaner, check_chunk, clean_text
from lianfang.formats.columns import ColumnMap, match_columns, unused_columns
from lianfang.formats.dates import DateForm, DateProfile
from lianfang.formats.errors import TableError
from lianfang.formats.fields import FieldType, TableSpec
from lianfang.formats.opening import open_table
from lianfang.formats.tables import LINE, Source, Table
from lianfang.formats.workbook import WorkbookTable


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user may say about a file.

    columns: field -> columns. date_form: of every text date. zone: of times without one. header_row: 1-based.
    """

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    date_form: DateForm | None = None
    zone: ZoneInfo | None = None
    header_row: int | None = None


class TableReader:
    """A table of a known kind: opened, looked through once, then read as typed rows."""

    def __init__(
        self, source: Source, spec: TableSpec, options: ReadOptions, cleaners: Mapping[FieldType, Cleaner]
    ) -> None:
        self.spec = spec
        self.table: Table = open_table(source, header_row=options.header_row)
        self.columns: ColumnMap = match_columns(spec, self.table.columns, options.columns)
        self.unused = unused_columns(self.table.columns, self.columns)
        self.n_lines, forms = self._look_through(options.date_form)
        headers = {name: chosen[0] for name, chosen in self.columns.items()}
        self._context = CheckContext(forms, options.zone, cleaners, isinstance(self.table, WorkbookTable), headers)
        if not self.n_lines:
            raise TableError("no_rows")

    @property
    def forms(self) -> Mapping[str, DateForm | None]:
        """The date form of each date field that is written as text."""
        return self._context.forms

    def checked(self) -> Iterator[Checked]:
        """Yield the chunks in order, checked. Raises: TableError if times need a zone."""
        wanted = list(dict.fromkeys(column for chosen in self.columns.values() for column in chosen))
        first_row = 0
        for chunk in self.table.chunks(wanted):
            checked = check_chunk(chunk, self.spec, self.columns, self._context, first_row)
            seen = [part.get_column("_row").max() for part in (checked.good, checked.rejects) if part.height]
            first_row = max((int(str(last)) for last in seen), default=first_row - 1) + 1
            yield checked

    def original(self, lines: pl.Series) -> pl.DataFrame:
        """Return the rows of these lines as they are in the file, all columns as text."""
        parts = [
            chunk.filter(pl.col(LINE).is_in(lines.implode())).select(LINE, pl.col(self.table.columns).cast(pl.String))
            for chunk in self.table.chunks()
        ]
        return pl.concat(parts)

    def _look_through(self, given: DateForm | None) -> tuple[int, dict[str, DateForm | None]]:
        dates = {f.name: self.columns[f.name][0] for f in self.spec.fields
                 if f.type in {FieldType.INSTANT, FieldType.DATE} and f.name in self.columns}  # fmt: skip
        profiles = {name: DateProfile(column) for name, column in dates.items()}
        n_lines = 0
        for chunk in self.table.chunks(list(dict.fromkeys(dates.values()))):
            n_lines += chunk.height
            for name, column in dates.items():
                if given is None and chunk[column].dtype == pl.String:
                    profiles[name].see(clean_text(chunk[column]), chunk[LINE])
        return n_lines, {name: given or profile.form() for name, profile in profiles.items()}


def marked_as_text(value: pl.Expr) -> pl.Expr:
    """Put the spreadsheets' text mark before what they would run as a formula; reading takes it away again."""
    formula = value.str.contains(r"^[=@+\-\t\r]") & ~value.str.contains(r"^[+\-]?[\d\s.\-]*$")
    return pl.when(formula).then(pl.lit("'") + value).otherwise(value).name.keep()
