"""Compiled edges: the counted overlaps of the reached, found from either side, then grouped by whom they reach."""

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
from lianfang.trace.kernels_sort import NONE, ORIGIN, Int64, compiled, inner

TRACED, KNOWN, SPOT, FROM, UNTIL = range(5)
"""Columns of edges, int64[E, 5]: codes of the reached and the known; place code * 2 + lingering; calendar span."""
EDGE_FIELDS = 5


@compiled
def edges_from_known(
    view: View, model: tuple[Terms, Sources], pieces: Int64, part: tuple[int, int], out: tuple[Int64, int]
) -> int:
    """Append the counted overlaps of the pieces of a part with the stays of one shelf to edges[n:]; out is (edges, n).

    Returns the new n; what does not fit is counted, not stored. The same search as `relax_pairs`, and as exact; at places with a
    cumulative rule every overlap longer than 0 is taken. Index subjects are not traced.
    """
    terms, sources = model
    rules, slot, control, horizon = terms.rule, sources.slot, sources.control, terms.horizon
    min_overlap, linger_of, cumulative, forward = terms.min_overlap, terms.linger, terms.cumulative, terms.sign > 0
    base, t_in, t_out, latest, subject = view.base, view.t_in, view.t_out, view.latest, view.subject
    place_from, subject_to, dead, (edges, n) = view.place_from, view.subject_to, view.dead, out
    hits, room = np.empty(SMALL_BLOCK + 1, dtype=np.int64), len(edges)
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
                if n < room:
                    edges[n, TRACED], edges[n, KNOWN], edges[n, SPOT] = code, source, spot * 2 + lingering
                    edges[n, FROM], edges[n, UNTIL] = start, end
                n += 1
            row = stop
    return n


@compiled
def stays_of(view: View, model: tuple[Terms, Sources], subjects: Int64, pieces: Int64, n: int) -> int:
    """Append to pieces[n:] the stays of reached subjects on one shelf; return the new n (more may not be stored).

    Backward a stay ends at its subject's control. The pieces' columns are named for the other side: SOURCE is the reached one.
    """
    terms, sources = model
    control, postings, base, dead = sources.control, view.postings, view.base, view.dead
    subject_offset, subject_from, place_to = view.subject_offset, view.subject_from, view.place_to
    room, known = len(pieces), len(subject_from) if len(subject_from) else len(subject_offset) - 1
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
def edges_from_reached(
    view: View, model: tuple[Terms, Sources], pieces: Int64, part: tuple[int, int], out: tuple[Int64, int]
) -> int:
    """The same edges as `edges_from_known`, from the stays of the reached (`stays_of`): rows near a stay whose subjects are sources.

    For answers so large that most subjects are sources: the edges of a few subjects at a time need little room.
    """
    terms, sources = model
    clock, since_of, control, latent = (terms.sign, terms.horizon), sources.since, sources.control, sources.latent
    rules, linger_of, cumulative, forward = terms.rule, terms.linger, terms.cumulative, terms.sign > 0
    base, t_in, t_out, latest, subject = view.base, view.t_in, view.t_out, view.latest, view.subject
    place_from, subject_to, dead, (edges, n) = view.place_from, view.subject_to, view.dead, out
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
                        edges[n, FROM], edges[n, UNTIL] = start, end
                    n += 1
            row = stop
    return n


@compiled
def distinct_traced(edges: Int64, position: Int64, found: Int64) -> int:
    """Write each traced subject of the edges once into found, in the order met; return how many; position int64[S] is -1 before
    and afterwards.
    """
    n = 0
    for at in range(len(edges)):
        code = edges[at, TRACED]
        if position[code] < 0:
            position[code] = n
            found[n] = code
            n += 1
    for code in found[:n]:
        position[code] = NONE
    return n


@compiled
def group_edges(edges: Int64, traced: Int64, position: Int64, offset: Int64) -> Int64:
    """The edges in the order of the traced subjects (all of theirs must be among them), those of one in the order given.

    Args:    position int64[S]: -1 before and afterwards. offset int64[K+1], zeros: filled with where each subject's edges begin.
    """
    grouped = np.empty_like(edges)
    for at, code in enumerate(traced):
        position[code] = at
    for at in range(len(edges)):
        offset[position[edges[at, TRACED]] + 1] += 1
    for at in range(len(traced)):
        offset[at + 1] += offset[at]
    for at in range(len(edges)):
        group = position[edges[at, TRACED]]
        to = offset[group]
        offset[group] = to + 1
        for field in range(EDGE_FIELDS):
            grouped[to, field] = edges[at, field]
    for at in range(len(traced), 0, -1):
        offset[at] = offset[at - 1]
    offset[0] = 0
    for code in traced:
        position[code] = NONE
    return grouped


@inner
def comes_after(edges: Int64, at: int, edge: tuple[int, int, int, int]) -> bool:
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
def sort_groups(edges: Int64, offset: Int64, part: tuple[int, int]) -> None:
    """Sort the edges of each traced subject of a part by (known, place, from, until, lingering), in place.

    Shell's method: nearly sorted groups, the usual case, cost one look at each edge, and no group is quadratic.
    """
    for group in range(part[0], part[1]):
        begin, end = offset[group], offset[group + 1]
        gap = np.int64(1)
        while gap * 9 < end - begin:
            gap = gap * 3 + 1
        while gap > 0:
            for at in range(begin + gap, end):
                edge = edges[at, KNOWN], edges[at, SPOT], edges[at, FROM], edges[at, UNTIL]
                to = at
                while to - gap >= begin and comes_after(edges, to - gap, edge):
                    for field in range(EDGE_FIELDS):
                        edges[to, field] = edges[to - gap, field]
                    to -= gap
                if to != at:
                    edges[to, KNOWN], edges[to, SPOT], edges[to, FROM], edges[to, UNTIL] = edge
            gap //= 3


@compiled
def drop_short_sums(terms: Terms, edges: Int64, offset: Int64) -> int:
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
