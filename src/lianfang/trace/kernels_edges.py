"""Compiled answers: the counted overlaps of the reached, from either side. Time as in kernels_scan."""

import numpy as np

from lianfang.trace.kernels_scan import (
    Edges,
    Flags,
    Pieces,
    Scratch,
    Sources,
    Terms,
    first_row_from,
    group_end,
    reached_span,
    rows_met,
    sum_group,
)
from lianfang.trace.kernels_sort import ORIGIN, Int64, compiled, inner
from lianfang.trace.layout import LARGE_BLOCK, LARGE_SHIFT, SMALL_BLOCK, SMALL_SHIFT, Rows


@compiled
def new_edges(n: int) -> Edges:
    """Room for n edges."""
    return Edges(
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.bool_),
    )


@compiled
def collect_edges(rows: Rows, terms: Terms, pieces: Pieces, work: tuple[Scratch, Flags, Int64], edges: Edges) -> None:
    """Count, or with room in `edges` also store, the counted overlaps of the wanted subjects with the pieces.

    Args:    work: scratch; wanted bool[S]; cursor int64[S], raised by one for each edge of a subject and, when storing,
             where its next edge goes. Called twice, to count and to fill: growing arrays in a kernel costs five times more.
    """
    scratch, wanted, cursor = work
    found, total, subjects, t_in, store = scratch.found, scratch.total, rows.subject, rows.t_in, len(edges.source) > 0
    begin = ORIGIN
    while begin < len(pieces.row):
        place, after, met = rows.place[pieces.row[begin]], begin + 1, 0
        summed, least = terms.cumulative[place], terms.min_overlap[place]
        if summed:
            after = group_end(rows, pieces, begin)
            met, _ = sum_group(rows, terms, pieces, (begin, after), scratch)
        for piece in range(begin, after):
            source, proper_end = subjects[pieces.row[piece]], pieces.end[piece]
            span = pieces.start[piece], min(proper_end + terms.source_linger[place], terms.cap)
            n, _ = rows_met(rows, terms, pieces.row[piece], span, found)
            for at in range(n - 1, -1, -1):
                row = found.row[at]
                subject = subjects[row]
                if not wanted[subject] or (summed and total[subject] < least):
                    continue
                to = cursor[subject]
                cursor[subject] += 1
                if store:
                    start, end, proper = found.start[at], found.end[at], max(t_in[row], terms.reached_from[subject])
                    edges.source[to], edges.place[to], edges.start[to], edges.end[to] = source, place, start, end
                    edges.lingering[to] = start >= proper_end or end <= proper
        for subject in scratch.touched[:met]:
            total[subject] = 0
        begin = after


@inner
def in_order(starts: tuple[int, int], ends: tuple[int, int], lingering: tuple[bool, bool]) -> bool:
    """Whether the first of two spans comes no later than the second, by (start, end, lingering)."""
    if starts[0] != starts[1]:
        return starts[0] < starts[1]
    if ends[0] != ends[1]:
        return ends[0] < ends[1]
    return lingering[0] <= lingering[1]


@compiled
def order_within_pairs(offset: Int64, edges: Edges) -> None:
    """Sort the edges of each reached subject, source and place by (start, end, lingering); they arrive almost sorted."""
    source, place, start, end, lingering = edges
    for k in range(len(offset) - 1):
        for at in range(offset[k] + 1, offset[k + 1]):
            began, ended, lingers, to = start[at], end[at], lingering[at], at
            while to > offset[k] and source[to - 1] == source[at] and place[to - 1] == place[at]:
                if in_order((start[to - 1], began), (end[to - 1], ended), (lingering[to - 1], lingers)):
                    break
                start[to], end[to], lingering[to] = start[to - 1], end[to - 1], lingering[to - 1]
                to -= 1
            start[to], end[to], lingering[to] = began, ended, lingers


@inner
def overlaps_of_stay(rows: Rows, model: tuple[Terms, Sources], mine: int, edges: Edges, n: int) -> int:
    """Append to edges[n:] the overlaps of the reached stay in row `mine` with all source stays; return the new n.

    What does not fit is counted but not stored. At cumulative places every overlap longer than 0 is taken.
    """
    terms, sources = model
    subject, t_in, t_out = rows.subject, rows.t_in, rows.t_out
    slot, reach, until, offset = sources.slot, sources.reach, sources.until, sources.window_offset
    latest_so_far, latest_small, latest_large = rows.latest_so_far, rows.latest_small, rows.latest_large
    low, place, owner = rows.place_offset[rows.place[mine]], rows.place[mine], subject[mine]
    linger, room = terms.source_linger[place], len(edges.source)
    begin, stop = reached_span(t_in[mine], t_out[mine], terms.reached_from[owner], terms.reached_linger[place])
    least = 1 if terms.cumulative[place] else max(terms.min_overlap[place], 1)
    row = first_row_from(t_in, mine, rows.place_offset[place + 1], stop) - 1
    while begin < stop and row >= low and latest_so_far[row] + linger > begin:
        if row & (SMALL_BLOCK - 1) == SMALL_BLOCK - 1:
            if row & (LARGE_BLOCK - 1) == LARGE_BLOCK - 1 and latest_large[row >> LARGE_SHIFT] + linger <= begin:
                row -= LARGE_BLOCK
                continue
            if latest_small[row >> SMALL_SHIFT] + linger <= begin:
                row -= SMALL_BLOCK
                continue
        source = subject[row]
        if source != owner and t_out[row] + linger > begin:
            number, opened, closed = slot[source], reach[source] + sources.latent, until[source]
            first, last = (offset[number], offset[number + 1]) if number >= 0 else (0, 1)
            for window in range(first, last):
                if number >= 0:
                    opened, closed = sources.window_start[window], sources.window_end[window]
                since, proper_end = max(opened, t_in[row]), min(closed, t_out[row])
                start, end = max(since, begin), min(proper_end + linger, terms.cap, stop)
                if since < proper_end and end - start >= least:
                    if n < room:
                        edges.source[n], edges.place[n], edges.start[n], edges.end[n] = source, place, start, end
                    n += 1
        row -= 1
    return n


@inner
def drop_short_sums(terms: Terms, place: int, span: tuple[int, int], edges: Edges, total: Int64) -> int:
    """At a cumulative place keep, in edges[span], the sources whose overlaps add up; return the new end."""
    least = max(terms.min_overlap[place], 1)
    for at in range(span[0], span[1]):
        source = edges.source[at]
        total[source] = min(total[source] + edges.end[at] - edges.start[at], least)
    n = span[0]
    for at in range(span[0], span[1]):
        if total[edges.source[at]] >= least:
            edges.source[n], edges.place[n] = edges.source[at], place
            edges.start[n], edges.end[n] = edges.start[at], edges.end[at]
            n += 1
        else:
            total[edges.source[at]] = 0
    for at in range(span[0], n):
        total[edges.source[at]] = 0
    return n


@inner
def edges_of_subject(rows: Rows, model: tuple[Terms, Sources], subject: int, edges: Edges, total: Int64) -> int:
    """All counted overlaps of one reached subject into `edges`; the number, or -(room needed) if they do not fit."""
    terms, _ = model
    n = needed = 0
    at, last = rows.subject_offset[subject], rows.subject_offset[subject + 1]
    while at < last:
        place, begin = rows.place[rows.by_subject[at]], n
        while at < last and rows.place[rows.by_subject[at]] == place:
            more = overlaps_of_stay(rows, model, rows.by_subject[at], edges, n)
            needed += more - n
            n = min(more, len(edges.source))
            at += 1
        if terms.cumulative[place]:
            n = drop_short_sums(terms, place, (begin, n), edges, total)
    return n if needed <= len(edges.source) else -needed
