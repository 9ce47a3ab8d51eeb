"""Compiled sweep: a round over all places, for frontiers so large that visiting pairs would cost more. Clocks as in kernels_scan.

Three passes over the rows, each in the order they are stored: count the source spans of each place, write and sort them, then ask
for every stay of the place when it first meets one. However many pairs there are, the cost is that of the rows.
"""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_scan import Lane, Sources, Terms, View, own_window
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Flags, Int64, compiled, order_by_time


class Spans(NamedTuple):
    """Source spans by place, on the kernels' clock, lingering included: offset int64[P+1], start, latest int64[A].

    start ascends within a place; latest is the latest end of the place's spans up to and including this one.
    """

    offset: Int64
    start: Int64
    latest: Int64


@compiled
def spans_of_sources(  # noqa: C901  one loop: a call per row costs more than the row
    view: View, model: tuple[Terms, Sources], is_source: Flags, part: tuple[int, int], work: tuple[Int64, Spans]
) -> None:
    """Count, or with room in the spans also write, the source spans at the places of a part of one shelf.

    Args:    is_source bool[S]. part: the shelf's place codes. work: cursor int64[P], raised by one for each span of a place and,
             when writing, where its next span goes; the spans. Spans shorter than the rule's minimum count nothing: left out.
             Places with a cumulative rule have none.
    """
    terms, sources = model
    clock, since, control, latent = (terms.sign, terms.horizon), sources.since, sources.control, sources.latent
    base, t_in, t_out, subject, dead = view.base, view.t_in, view.t_out, view.subject, view.dead
    place_offset, place_to, subject_to = view.place_offset, view.place_to, view.subject_to
    cursor, (_, starts, ends) = work
    slot, window_offset = sources.slot, sources.window_offset
    window_start, window_end = sources.window_start, sources.window_end
    forward, write = terms.sign > 0, len(starts) > 0
    for local in range(part[0], part[1]):
        place = np.int64(place_to[local]) if len(place_to) else np.int64(local)
        rule = np.int64(terms.rule[place]) if len(terms.rule) else ORIGIN
        if terms.cumulative[rule]:
            continue
        least, linger = max(terms.min_overlap[rule], 1), terms.linger[rule] if forward else ORIGIN
        for row in range(place_offset[local], place_offset[local + 1]):
            code = np.int64(subject[row])
            code = np.int64(subject_to[code]) if len(subject_to) else code
            if not is_source[code] or (len(dead) and dead[row]):
                continue
            first, last = NONE, ORIGIN
            if slot[code] >= 0:
                first, last = window_offset[slot[code]], window_offset[slot[code] + 1]
            for window in range(first, last):
                if window < 0:
                    opened, closed = own_window(since[code], control[code], clock, latent)
                else:
                    opened, closed = window_start[window], window_end[window]
                start, end = max(opened, t_in[row] + base), min(closed, t_out[row] + base)
                if start >= end:
                    continue
                end = min(end + linger, terms.horizon)
                if end - start < least:
                    continue
                if write:
                    to = cursor[place]
                    starts[to], ends[to] = (start, end) if forward else (-end, -start)
                cursor[place] += 1


@compiled
def sort_spans(spans: Spans, part: tuple[int, int]) -> None:
    """Sort the spans of the places of a part by start, and turn their ends into the latest end so far, in place."""
    offset, start, latest = spans
    for place in range(part[0], part[1]):
        begin, end = offset[place], offset[place + 1]
        if begin == end:
            continue
        starts, ends = start[begin:end].copy(), latest[begin:end].copy()
        most = -NEVER
        for to, at in enumerate(order_by_time(starts)):
            most = max(most, ends[at])
            start[begin + to], latest[begin + to] = starts[at], most


@compiled
def relax_sweep(  # noqa: C901, PLR0912  one loop: a call per row costs more than the row
    view: View, model: tuple[Terms, Sources], spans: Spans, part: tuple[int, int], lane: Lane
) -> int:
    """Note, in the lane, whom the spans reach earlier than before, at the places of a part of one shelf; return the rows seen.

    Exact: two stays share at least m seconds exactly if one begins within the other and lasts m from there. So the earliest
    overlap of a stay beginning at t is t itself if a span begun by t lasts to t + m (the latest end so far tells), else the start
    of the next span, if the stay lasts m from there. A subject's own spans begin no earlier than it was reached, so they improve
    nothing and hide nothing that would.
    """
    terms, sources = model
    reach, slot, control = sources.reach, sources.slot, sources.control
    base, t_in, t_out, subject, dead = view.base, view.t_in, view.t_out, view.subject, view.dead
    place_offset, place_to, subject_to = view.place_offset, view.place_to, view.subject_to
    offset, starts, latest = spans
    best, touched, n_touched, looked, forward = lane.best, lane.touched, lane.n[0], ORIGIN, terms.sign > 0
    for local in range(part[0], part[1]):
        place = np.int64(place_to[local]) if len(place_to) else np.int64(local)
        first, after = offset[place], offset[place + 1]
        if first == after:
            continue
        rule = np.int64(terms.rule[place]) if len(terms.rule) else ORIGIN
        least, late = max(terms.min_overlap[rule], 1), terms.linger[rule]
        looked += place_offset[local + 1] - place_offset[local]
        for row in range(place_offset[local], place_offset[local + 1]):
            code = np.int64(subject[row])
            code = np.int64(subject_to[code]) if len(subject_to) else code
            start, end = t_in[row] + base, t_out[row] + base
            if not forward:
                proper = min(end, control[code], terms.horizon)
                if proper <= start:
                    continue
                start, end = -(proper + late), -start
            if start >= reach[code] or end - start < least or slot[code] >= 0 or (len(dead) and dead[row]):
                continue
            low, high = first, after
            while low < high:
                middle = (low + high) // 2
                if starts[middle] <= start:
                    low = middle + 1
                else:
                    high = middle
            if low == first or latest[low - 1] < start + least:
                if low == after or starts[low] > end - least:
                    continue
                start = starts[low]
            if start < reach[code] and start < best[code]:
                if best[code] == NEVER:
                    touched[n_touched] = code
                    n_touched += 1
                best[code] = start
    lane.n[0] = n_touched
    return looked
