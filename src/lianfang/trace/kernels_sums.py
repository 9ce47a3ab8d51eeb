"""Compiled sums over the edges of each reached subject. Time as in kernels_scan."""

from typing import NamedTuple, TypeAlias

import numpy as np

from lianfang.trace.kernels_edges import edges_of_subject, new_edges
from lianfang.trace.kernels_links import Labels, may_precede
from lianfang.trace.kernels_scan import NEVER, Edges, Sources, Terms
from lianfang.trace.kernels_sort import NONE, Int64, compiled, inner, order_by_time
from lianfang.trace.layout import Rows

Place: TypeAlias = tuple[np.int64, np.int64]
"""A source and a place code, -1 for none."""


class LinkEdges(NamedTuple):
    """The links into each of K reached subjects: offset int64[K+1], source, at int64[L]; at is when they reach."""

    offset: Int64
    source: Int64
    at: Int64


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


@inner
def covered_seconds(start: Int64, end: Int64) -> int:
    """Seconds covered by the union of int64[n] half-open spans."""
    covered, until = 0, -NEVER
    for at in order_by_time(start):
        if end[at] > until:
            covered += end[at] - max(start[at], until)
            until = end[at]
    return covered


@inner
def take_via(labels: Labels, subject: int, edge: Place, via: Place) -> Place:
    """The better of `via` and another edge (source, place) that gives `first`: lowest id, then lowest place."""
    source, place = edge
    if not may_precede(labels, source, subject):
        return via
    if via[0] >= 0:
        mine, best = labels.ids[source], labels.ids[via[0]]
        if mine > best or (mine == best and place >= via[1]):
            return via
    return edge


@inner
def sum_up(
    subject: int, given: tuple[Labels, LinkEdges, Stamps], edges: Edges, summary: Summary, at: tuple[int, int, int]
) -> None:
    """Write summary[k] of one subject from edges[begin:end] and its links; at is (k, begin, end)."""
    labels, links, stamps = given
    k, begin, end = at
    reached = labels.reach[subject]
    first, last, seconds, places, sources, via = NEVER, -NEVER, 0, 0, 0, (NONE, NONE)
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
        if start == reached:
            via = take_via(labels, subject, (source, place), via)
    for link in range(links.offset[k], links.offset[k + 1]):
        source, start = np.int64(links.source[link]), links.at[link]
        first, last = min(first, start), max(last, start)
        if stamps.source[source] != subject:
            stamps.source[source] = subject
            sources += 1
        if start == reached:
            via = take_via(labels, subject, (source, NONE), via)
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
