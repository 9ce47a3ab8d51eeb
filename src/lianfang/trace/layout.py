"""The sorted copy of the presences every kernel reads: rows by (place, time), found by place and by subject."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from lianfang.trace.kernels_sort import (
    Int32,
    Int64,
    Stays,
    arranged,
    block_latest,
    latest_so_far,
    merge_stays,
    order_by_time,
    stable_order_by_key,
)
from lianfang.trace.model import Direction, InvalidTraceInputError, Presences

MOST_ROWS: Final = (1 << 31) - 1
SMALL_SHIFT: Final = 5
LARGE_SHIFT: Final = 10
SMALL_BLOCK: Final = 1 << SMALL_SHIFT
LARGE_BLOCK: Final = 1 << LARGE_SHIFT


class Rows(NamedTuple):
    """n merged stays sorted by (place, t_in), as the kernels take them; subjects and places are codes, 0-based.

    place_offset int64[P+1], subject_offset int64[S+1] into by_subject int32[n] (rows by place and time);
    subject, place int32[n]; t_in, t_out int64[n]. A scan goes backwards in time: it ends where latest_so_far int64[n], the latest
    t_out of the place up to a row, has passed, and latest_small and latest_large, the latest t_out of each 32 and 1,024 rows,
    let it skip what has ended however long single stays are.
    """

    place_offset: Int64
    subject_offset: Int64
    by_subject: Int32
    subject: Int32
    place: Int32
    t_in: Int64
    t_out: Int64
    latest_so_far: Int64
    latest_small: Int64
    latest_large: Int64


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows with the ids behind their codes: subjects int64[S], places int64[P], both ascending.

    latest_entry: the latest t_in (calendar); span_s: from the first t_in to the last t_out; largest_place: in rows.
    """

    subjects: Int64
    places: Int64
    rows: Rows
    latest_entry: int | None
    span_s: int
    largest_place: int


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


def _offsets(codes: Int32, n_codes: int) -> Int64:
    offsets = np.zeros(n_codes + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=n_codes), out=offsets[1:])
    return offsets


def _sorted_stays(presences: Presences, direction: Direction) -> tuple[Int64, Int64, Stays, Int32]:
    """Subject and place ids, the merged stays by (place, t_in), and their order by (subject, place, t_in)."""
    subjects, subject = dense_codes(presences.subject)
    places, place = dense_codes(presences.place)
    if direction == "forward":
        t_in, t_out = presences.t_in.copy(), presences.t_out.copy()  # writable: one compile of each kernel
    else:
        t_in, t_out = -presences.t_out, -presences.t_in
    by_place = stable_order_by_key(place, order_by_time(t_in), len(places))
    stays = arranged(by_place, Stays(subject, place, t_in, t_out))
    by_subject = stable_order_by_key(stays.subject, np.arange(len(by_place), dtype=np.int32), len(subjects))
    begins = merge_stays(stays, by_subject)
    if not begins.all():
        stays = Stays(*(column[begins] for column in stays))
        by_subject = stable_order_by_key(stays.subject, np.arange(len(stays.subject), dtype=np.int32), len(subjects))
    return subjects, places, stays, by_subject


def build_layout(presences: Presences, direction: Direction) -> Layout:
    """Sort, merge and index the presences once: O(n) counting passes.

    Backward, time is mirrored (t -> -t, half-open ends exchanged), so the kernels only know one direction.
    Raises:  InvalidTraceInputError beyond 2**31 - 1 rows (row numbers are int32).
    """
    if len(presences) > MOST_ROWS:
        raise InvalidTraceInputError("presences: more than 2**31 - 1 rows; use the distributed engine")
    subjects, places, stays, by_subject = _sorted_stays(presences, direction)
    row_subject, row_place = stays.subject.astype(np.int32), stays.place.astype(np.int32)
    rows = Rows(
        place_offset=_offsets(row_place, len(places)),
        subject_offset=_offsets(row_subject, len(subjects)),
        by_subject=by_subject,
        subject=row_subject,
        place=row_place,
        t_in=stays.t_in,
        t_out=stays.t_out,
        latest_so_far=latest_so_far(stays.place, stays.t_out),
        latest_small=block_latest(stays.t_out, SMALL_BLOCK),
        latest_large=block_latest(stays.t_out, LARGE_BLOCK),
    )
    n = len(presences)
    return Layout(
        subjects=subjects,
        places=places,
        rows=rows,
        latest_entry=int(presences.t_in.max()) if n else None,
        span_s=int(presences.t_out.max()) - int(presences.t_in.min()) if n else 0,
        largest_place=int(np.diff(rows.place_offset).max(initial=0)),
    )


def layout_of(presences: Presences, direction: Direction) -> Layout:
    """The layout for a direction, built on first use and kept on the presences."""
    layout = presences.sorted_copies.get(direction)
    if not isinstance(layout, Layout):
        layout = build_layout(presences, direction)
        presences.sorted_copies[direction] = layout
    return layout
