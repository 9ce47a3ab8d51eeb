"""The Arrow tables of an answer, in their one order, from columns of either engine."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.kernels_direct import NARROW, WIDE
from lianfang.trace.model import EDGES_SCHEMA, EXPOSURES_SCHEMA


class Answer(NamedTuple):
    """What an engine hands back: the tables, how many edges there are (kept or not), how it got there,
    round by round, and the latest t_in seen.
    """

    exposures: pa.Table
    edges: pa.Table
    n_edges: int
    plan: str
    rounds: list[dict[str, Any]]
    latest_entry: int | None


EXPOSURE_FIELDS = [(field.name, field.type, np.dtype(field.type.to_pandas_dtype())) for field in EXPOSURES_SCHEMA]

EXPOSURES_ROW = pa.struct(list(EXPOSURES_SCHEMA))
DIRECT_FIELDS = [
    (kind, name in NARROW, (NARROW if name in NARROW else WIDE).index(name)) for name, kind, _ in EXPOSURE_FIELDS
]


def _nullable(values: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=missing) if missing.any() else pa.array(values)


def exposures_table(
    columns: Mapping[str, npt.NDArray[Any]], *, by_link: npt.NDArray[np.bool_], order: npt.NDArray[Any] | None = None
) -> pa.Table:
    """Exposures sorted by (generation, first, subject), by `order` if the caller knows it. by_link: where via_place is null."""
    if order is None:
        order = np.lexsort((columns["subject"], columns["first"], columns["generation"]))
    arrays = []
    for name, kind, dtype in EXPOSURE_FIELDS:
        values = columns[name][order].astype(dtype, copy=False)
        if name == "via_place":
            arrays.append(_nullable(values, by_link[order]))
        else:  # the buffer as it is: pa.array looks at every value, which a small answer feels
            arrays.append(pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)]))
    return pa.Table.from_arrays(arrays, schema=EXPOSURES_SCHEMA)


def exposures_of_rows(wide: npt.NDArray[np.int64], narrow: npt.NDArray[np.int32]) -> pa.Table:
    """Exposures from rows in their order, none by a link: the columns of kernels_direct, as they are."""
    n, arrays, buffers = wide.shape[1], [], (pa.py_buffer(wide), pa.py_buffer(narrow))
    for kind, is_narrow, number in DIRECT_FIELDS:
        arrays.append(pa.Array.from_buffers(kind, n, [None, buffers[is_narrow]], 0, number * n))
    rows = pa.Array.from_buffers(EXPOSURES_ROW, n, [None], 0, 0, arrays)  # the shortest way to a table
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)])


def edges_table(columns: Mapping[str, npt.NDArray[Any]], *, by_link: npt.NDArray[np.bool_]) -> pa.Table:
    """Edges in the order given. by_link: where place is null."""
    arrays = [
        _nullable(columns[name], by_link) if name == "place" else pa.array(columns[name]) for name in EDGES_SCHEMA.names
    ]
    return pa.Table.from_arrays(arrays, schema=EDGES_SCHEMA)
