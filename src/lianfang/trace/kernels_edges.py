"""Compiled edges: the counted overlaps of the reached, found from either side, then grouped by whom they reach."""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_build import SMALL_BLOCK, SMALL_SHIFT
from lianfang.trace.kernels_scan import (
    END,
    PLACE,
    ROW,
    SHELF,
    SOURCE,
    START,
    Sources,
    Terms,
    View,
    own_window,
    rows_near,
    windows_of,
)
from lianfang.trace.kernels_sort import NONE, ORIGIN, Int64, Ints, compiled, inner

TRACED, KNOWN, SPOT, FROM, UNTIL = range(5)
"""Columns of edges, [E, 5], int32 or, where something does not fit, int64: codes of the reached and the known; place code * 2 +
lingering; the span in seconds after the index's origin.
"""
EDGE_FIELDS = 5


class Block(NamedTuple):
    """Edges by ranges of the traced's codes: edges int[R, room, 5], of which range r has the first n[r], n int64[R]."""

    edges: Ints
    n: Int64

    def of_range(self, number: int) -> Ints:
        """The edges of a range."""
        return self.edges[number, : self.n[number]]


@compiled
def edges_from_known(  # noqa: C901  one loop: a call per row costs more than the row
    view: View, model: tuple[Terms, Sources], pieces: Int64, part: tuple[int, int], out: tuple[Block, int, int]
) -> tuple[int, int]:
    """Append the counted overlaps of the pieces of a part with the stays of one shelf to a block, each to its range of codes.

    Args:    out: the block; by how many bits a code is wider than the number of its range; origin.
    Returns: the first piece not done because it might not fit, and the room it might need in a range.
    The same search as `relax_pairs`, and as exact; at places with a cumulative rule every overlap longer than 0 is taken. Index
    subjects are not traced.
    """
    terms, sources = model
    rules, slot, control, horizon = terms.rule, sources.slot, sources.control, terms.horizon
    min_overlap, linger_of, cumulative, forward = terms.min_overlap, terms.linger, terms.cumulative, terms.sign > 0
    base, t_in, t_out, latest, subject = view.base, view.t_in, view.t_out, view.latest, view.subject
    place_from, subject_to, dead, (block, shift, origin) = view.place_from, view.subject_to, view.dead, out
    edges, filled, fullest = block.edges, block.n, ORIGIN
    hits, room = np.empty(SMALL_BLOCK + 1, dtype=np.int64), edges.shape[1]
    for count in filled:
        fullest = max(fullest, count)
    for at in range(part[0], part[1]):
        spot, source, proper_end = pieces[at, PLACE], pieces[at, SOURCE], pieces[at, END]
        rule = np.int64(rules[spot]) if len(rules) else ORIGIN
        place = np.int64(place_from[spot]) if len(place_from) else spot
        if place < 0:
            continue
        least = 1 if cumulative[rule] else max(min_overlap[rule], 1)
        late, since, until = ORIGIN if forward else linger_of[rule], pieces[at, START] - base, proper_end - base
        if forward:
            until = min(until + linger_of[rule], horizon - base)
        row, last = rows_near(view, place, pieces[at], (since - late, until))
        if fullest + last - row > room:
            return at, last - row
        while row < last:
            stop = min(((row >> SMALL_SHIFT) + 1) << SMALL_SHIFT, last)
            met = 0
            if latest[row >> SMALL_SHIFT] + late > since:
                for near in range(row, stop):
                    hits[met] = near
                    met += min(t_out[near] + late, until) - max(t_in[near], since) >= least
            for hit in hits[:met]:
                code = np.int64(subject[hit])
                code = np.int64(subject_to[code]) if len(subject_to) else code
                if code == source or slot[code] >= 0 or (len(dead) and dead[hit]):
                    continue
                start, end = max(since, np.int64(t_in[hit])) + base, min(until, np.int64(t_out[hit])) + base
                lingering = start >= proper_end
                if not forward:
                    proper = min(t_out[hit] + base, control[code], horizon)
                    end = min(proper + late, until + base)
                    lingering = start >= proper
                    if proper <= t_in[hit] + base or end - start < least:
                        continue
                number = code >> shift
                n = filled[number]
                edges[number, n, TRACED], edges[number, n, KNOWN] = code, source
                edges[number, n, SPOT] = spot * 2 + lingering
                edges[number, n, FROM], edges[number, n, UNTIL] = start - origin, end - origin
                filled[number], fullest = n + 1, max(fullest, n + 1)
            row = stop
    return part[1], 0


@compiled
def stays_of(view: View, model: tuple[Terms, Sources], subjects: Int64, pieces: Int64, n: int) -> int:
    """Append to pieces[n:] the stays of reached subjects on one shelf; return the new n (more may not be stored).

    Backward a stay ends at its subject's control. The pieces' columns are named for the other side: SOURCE is the reached one.
    """
    terms, sources = model
    control, postings, base, dead = sources.control, view.postings, view.base, view.dead
    subject_offset, subject_from, place_to = view.subject_offset, view.subject_from, view.place_to
    room, known = len(pieces), len(subject_from) or len(subject_offset) - 1
    for code in subjects:
        if code >= known:
            continue
        local = np.int64(subject_from[code]) if len(subject_from) else code
        if local < 0:
            continue
        for at in range(subject_offset[local], subject_offset[local + 1]):
            row, place = np.int64(postings[at, 0]), np.int64(postings[at, 1])
            start, end = view.t_in[row] + base, view.t_out[row] + base
            if terms.sign < 0:
                end = min(end, control[code], terms.horizon)
            if start >= end or (len(dead) and dead[row]):
                continue
            if n < room:
                pieces[n, SOURCE], pieces[n, START], pieces[n, END] = code, start, end
                pieces[n, PLACE] = np.int64(place_to[place]) if len(place_to) else place
                pieces[n, ROW], pieces[n, SHELF] = row, view.number
            n += 1
    return n


@compiled
def edges_from_reached(  # noqa: C901  as above
    view: View, model: tuple[Terms, Sources], pieces: Int64, part: tuple[int, int], out: tuple[Ints, int, int]
) -> int:
    """The same edges as `edges_from_known`, from the stays of the reached (`stays_of`): rows near one whose subjects are sources.

    For answers so large that most subjects are sources: the edges of a few subjects at a time need little room. Returns
    the new n; what does not fit is counted, not stored.
    """
    terms, sources = model
    clock, since_of, control, latent = (terms.sign, terms.horizon), sources.since, sources.control, sources.latent
    rules, linger_of, cumulative, forward = terms.rule, terms.linger, terms.cumulative, terms.sign > 0
    base, t_in, t_out, latest, subject = view.base, view.t_in, view.t_out, view.latest, view.subject
    place_from, subject_to, dead, (edges, n, origin) = view.place_from, view.subject_to, view.dead, out
    hits, room = np.empty(SMALL_BLOCK + 1, dtype=np.int64), len(edges)
    for at in range(part[0], part[1]):
        spot, traced, proper_end = pieces[at, PLACE], pieces[at, SOURCE], pieces[at, END]
        rule = np.int64(rules[spot]) if len(rules) else ORIGIN
        place = np.int64(place_from[spot]) if len(place_from) else spot
        if place < 0:
            continue
        least = 1 if cumulative[rule] else max(terms.min_overlap[rule], 1)
        late, after = (linger_of[rule], ORIGIN) if forward else (ORIGIN, linger_of[rule])
        begin, stop_at = pieces[at, START], proper_end + after
        since, until = begin - base, stop_at - base
        row, last = rows_near(view, place, pieces[at], (since - late, until))
        while row < last:
            stop = min(((row >> SMALL_SHIFT) + 1) << SMALL_SHIFT, last)
            met = 0
            if latest[row >> SMALL_SHIFT] + late > since:
                for near in range(row, stop):
                    hits[met] = near
                    met += min(t_out[near] + late, until) - max(t_in[near], since) >= least
            for hit in hits[:met]:
                code = np.int64(subject[hit])
                code = np.int64(subject_to[code]) if len(subject_to) else code
                if code == traced or (len(dead) and dead[hit]):
                    continue
                first, end_of_list = windows_of(sources, code)
                for window in range(first, end_of_list):
                    if window < 0:
                        opened, closed = own_window(since_of[code], control[code], clock, latent)
                    else:
                        opened, closed = sources.window_start[window], sources.window_end[window]
                    known_from, known_until = max(opened, t_in[hit] + base), min(closed, t_out[hit] + base)
                    start, end = max(begin, known_from), min(known_until + late, terms.horizon, stop_at)
                    if known_from >= known_until or end - start < least:
                        continue
                    if n < room:
                        lingering = start >= (known_until if forward else proper_end)
                        edges[n, TRACED], edges[n, KNOWN], edges[n, SPOT] = traced, code, spot * 2 + lingering
                        edges[n, FROM], edges[n, UNTIL] = start - origin, end - origin
                    n += 1
            row = stop
    return n


@compiled
def count_traced(edges: Ints, clock: tuple[int, int], marks: tuple[Int64, Int64], found: Int64, n: int) -> int:
    """Count the edges of each traced subject, and lower its `reach` by them.

    Args:    clock: sign, origin. marks: position int64[S], -1 for a subject not met yet, else how many edges it has so far;
             reach int64[S], or empty if it is not to be changed. found: the subjects met, n so far.
    Returns: how many subjects have been met.
    """
    (sign, origin), (position, reach) = clock, marks
    relax = len(reach) > 0
    for at in range(len(edges)):
        code = edges[at, TRACED]
        if position[code] < 0:
            position[code] = 0
            found[n] = code
            n += 1
        position[code] += 1
        if relax:
            time = (edges[at, FROM] + origin) if sign > 0 else -(edges[at, UNTIL] + origin)
            reach[code] = min(reach[code], time)
    return n


@compiled
def begin_groups(traced: Int64, position: Int64, offset: Int64) -> None:
    """From counts to where groups begin: fill offset int64[K+1], and make each subject's position its group's first row."""
    for group, code in enumerate(traced):
        offset[group + 1] = offset[group] + position[code]
        position[code] = offset[group]


@compiled
def group_edges(edges: Ints, first: int, position: Int64, grouped: Ints) -> None:
    """Put edges at their subject's next row; first: the row that is the first of `grouped`."""
    for at in range(len(edges)):
        code = edges[at, TRACED]
        to = position[code]
        position[code] = to + 1
        for field in range(EDGE_FIELDS):
            grouped[to - first, field] = edges[at, field]


@compiled
def forget_positions(traced: Int64, position: Int64) -> None:
    """Leave position as it was found."""
    for code in traced:
        position[code] = NONE


@inner
def comes_after(edges: Ints, at: int, edge: tuple[int, int, int, int]) -> bool:
    """Whether edges[at] comes after an edge (known, spot, from, until), by (known, place, from, until, lingering)."""
    known, spot, start, end = edge
    if edges[at, KNOWN] != known:
        return bool(edges[at, KNOWN] > known)
    if edges[at, SPOT] >> 1 != spot >> 1:
        return bool(edges[at, SPOT] > spot)
    if edges[at, FROM] != start:
        return bool(edges[at, FROM] > start)
    if edges[at, UNTIL] != end:
        return bool(edges[at, UNTIL] > end)
    return bool(edges[at, SPOT] > spot)


@compiled
def sort_groups(edges: Ints, offset: Int64, part: tuple[int, int]) -> None:
    """Sort the edges of each traced subject of a part by (known, place, from, until, lingering), in place.

    Shell's method: nearly sorted groups, the usual case, cost one look at each edge, and no group is quadratic.
    """
    for group in range(part[0], part[1]):
        begin, end = offset[group], offset[group + 1]
        gap = ORIGIN + 1
        while gap * 9 < end - begin:
            gap = gap * 3 + 1
        while gap > 0:
            for at in range(begin + gap, end):
                edge, to = (edges[at, KNOWN], edges[at, SPOT], edges[at, FROM], edges[at, UNTIL]), at
                while to - gap >= begin and comes_after(edges, to - gap, edge):
                    for field in range(EDGE_FIELDS):
                        edges[to, field] = edges[to - gap, field]
                    to -= gap
                if to != at:
                    edges[to, KNOWN], edges[to, SPOT], edges[to, FROM], edges[to, UNTIL] = edge
            gap //= 3


@compiled
def drop_short_sums(terms: Terms, edges: Ints, offset: Int64) -> int:
    """Of sorted groups keep, at places with a cumulative rule, the pairs whose overlaps add up to its minimum; return how many.

    The edges kept are moved to the front and `offset` follows. Sums stop at the minimum, so they cannot overflow.
    """
    n = ORIGIN
    for group in range(len(offset) - 1):
        at, end = offset[group], offset[group + 1]
        offset[group] = n
        while at < end:
            place, known, after, total = edges[at, SPOT] >> 1, edges[at, KNOWN], at, ORIGIN
            rule = np.int64(terms.rule[place]) if len(terms.rule) else ORIGIN
            least = terms.min_overlap[rule] if terms.cumulative[rule] else ORIGIN
            while after < end and edges[after, KNOWN] == known and edges[after, SPOT] >> 1 == place:
                total = min(total + edges[after, UNTIL] - edges[after, FROM], least)
                after += 1
            for kept in range(at, after if total >= least else at):
                for field in range(EDGE_FIELDS):
                    edges[n, field] = edges[kept, field]
                n += 1
            at = after
    offset[len(offset) - 1] = n
    return n
