"""Compiled scans: source stays, who they meet, and what that does to the reached.

One direction only: backward runs on mirrored time (`layout.build_layout`), where "source" is the known subject, "reached" the
candidate, and the lingering belongs to the reached side: it begins earlier instead of the source stay ending later.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from lianfang.trace.kernels_sort import ORIGIN, Int32, Int64, compiled, inner, order_by_time
from lianfang.trace.layout import LARGE_BLOCK, LARGE_SHIFT, SMALL_BLOCK, SMALL_SHIFT, Rows

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


class Found(NamedTuple):
    """The stays a source span meets: row, start, end int64[rows of the largest place]."""

    row: Int64
    start: Int64
    end: Int64


class Scratch(NamedTuple):
    """Working memory: found; total, first int64[S]; touched int32[S]."""

    found: Found
    total: Int64
    first: Int64
    touched: Int32


@compiled
def cut_stays(rows: Rows, sources: Sources, subjects: Int64, pieces: Pieces) -> int:
    """Fill `pieces` with the stays of `subjects` cut to their windows; return how many there are (more may not be stored)."""
    t_in, t_out, room, n = rows.t_in, rows.t_out, len(pieces.row), 0
    for subject in subjects:
        slot = sources.slot[subject]
        first, last = (sources.window_offset[slot], sources.window_offset[slot + 1]) if slot >= 0 else (0, 1)
        opened, closed = sources.reach[subject] + sources.latent, sources.until[subject]
        for at in range(rows.subject_offset[subject], rows.subject_offset[subject + 1]):
            row = rows.by_subject[at]
            for window in range(first, last):
                if slot >= 0:
                    opened, closed = sources.window_start[window], sources.window_end[window]
                start, end = max(opened, t_in[row]), min(closed, t_out[row])
                if start >= end:
                    continue
                if n < room:
                    pieces.row[n], pieces.start[n], pieces.end[n] = row, start, end
                n += 1
    return n


@inner
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


@inner
def reached_span(start: int, end: int, cut_from: int, linger: int) -> tuple[int, int]:
    """A reached stay cut to what lies after `cut_from`, then beginning `linger` earlier; empty if nothing is left."""
    proper = max(start, cut_from)
    return (proper, proper) if end <= proper else (proper - linger, end)


@inner
def rows_met(rows: Rows, terms: Terms, anchor: int, span: tuple[int, int], found: Found) -> tuple[int, int]:
    """Write the stays a source span meets for long enough into `found`; return their number and the rows looked at.

    anchor: the source's own row, where the search begins; from the last row that begins before the span ends it goes down
    until everything earlier has ended before the span begins, jumping over blocks that have. At cumulative places every
    overlap longer than 0 is found.
    Arrays are taken out of the tuples first: passed along or read in the loop, each costs a reference count per row.
    """
    subject, t_in, t_out, reached_from = rows.subject, rows.t_in, rows.t_out, terms.reached_from
    latest_so_far, latest_small, latest_large = rows.latest_so_far, rows.latest_small, rows.latest_large
    met, met_start, met_end = found.row, found.start, found.end
    place, owner, since, until = rows.place[anchor], subject[anchor], span[0], span[1]
    low, linger = rows.place_offset[place], terms.reached_linger[place]
    least = 1 if terms.cumulative[place] else max(terms.min_overlap[place], 1)
    row = first_row_from(t_in, anchor, rows.place_offset[place + 1], until + linger) - 1
    n = looked = 0
    while row >= low and latest_so_far[row] > since:
        looked += 1
        if row & (SMALL_BLOCK - 1) == SMALL_BLOCK - 1:
            if row & (LARGE_BLOCK - 1) == LARGE_BLOCK - 1 and latest_large[row >> LARGE_SHIFT] <= since:
                row -= LARGE_BLOCK
                continue
            if latest_small[row >> SMALL_SHIFT] <= since:
                row -= SMALL_BLOCK
                continue
        if t_out[row] > since and subject[row] != owner:
            begin, stop = reached_span(t_in[row], t_out[row], reached_from[subject[row]], linger)
            start, end = max(since, begin), min(until, stop)
            if end - start >= least:
                met[n], met_start[n], met_end[n] = row, start, end
                n += 1
        row -= 1
    return n, looked


@inner
def group_end(rows: Rows, pieces: Pieces, begin: int) -> int:
    """Where the run of pieces of one subject at one place ends."""
    first, end = pieces.row[begin], begin + 1
    while end < len(pieces.row) and rows.place[pieces.row[end]] == rows.place[first]:
        if rows.subject[pieces.row[end]] != rows.subject[first]:
            break
        end += 1
    return end


@inner
def sum_group(rows: Rows, terms: Terms, pieces: Pieces, group: tuple[int, int], scratch: Scratch) -> tuple[int, int]:
    """Add up one source's overlaps with everyone at one place; return how many subjects were met and the rows looked at.

    They are scratch.touched[:n]; scratch.total is capped at the minimum, scratch.first is the start of the first overlap.
    """
    found, total, first, touched, subjects = scratch.found, scratch.total, scratch.first, scratch.touched, rows.subject
    place = rows.place[pieces.row[group[0]]]
    least, linger = max(terms.min_overlap[place], 1), terms.source_linger[place]
    met = looked = 0
    for piece in range(group[0], group[1]):
        span = pieces.start[piece], min(pieces.end[piece] + linger, terms.cap)
        n, more = rows_met(rows, terms, pieces.row[piece], span, found)
        looked += more
        for at in range(n):
            subject, start = subjects[found.row[at]], found.start[at]
            if total[subject] == 0:
                touched[met], first[subject] = subject, start
                met += 1
            first[subject] = min(first[subject], start)
            total[subject] = min(total[subject] + found.end[at] - start, least)
    return met, looked


@compiled
def relax_pairs(rows: Rows, model: tuple[Terms, Sources], pieces: Pieces, scratch: Scratch, reach: Int64) -> int:
    """Lower `reach` by every counted exposure to the pieces, pair by pair; return the rows looked at."""
    terms, slot, subjects, found = model[0], model[1].slot, rows.subject, scratch.found
    looked = begin = ORIGIN
    while begin < len(pieces.row):
        place, stop = rows.place[pieces.row[begin]], begin + 1
        if terms.cumulative[place]:
            stop = group_end(rows, pieces, begin)
            met, more = sum_group(rows, terms, pieces, (begin, stop), scratch)
            for subject in scratch.touched[:met]:
                enough = scratch.total[subject] >= terms.min_overlap[place]
                if enough and scratch.first[subject] < reach[subject] and slot[subject] < 0:
                    reach[subject] = scratch.first[subject]
                scratch.total[subject] = 0
        else:
            span = pieces.start[begin], min(pieces.end[begin] + terms.source_linger[place], terms.cap)
            n, more = rows_met(rows, terms, pieces.row[begin], span, found)
            for at in range(n):
                subject = subjects[found.row[at]]
                if found.start[at] < reach[subject] and slot[subject] < 0:
                    reach[subject] = found.start[at]
        looked += more
        begin = stop
    return looked


@inner
def running_spans(terms: Terms, place: int, pieces: Pieces, group: tuple[int, int]) -> tuple[Int64, Int64]:
    """The lingering spans of pieces[group] that last long enough: starts ascending, and the latest end so far."""
    least, linger = max(terms.min_overlap[place], 1), terms.source_linger[place]
    starts, latest = np.empty(group[1] - group[0], dtype=np.int64), np.empty(group[1] - group[0], dtype=np.int64)
    n = 0
    for offset in order_by_time(pieces.start[group[0] : group[1]]):
        piece = group[0] + offset
        start, end = pieces.start[piece], min(pieces.end[piece] + linger, terms.cap)
        if end - start >= least:
            starts[n], latest[n] = start, end if n == 0 else max(end, latest[n - 1])
            n += 1
    return starts[:n], latest[:n]


@inner
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
    terms, slot = model[0], model[1].slot
    subjects, t_in, t_out, reached_from = rows.subject, rows.t_in, rows.t_out, terms.reached_from
    looked = begin = ORIGIN
    while begin < len(pieces.row):
        place, after = rows.place[pieces.row[begin]], begin + 1
        while after < len(pieces.row) and rows.place[pieces.row[after]] == place:
            after += 1
        starts, latest = running_spans(terms, place, pieces, (begin, after))
        least, linger = max(terms.min_overlap[place], 1), terms.reached_linger[place]
        for row in range(rows.place_offset[place], rows.place_offset[place + 1]):
            subject = subjects[row]
            start, end = reached_span(t_in[row], t_out[row], reached_from[subject], linger)
            if start >= reach[subject] or end - start < least or slot[subject] >= 0:
                continue
            number = first_after(starts, start)
            if number > 0 and latest[number - 1] >= start + least:
                reach[subject] = start
            elif number < len(starts) and starts[number] <= end - least:
                reach[subject] = min(reach[subject], starts[number])
        looked += rows.place_offset[place + 1] - rows.place_offset[place]
        begin = after
    return looked
