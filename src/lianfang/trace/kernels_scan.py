"""Compiled scans: source stays, whom they meet, and how early that reaches them.

"Source" is the known side and "reached" the other: backward the known one was exposed and the reached one may be the source, the
reached one's stay lingers and ends at its control. `reach` is on a clock where lower is better: the start of an exposure
forward, minus its end backward. Spans are calendar times in both directions.

Arrays are taken out of the tuples first: passed along or read in a loop, each costs a reference count per row, and threads
would fight for it.
"""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_build import SMALL_BLOCK, SMALL_SHIFT
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Flags, Int32, Int64, Ints, compiled, inner

SOURCE, PLACE, START, END, ROW, SHELF = range(6)
"""Columns of pieces, int64[A, 6]: stays of one side cut to its windows, not yet lingering, with the row they come from."""


class View(NamedTuple):
    """A shelf among the others of an index: Shelf's arrays, its number, and how its codes and the index's translate.

    span: seconds from the first to the last t_in, plus 1.
    subject_to, place_to: index codes of the shelf's codes; subject_from, place_from: the reverse, -1 for none; all empty where
    the codes are the same. dead bool[n]: rows that are part of a stay joined across segments, hence not looked at; empty if none.
    """

    number: int
    base: int
    span: int
    place_offset: Ints
    subject: Ints
    t_in: Ints
    t_out: Ints
    latest: Ints
    longest: Ints
    subject_offset: Ints
    postings: Ints
    subject_to: Ints
    subject_from: Ints
    place_to: Ints
    place_from: Ints
    dead: Flags


class Terms(NamedTuple):
    """What makes an overlap count. rule int16[P]: the rule of each place (empty: rule 0); the others have one entry per rule.

    sign: 1 forward, -1 backward. horizon: nothing at or after it is seen.
    """

    rule: Ints
    min_overlap: Int64
    linger: Int64
    cumulative: Flags
    sign: int
    horizon: int


class Sources(NamedTuple):
    """Windows of every subject. Of an index (slot >= 0): its own list. Of others: from `since` + latent on the kernels' clock
    until its control (forward), or until -(since + latent) from the beginning of time (backward).

    since, reach, control int64[S] (NEVER: none), slot int32[S]. since: the reach of the round before; windows int64[W].
    """

    since: Int64
    reach: Int64
    control: Int64
    slot: Int32
    window_offset: Int64
    window_start: Int64
    window_end: Int64
    latent: int


class Lane(NamedTuple):
    """What one thread found in a round: best int64[S] (NEVER: nothing); touched int64[S], the subjects with
    something; n int64[1], how many.
    """

    best: Int64
    touched: Int64
    n: Int64


@inner
def windows_of(sources: Sources, code: int) -> tuple[int, int]:
    """Which of the listed windows are a subject's; (-1, 0) for one that is no index."""
    slot = sources.slot[code]
    if slot < 0:
        return -1, 0
    return sources.window_offset[slot], sources.window_offset[slot + 1]


@inner
def own_window(since: int, control: int, terms: tuple[int, int], latent: int) -> tuple[int, int]:
    """The window of a subject that is no index. terms: sign, horizon."""
    if terms[0] > 0:
        return since + latent, min(control, terms[1])
    return -NEVER, -(since + latent)


@compiled
def cut_stays(view: View, model: tuple[Terms, Sources], subjects: Int64, pieces: Int64, n: int) -> int:
    """Append to pieces[n:] the stays of subjects on one shelf, cut to their windows; return the new n (what does not fit is
    counted, not stored).
    """
    terms, sources = model
    clock, since, control, latent = (terms.sign, terms.horizon), sources.since, sources.control, sources.latent
    base, t_in, t_out, dead, postings = view.base, view.t_in, view.t_out, view.dead, view.postings
    subject_offset, subject_from, place_to = view.subject_offset, view.subject_from, view.place_to
    room, known = len(pieces), len(subject_from) or len(subject_offset) - 1
    for code in subjects:
        if code >= known:
            continue
        local = np.int64(subject_from[code]) if len(subject_from) else code
        if local < 0:
            continue
        first, last = windows_of(sources, code)
        for at in range(subject_offset[local], subject_offset[local + 1]):
            row, place = np.int64(postings[at, 0]), np.int64(postings[at, 1])
            if len(dead) and dead[row]:
                continue
            place = np.int64(place_to[place]) if len(place_to) else place
            for window in range(first, last):
                if window < 0:
                    opened, closed = own_window(since[code], control[code], clock, latent)
                else:
                    opened, closed = sources.window_start[window], sources.window_end[window]
                start, end = max(opened, t_in[row] + base), min(closed, t_out[row] + base)
                if start < end:
                    if n < room:
                        pieces[n, SOURCE], pieces[n, PLACE], pieces[n, START] = code, place, start
                        pieces[n, END], pieces[n, ROW], pieces[n, SHELF] = end, row, view.number
                    n += 1
    return n


@compiled
def cut_rows(  # noqa: C901  one loop: a call per row costs more than the row
    view: View, model: tuple[Terms, Sources], is_source: Flags, part: tuple[int, int], pieces: Int64
) -> int:
    """Fill pieces with what `cut_stays` finds for is_source bool[S] at the shelf's places of a part, in the order of the rows;
    return how many there are (what does not fit is counted, not stored).
    """
    terms, sources = model
    clock, since, control, latent = (terms.sign, terms.horizon), sources.since, sources.control, sources.latent
    base, t_in, t_out, dead, subject = view.base, view.t_in, view.t_out, view.dead, view.subject
    place_offset, place_to, subject_to, room, n = view.place_offset, view.place_to, view.subject_to, len(pieces), ORIGIN
    slot, window_offset = sources.slot, sources.window_offset
    window_start, window_end = sources.window_start, sources.window_end
    hits = np.empty(SMALL_BLOCK + 1, dtype=np.int64)
    for local in range(part[0], part[1]):
        place, row, last_row = np.int64(local), np.int64(place_offset[local]), np.int64(place_offset[local + 1])
        place = np.int64(place_to[local]) if len(place_to) else place
        while row < last_row:
            stop, met = min(row + SMALL_BLOCK, last_row), 0
            for near in range(row, stop):  # without a branch: which rows are a source's cannot be foreseen
                code = np.int64(subject[near])
                hits[met] = near
                met += is_source[np.int64(subject_to[code]) if len(subject_to) else code]
            for hit in hits[:met]:
                if len(dead) and dead[hit]:
                    continue
                code = np.int64(subject[hit])
                code = np.int64(subject_to[code]) if len(subject_to) else code
                first, last = NONE, ORIGIN
                if slot[code] >= 0:
                    first, last = window_offset[slot[code]], window_offset[slot[code] + 1]
                for window in range(first, last):
                    if window < 0:
                        opened, closed = own_window(since[code], control[code], clock, latent)
                    else:
                        opened, closed = window_start[window], window_end[window]
                    start, end = max(opened, t_in[hit] + base), min(closed, t_out[hit] + base)
                    if start < end:
                        if n < room:
                            pieces[n, SOURCE], pieces[n, PLACE], pieces[n, START] = code, place, start
                            pieces[n, END], pieces[n, ROW], pieces[n, SHELF] = end, hit, view.number
                        n += 1
            row = stop
    return n


@inner
def first_from(t_in: Ints, low: int, high: int, time: int) -> int:
    """The first row in [low, high) with t_in >= time, or high, galloping upwards from low."""
    step = 1
    while low < high and t_in[low] < time:
        below = low
        low += step
        step *= 2
        if low >= high or t_in[low] >= time:
            low, high = below + 1, min(low, high)
            while low < high:
                middle = (low + high) // 2
                if t_in[middle] < time:
                    low = middle + 1
                else:
                    high = middle
    return low


@inner
def first_reaching(t_in: Ints, low: int, high: int, time: int) -> int:
    """The first row in [low, high) from which on t_in > time, or high, galloping downwards from high."""
    step = 1
    while high > low and t_in[high - 1] > time:
        above = high - 1
        high -= step
        step *= 2
        if high <= low or t_in[high - 1] <= time:
            low, high = max(low, high), above
            while low < high:
                middle = (low + high) // 2
                if t_in[middle] <= time:
                    low = middle + 1
                else:
                    high = middle
            return low
    return high


@inner
def rows_near(view: View, place: int, piece: Int64, span: tuple[int, int]) -> tuple[int, int]:
    """The rows at a place (shelf's code) that can meet a span: those that begin before its end, and no more than the place's
    longest stay before its start. The search begins at the piece's own row where it is on this shelf: the rows are near it.
    """
    t_in = view.t_in
    low, high = np.int64(view.place_offset[place]), np.int64(view.place_offset[place + 1])
    anchor = piece[ROW] if piece[SHELF] == view.number else low
    last = first_from(t_in, anchor, high, span[1])
    return first_reaching(t_in, low, last, span[0] - view.longest[place]), last


@compiled
def estimate_rows(view: View, pieces: Int64, part: tuple[int, int]) -> int:
    """About how many rows a scan for the pieces of a part would look at, from the places' sizes alone: O(1) a piece."""
    place_offset, longest, place_from, rows = view.place_offset, view.longest, view.place_from, 0.0
    for at in range(part[0], part[1]):
        place = pieces[at, PLACE]
        place = np.int64(place_from[place]) if len(place_from) else place
        if place >= 0:
            share = min(1.0, (pieces[at, END] - pieces[at, START] + longest[place]) / view.span)
            rows += (place_offset[place + 1] - place_offset[place]) * share
    return int(rows)


@compiled
def relax_pairs(  # noqa: C901  one loop: a call per row costs more than the row
    view: View, model: tuple[Terms, Sources], pieces: Int64, part: tuple[int, int], lane: Lane
) -> int:
    """Note, in the lane, whom the pieces of a part reach earlier than before, pair by pair; return the rows looked at.

    Exact: of the place's rows all that can meet the span are tried (`rows_near`, and blocks of rows whose latest end has passed
    cannot); an overlap counts if it is as long as the rule demands. Places with a cumulative rule are left out.
    """
    terms, sources = model
    rules, reach, slot, control = terms.rule, sources.reach, sources.slot, sources.control
    min_overlap, linger_of, cumulative, forward = terms.min_overlap, terms.linger, terms.cumulative, terms.sign > 0
    base, t_in, t_out, latest, subject = view.base, view.t_in, view.t_out, view.latest, view.subject
    place_from, subject_to, dead = view.place_from, view.subject_to, view.dead
    best, touched, n_touched, looked = lane.best, lane.touched, lane.n[0], ORIGIN
    hits = np.empty(SMALL_BLOCK + 1, dtype=np.int64)
    for at in range(part[0], part[1]):
        place, source = pieces[at, PLACE], pieces[at, SOURCE]
        rule = np.int64(rules[place]) if len(rules) else ORIGIN
        place = np.int64(place_from[place]) if len(place_from) else place
        if place < 0 or cumulative[rule]:
            continue
        least, late = max(min_overlap[rule], 1), ORIGIN if forward else linger_of[rule]
        since, until = pieces[at, START] - base, pieces[at, END] - base
        if forward:
            until = min(until + linger_of[rule], terms.horizon - base)
        row, last = rows_near(view, place, pieces[at], (since - late, until))
        looked += last - row
        while row < last:
            stop = min(((row >> SMALL_SHIFT) + 1) << SMALL_SHIFT, last)
            n = 0
            if latest[row >> SMALL_SHIFT] + late > since:
                for near in range(row, stop):
                    hits[n] = near
                    n += min(t_out[near] + late, until) - max(t_in[near], since) >= least
            for hit in hits[:n]:
                code = np.int64(subject[hit])
                code = np.int64(subject_to[code]) if len(subject_to) else code
                if code == source or slot[code] >= 0 or (len(dead) and dead[hit]):
                    continue
                start = max(since, np.int64(t_in[hit])) + base
                if not forward:
                    proper = min(t_out[hit] + base, control[code], terms.horizon)
                    end = min(proper + late, until + base)
                    if proper <= t_in[hit] + base or end - start < least:
                        continue
                    start = -end
                if start < reach[code] and start < best[code]:
                    if best[code] == NEVER:
                        touched[n_touched] = code
                        n_touched += 1
                    best[code] = start
            row = stop
    lane.n[0] = n_touched
    return looked


@compiled
def settle(lane: Lane, sources: Sources, improved: Int64, n: int) -> int:
    """Take over what a lane found into `reach`; clear the lane; append who improved for the first time to improved[n:].

    Lanes are settled one after the other; the least of all is the same in any order, and so is who is better than `since`.
    """
    best, touched, reach, since = lane.best, lane.touched, sources.reach, sources.since
    for at in range(lane.n[0]):
        code = touched[at]
        if best[code] < reach[code]:
            if reach[code] == since[code]:
                improved[n] = code
                n += 1
            reach[code] = best[code]
        best[code] = NEVER
    lane.n[0] = 0
    return n
