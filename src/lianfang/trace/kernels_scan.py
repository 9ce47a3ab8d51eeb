"""Compiled scans: source stays, who they meet, and what that does to the reached.

One direction only: backward runs on mirrored time (`layout.build_layout`), where "source" is the known subject, "reached" the
candidate, and the lingering belongs to the reached side: it begins earlier instead of the source stay ending later.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from lianfang.trace.kernels_sort import compiled, order_by_time
from lianfang.trace.layout import LARGE_BLOCK, LARGE_SHIFT, SMALL_BLOCK, SMALL_SHIFT, Int32, Int64, Rows

Flags: TypeAlias = npt.NDArray[np.bool_]

NEVER = 1 << 62
"""Later than every time; -NEVER is earlier than every time."""
ROUND_SHIFT = 32
"""A rank is round << 32 | links followed in that round: which of two equal times was reached first."""


class Terms(NamedTuple):
    """What makes an overlap count: per place (int64[P], bool[P]), per subject and over all.

    source_linger: added to the end of a source stay; reached_linger: begins a reached stay earlier (backward).
    reached_from int64[S]: a reached stay is cut to what lies after it (backward: the control). cap: nothing at or after it.
    """

    min_overlap: Int64
    source_linger: Int64
    reached_linger: Int64
    cumulative: Flags
    reached_from: Int64
    cap: int


class Sources(NamedTuple):
    """Windows of every subject: of an index (slot >= 0) its own list, of others [reach + latent, until).

    reach int64[S] (NEVER: not reached), slot int32[S], window_offset int64[I+1], window_start, window_end, until int64[S].
    """

    reach: Int64
    slot: Int32
    window_offset: Int64
    window_start: Int64
    window_end: Int64
    until: Int64
    latent: int


class Pieces(NamedTuple):
    """Source stays cut to their windows, not yet lingering: row int32[A], start, end int64[A], by (subject, place, time)."""

    row: Int32
    start: Int64
    end: Int64


class Edges(NamedTuple):
    """Counted overlaps: counterpart and place codes int32[E], start, end int64[E], lingering bool[E]."""

    source: Int32
    place: Int32
    start: Int64
    end: Int64
    lingering: Flags


class Scratch(NamedTuple):
    """Working memory: found int64[rows of the largest place]; total, first int64[S]; touched int32[S]."""

    found: Int64
    total: Int64
    first: Int64
    touched: Int32


@compiled
def window_of(sources: Sources, subject: int, number: int) -> tuple[int, int]:
    """A subject's window by number; empty if the subject is no source."""
    slot = sources.slot[subject]
    if slot < 0:
        return sources.reach[subject] + sources.latent, sources.until[subject]
    at = sources.window_offset[slot] + number
    return sources.window_start[at], sources.window_end[at]


@compiled
def n_windows(sources: Sources, subject: int) -> int:
    """How many windows a subject has."""
    slot = sources.slot[subject]
    if slot < 0:
        return 1
    return sources.window_offset[slot + 1] - sources.window_offset[slot]


@compiled
def cut_stays(rows: Rows, sources: Sources, subjects: Int64, pieces: Pieces) -> int:
    """Fill `pieces` with the stays of `subjects` cut to their windows; return how many there are (more may not be stored)."""
    n = 0
    for subject in subjects:
        for at in range(rows.subject_offset[subject], rows.subject_offset[subject + 1]):
            row = rows.by_subject[at]
            for number in range(n_windows(sources, subject)):
                start, end = window_of(sources, subject, number)
                start, end = max(start, rows.t_in[row]), min(end, rows.t_out[row])
                if start >= end:
                    continue
                if n < len(pieces.row):
                    pieces.row[n], pieces.start[n], pieces.end[n] = row, start, end
                n += 1
    return n


@compiled
def first_row_from(t_in: Int64, row: int, last: int, time: int) -> int:
    """The first row in (row, last) with t_in >= time, galloping upwards from `row`, or `last`."""
    step = 1
    while row + step < last and t_in[row + step] < time:
        step *= 2
    low, high = row + step // 2 + 1, min(row + step, last)
    while low < high:
        middle = (low + high) // 2
        if t_in[middle] < time:
            low = middle + 1
        else:
            high = middle
    return high


@compiled
def overlap(rows: Rows, terms: Terms, span: tuple[int, int], row: int) -> tuple[int, int, int]:
    """Where a lingering source span [a, b) meets the reached stay in `row`: start, end and the stay's start proper.

    start >= end: they do not meet.
    """
    proper = max(rows.t_in[row], terms.reached_from[rows.subject[row]])
    start = max(span[0], proper - terms.reached_linger[rows.place[row]])
    if rows.t_out[row] <= proper:
        return start, start, proper
    return start, min(span[1], rows.t_out[row]), proper


@compiled
def lingering_span(terms: Terms, place: int, start: int, end: int) -> tuple[int, int]:
    """A source stay with its lingering seconds, never beyond the cap."""
    return start, min(end + terms.source_linger[place], terms.cap)


@compiled
def skip_ended(rows: Rows, row: int, time: int) -> int:
    """The next lower row worth looking at: whole blocks that ended by `time` are jumped over."""
    if row & (SMALL_BLOCK - 1) == SMALL_BLOCK - 1:
        if row & (LARGE_BLOCK - 1) == LARGE_BLOCK - 1 and rows.latest_large[row >> LARGE_SHIFT] <= time:
            return row - LARGE_BLOCK
        if rows.latest_small[row >> SMALL_SHIFT] <= time:
            return row - SMALL_BLOCK
    return row


@compiled
def rows_met(rows: Rows, terms: Terms, anchor: int, span: tuple[int, int], found: Int64) -> tuple[int, int]:
    """Write the rows a source span meets for long enough into `found`; return their number and the rows looked at.

    anchor: the source's own row, where the search begins. At cumulative places every overlap longer than 0 is found.
    """
    place, owner = rows.place[anchor], rows.subject[anchor]
    low, last = rows.place_offset[place], rows.place_offset[place + 1]
    least = 1 if terms.cumulative[place] else max(terms.min_overlap[place], 1)
    row = first_row_from(rows.t_in, anchor, last, span[1] + terms.reached_linger[place]) - 1
    n = looked = 0
    while row >= low:
        looked += 1
        below = skip_ended(rows, row, span[0])
        if below != row:
            row = below
            continue
        if rows.t_out[row] > span[0] and rows.subject[row] != owner:
            start, end, _ = overlap(rows, terms, span, row)
            if end - start >= least:
                found[n] = row
                n += 1
        row -= 1
    return n, looked


@compiled
def group_end(rows: Rows, pieces: Pieces, begin: int) -> int:
    """Where the run of pieces of one subject at one place ends."""
    first, end = pieces.row[begin], begin + 1
    while end < len(pieces.row) and rows.place[pieces.row[end]] == rows.place[first]:
        if rows.subject[pieces.row[end]] != rows.subject[first]:
            break
        end += 1
    return end


@compiled
def sum_group(rows: Rows, terms: Terms, pieces: Pieces, group: tuple[int, int], scratch: Scratch) -> tuple[int, int]:
    """Add up one source's overlaps with everyone at one place; return how many subjects were met and the rows looked at.

    They are scratch.touched[:n]; scratch.total is capped at the minimum, scratch.first is the start of the first overlap.
    """
    place = rows.place[pieces.row[group[0]]]
    least = max(terms.min_overlap[place], 1)
    met = looked = 0
    for piece in range(group[0], group[1]):
        span = lingering_span(terms, place, pieces.start[piece], pieces.end[piece])
        n, more = rows_met(rows, terms, pieces.row[piece], span, scratch.found)
        looked += more
        for row in scratch.found[:n]:
            subject = rows.subject[row]
            start, end, _ = overlap(rows, terms, span, row)
            if scratch.total[subject] == 0:
                scratch.touched[met] = subject
                scratch.first[subject] = start
                met += 1
            scratch.first[subject] = min(scratch.first[subject], start)
            scratch.total[subject] = min(scratch.total[subject] + end - start, least)
    return met, looked


@compiled
def improve(sources: Sources, reach: Int64, subject: int, start: int) -> None:
    """Reach a subject earlier, unless it is an index."""
    if start < reach[subject] and sources.slot[subject] < 0:
        reach[subject] = start


@compiled
def relax_pairs(rows: Rows, model: tuple[Terms, Sources], pieces: Pieces, scratch: Scratch, reach: Int64) -> int:
    """Lower `reach` by every counted exposure to the pieces, pair by pair; return the rows looked at."""
    terms, sources = model
    looked = begin = np.int64(0)
    while begin < len(pieces.row):
        place, end = rows.place[pieces.row[begin]], begin + 1
        if terms.cumulative[place]:
            end = group_end(rows, pieces, begin)
            met, more = sum_group(rows, terms, pieces, (begin, end), scratch)
            for subject in scratch.touched[:met]:
                if scratch.total[subject] >= max(terms.min_overlap[place], 1):
                    improve(sources, reach, subject, scratch.first[subject])
                scratch.total[subject] = 0
        else:
            span = lingering_span(terms, place, pieces.start[begin], pieces.end[begin])
            n, more = rows_met(rows, terms, pieces.row[begin], span, scratch.found)
            for row in scratch.found[:n]:
                improve(sources, reach, rows.subject[row], overlap(rows, terms, span, row)[0])
        looked += more
        begin = end
    return looked


@compiled
def running_spans(terms: Terms, place: int, pieces: Pieces, group: tuple[int, int]) -> tuple[Int64, Int64]:
    """The lingering spans of pieces[group] that last long enough: starts ascending, and the latest end so far."""
    least = max(terms.min_overlap[place], 1)
    starts, latest = np.empty(group[1] - group[0], dtype=np.int64), np.empty(group[1] - group[0], dtype=np.int64)
    n = 0
    for offset in order_by_time(pieces.start[group[0] : group[1]]):
        piece = group[0] + offset
        start, end = lingering_span(terms, place, pieces.start[piece], pieces.end[piece])
        if end - start >= least:
            starts[n], latest[n] = start, end if n == 0 else max(end, latest[n - 1])
            n += 1
    return starts[:n], latest[:n]


@compiled
def first_after(ascending: Int64, time: int) -> int:
    """How many of the ascending values are at or before `time`."""
    low, high = 0, len(ascending)
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def relax_sweep(rows: Rows, model: tuple[Terms, Sources], pieces: Pieces, reach: Int64) -> int:
    """The same as `relax_pairs` for pieces sorted by place, none cumulative, without visiting pairs: place by place.

    Two stays share at least m seconds exactly if one begins within the other and lasts m from there. So among the source
    spans sorted by start, the earliest overlap of a stay beginning at t is t itself if a span begun by t lasts to t + m (the
    running maximum of the ends tells), else the start of the next span. A subject's own spans begin no earlier than it was
    reached, so they improve nothing. O(A log A + B log A) for A spans and B stays at a place.
    """
    terms, sources = model
    looked = begin = np.int64(0)
    while begin < len(pieces.row):
        place, stop = rows.place[pieces.row[begin]], begin + 1
        while stop < len(pieces.row) and rows.place[pieces.row[stop]] == place:
            stop += 1
        starts, latest = running_spans(terms, place, pieces, (begin, stop))
        least = max(terms.min_overlap[place], 1)
        for row in range(rows.place_offset[place], rows.place_offset[place + 1]):
            subject = rows.subject[row]
            start, end, _ = overlap(rows, terms, (-NEVER, NEVER), row)
            if start >= reach[subject] or end - start < least:
                continue
            after = first_after(starts, start)
            if after > 0 and latest[after - 1] >= start + least:
                improve(sources, reach, subject, start)
            elif after < len(starts) and starts[after] <= end - least:
                improve(sources, reach, subject, starts[after])
        looked += rows.place_offset[place + 1] - rows.place_offset[place]
        begin = stop
    return looked
