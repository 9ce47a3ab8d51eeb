"""The answer of the fast engine: the counted edges of everybody reached, their sums, and the tables."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.kernels_edges import (
    EDGE_FIELDS,
    FROM,
    KNOWN,
    SPOT,
    UNTIL,
    drop_short_sums,
    edges_from_reached,
    group_edges,
    sort_groups,
    stays_of,
)
from lianfang.trace.kernels_sort import NEVER, order_by_time
from lianfang.trace.kernels_sums import Groups, Stamps, Summary, sum_groups
from lianfang.trace.model import Int64, InvalidTraceInputError
from lianfang.trace.problem import NOBODY, Problem, positions
from lianfang.trace.rounds import (
    Grouped,
    Progress,
    Sided,
    Tuning,
    all_rounds_but_last,
    collect,
    cut,
    expand,
    gather,
    grouped,
    note,
)
from lianfang.trace.tables import Answer, edges_table, exposures_table
from lianfang.trace.threads import in_lanes, parts_of

BATCH_SUBJECTS = 512
NO_EDGES = np.empty((0, EDGE_FIELDS), dtype=np.int64)


class LinkEdges(NamedTuple):
    """The links into each of K traced subjects: offset int64[K+1]; source codes, calendar times int64[L]."""

    offset: Int64
    source: Int64
    at: Int64


class Found(NamedTuple):
    """Traced subjects, ascending codes; their sums (nothing if everybody is an index); edges and links; how many, kept or not."""

    traced: Int64
    summary: Summary
    edges: Grouped
    links: LinkEdges
    n_edges: int


def _link_edges(problem: Problem, traced: Int64) -> LinkEdges:
    """The links into each traced subject, with the time they reach."""
    links, reach = problem.links, problem.sources.reach
    if not len(links.nodes):
        return LinkEdges(np.zeros(len(traced) + 1, dtype=np.int64), NOBODY, NOBODY)
    source = np.repeat(links.nodes, np.diff(links.offset))
    at, to = np.maximum(reach[source], links.at), positions(traced, links.nodes[links.to])
    counts = (to >= 0) & (at < NEVER)
    source, at, to = source[counts], at[counts], to[counts]
    order = np.lexsort((at, problem.ids(source), to))
    offset = np.zeros(len(traced) + 1, dtype=np.int64)
    np.cumsum(np.bincount(to, minlength=len(traced)), out=offset[1:])
    return LinkEdges(offset, source[order], problem.sign * at[order])


def _no_sums(n: int) -> Summary:
    return Summary(*np.empty((len(Summary._fields), n), dtype=np.int64))


def _check_sums(problem: Problem, n_edges: int) -> None:
    """Refuse the input whose sums of seconds might not fit int64 (centuries-long stays by the million)."""
    if n_edges * problem.index.span_s >= NEVER:
        raise InvalidTraceInputError("presences: so many so long overlaps that their sum does not fit int64")


def _sum_all(problem: Problem, groups: Groups, tuning: Tuning) -> Summary:
    """The sums of all groups, on every core; each group's are its own, so the split does not matter."""
    lanes, n = tuning.lanes(8 * len(groups.edges)), len(groups.traced)
    summary, stamps = _no_sums(n), problem.state.stamps(lanes)
    given, out = (problem.labels, problem.names), (summary, problem.sign)
    parts = parts_of(n, 1 if lanes == 1 else 8 * lanes)
    in_lanes(lambda lane, part: sum_groups(groups, given, stamps[lane], part, out), parts, lanes)
    return summary


def _spread(edges: Grouped, traced: Int64) -> Grouped:
    """The same edges with a group, maybe empty, for every traced subject (some are reached over links only)."""
    if len(edges.traced) == len(traced):
        return edges
    counts = np.zeros(len(traced), dtype=np.int64)
    counts[np.searchsorted(traced, edges.traced)] = np.diff(edges.offset)
    offset = np.zeros(len(traced) + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    return Grouped(traced, offset, edges.edges)


def from_known(problem: Problem, progress: Progress, sided: Sided, tuning: Tuning) -> Found:
    """The answer from the side of the known: all their overlaps at once, which also are the last round."""
    everyone = problem.query.everyone
    edges = grouped(problem, collect(problem, sided, tuning), ordered=problem.query.with_edges)
    if everyone:
        traced = np.arange(problem.n_codes)
    else:
        if not progress.is_done:
            plan = {"sources": len(progress.known), "source_stays": len(sided.pieces), "plan": "edges"}
            progress.finish_round(note(problem, edges), {**plan, "rows_scanned": sided.rows})
        traced = np.sort(progress.reached)
    _check_sums(problem, len(edges.edges))
    edges, links = _spread(edges, traced), _link_edges(problem, traced)
    summary = _no_sums(0) if everyone else _sum_all(problem, Groups(*edges, *links), tuning)
    return Found(traced, summary, edges, links, len(edges.edges) + len(links.source))


class _Batches:
    """The answer from the side of the reached, some subjects at a time: only their edges exist, unless they are asked for."""

    def __init__(self, problem: Problem, traced: Int64, lanes: int) -> None:
        self.problem, self.traced, self.links = problem, traced, _link_edges(problem, traced)
        self.summary = _no_sums(0 if problem.query.everyone else len(traced))
        self.stamps: list[Stamps] = problem.state.stamps(lanes)
        self.positions = [np.full(problem.state.n_subjects, -1, dtype=np.int64) for _ in range(lanes)]
        self.rooms = [np.empty((1 << 16, EDGE_FIELDS), dtype=np.int64) for _ in range(lanes)]
        self.pieces = [np.empty((1 << 16, 6), dtype=np.int64) for _ in range(lanes)]

    def edges_of(self, lane: int, subjects: Int64) -> Grouped:
        """All counted edges of some of the traced."""
        problem, views = self.problem, self.problem.index.views
        pieces = gather(problem, stays_of, subjects, self.pieces[lane])
        while True:
            n = 0
            for view in views:
                model = (problem.terms, problem.sources)
                n = edges_from_reached(view, model, pieces, (0, len(pieces)), (self.rooms[lane], n))
            if n <= len(self.rooms[lane]):
                break
            self.rooms[lane] = np.empty((n + n // 4, EDGE_FIELDS), dtype=np.int64)
        offset = np.zeros(len(subjects) + 1, dtype=np.int64)
        edges = group_edges(self.rooms[lane][:n], subjects, self.positions[lane], offset)
        has_sums = bool(problem.terms.cumulative.any())
        if has_sums or problem.query.with_edges:
            sort_groups(edges, offset, (0, len(subjects)))
        if has_sums:
            edges = edges[: drop_short_sums(problem.terms, edges, offset)]
        return Grouped(subjects, offset, edges)

    def answer(self, lane: int, part: tuple[int, int]) -> tuple[int, Grouped | None]:
        """Sum up traced[part]; how many edges, and the edges themselves if they were asked for."""
        begin, end = part
        problem, found = self.problem, self.edges_of(lane, self.traced[begin:end])
        if not problem.query.everyone:
            _check_sums(problem, len(found.edges))
            links = (self.links.offset[begin : end + 1], self.links.source, self.links.at)
            sums = Summary(*(column[begin:end] for column in self.summary))
            given = (problem.labels, problem.names)
            whole = (0, end - begin)
            sum_groups(Groups(*found, *links), given, self.stamps[lane], whole, (sums, problem.sign))
        return len(found.edges), found if problem.query.with_edges else None


def from_reached(problem: Problem, progress: Progress, tuning: Tuning) -> Found:
    """The answer from the side of the reached, after a last round of its own."""
    everyone = problem.query.everyone
    if not progress.is_done:
        progress.finish_round(*expand(problem, progress.frontier, tuning))
    traced = np.arange(problem.n_codes) if everyone else np.sort(progress.reached)
    lanes = tuning.lanes(len(problem.index))
    batches = _Batches(problem, traced, lanes)
    parts = parts_of(len(traced), max(1, len(traced) // BATCH_SUBJECTS))
    answered = in_lanes(batches.answer, parts, lanes)
    kept = [edges for _, edges in answered if edges is not None]
    offset = np.zeros(len(traced) + 1 if kept else 1, dtype=np.int64)
    if kept:
        np.cumsum(np.concatenate([np.diff(edges.offset) for edges in kept]), out=offset[1:])
    edges = Grouped(traced, offset, np.concatenate([edges.edges for edges in kept]) if kept else NO_EDGES)
    n_edges = sum(n for n, _ in answered) + len(batches.links.source)
    return Found(traced, batches.summary, edges, batches.links, n_edges)


def _edges_table(problem: Problem, found: Found) -> pa.Table:
    """The edges table, in its order, from grouped edges and links."""
    edges, links, places = found.edges.edges, found.links, problem.index.places
    if not problem.query.with_edges:
        edges, links = NO_EDGES, LinkEdges(NOBODY, NOBODY, NOBODY)
    traced, none = problem.ids(found.traced), np.zeros(len(edges), dtype=np.bool_)
    columns: list[npt.NDArray[Any]] = [
        np.repeat(traced, np.diff(found.edges.offset)) if len(edges) else NOBODY,
        problem.ids(edges[:, KNOWN]),
        places[edges[:, SPOT] >> 1],
        edges[:, FROM].copy(),
        edges[:, UNTIL].copy(),
        (edges[:, SPOT] & 1).astype(np.bool_),
    ]
    by_link: npt.NDArray[np.bool_] = none
    if len(links.source):
        n, at = len(links.source), links.at
        linked = np.ones(n, dtype=np.bool_)
        more = [
            np.repeat(traced, np.diff(links.offset)),
            problem.ids(links.source),
            np.zeros(n, dtype=np.int64),
            at,
            at,
            ~linked,
        ]
        columns = [np.concatenate(pair) for pair in zip(columns, more, strict=True)]
        by_link = np.concatenate((by_link, linked))
    if len(problem.names.extra) or len(
        links.source
    ):  # else the codes are in the order of the ids, and so are the edges
        order = np.lexsort((columns[5], columns[4], columns[3], columns[2], ~by_link, columns[1], columns[0]))
        columns, by_link = [column[order] for column in columns], by_link[order]
    names = ("exposed", "source") if problem.sign > 0 else ("source", "exposed")
    named = dict(zip((*names, "place", "start", "end", "lingering"), columns, strict=True))
    return edges_table(named, by_link=by_link)


def _exposures_table(problem: Problem, found: Found) -> pa.Table:
    summary, places = found.summary, problem.index.places
    traced = found.traced[: len(summary.first)]
    generation = problem.state.marks.generation[traced]
    by_link = summary.via_place < 0
    via_place = places[summary.via_place] if len(places) else np.zeros(len(traced), dtype=np.int64)
    columns = {
        "subject": problem.ids(traced),
        "generation": generation,
        "first": summary.first,
        "last": summary.last,
        "seconds": summary.seconds,
        "union_seconds": summary.union_seconds,
        "places": summary.places,
        "sources": summary.sources,
        "via_subject": problem.ids(summary.via_subject),
        "via_place": via_place,
    }
    return exposures_table(columns, by_link=by_link, order=_order(problem, generation, summary.first))


def _order(problem: Problem, generation: npt.NDArray[Any], first: Int64) -> npt.NDArray[Any] | None:
    """The order by (generation, first, subject), where the subjects are in order already and the rest fits one number."""
    if len(problem.names.extra) or not len(first):
        return None
    least = int(first.min())
    spread = int(first.max()) - least + 1
    if spread >= 1 << 40:
        return None
    return np.asarray(order_by_time(generation * np.int64(spread) + (first - least)))


def answer(problem: Problem, tuning: Tuning) -> Answer:
    """All rounds, then the tables; the state is given back clean."""
    query = problem.query
    progress = all_rounds_but_last(problem, tuning)
    known = np.arange(problem.n_codes) if query.everyone else progress.known
    reached_side, sided = tuning.from_reached, None
    if reached_side is None and len(known) * 4 >= problem.n_codes and len(problem.index) > tuning.single_rows:
        reached_side = True
    if not reached_side:
        sided = cut(problem, known)
        reached_side = tuning.from_reached is None and sided.rows > tuning.stored_rows
    if reached_side or sided is None:
        found = from_reached(problem, progress, tuning)
    else:
        found = from_known(problem, progress, sided, tuning)
    told = Answer(
        exposures=_exposures_table(problem, found),
        edges=_edges_table(problem, found),
        n_edges=found.n_edges,
        plan="from the reached" if reached_side else "from the known",
        rounds=progress.rounds,
        latest_entry=problem.index.latest_entry,
    )
    problem.clear(progress.reached)
    return told
