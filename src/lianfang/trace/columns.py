"""Presences from whatever holds columns: arrays, Arrow, Polars, pandas."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.trace.kernels_build import Columns
from lianfang.trace.model import Int64, InvalidTraceInputError, Presences, int64_column

NAMES = ("subject", "place", "t_in", "t_out")


def read_columns(presences: tuple[Any, ...]) -> Columns:
    """A Presences, a table, or four arrays as contiguous int64 columns, without a copy where they are that already.

    Raises:  InvalidTraceInputError naming the column.
    """
    if len(presences) == 4:
        columns = [int64_column(name, values) for name, values in zip(NAMES, presences, strict=True)]
    elif len(presences) == 1:
        given = presences[0]
        if isinstance(given, Presences | Columns):
            return Columns(given.subject, given.place, given.t_in, given.t_out)
        columns = _from_table(given)
    else:
        raise InvalidTraceInputError(f"presences: expected one table or four columns, got {len(presences)} arguments")
    if len({len(column) for column in columns}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in zip(NAMES, columns, strict=True))
        raise InvalidTraceInputError(f"columns differ in length: {sizes}")
    return Columns(*columns)


def _from_table(given: Any) -> list[Int64]:
    """Columns of anything with the Arrow stream or array interface, or whose items are array-likes (an older pandas frame)."""
    if hasattr(given, "__arrow_c_stream__") or hasattr(given, "__arrow_c_array__"):
        table = pa.table(given)
        missing = [name for name in NAMES if name not in table.column_names]
        if missing:
            raise InvalidTraceInputError(f"presences: no column {missing[0]}")
        return [_from_arrow(name, table.column(name)) for name in NAMES]
    try:
        return [int64_column(name, given[name]) for name in NAMES]
    except (KeyError, TypeError, IndexError) as error:
        raise InvalidTraceInputError(f"presences: no table with the columns {', '.join(NAMES)}: {error}") from None


def _from_arrow(name: str, column: pa.ChunkedArray) -> Int64:
    """One column of a table; a timestamp with a zone becomes seconds."""
    if column.null_count:
        raise InvalidTraceInputError(f"{name}: {column.null_count} nulls")
    if pa.types.is_timestamp(column.type):
        column = _seconds(name, column)
    if not pa.types.is_integer(column.type):
        raise InvalidTraceInputError(f"{name}: expected integers, got {column.type}")
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # without rows there is nothing to combine
        return np.empty(0, dtype=np.int64)
    return int64_column(name, whole.to_numpy(zero_copy_only=False))


def _seconds(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.type.tz is None:
        raise InvalidTraceInputError(f"{name}: a timestamp without a zone")
    try:
        return pc.cast(pc.cast(column, pa.timestamp("s", column.type.tz)), pa.int64())
    except pa.ArrowInvalid:
        raise InvalidTraceInputError(f"{name}: a fraction of a second") from None
