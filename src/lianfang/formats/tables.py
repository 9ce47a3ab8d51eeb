"""Tables in chunks, every row with the line it stands on: what all of them share, Parquet and memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import polars as pl
import pyarrow as pa

from lianfang.formats.errors import Remark, TableError

LINE = "_line"  # 1-based line (CSV), sheet row (xlsx) or row number (Parquet, memory)
SURPLUS = "_surplus"  # the first field beyond the header's last, if the row has one
CHUNK_ROWS = 200_000

# Typed for mypy, which knows nothing of pyarrow: a file, a polars frame or a pyarrow table.
Source: TypeAlias = Path | pl.DataFrame | pa.Table


class Table(Protocol):
    """A table that can be read more than once, in order.

    columns: header names as written. notes: what a reader should be told about the file (encoding, sheet, limits).
    """

    columns: tuple[str, ...]
    notes: tuple[Remark, ...]

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the rows in order: LINE, SURPLUS where rows can have it, and the columns asked for (default: all)."""
        ...  # pragma: no cover


def checked_header(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return a header after making sure that it has names and each only once. Raises: TableError."""
    if not any(name.strip() for name in names):
        raise TableError("no_header", file=where)
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if name.strip() and name in seen:
            raise TableError("duplicate_column", file=where, column=name, first=seen[name], second=number)
        seen.setdefault(name, number)
    return tuple(name if name.strip() else f"column {number}" for number, name in enumerate(names, 1))


class MemoryTable:
    """A table that is in memory already."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.columns = checked_header(frame.columns, "table")
        self.notes: tuple[Remark, ...] = ()
        self._frame = frame

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield slices; LINE is the row number, from 1."""
        for offset in range(0, self._frame.height, CHUNK_ROWS):
            part = self._frame.slice(offset, CHUNK_ROWS)
            lines = pl.int_range(offset + 1, offset + 1 + part.height, dtype=pl.Int64, eager=True)
            yield part.select(lines.alias(LINE), *(self.columns if columns is None else columns))


class ParquetTable:
    """A Parquet file, read by row groups."""

    def __init__(self, path: Path) -> None:
        try:
            self.columns = checked_header(list(pl.read_parquet_schema(path)), path.name)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise TableError("unreadable", file=path.name, why=str(error)) from error
        self.notes: tuple[Remark, ...] = ()
        self._path = path

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield slices; LINE is the row number, from 1."""
        chosen = list(self.columns if columns is None else columns)
        lazy = pl.scan_parquet(self._path, row_index_name=LINE, row_index_offset=1).select(LINE, *chosen)
        for frame in lazy.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True):
            yield frame.with_columns(pl.col(LINE).cast(pl.Int64))
