"""A first look into a file: its columns, what they seem to be, and its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lianfang.formats.columns import suggest_columns
from lianfang.formats.errors import Remark
from lianfang.formats.fields import TableSpec
from lianfang.formats.opening import open_table
from lianfang.formats.tables import LINE, SURPLUS, Source

PREVIEW_ROWS = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """columns: of the file. chosen: field -> columns, where one is plain. rows: (line, values in order of columns)."""

    columns: tuple[str, ...]
    chosen: Mapping[str, tuple[str, ...]]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[Remark, ...]


def preview(source: Source, spec: TableSpec, given: Mapping[str, Sequence[str]], header_row: int | None) -> Preview:
    """Look at a file. Raises: TableError if it is no table."""
    table = open_table(source, header_row=header_row)
    first = next(iter(table.chunks()), None)
    rows: list[tuple[int, tuple[str, ...]]] = []
    if first is not None:
        shown = first.head(PREVIEW_ROWS).drop(SURPLUS, strict=False)
        texts = shown.select(LINE, pl.col(table.columns).cast(pl.String).fill_null(""))
        rows = [(row[0], row[1:]) for row in texts.iter_rows()]
    return Preview(table.columns, suggest_columns(spec, table.columns, given), tuple(rows), table.notes)
