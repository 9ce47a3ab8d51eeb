"""Opening a table by what its first bytes say it is, whatever its name."""

from pathlib import Path

import polars as pl

from lianfang.formats.csvfile import CsvTable
from lianfang.formats.errors import TableError
from lianfang.formats.tables import MemoryTable, ParquetTable, Source, Table
from lianfang.formats.workbook import WorkbookTable

_WORKBOOKS = {".xlsx", ".xls"}


def open_table(source: Source, *, header_row: int | None = None) -> Table:
    """Open a CSV, Parquet or xlsx file, or a table in memory.

    header_row: 1-based row of the header in a sheet with titles above it; default: the first row with content.
    Raises: TableError for a file of another kind, an empty one, or one with a duplicate or missing header.
    """
    if isinstance(source, pl.DataFrame):
        return MemoryTable(source)
    if isinstance(source, Path):
        return _open_file(source, header_row)
    frame = pl.from_arrow(source)
    assert isinstance(frame, pl.DataFrame)
    return MemoryTable(frame)


def _open_file(path: Path, header_row: int | None) -> Table:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise TableError("empty_file", file=path.name)
    suffix = path.suffix.lower()
    is_workbook = start[:4] == b"PK\x03\x04" or start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    if (suffix in _WORKBOOKS and not is_workbook) or (suffix == ".parquet" and start[:4] != b"PAR1"):
        raise TableError("not_as_named", file=path.name, suffix=suffix)
    if start[:4] == b"PAR1":
        return ParquetTable(path)
    if is_workbook:
        return WorkbookTable(path, header_row)
    return CsvTable(path, header_row)
