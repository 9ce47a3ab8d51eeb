"""Small helpers to write Arrow columns."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Int64 = npt.NDArray[np.int64]


def numbered(prefix: str, numbers: Int64, width: int) -> pa.Array:
    """Write codes such as P0000042: a prefix and a number filled up with zeros to `width`."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def take_or_null(values: pa.Array, index: Int64) -> pa.Array:
    """Pick values by index; a negative index gives null."""
    return values.take(pa.array(index, mask=index < 0))
