"""The Arrow tables of an answer, in their one order, from columns of either engine."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.kernels_direct import Layout
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

LEAST_ROOM = 64


def _empty_message(room: int) -> tuple[pa.Buffer, int]:
    """The message of a record batch of so many rows, and how many words come before its body."""
    columns = [pa.array(np.zeros(room, dtype=dtype)) for _, _, dtype in EXPOSURE_FIELDS]
    message = pa.RecordBatch.from_arrays(columns, schema=EXPOSURES_SCHEMA).serialize()
    return message, (message.size - pa.ipc.read_message(message).body.size) // 8


def _layout() -> Layout:
    """Where Arrow puts the columns of a message: looked up, not assumed."""
    message, head = _empty_message(LEAST_ROOM)
    batch = pa.ipc.read_record_batch(message, EXPOSURES_SCHEMA)
    starts = [column.buffers()[1].address - message.address - 8 * head for column in batch.columns]
    return Layout(head, np.array(starts, dtype=np.int64) // LEAST_ROOM, LEAST_ROOM)


LAYOUT = _layout()


@cache
def _head(room: int) -> npt.NDArray[np.int64]:
    """The words before the body, for so many rows."""
    message, head = _empty_message(room)
    return np.frombuffer(message, dtype=np.int64)[:head]


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


def exposures_of_words(words: npt.NDArray[np.int64], n: int) -> pa.Table:
    """The first n of the exposures whose message kernels_direct has written, but for its head: no step for each column."""
    room = LEAST_ROOM << max(0, (n - 1) // LEAST_ROOM).bit_length()
    words[: LAYOUT.head] = _head(room)
    batch = pa.ipc.read_record_batch(pa.py_buffer(words), EXPOSURES_SCHEMA)
    return pa.Table.from_batches([batch.slice(0, n)])


def edges_table(columns: Mapping[str, npt.NDArray[Any]], *, by_link: npt.NDArray[np.bool_]) -> pa.Table:
    """Edges in the order given. by_link: where place is null."""
    arrays = [
        _nullable(columns[name], by_link) if name == "place" else pa.array(columns[name]) for name in EDGES_SCHEMA.names
    ]
    return pa.Table.from_arrays(arrays, schema=EDGES_SCHEMA)
