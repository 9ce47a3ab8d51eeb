"""The answer of the fast engine: the counted edges of everybody reached, their sums, and the tables."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.kernels_edges import collect_edges, new_edges, order_within_pairs
from lianfang.trace.kernels_scan import NEVER, Edges, Pieces
from lianfang.trace.kernels_sums import LinkEdges, Stamps, Summary, sum_stored, sum_streamed
from lianfang.trace.model import Int64, InvalidTraceInputError
from lianfang.trace.problem import Problem
from lianfang.trace.rounds import Reached, Tuning, cut, new_scratch
from lianfang.trace.tables import Answer, edges_table, exposures_table

NOBODY = np.empty(0, dtype=np.int64)


class Stored(NamedTuple):
    """Edges of K reached subjects: subject k owns edges[offset[k]:offset[k + 1]] and the links of the same number."""

    subjects: Int64
    offset: Int64
    edges: Edges
    links: LinkEdges


def _link_edges(problem: Problem, reached: Reached, subjects: Int64) -> LinkEdges:
    """The links into each reached subject, with the time they reach."""
    links, labels = problem.links, reached.labels
    source = np.repeat(np.arange(len(problem.ids)), np.diff(links.offset))
    at = np.maximum(labels.reach[source], links.at)
    position = np.full(len(problem.ids), -1, dtype=np.int64)
    position[subjects] = np.arange(len(subjects))
    to = position[links.to]
    counts = (to >= 0) & (at < NEVER)
    source, at, to = source[counts], at[counts], to[counts]
    order = np.lexsort((at, problem.ids[source], to))
    offset = np.zeros(len(subjects) + 1, dtype=np.int64)
    np.cumsum(np.bincount(to, minlength=len(subjects)), out=offset[1:])
    return LinkEdges(offset, source[order], at[order])


def _count_edges(problem: Problem, pieces: Pieces, subjects: Int64) -> Int64:
    """How many counted overlaps each of the subjects has with the pieces."""
    wanted, count = np.zeros(len(problem.ids), dtype=np.bool_), np.zeros(len(problem.ids), dtype=np.int64)
    wanted[subjects] = True
    collect_edges(problem.rows, problem.terms, pieces, (new_scratch(problem), wanted, count), new_edges(0))
    return count[subjects]


def _fill_edges(problem: Problem, pieces: Pieces, subjects: Int64, offset: Int64) -> Edges:
    """The counted overlaps themselves, subject by subject, by source, place and (roughly) time."""
    edges: Edges = new_edges(int(offset[-1]))
    if len(edges.source):
        wanted, cursor = np.zeros(len(problem.ids), dtype=np.bool_), np.zeros(len(problem.ids), dtype=np.int64)
        wanted[subjects], cursor[subjects] = True, offset[:-1]
        collect_edges(problem.rows, problem.terms, pieces, (new_scratch(problem), wanted, cursor), edges)
    return edges


def _stamps(problem: Problem) -> Stamps:
    return Stamps(
        np.full(len(problem.ids), -1, dtype=np.int64), np.full(len(problem.layout.places), -1, dtype=np.int64)
    )


def _no_sums(n: int) -> Summary:
    return Summary(*(np.zeros(n, dtype=np.int64) for _ in Summary._fields))


def _stream(problem: Problem, reached: Reached, subjects: Int64, links: LinkEdges) -> tuple[Summary, int]:
    """Sum up without storing edges, on every core; each subject's sums are its own, so the split does not matter."""
    summary = _no_sums(len(subjects))
    model = (problem.terms, problem.sources._replace(reach=reached.before))
    bounds = np.linspace(0, len(subjects), 8 * (os.cpu_count() or 1) + 1).astype(np.int64).tolist()

    def part(begin: int, end: int) -> int:
        given = (reached.labels, links, _stamps(problem))
        return int(sum_streamed(problem.rows, model, (subjects, begin, end), given, summary))

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return summary, sum(threads.map(part, bounds[:-1], bounds[1:]))


def _check_sums(problem: Problem, n_edges: int) -> None:
    """Refuse the input whose sums of seconds might not fit int64 (centuries-long stays by the million)."""
    if n_edges * problem.layout.span_s >= NEVER:
        raise InvalidTraceInputError("presences: so many so long overlaps that their sum does not fit int64")


def _calendar(problem: Problem, start: Int64, end: Int64) -> tuple[Int64, Int64]:
    """Spans on the calendar's clock."""
    return (start, end) if problem.sign > 0 else (-end, -start)


def _edges(problem: Problem, stored: Stored) -> pa.Table:
    """The edges table, in its order, from kernel columns and links."""
    start, end = _calendar(problem, stored.edges.start, stored.edges.end)
    edges, links = stored.edges._replace(start=start, end=end), stored.links
    order_within_pairs(stored.offset, edges)
    traced = problem.ids[stored.subjects]
    columns: list[npt.NDArray[Any]] = [
        np.repeat(traced, np.diff(stored.offset)),
        problem.ids[edges.source],
        problem.layout.places[edges.place],
        edges.start,
        edges.end,
        edges.lingering,
    ]
    by_link: npt.NDArray[np.bool_] = np.zeros(len(edges.source), dtype=np.bool_)
    if len(links.source):
        n, at = len(links.source), problem.sign * links.at
        none, linked = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.bool_)
        more = [np.repeat(traced, np.diff(links.offset)), problem.ids[links.source], none, at, at, ~linked]
        columns = [np.concatenate(pair) for pair in zip(columns, more, strict=True)]
        by_link = np.concatenate((by_link, linked))
        order = np.lexsort((columns[5], columns[4], columns[3], columns[2], ~by_link, columns[1], columns[0]))
        columns, by_link = [column[order] for column in columns], by_link[order]
    names = ("exposed", "source") if problem.sign > 0 else ("source", "exposed")
    named = dict(zip((*names, "place", "start", "end", "lingering"), columns, strict=True))
    return edges_table(named, by_link=by_link)


def _exposures(problem: Problem, reached: Reached, subjects: Int64, summary: Summary) -> pa.Table:
    first, last = _calendar(problem, summary.first, summary.last)
    by_link = summary.via_place < 0
    places = problem.layout.places
    via_place = places[np.maximum(summary.via_place, 0)] if len(places) else np.zeros(len(subjects), dtype=np.int64)
    columns = {
        "subject": problem.ids[subjects],
        "generation": reached.generation[subjects],
        "first": first,
        "last": last,
        "seconds": summary.seconds,
        "union_seconds": summary.union_seconds,
        "places": summary.places,
        "sources": summary.sources,
        "via_subject": problem.ids[summary.via_subject],
        "via_place": via_place,
    }
    return exposures_table(columns, by_link=by_link)


def _traced(problem: Problem, reached: Reached) -> Int64:
    """Codes of those the answer is about, by ascending id: everybody reached who is no index."""
    codes = np.flatnonzero((reached.labels.reach < NEVER) & (problem.sources.slot < 0))
    return codes[np.argsort(problem.ids[codes], kind="stable")]


def answer(problem: Problem, reached: Reached, tuning: Tuning) -> Answer:
    """The tables, from the windows before the last round (reached.before)."""
    query, subjects = problem.query, _traced(problem, reached)
    summed = NOBODY if query.everyone else subjects
    may_stream = not query.everyone and not query.with_edges
    pieces = cut(problem, reached.before, np.flatnonzero(reached.before < NEVER))
    links = _link_edges(problem, reached, subjects)
    offset = np.zeros(len(subjects) + 1, dtype=np.int64)
    streamed = may_stream and len(pieces.row) > tuning.stream_pieces
    if not streamed:
        np.cumsum(_count_edges(problem, pieces, subjects), out=offset[1:])
        streamed = may_stream and int(offset[-1]) > tuning.stream_edges
    if streamed:
        summary, n_edges = _stream(problem, reached, summed, links)
        _check_sums(problem, n_edges)
    else:
        n_edges = int(offset[-1])
        _check_sums(problem, n_edges)
        edges, summary = _fill_edges(problem, pieces, subjects, offset), _no_sums(len(summed))
        sum_stored(summed, (reached.labels, links, _stamps(problem)), offset, edges, summary)
    if query.with_edges:
        stored = Stored(subjects, offset, edges, links)
    else:
        stored = Stored(NOBODY, offset[:1], new_edges(0), LinkEdges(offset[:1], NOBODY, NOBODY))
    return Answer(
        exposures=_exposures(problem, reached, summed, summary),
        edges=_edges(problem, stored),
        n_edges=n_edges + len(links.source),
        plan="streamed" if streamed else "stored",
        rounds=reached.rounds,
        latest_entry=problem.layout.latest_entry,
    )
