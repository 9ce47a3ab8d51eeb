"""Files as rows of text cells with their line: text in any usual encoding and delimiter, or a workbook's sheets."""

import codecs
import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import fastexcel

from lianfang.formats.errors import TableError
from lianfang.formats.instruments.model import InstrumentError
from lianfang.formats.workbook import check_unpacked_size

LARGEST_BYTES = 64 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True, slots=True)
class Grid:
    """One table-like text: (line, cells) with the cells stripped."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def text_of(content: bytes) -> str:
    """Text in UTF-8, UTF-16, GB18030 or, failing these, Latin-1, which instruments in Europe write."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            return content.decode(name)
    for name in ("utf-8", "gb18030"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def text_grids(content: bytes) -> list[Grid]:
    """One grid for each delimiter that the text could have: which it is shows by the header that is found."""
    if b"\0" in content[:4096] and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InstrumentError("not_text")
    text = text_of(content)
    return [_grid(text, mark) for mark in DELIMITERS if mark in text]


def _grid(text: str, delimiter: str) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    line = 1
    for cells in reader:
        rows.append((line, tuple(cell.strip() for cell in cells)))
        line = reader.line_num + 1
    return Grid("", tuple(rows))


def sheet_grids(path: Path) -> list[Grid]:
    """Every sheet of a workbook (.xls, .xlsx). Raises InstrumentError."""
    try:
        check_unpacked_size(path)
        book = fastexcel.read_excel(path)
        return [Grid(name, tuple(_cells(book, name))) for name in book.sheet_names]
    except (fastexcel.FastExcelError, TableError) as error:
        raise InstrumentError("unreadable", why=str(error)[:200]) from error


def _cells(book: fastexcel.ExcelReader, sheet: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    frame = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    for number, row in enumerate(frame.iter_rows(), 1):
        yield number, tuple("" if cell is None else str(cell).strip() for cell in row)
