"""A first look into a file: its columns, what they seem to be, and its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lianfang.formats.columns import suggest_columns
from lianfang.formats.errors import Remark, TableError
from lianfang.formats.fields import TableSpec
from lianfang.formats.opening import open_table
from lianfang.formats.tables import LINE, SURPLUS, Source, Table

PREVIEW_ROWS = 5
TITLE_ROWS = 5  # so many rows of titles are looked past for the header


@dataclass(frozen=True, slots=True)
class Preview:
    """columns: of the file. chosen: field -> columns, where one is plain. rows: (line, values in order of columns).

    header_row: the row they were read from, if it was given or found below titles.
    """

    columns: tuple[str, ...]
    chosen: Mapping[str, tuple[str, ...]]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[Remark, ...]
    header_row: int | None


def preview(source: Source, spec: TableSpec, given: Mapping[str, Sequence[str]], header_row: int | None) -> Preview:
    """Look at a file. Raises: TableError if it is no table."""
    table, header_row = _opened(source, spec, header_row)
    first = next(iter(table.chunks()), None)
    rows: list[tuple[int, tuple[str, ...]]] = []
    if first is not None:
        shown = first.head(PREVIEW_ROWS).drop(SURPLUS, strict=False)
        texts = shown.select(LINE, pl.col(table.columns).cast(pl.String).fill_null(""))
        rows = [(row[0], row[1:]) for row in texts.iter_rows()]
    return Preview(table.columns, suggest_columns(spec, table.columns, given), tuple(rows), table.notes, header_row)


def _opened(source: Source, spec: TableSpec, header_row: int | None) -> tuple[Table, int | None]:
    """Open a file; where its first row names no field, a row below that names the most is taken for the header."""
    table = open_table(source, header_row=header_row)
    if header_row is not None or suggest_columns(spec, table.columns, {}):
        return table, header_row
    best = 0
    for row in range(2, TITLE_ROWS + 2):
        try:
            below = open_table(source, header_row=row)
        except TableError:  # no row there, or one that is no header
            continue
        found = len(suggest_columns(spec, below.columns, {}))
        if found > best:
            table, header_row, best = below, row, found
    return table, header_row
