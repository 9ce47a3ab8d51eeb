"""The answer of a trace as table, CSV, JSON or Parquet, in the ids and times of the input."""

import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa

from lianfang.cli.trace_facts import Asked

EXPOSURES = ("subject", "generation", "first", "last", "seconds", "places", "via_subject", "via_place")


def exposures_frame(table: pa.Table, asked: Asked, *, native: bool) -> pl.DataFrame:
    """The exposures as they are printed. native: keep timestamps (Parquet) instead of texts."""
    frame, times = pl.DataFrame(table), asked.clock.native if native else asked.clock.text
    return frame.select(EXPOSURES).with_columns(
        asked.subjects.shown(frame["subject"]).alias("subject"),
        times(frame["first"]).alias("first"),
        times(frame["last"]).alias("last"),
        asked.subjects.shown(frame["via_subject"]).alias("via_subject"),
        asked.places.shown(frame["via_place"]).alias("via_place"),
    )


def edges_frame(table: pa.Table, asked: Asked, *, native: bool) -> pl.DataFrame:
    """The edges as they are printed."""
    frame, times = pl.DataFrame(table), asked.clock.native if native else asked.clock.text
    return frame.with_columns(
        asked.subjects.shown(frame["source"]).alias("source"),
        asked.subjects.shown(frame["exposed"]).alias("exposed"),
        asked.places.shown(frame["place"]).alias("place"),
        times(frame["start"]).alias("start"),
        times(frame["end"]).alias("end"),
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in text)


def _table_lines(frame: pl.DataFrame) -> Iterator[str]:
    """Aligned columns, numbers to the right."""
    columns = [
        [name, *("" if value is None else str(value) for value in frame[name].to_list())] for name in frame.columns
    ]
    widths = [max(map(_width, column)) for column in columns]
    right = [dtype.is_numeric() for dtype in frame.dtypes]
    for row in zip(*columns, strict=True):
        cells = []
        for text, width, numeric in zip(row, widths, right, strict=True):
            padding = " " * (width - _width(text))
            cells.append(padding + text if numeric else text + padding)
        yield "  ".join(cells).rstrip()


def _json_lines(frame: pl.DataFrame, stats: Mapping[str, Any]) -> Iterator[str]:
    """One document, an exposure a line."""
    yield '{"exposures": ['
    last = len(frame) - 1
    for number, row in enumerate(frame.iter_rows(named=True)):
        yield json.dumps(row, ensure_ascii=False) + ("," if number < last else "")
    yield f'], "stats": {json.dumps(stats, ensure_ascii=False)}}}'


def write_exposures(table: pa.Table, stats: Mapping[str, Any], asked: Asked, to: tuple[str, Path | None]) -> None:
    """Write the exposures in a format to a file or stdout. Raises OSError."""
    form, path = to
    frame = exposures_frame(table, asked, native=form == "parquet")
    if path is None:
        _write(frame, stats, form, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as file:
        _write(frame, stats, form, file)


def _write(frame: pl.DataFrame, stats: Mapping[str, Any], form: str, file: BinaryIO) -> None:
    if form == "csv":
        frame.write_csv(file)
    elif form == "parquet":
        frame.write_parquet(file)
    else:
        lines = _json_lines(frame, stats) if form == "json" else _table_lines(frame)
        file.writelines(f"{line}\n".encode() for line in lines)


def write_edges(table: pa.Table, asked: Asked, path: Path) -> None:
    """Write the edges as CSV or Parquet, by the file's suffix. Raises OSError."""
    native = path.suffix == ".parquet"
    frame = edges_frame(table, asked, native=native)
    with path.open("wb") as file:
        if native:
            frame.write_parquet(file)
        else:
            frame.write_csv(file)
