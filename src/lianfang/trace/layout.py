"""The sorted copy of the presences every kernel reads: rows by (place, time), found by place and by subject."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from lianfang.trace.kernels_sort import Int32, Int64, block_latest, merge_stays, order_by_time, stable_order_by_key
from lianfang.trace.model import Direction, InvalidTraceInputError, Presences

SMALL_SHIFT: Final = 5
LARGE_SHIFT: Final = 10
SMALL_BLOCK: Final = 1 << SMALL_SHIFT
LARGE_BLOCK: Final = 1 << LARGE_SHIFT


class Rows(NamedTuple):
    """n merged stays sorted by (place, t_in), as the kernels take them; subjects and places are codes, 0-based.

    place_offset int64[P+1], subject_offset int64[S+1] into by_subject int32[n] (rows by place and time);
    subject, place int32[n]; t_in, t_out int64[n]; latest_small, latest_large: the latest t_out of each 32 and 1,024 rows,
    so that a scan backwards in time skips what has ended, however long single stays are.
    """

    place_offset: Int64
    subject_offset: Int64
    by_subject: Int32
    subject: Int32
    place: Int32
    t_in: Int64
    t_out: Int64
    latest_small: Int64
    latest_large: Int64


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows with the ids behind their codes: subjects int64[S], places int64[P], both ascending."""

    subjects: Int64
    places: Int64
    rows: Rows


def dense_codes(values: Int64) -> tuple[Int64, Int64]:
    """The distinct values, ascending, and each value's position among them. O(n) plus the sorting of the distinct ones."""
    if not values.size:
        return values, np.empty(0, dtype=np.int64)
    least, spread = int(values.min()), int(values.max()) - int(values.min())
    if spread < 4 * values.size + 1024:  # ids as databases number them: a table instead of a hash
        offset = values - least
        seen = np.zeros(spread + 1, dtype=np.bool_)
        seen[offset] = True
        distinct = np.flatnonzero(seen)
        table = np.cumsum(seen) - 1
        return distinct + least, table[offset]
    encoded = pa.array(values).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    order = np.argsort(distinct)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return distinct[order], rank[encoded.indices.to_numpy()]


def _offsets(codes: Int64 | Int32, n_codes: int) -> Int64:
    offsets = np.zeros(n_codes + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=n_codes), out=offsets[1:])
    return offsets


def build_layout(presences: Presences, direction: Direction) -> Layout:
    """Sort, merge and index the presences once: O(n) counting passes.

    Backward, time is mirrored (t -> -t, half-open ends exchanged), so the kernels only know one direction.
    Raises:  InvalidTraceInputError beyond 2**31 - 1 rows (row numbers are int32).
    """
    if len(presences) >= 1 << 31:
        raise InvalidTraceInputError("presences: more than 2**31 - 1 rows; use the distributed engine")
    subjects, subject = dense_codes(presences.subject)
    places, place = dense_codes(presences.place)
    if direction == "forward":
        t_in, t_out = presences.t_in.copy(), presences.t_out.copy()  # writable: one compile of each kernel
    else:
        t_in, t_out = -presences.t_out, -presences.t_in
    by_place = stable_order_by_key(place, order_by_time(t_in), len(places))
    begins = merge_stays(subject, place, t_in, t_out, stable_order_by_key(subject, by_place, len(subjects)))
    kept = by_place[begins[by_place]]
    row_subject, row_place, row_out = subject[kept], place[kept], t_out[kept]
    rows = Rows(
        place_offset=_offsets(row_place, len(places)),
        subject_offset=_offsets(row_subject, len(subjects)),
        by_subject=stable_order_by_key(row_subject, np.arange(len(kept), dtype=np.int32), len(subjects)),
        subject=row_subject.astype(np.int32),
        place=row_place.astype(np.int32),
        t_in=t_in[kept],
        t_out=row_out,
        latest_small=block_latest(row_out, SMALL_BLOCK),
        latest_large=block_latest(row_out, LARGE_BLOCK),
    )
    return Layout(subjects, places, rows)


def layout_of(presences: Presences, direction: Direction) -> Layout:
    """The layout for a direction, built on first use and kept on the presences."""
    layout = presences.sorted_copies.get(direction)
    if not isinstance(layout, Layout):
        layout = build_layout(presences, direction)
        presences.sorted_copies[direction] = layout
    return layout
