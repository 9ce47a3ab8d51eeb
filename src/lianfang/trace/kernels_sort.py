"""Compiled sorting: least-significant-digit radix orders and the merging of stays that overlap or touch."""

from typing import TypeAlias

import numba as nb
import numpy as np
import numpy.typing as npt

Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]

DIGIT_BITS = 11
BUCKETS = 1 << DIGIT_BITS


@nb.njit(cache=True, nogil=True)
def stable_order_by_key(keys: Int64, order: Int32, n_keys: int) -> Int32:
    """Reorder `order` by keys[order], stable, keys in [0, n_keys). One counting pass: O(n + n_keys)."""
    position = np.zeros(n_keys + 1, dtype=np.int64)
    for row in order:
        position[keys[row] + 1] += 1
    for key in range(n_keys):
        position[key + 1] += position[key]
    result = np.empty_like(order)
    for row in order:
        key = keys[row]
        result[position[key]] = row
        position[key] += 1
    return result


@nb.njit(cache=True, nogil=True)
def order_by_time(times: Int64) -> Int32:
    """The stable ascending order of int64[n] times: as many 11-bit counting passes as their range needs."""
    n = len(times)
    order = np.arange(n).astype(np.int32)
    if n == 0:
        return order
    least = times.min()
    spread = times.max() - least
    shift = 0
    while spread >> shift > 0:
        position = np.zeros(BUCKETS + 1, dtype=np.int64)
        for row in order:
            position[(((times[row] - least) >> shift) & (BUCKETS - 1)) + 1] += 1
        for bucket in range(BUCKETS):
            position[bucket + 1] += position[bucket]
        result = np.empty_like(order)
        for row in order:
            bucket = ((times[row] - least) >> shift) & (BUCKETS - 1)
            result[position[bucket]] = row
            position[bucket] += 1
        order = result
        shift += DIGIT_BITS
    return order


@nb.njit(cache=True, nogil=True)
def merge_stays(subject: Int64, place: Int64, t_in: Int64, t_out: Int64, order: Int32) -> npt.NDArray[np.bool_]:
    """Merge stays of one subject at one place that overlap or touch.

    Args:    order: rows by (subject, place, t_in). t_out is changed in place: the first stay of a run gets the run's end.
    Returns: bool[n], True for the rows that begin a run; the others are to be dropped.
    """
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


@nb.njit(cache=True, nogil=True)
def block_latest(values: Int64, size: int) -> Int64:
    """The largest value of each block of `size` values: int64[ceil(n / size)]."""
    latest = np.full((len(values) + size - 1) // size, np.iinfo(np.int64).min)
    for row, value in enumerate(values):
        latest[row // size] = max(latest[row // size], value)
    return latest
