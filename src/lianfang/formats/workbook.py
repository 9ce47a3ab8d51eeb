"""Spreadsheets (.xlsx, .xls): the first sheet with content, every cell as text."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import fastexcel
import polars as pl

from lianfang.formats.errors import Remark, TableError
from lianfang.formats.tables import CHUNK_ROWS, LINE, checked_header

XLS_LIMIT = 65_536  # rows an .xls sheet can hold: whoever saved more into one lost the rest without a word
XLSX_LIMIT = 1_048_576
UNPACKED_LIMIT = 4 << 30  # bytes; a spreadsheet is a zip file and may be made to burst


class WorkbookTable:
    """One sheet. The whole sheet is in memory: the format cannot be read in parts."""

    def __init__(self, path: Path, header_row: int | None = None) -> None:
        cells, sheet, others = _load(path)
        filled = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        first = header_row - 1 if header_row else filled.arg_max() if filled.any() else None
        if first is None or first >= cells.height:
            raise TableError("no_header", file=f"{path.name} ({sheet})")
        names = [str(value) if value is not None else "" for value in cells.row(first)]
        while names and not names[-1].strip():
            names.pop()
        self.columns = checked_header(names, f"{path.name} ({sheet})")
        rows = cells.select(cells.columns[: len(names)]).slice(first + 1)
        rows.columns = list(self.columns)
        numbered = rows.with_columns(pl.int_range(first + 2, first + 2 + rows.height, dtype=pl.Int64).alias(LINE))
        self._rows = numbered.filter(filled.slice(first + 1))
        self.notes: tuple[Remark, ...] = _notes(sheet, others, self._rows.height, cells.height)

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield slices of text; LINE is the sheet's row number."""
        chosen = self._rows.select(LINE, *(self.columns if columns is None else columns))
        for offset in range(0, chosen.height, CHUNK_ROWS):
            yield chosen.slice(offset, CHUNK_ROWS)


def _load(path: Path) -> tuple[pl.DataFrame, str, list[str]]:
    check_unpacked_size(path)
    try:
        book = fastexcel.read_excel(path)
        for sheet in book.sheet_names:
            cells = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
            if cells.width and cells.height:
                return cells, sheet, [name for name in book.sheet_names if name != sheet]
    except fastexcel.FastExcelError as error:
        raise TableError("unreadable", file=path.name, why=str(error)) from error
    raise TableError("empty_file", file=path.name)


def check_unpacked_size(path: Path) -> None:
    """Raises TableError for a zip file that would burst; other files are let through."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > UNPACKED_LIMIT:
        raise TableError("too_large", file=path.name, size=size >> 20, limit=UNPACKED_LIMIT >> 20)


def _notes(sheet: str, others: list[str], n_rows: int, height: int) -> tuple[Remark, ...]:
    notes = [Remark("sheet_read", {"sheet": sheet, "rows": n_rows})]
    if others:
        notes.append(Remark("sheets_not_read", {"sheets": ", ".join(others)}))
    if height in {XLS_LIMIT, XLSX_LIMIT}:
        notes.append(Remark("sheet_full", {"rows": height}))
    return tuple(notes)
