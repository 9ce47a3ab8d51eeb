"""Compiled answers: the counted overlaps of the reached, their sums, and the closure over links. Time as in kernels_scan."""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_scan import (
    NEVER,
    ROUND_SHIFT,
    Edges,
    Flags,
    Pieces,
    Scratch,
    Sources,
    Terms,
    first_row_from,
    group_end,
    lingering_span,
    n_windows,
    overlap,
    rows_met,
    skip_ended,
    sum_group,
    window_of,
)
from lianfang.trace.kernels_sort import compiled, order_by_time
from lianfang.trace.layout import Int32, Int64, Rows


class LinkRows(NamedTuple):
    """Links by what they lead from: offset int64[S+1], to, at int64[L]."""

    offset: Int64
    to: Int64
    at: Int64


class LinkEdges(NamedTuple):
    """The links into each of K reached subjects: offset int64[K+1], source, at int64[L]; at is when they reach."""

    offset: Int64
    source: Int64
    at: Int64


class Labels(NamedTuple):
    """How subjects were reached: ids, reach, rank int64[S], slot int32[S] (>= 0: an index)."""

    ids: Int64
    reach: Int64
    rank: Int64
    slot: Int32


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
    """Which subject last counted a source int64[S] or a place int64[P]: distinct counts without sets."""

    source: Int64
    place: Int64


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

    Args:    work: scratch; wanted bool[S]; cursor int64[S], raised by one for each edge of a subject and, when storing, where
             its next edge goes. Called twice: count, then fill (growing arrays inside a kernel costs five times as much).
    """
    scratch, wanted, cursor = work
    begin = np.int64(0)
    while begin < len(pieces.row):
        place, end = rows.place[pieces.row[begin]], begin + 1
        summed = terms.cumulative[place]
        if summed:
            end = group_end(rows, pieces, begin)
            met, _ = sum_group(rows, terms, pieces, (begin, end), scratch)
        for piece in range(begin, end):
            span = lingering_span(terms, place, pieces.start[piece], pieces.end[piece])
            n, _ = rows_met(rows, terms, pieces.row[piece], span, scratch.found)
            for row in scratch.found[:n][::-1]:
                subject = rows.subject[row]
                if not wanted[subject] or (summed and scratch.total[subject] < terms.min_overlap[place]):
                    continue
                at = cursor[subject]
                cursor[subject] += 1
                if len(edges.source) > 0:
                    start, stop, proper = overlap(rows, terms, span, row)
                    edges.source[at], edges.place[at] = rows.subject[pieces.row[piece]], place
                    edges.start[at], edges.end[at] = start, stop
                    edges.lingering[at] = start >= pieces.end[piece] or stop <= proper
        if summed:
            for subject in scratch.touched[:met]:
                scratch.total[subject] = 0
        begin = end


@compiled
def in_order(edges: Edges, at: int, edge: tuple[int, int, bool]) -> bool:
    """Whether edges[at] comes no later than an edge (start, end, lingering) of the same pair and place."""
    if edges.start[at] != edge[0]:
        return edges.start[at] < edge[0]
    if edges.end[at] != edge[1]:
        return edges.end[at] < edge[1]
    return edges.lingering[at] <= edge[2]


@compiled
def order_within_pairs(offset: Int64, edges: Edges) -> None:
    """Sort the edges of each reached subject, source and place by (start, end, lingering); they arrive almost sorted."""
    for k in range(len(offset) - 1):
        for at in range(offset[k] + 1, offset[k + 1]):
            edge = edges.start[at], edges.end[at], edges.lingering[at]
            to = at
            while to > offset[k] and edges.source[to - 1] == edges.source[at]:
                if edges.place[to - 1] != edges.place[at] or in_order(edges, to - 1, edge):
                    break
                edges.start[to], edges.end[to] = edges.start[to - 1], edges.end[to - 1]
                edges.lingering[to] = edges.lingering[to - 1]
                to -= 1
            edges.start[to], edges.end[to], edges.lingering[to] = edge


@compiled
def overlaps_of_stay(rows: Rows, model: tuple[Terms, Sources], row: int, edges: Edges, n: int) -> int:
    """Append to edges[n:] the overlaps of the reached stay in `row` with all source stays; return the new n.

    What does not fit is counted but not stored. At cumulative places every overlap longer than 0 is taken.
    """
    terms, sources = model
    place = rows.place[row]
    start, end, _ = overlap(rows, terms, (-NEVER, NEVER), row)
    if start >= end:
        return n
    low, linger = rows.place_offset[place], terms.source_linger[place]
    least = 1 if terms.cumulative[place] else max(terms.min_overlap[place], 1)
    other = first_row_from(rows.t_in, row, rows.place_offset[place + 1], end) - 1
    while other >= low:
        below = skip_ended(rows, other, start - linger)
        if below != other:
            other = below
            continue
        source = rows.subject[other]
        if source != rows.subject[row] and rows.t_out[other] + linger > start:
            for number in range(n_windows(sources, source)):
                opened, closed = window_of(sources, source, number)
                opened, closed = max(opened, rows.t_in[other]), min(closed, rows.t_out[other])
                if opened >= closed:
                    continue
                begin, stop, _ = overlap(rows, terms, lingering_span(terms, place, opened, closed), row)
                if stop - begin >= least:
                    if n < len(edges.source):
                        edges.source[n], edges.place[n], edges.start[n], edges.end[n] = source, place, begin, stop
                    n += 1
        other -= 1
    return n


@compiled
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
        elif total[edges.source[at]] > 0:
            total[edges.source[at]] = 0
    for at in range(span[0], n):
        total[edges.source[at]] = 0
    return n


@compiled
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


@compiled
def may_precede(labels: Labels, source: int, subject: int) -> bool:
    """Whether following a tie back from subject to source leads towards an index, never in a circle."""
    if labels.slot[source] >= 0 or labels.reach[source] < labels.reach[subject]:
        return True
    return labels.reach[source] == labels.reach[subject] and labels.rank[source] < labels.rank[subject]


@compiled
def covered_seconds(start: Int64, end: Int64) -> int:
    """Seconds covered by the union of int64[n] half-open spans."""
    covered, until = 0, -NEVER
    for at in order_by_time(start):
        if end[at] > until:
            covered += end[at] - max(start[at], until)
            until = end[at]
    return covered


@compiled
def take_via(labels: Labels, subject: int, edge: tuple[int, int, int], via: tuple[int, int]) -> tuple[int, int]:
    """The better of `via` and an edge (source, place, start): one that gives `first`, lowest id, then lowest place."""
    source, place, start = edge
    if start != labels.reach[subject] or not may_precede(labels, source, subject):
        return via
    if via[0] >= 0:
        mine, best = labels.ids[source], labels.ids[via[0]]
        if mine > best or (mine == best and place >= via[1]):
            return via
    return source, place


@compiled
def sum_up(
    subject: int, given: tuple[Labels, LinkEdges, Stamps], edges: Edges, summary: Summary, at: tuple[int, int, int]
) -> None:
    """Write summary[k] of one subject from edges[begin:end] and its links; at is (k, begin, end)."""
    labels, links, stamps = given
    k, begin, end = at
    first, last, seconds, places, sources, via = NEVER, -NEVER, 0, 0, 0, (np.int64(-1), np.int64(-1))
    for edge in range(begin, end):
        source, place, start = np.int64(edges.source[edge]), np.int64(edges.place[edge]), edges.start[edge]
        first, last = min(first, start), max(last, edges.end[edge])
        seconds += edges.end[edge] - start
        if stamps.place[place] != subject:
            stamps.place[place] = subject
            places += 1
        if stamps.source[source] != subject:
            stamps.source[source] = subject
            sources += 1
        via = take_via(labels, subject, (source, place, start), via)
    for link in range(links.offset[k], links.offset[k + 1]):
        source, start = links.source[link], links.at[link]
        first, last = min(first, start), max(last, start)
        if stamps.source[source] != subject:
            stamps.source[source] = subject
            sources += 1
        via = take_via(labels, subject, (source, np.int64(-1), start), via)
    summary.first[k], summary.last[k], summary.seconds[k] = first, last, seconds
    summary.union_seconds[k] = covered_seconds(edges.start[begin:end], edges.end[begin:end])
    summary.places[k], summary.sources[k] = places, sources
    summary.via_subject[k], summary.via_place[k] = via


@compiled
def sum_stored(
    subjects: Int64, given: tuple[Labels, LinkEdges, Stamps], offset: Int64, edges: Edges, summary: Summary
) -> None:
    """Sum up every reached subject from stored edges: subject k owns edges[offset[k]:offset[k + 1]]."""
    for k, subject in enumerate(subjects):
        sum_up(subject, given, edges, summary, (k, offset[k], offset[k + 1]))


@compiled
def sum_streamed(
    rows: Rows,
    model: tuple[Terms, Sources],
    chosen: tuple[Int64, int, int],
    given: tuple[Labels, LinkEdges, Stamps],
    summary: Summary,
) -> int:
    """Sum up reached subjects[begin:end] one at a time, storing only one subject's edges; return how many edges there are."""
    subjects, begin, end = chosen
    edges, total = new_edges(1024), np.zeros(len(given[0].ids), dtype=np.int64)
    seen = 0
    for k in range(begin, end):
        n = edges_of_subject(rows, model, subjects[k], edges, total)
        if n < 0:
            edges = new_edges(-2 * n)
            n = edges_of_subject(rows, model, subjects[k], edges, total)
        seen += n
        sum_up(subjects[k], given, edges, summary, (k, 0, n))
    return seen


@compiled
def close_links(links: LinkRows, labels: Labels, subjects: Int64, number: int) -> None:
    """Follow links from the subjects newly reached in round `number` to the fixed point, changing reach and rank in place.

    A link reaches at max(reach, at), in the same round.
    """
    n, this_round = len(labels.ids), number << ROUND_SHIFT
    queue, waiting = np.empty(n + 1, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    head, tail = 0, len(subjects)
    for at, subject in enumerate(subjects):
        queue[at], waiting[subject] = subject, True
    while head != tail:
        source = queue[head]
        head = (head + 1) % (n + 1)
        waiting[source] = False
        for link in range(links.offset[source], links.offset[source + 1]):
            to, reach, rank = links.to[link], max(labels.reach[source], links.at[link]), this_round
            settled = labels.slot[source] >= 0 or labels.rank[source] < this_round
            if reach == labels.reach[source] and not settled:
                rank = labels.rank[source] + 1
            better = reach < labels.reach[to] or (reach == labels.reach[to] and rank < labels.rank[to])
            if labels.slot[to] >= 0 or not better:
                continue
            labels.reach[to], labels.rank[to] = reach, rank
            if not waiting[to]:
                waiting[to] = True
                queue[tail] = to
                tail = (tail + 1) % (n + 1)
