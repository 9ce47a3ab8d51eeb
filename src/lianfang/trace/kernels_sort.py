"""How kernels are compiled, the array types they share, and a radix order.

Kernels are plain loops on purpose: NumPy calls inside them (argsort, searchsorted, min, fancy assignment) cost seconds each to
compile, and the first trace on a new machine compiles them all.
"""

from typing import Any, Final, TypeAlias, cast

import numba as nb
import numpy as np
import numpy.typing as npt

Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
"""int32 where everything fits, int64 otherwise; all such arrays of one shelf alike."""
Flags: TypeAlias = npt.NDArray[np.bool_]

ORIGIN: Final = cast("int", np.int64(0))
"""Where a loop begins whose counter is passed on: the literal 0 would have every function called with it compiled twice."""
NONE: Final = np.int64(-1)
NEVER: Final = 1 << 62
"""Later than every time; -NEVER is earlier than every time."""
DIGIT_BITS = 11
_OPTIONS: Final[dict[str, Any]] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
compiled = nb.njit(**_OPTIONS)
"""How every kernel is compiled: kept on disk, without the interpreter's lock, without division checks (no divisor is 0)."""
inner = nb.njit(**{**_OPTIONS, "no_cpython_wrapper": True})
"""The same for functions only other kernels call: without the wrapper for Python, whose compiling takes longer than theirs."""

BUCKETS = 1 << DIGIT_BITS
INSERTION_ROWS = 96


@compiled
def order_by_time(times: Int64) -> Int32:
    """The stable ascending order of int64[n] times, n < 2**31: as many 11-bit counting passes as their range needs."""
    n = len(times)
    order = np.empty(n, dtype=np.int32)
    least = latest = times[0] if n > 0 else 0
    for row in range(n):
        order[row] = row
        least, latest = min(least, times[row]), max(latest, times[row])
    if n <= INSERTION_ROWS:
        for row in range(1, n):
            to = int(row)
            while to > 0 and times[order[to - 1]] > times[row]:
                order[to] = order[to - 1]
                to -= 1
            order[to] = row
        return order
    shift = 0
    while (latest - least) >> shift > 0:
        position = np.zeros(BUCKETS + 1, dtype=np.int64)
        for at in range(n):
            row = int(order[at])
            position[(((times[row] - least) >> shift) & (BUCKETS - 1)) + 1] += 1
        for bucket in range(BUCKETS):
            position[bucket + 1] += position[bucket]
        result = np.empty(n, dtype=np.int32)
        for at in range(n):
            row = int(order[at])
            bucket = ((times[row] - least) >> shift) & (BUCKETS - 1)
            result[position[bucket]] = row
            position[bucket] += 1
        order = result
        shift += DIGIT_BITS
    return order
