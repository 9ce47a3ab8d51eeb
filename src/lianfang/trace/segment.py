"""Building a segment: the immutable sorted layout of some presences, which every kernel reads."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from lianfang.trace import kernels_build as kernels
from lianfang.trace.kernels_build import SMALL_BLOCK, Codes, Columns
from lianfang.trace.kernels_sort import Int64, Ints
from lianfang.trace.model import TIME_LIMIT, InvalidTraceInputError
from lianfang.trace.threads import core_count, in_lanes, parts_of

LONG_STAY_S: Final = 18 * 3_600
"""Longer stays are kept apart: they would make every scan of their place begin this much earlier."""
NARROW_LIMIT: Final = 1 << 31
COARSE_BITS: Final = 10


class Shelf(NamedTuple):
    """n stays sorted by (place, t_in), found by place and by subject. Row, subject and place codes are 0-based.

    base: times are seconds after it. bounds: first t_in, last t_in, last t_out, calendar time. subjects int64[S], places
    int64[P]: the ids behind the codes, ascending. place_offset [P+1]: where the rows of a place begin. subject, t_in, t_out [n].
    latest [ceil(n / 32)]: the latest t_out of 32 rows, so that a scan skips what has ended. longest [P]: the longest stay of a
    place. subject_offset [S+1] into postings [n, 2]: (row, place) of each stay of a subject, by place and time. All but the ids
    are int32, or int64 where something does not fit.
    """

    base: int
    bounds: tuple[int, int, int]
    subjects: Int64
    places: Int64
    place_offset: Ints
    subject: Ints
    t_in: Ints
    t_out: Ints
    latest: Ints
    longest: Ints
    subject_offset: Ints
    postings: Ints


@dataclass(frozen=True, slots=True)
class InputCounts:
    """What the input rules did, in rows.

    rows: given. refused: left out, as they end no later than they start. duplicates: equal to another stay.
    joined: overlapped or touched another stay of the same subject at the same place and became one with it.
    long_stays: stays kept that last over 18 hours (an overnight stay seldom does, a missing check-out does).
    """

    rows: int = 0
    refused: int = 0
    duplicates: int = 0
    joined: int = 0
    long_stays: int = 0


@dataclass(frozen=True, eq=False)
class Segment:
    """Some presences, sorted: short stays and those over 18 h on a shelf each; one stay is on one shelf only."""

    short: Shelf
    long: Shelf
    counts: InputCounts
    meetings: "WeakKeyDictionary[Segment, Any]" = field(default_factory=WeakKeyDictionary, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.short.subject) + len(self.long.subject)

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """The shelves that hold anything."""
        return tuple(shelf for shelf in (self.short, self.long) if len(shelf.subject))


def empty_shelf(dtype: type[np.signedinteger[Any]] = np.int32) -> Shelf:
    """A shelf without stays."""
    ids, none, offset = np.empty(0, dtype=np.int64), np.empty(0, dtype=dtype), np.zeros(1, dtype=dtype)
    return Shelf(0, (0, 0, 0), ids, ids, offset, none, none, none, none, none, offset, np.empty((0, 2), dtype=dtype))


def _bounds(columns: Columns, lanes: int) -> Int64:
    """kernels.bounds_of all rows; refuses times that are too far."""
    parts = parts_of(len(columns.subject), lanes)
    found = np.array(in_lanes(lambda _, part: kernels.bounds_of(columns, *part), parts, lanes))
    bounds: Int64 = np.where([True, False] * 4 + [True], found.min(axis=0), found.max(axis=0))
    bounds[8] = found[:, 8].sum()
    for name, low, high in (("t_in", 4, 5), ("t_out", 6, 7)):
        if bounds[low] < -TIME_LIMIT or bounds[high] > TIME_LIMIT:
            raise InvalidTraceInputError(f"{name}: a time is beyond +-2**53 s")
    return bounds


def _coding(ids: Int64, least: int, most: int, lanes: int) -> tuple[Int64, Int64, Codes]:
    """The distinct ids, ascending; the column to look up; its codes. O(n) plus the sorting of the distinct ones."""
    spread = most - least
    if spread < 4 * len(ids) + 1024:  # ids as databases number them: a table instead of a hash
        seen = np.zeros(spread + 1, dtype=np.bool_)
        parts = parts_of(len(ids), lanes)
        in_lanes(lambda _, part: kernels.mark_ids(ids, least, part, seen), parts, lanes)
        table = np.cumsum(seen, dtype=_narrow(spread + 1)) - 1
        return np.flatnonzero(seen) + least, ids, Codes(least, table)
    encoded = pa.array(ids).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    order = np.argsort(distinct)
    rank = np.empty(len(order), dtype=_narrow(len(order)))
    rank[order] = np.arange(len(order))
    return distinct[order], encoded.indices.to_numpy().astype(np.int64), Codes(0, rank)


def _narrow(limit: int) -> type[np.signedinteger[Any]]:
    """The integers that hold values from 0 up to limit."""
    return np.int32 if limit < NARROW_LIMIT else np.int64


class _Partitioned(NamedTuple):
    """Records by bucket of neighbouring places: records int[n, 4], offset int64[buckets + 1]."""

    records: Ints
    offset: Int64


def _partitioned(columns: Columns, coding: tuple[Codes, Codes, int, int], dtype: Any, lanes: int) -> _Partitioned:
    """All rows as records, bucket by bucket, each in the order given."""
    n, (_, places, _, shift) = len(columns.subject), coding
    parts = parts_of(n, min(lanes, 16))
    n_buckets = (int(places.table.max()) >> shift) + 1
    counts = np.zeros((len(parts), n_buckets), dtype=np.int64)
    numbered = list(enumerate(parts))
    in_lanes(lambda _, p: kernels.count_buckets(columns.place, places, shift, p[1], counts[p[0]]), numbered, lanes)
    offset = np.zeros(n_buckets + 1, dtype=np.int64)
    np.cumsum(counts.sum(axis=0), out=offset[1:])
    position = offset[:-1] + np.cumsum(counts, axis=0) - counts
    records = np.empty((n, 4), dtype=dtype)
    in_lanes(lambda _, p: kernels.partition(columns, coding, p[1], position[p[0]], records), numbered, lanes)
    return _Partitioned(records, offset)


class _Merged(NamedTuple):
    """Merged stays by (place, t_in): subject, t_in, t_out of the short ones, how many each place has; the long ones as
    records; what was counted; the records, no longer needed.
    """

    short: tuple[Ints, Ints, Ints]
    long: Ints
    n_short: Int64
    counts: Int64
    records: Ints


def _merged(given: _Partitioned, n_subjects: int, n_places: int, spread: int, lanes: int) -> _Merged:
    """Sort and merge bucket by bucket; the short stays end up side by side."""
    records, offset = given
    short = tuple(np.empty(len(records), dtype=records.dtype) for _ in range(3))
    n_short, n_long = np.zeros(n_places, dtype=np.int64), np.zeros(n_places, dtype=np.int64)
    last_rows = [np.zeros(n_subjects, dtype=records.dtype) for _ in range(lanes)]
    wide = int(records.shape[0] and n_places)

    def merge(lane: int, bucket: int) -> Int64:
        begin, end = offset[bucket], offset[bucket + 1]
        own = records[begin:end]
        low = int(own[:, kernels.PLACE].min())
        by_time = kernels.sort_records(own, kernels.T_IN, 0, spread)
        ordered = kernels.sort_records(by_time, kernels.PLACE, low, int(own[:, kernels.PLACE].max()) - low)
        out = tuple(column[begin:end] for column in short), n_short, n_long
        told = kernels.merge_bucket(ordered, last_rows[lane], LONG_STAY_S, out)
        own[: told[1]] = ordered[: told[1]]
        return np.asarray(told)

    told = np.array(in_lanes(merge, range(len(offset) - 1), lanes if wide else 1))
    long = np.concatenate([records[begin : begin + n] for begin, n in zip(offset[:-1], told[:, 1], strict=True)])
    return _Merged(_closed_up(short, offset, told[:, 0]), long, n_short, told.sum(axis=0), records)


def _closed_up(columns: Any, offset: Int64, kept: Int64) -> tuple[Ints, Ints, Ints]:
    """The first kept[b] values of each bucket side by side, moved within the columns."""
    target = np.cumsum(kept) - kept
    for column in columns:
        for bucket in np.flatnonzero(target != offset[:-1]):
            begin, to, n = offset[bucket], target[bucket], kept[bucket]
            column[to : to + n] = column[begin : begin + n]
    subject, t_in, t_out = (column[: kept.sum()] for column in columns)
    return subject, t_in, t_out


def _offsets(counts: Int64, dtype: Any) -> Ints:
    offsets = np.zeros(len(counts) + 1, dtype=dtype)
    np.cumsum(counts, out=offsets[1:])
    return offsets


class Sorted(NamedTuple):
    """Merged stays by (place, t_in), int[n] each, and room for their postings, int[n, 2]."""

    subject: Ints
    t_in: Ints
    t_out: Ints
    room: Ints


def shelved(stays: Sorted, ids: tuple[Int64, Int64], base: int, n_of_place: Int64, lanes: int) -> Shelf:
    """A shelf of merged stays: post them and measure them."""
    subject, t_in, t_out, postings = stays
    n, dtype = len(subject), subject.dtype
    place_offset = _offsets(n_of_place, dtype)
    rows = np.linspace(0, n, min(lanes, 16) + 1).astype(np.int64)
    cuts = np.unique(np.searchsorted(place_offset, rows, side="left").clip(max=len(n_of_place)))
    parts = list(enumerate(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)))
    counts = np.zeros((max(len(parts), 1), len(ids[0])), dtype=np.int64)

    def rows_of(part: tuple[int, int]) -> tuple[int, int]:
        return int(place_offset[part[0]]), int(place_offset[part[1]])

    in_lanes(lambda _, p: kernels.count_subjects(subject, rows_of(p[1]), counts[p[0]]), parts, lanes)
    subject_offset = _offsets(counts.sum(axis=0), dtype)
    position = subject_offset[:-1] + np.cumsum(counts, axis=0) - counts
    in_lanes(lambda _, p: kernels.post_subjects(subject, place_offset, p[1], position[p[0]], postings), parts, lanes)
    latest = np.empty((n + SMALL_BLOCK - 1) // SMALL_BLOCK, dtype=dtype)
    kernels.latest_of_blocks(t_out, latest)
    longest = np.zeros(len(n_of_place), dtype=dtype)
    kernels.longest_of_places(place_offset, t_in, t_out, longest)
    bounds = (int(t_in.min()) + base, int(t_in.max()) + base, int(latest.max()) + base) if n else (0, 0, 0)
    return Shelf(base, bounds, *ids, place_offset, subject, t_in, t_out, latest, longest, subject_offset, postings)


def _long_shelf(long: Ints, ids: tuple[Int64, Int64], base: int) -> Shelf:
    """The long stays, records by (place, t_in), with codes of their own: there are few of them."""
    if not len(long):
        return empty_shelf()
    subjects, subject = np.unique(long[:, kernels.SUBJECT], return_inverse=True)
    places, counts = np.unique(long[:, kernels.PLACE], return_counts=True)
    t_in, t_out = long[:, kernels.T_IN].astype(np.int64) + base, long[:, kernels.T_OUT].astype(np.int64) + base
    own = int(t_in.min())
    dtype = _narrow(max(len(long), int(t_out.max()) - own))
    room = np.empty((len(long), 2), dtype=dtype)
    stays = Sorted(subject.astype(dtype), (t_in - own).astype(dtype), (t_out - own).astype(dtype), room)
    return shelved(stays, (ids[0][subjects], ids[1][places]), own, counts, 1)


def _short_shelf(merged: _Merged, ids: tuple[Int64, Int64], base: int, lanes: int) -> Shelf:
    """The short stays, on narrow columns wherever they fit. Their records, read for the last time, give room for the postings."""
    subject, t_in, t_out = merged.short
    room = merged.records
    room.resize((len(subject), 2), refcheck=False)  # in place: fresh memory would cost as much as filling it
    if subject.dtype != np.int32 and len(subject):
        own = int(t_in.min())
        if max(len(subject), len(ids[0]), len(ids[1]), int(t_out.max()) - own) < NARROW_LIMIT:
            times = (t_in - own).astype(np.int32), (t_out - own).astype(np.int32)
            narrow = Sorted(subject.astype(np.int32), *times, np.empty((len(subject), 2), dtype=np.int32))
            return shelved(narrow, ids, base + own, merged.n_short, lanes)
    return shelved(Sorted(subject, t_in, t_out, room), ids, base, merged.n_short, lanes)


def build_segment(columns: Columns, threads: int | None = None) -> Segment:
    """Sort, merge and index presences: O(n) counting passes on all cores.

    Args:    columns: contiguous int64[n] each; not changed.     Raises:  InvalidTraceInputError for times beyond +-2**53 s.
    """
    lanes, given = threads or core_count(), len(columns.subject)
    lanes = min(lanes, 1 + given // 65_536)
    bounds = _bounds(columns, lanes) if given else np.zeros(9, dtype=np.int64)
    refused = int(bounds[8])
    if refused:
        kept = columns.t_out > columns.t_in
        columns = Columns(*(column[kept] for column in columns))
        bounds = _bounds(columns, lanes) if given > refused else bounds
    if given == refused:
        return Segment(empty_shelf(), empty_shelf(), InputCounts(given, refused))
    base, until = int(bounds[4]), int(bounds[7])
    subjects, subject, of_subjects = _coding(columns.subject, int(bounds[0]), int(bounds[1]), lanes)
    places, place, of_places = _coding(columns.place, int(bounds[2]), int(bounds[3]), lanes)
    columns = columns._replace(subject=subject, place=place)
    dtype = _narrow(max(given, until - base, len(subjects), len(places)))
    shift = max(0, int(len(places) - 1).bit_length() - COARSE_BITS)
    partitioned = _partitioned(columns, (of_subjects, of_places, base, shift), dtype, lanes)
    merged = _merged(partitioned, len(subjects), len(places), int(bounds[5]) - base, lanes)
    counts = InputCounts(given, refused, int(merged.counts[2]), int(merged.counts[3]), int(merged.counts[1]))
    return Segment(
        _short_shelf(merged, (subjects, places), base, lanes),
        _long_shelf(merged.long, (subjects, places), base),
        counts,
    )
