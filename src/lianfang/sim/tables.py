"""Small helpers to write Arrow columns."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


def numbered(prefix: str, numbers: Int64, width: int) -> pa.Array:
    """Write codes such as P0000042: a prefix and a number filled up with zeros to `width`."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def take_or_null(values: pa.Array, index: Int64) -> pa.Array:
    """Pick values by index; a negative index gives null."""
    return values.take(pa.array(index, mask=index < 0))


def one_chunk(columns: dict[str, pa.Array]) -> pa.Table:
    """Build a table of one record batch, so that a column's dictionary is one array."""
    return pa.table(
        {
            name: array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
            for name, array in columns.items()
        }
    )
