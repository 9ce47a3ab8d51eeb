"""Compiled sorting: least-significant-digit radix orders and the merging of stays that overlap or touch.

Kernels are plain loops on purpose: NumPy calls inside them (argsort, searchsorted, min, fancy assignment) cost seconds each to
compile, and the first trace on a new machine compiles them all.
"""

from typing import Any, Final, NamedTuple, TypeAlias, cast

import numba as nb
import numpy as np
import numpy.typing as npt

Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]

ORIGIN: Final = cast("int", np.int64(0))
"""Where a loop begins whose counter is passed on: the literal 0 would have every function called with it compiled twice."""
NONE: Final = np.int64(-1)
DIGIT_BITS = 11
_OPTIONS: Final[dict[str, Any]] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
compiled = nb.njit(**_OPTIONS)
"""How every kernel is compiled: kept on disk, without the interpreter's lock, without division checks (no divisor is 0)."""
inner = nb.njit(**{**_OPTIONS, "no_cpython_wrapper": True})
"""The same for functions only other kernels call: without the wrapper for Python, whose compiling takes longer than theirs."""

BUCKETS = 1 << DIGIT_BITS
INSERTION_ROWS = 32


class Stays(NamedTuple):
    """Stays as columns, int64[n] each; subject and place are codes."""

    subject: Int64
    place: Int64
    t_in: Int64
    t_out: Int64


@compiled
def stable_order_by_key(keys: Int64, order: Int32, n_keys: int) -> Int32:
    """Reorder `order` by keys[order], stable, keys in [0, n_keys). One counting pass: O(n + n_keys)."""
    position = np.zeros(n_keys + 1, dtype=np.int64)
    for row in order:
        position[keys[row] + 1] += 1
    for key in range(n_keys):
        position[key + 1] += position[key]
    result = np.empty(len(order), dtype=np.int32)
    for row in order:
        key = keys[row]
        result[position[key]] = row
        position[key] += 1
    return result


@compiled
def order_by_time(times: Int64) -> Int32:
    """The stable ascending order of int64[n] times: as many 11-bit counting passes as their range needs."""
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


@compiled
def arranged(order: Int32, stays: Stays) -> Stays:
    """The stays in another order."""
    n = len(order)
    subject, place = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    t_in, t_out = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for to, row in enumerate(order):
        subject[to], place[to], t_in[to], t_out[to] = (
            stays.subject[row],
            stays.place[row],
            stays.t_in[row],
            stays.t_out[row],
        )
    return Stays(subject, place, t_in, t_out)


@compiled
def merge_stays(stays: Stays, order: Int32) -> npt.NDArray[np.bool_]:
    """Merge stays of one subject at one place that overlap or touch.

    Args:    order: rows by (subject, place, t_in). t_out is changed in place: the first stay of a run gets the run's end.
    Returns: bool[n], True for the rows that begin a run; the others are to be dropped.
    """
    subject, place, t_in, t_out = stays
    begins = np.zeros(len(order), dtype=np.bool_)
    head = -1
    for row in order:
        same = head >= 0 and subject[row] == subject[head] and place[row] == place[head]
        if same and t_in[row] <= t_out[head]:
            t_out[head] = max(t_out[head], t_out[row])
        else:
            begins[row] = True
            head = row
    return begins


@compiled
def block_latest(values: Int64, size: int) -> Int64:
    """The largest value of each block of `size` values: int64[ceil(n / size)]."""
    latest = np.empty((len(values) + size - 1) // size, dtype=np.int64)
    for row, value in enumerate(values):
        block = row // size
        latest[block] = value if row % size == 0 else max(latest[block], value)
    return latest


@compiled
def latest_so_far(place: Int64, t_out: Int64) -> Int64:
    """For each stay, sorted by place, the latest t_out among it and the stays before it at its place: int64[n]."""
    latest = t_out.copy()
    for row in range(1, len(t_out)):
        if place[row] == place[row - 1]:
            latest[row] = max(latest[row], latest[row - 1])
    return latest
