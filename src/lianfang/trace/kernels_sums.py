"""Compiled sums over the edges of each reached subject. Clock as in kernels_scan."""

from typing import NamedTuple, TypeAlias

import numpy as np

from lianfang.trace.kernels_edges import FROM, KNOWN, SPOT, UNTIL
from lianfang.trace.kernels_links import Labels, may_precede
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Int64, Ints, compiled, inner, order_by_time

Place: TypeAlias = tuple[np.int64, np.int64]
"""A source and a place code, -1 for none."""
FEW, CROWD, SPREAD_ROOM = 32, 256, 1 << 12
"""Spans of one subject: so few are sorted by insertion at once; up to SPREAD_ROOM are spread over cells first, which leaves
insertion little to do unless more than CROWD begin at nearly one time. Others are sorted by counting passes.
"""


class Groups(NamedTuple):
    """K reached subjects, int64[K], and what reached them: subject k owns edges[edge_offset[k]:edge_offset[k + 1]] (see
    kernels_edges; times after origin) and the links of the same number: link_source, link_at (calendar, when they reach)
    int64[L].
    """

    traced: Int64
    edge_offset: Int64
    edges: Ints
    origin: int
    link_offset: Int64
    link_source: Int64
    link_at: Int64


class Summary(NamedTuple):
    """One entry per reached subject, int64[K]; via_subject and via_place are codes, via_place -1 for a link."""

    first: Int64
    last: Int64
    seconds: Int64
    union_seconds: Int64
    places: Int64
    sources: Int64
    via_subject: Int64
    via_place: Int64


class Stamps(NamedTuple):
    """Which group last counted a source int64[S] or a place int64[P]: distinct counts without sets. last int64[1]: the last stamp
    given, by any query, so nothing has to be cleared.
    """

    source: Int64
    place: Int64
    last: Int64


class Spans(NamedTuple):
    """Room to sort spans in: cells int64[N + 1], start, end int64[N]."""

    cells: Int64
    start: Int64
    end: Int64


Told: TypeAlias = tuple[int, int, int, int, bool]
"""Of the spans of a group so far: first start, last end, last start, sum of seconds; whether none begins before others end."""


class Names(NamedTuple):
    """Ids behind subject codes: those with a presence, ascending, then the others."""

    known: Int64
    extra: Int64


@inner
def name_of(names: Names, code: int | np.int64) -> np.int64:
    """The id of a subject."""
    return np.int64(names.known[code] if code < len(names.known) else names.extra[code - len(names.known)])


@inner
def spread_by_start(start: Int64, end: Int64, bounds: tuple[int, int], room: Spans) -> int:
    """Put int64[n] spans into `room` almost sorted by start: into n cells of equal width between the bounds (first, last start).

    Returns how many are in the fullest cell.
    """
    n, (first, last), shift, most = len(start), bounds, ORIGIN, ORIGIN
    cells, starts, ends = room.cells, room.start, room.end
    while (last - first) >> shift >= n:
        shift += 1
    for cell in range(n + 1):
        cells[cell] = 0
    for at in range(n):
        cells[((start[at] - first) >> shift) + 1] += 1
    for cell in range(n):
        most = max(most, cells[cell + 1])
        cells[cell + 1] += cells[cell]
    for at in range(n):
        cell = (start[at] - first) >> shift
        to = cells[cell]
        cells[cell] = to + 1
        starts[to], ends[to] = start[at], end[at]
    return most


@inner
def insert_by_start(start: Int64, end: Int64) -> None:
    """Sort int64[n] spans by start where they are: quick if few are far from their place."""
    for at in range(1, len(start)):
        begins, ends, to = start[at], end[at], at
        while to > 0 and start[to - 1] > begins:
            start[to], end[to] = start[to - 1], end[to - 1]
            to -= 1
        start[to], end[to] = begins, ends


@inner
def covered_seconds(start: Int64, end: Int64, bounds: tuple[int, int], room: Spans) -> int:
    """Seconds covered by the union of int64[n] half-open spans; bounds: the first and the last start."""
    covered, until, n = 0, -NEVER, len(start)
    if n > len(room.start) or (n > FEW and spread_by_start(start, end, bounds, room) > CROWD):
        for at in order_by_time(start):
            if end[at] > until:
                covered += end[at] - max(start[at], until)
                until = end[at]
        return covered
    if n > FEW:
        start, end = room.start[:n], room.end[:n]
    insert_by_start(start, end)
    for at in range(n):
        if end[at] > until:
            covered += end[at] - max(start[at], until)
            until = end[at]
    return covered


@inner
def take_via(given: tuple[Labels, Names], subject: int, edge: Place, via: Place) -> Place:
    """The better of `via` and another edge (source, place) that gives `first`: lowest id, then lowest place."""
    labels, names = given
    source, place = edge
    if not may_precede(labels, source, subject):
        return via
    if via[0] >= 0:
        mine, best = name_of(names, source), name_of(names, via[0])
        if mine > best or (mine == best and place >= via[1]):
            return via
    return edge


@inner
def end_run(starts: Int64, ends: Int64, n: int, run: tuple[int, int], told: Told) -> Told:
    """Note a span that the next one does not touch, as the n-th."""
    starts[n], ends[n] = run
    first, last, latest, covered, in_order = told
    follows = in_order and run[0] >= last
    return min(first, run[0]), max(last, run[1]), max(latest, run[0]), covered + run[1] - run[0], follows


@compiled
def sum_groups(  # noqa: C901  one loop: a call per edge costs more than the edge
    groups: Groups, given: tuple[Labels, Names], stamps: Stamps, part: tuple[int, int], out: tuple[Summary, int]
) -> None:
    """Write the sums of the groups of a part; out is the summary and the sign of the clock (1 forward, -1 backward)."""
    labels, edges, origin, (summary, sign) = given[0], groups.edges, groups.origin, out
    reach, by_source, by_place = labels.reach, stamps.source, stamps.place
    edge_offset, link_offset, stamp = groups.edge_offset, groups.link_offset, stamps.last[0]
    room = 0
    for k in range(part[0], part[1]):
        room = max(room, edge_offset[k + 1] - edge_offset[k])
    starts, ends = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    room = min(room, SPREAD_ROOM)
    spans = Spans(np.empty(room + 1, dtype=np.int64), np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64))
    for k in range(part[0], part[1]):
        subject, begin, end = groups.traced[k], edge_offset[k], edge_offset[k + 1]
        reached, stamp, via = reach[subject], stamp + 1, (NONE, NONE)
        told, seconds, places, sources = (NEVER, -NEVER, -NEVER, 0, True), 0, 0, 0
        near_place = near_source = NONE
        n_runs, run_from, run_until = ORIGIN, NEVER, -NEVER
        for edge in range(begin, end):
            source, place = np.int64(edges[edge, KNOWN]), np.int64(edges[edge, SPOT] >> 1)
            start, stop = edges[edge, FROM] + origin, edges[edge, UNTIL] + origin
            seconds += stop - start
            if start <= run_until and stop >= run_from:
                run_from, run_until = min(run_from, start), max(run_until, stop)
            else:
                if edge > begin:
                    told = end_run(starts, ends, n_runs, (run_from, run_until), told)
                    n_runs += 1
                run_from, run_until = start, stop
            if place != near_place:  # neighbours are often alike, and looking at the stamps is the dearest part
                places += by_place[place] != stamp
                by_place[place], near_place = stamp, place
            if source != near_source:
                sources += by_source[source] != stamp
                by_source[source], near_source = stamp, source
            if (start if sign > 0 else -stop) == reached:
                via = take_via(given, subject, (source, place), via)
        if begin < end:
            told = end_run(starts, ends, n_runs, (run_from, run_until), told)
            n_runs += 1
        first, last, latest, covered, in_order = told
        runs = starts[:n_runs], ends[:n_runs]  # of one place they follow each other; of several they need not
        covered = covered if in_order else covered_seconds(*runs, (first, latest), spans)
        for link in range(link_offset[k], link_offset[k + 1]):
            source, at = groups.link_source[link], groups.link_at[link]
            first, last = min(first, at), max(last, at)
            sources += by_source[source] != stamp
            by_source[source] = stamp
            if sign * at == reached:
                via = take_via(given, subject, (source, NONE), via)
        summary.first[k], summary.last[k], summary.seconds[k] = first, last, seconds
        summary.union_seconds[k], summary.places[k], summary.sources[k] = covered, places, sources
        summary.via_subject[k], summary.via_place[k] = via
    stamps.last[0] = stamp


@compiled
def note_groups(traced: Int64, offset: Int64, edges: Ints, clock: tuple[int, int], reach: Int64) -> None:
    """Lower `reach` by grouped edges, all of which count. clock: sign, origin."""
    sign, origin = clock
    for k, code in enumerate(traced):
        for edge in range(offset[k], offset[k + 1]):
            time = (edges[edge, FROM] + origin) if sign > 0 else -(edges[edge, UNTIL] + origin)
            reach[code] = min(reach[code], time)
