"""The answer of the fast engine: the counted edges of everybody reached, their sums, and the tables."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.direct import FROM_KNOWN, NO_EDGES_TABLE
from lianfang.trace.grouping import (
    Counted,
    Grouped,
    Sided,
    Tuning,
    collect,
    cut,
    gather,
    group_range,
    grouped,
    groups_of,
    note,
    ranges,
    release,
    room_for,
)
from lianfang.trace.kernels_edges import (
    FROM,
    KNOWN,
    SPOT,
    UNTIL,
    begin_groups,
    count_traced,
    drop_short_sums,
    edges_from_reached,
    forget_positions,
    group_edges,
    sort_groups,
    stays_of,
)
from lianfang.trace.kernels_sort import NEVER, Ints, order_by_time
from lianfang.trace.kernels_sums import Groups, Stamps, Summary, sum_groups
from lianfang.trace.model import Int64
from lianfang.trace.problem import NOBODY, Problem, check_sums, positions
from lianfang.trace.rounds import Progress, all_rounds_but_last, expand
from lianfang.trace.tables import Answer, edges_table, exposures_table
from lianfang.trace.threads import in_lanes, parts_of

BATCH_SUBJECTS = 512
FEW_ROWS = 4096


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


def _sum_up(
    problem: Problem, found: tuple[Grouped, LinkEdges], stamps: Stamps, part: tuple[int, int], summary: Summary
) -> None:
    """Write the sums of traced[part], whose edges (and no others) are given."""
    (begin, end), (edges, links) = part, found
    if end - begin < len(summary.first):
        links = links._replace(offset=links.offset[begin : end + 1])
        summary = Summary(*(column[begin:end] for column in summary))
    groups = Groups(*edges, problem.index.origin, *links)
    sum_groups(groups, (problem.labels, problem.names), stamps, (0, end - begin), (summary, problem.sign))


def _sum_ranges(problem: Problem, counted: Counted, links: LinkEdges, tuning: Tuning) -> Summary:
    """The sums of all groups, range by range on every core: only some ranges are grouped at a time."""
    n_edges, parts = int(counted.offset[-1]), ranges(problem, counted)
    lanes = tuning.lanes(8 * n_edges)
    summary, stamps = _no_sums(len(counted.traced)), problem.state.stamps(lanes)
    most = max((int(counted.offset[end] - counted.offset[begin]) for _, begin, end in parts), default=0)
    rooms = problem.state.rooms(lanes, most)

    def sum_up(lane: int, part: tuple[int, int, int]) -> None:
        own = group_range(problem, counted, part, rooms[lane])
        _sum_up(problem, (own, links), stamps[lane], part[1:], summary)

    in_lanes(sum_up, parts, lanes)
    return summary


def _sum_groups(problem: Problem, edges: Grouped, links: LinkEdges, tuning: Tuning) -> Summary:
    """The sums of groups that all exist, on every core."""
    lanes = tuning.lanes(8 * len(edges.edges))
    summary, stamps = _no_sums(len(edges.traced)), problem.state.stamps(lanes)

    def sum_up(lane: int, part: tuple[int, int]) -> None:
        begin, end = part
        own = Grouped(edges.traced[begin:end], edges.offset[begin : end + 1], edges.edges)
        _sum_up(problem, (own, links), stamps[lane], part, summary)

    in_lanes(sum_up, parts_of(len(edges.traced), 1 if lanes == 1 else 8 * lanes), lanes)
    return summary


def _spread(offset: Int64, traced: Int64, everybody: Int64) -> Int64:
    """Offsets with a group, maybe empty, for everybody traced (some are reached over links only)."""
    if len(traced) == len(everybody):
        return offset
    counts = np.zeros(len(everybody), dtype=np.int64)
    counts[np.searchsorted(everybody, traced)] = np.diff(offset)
    spread = np.zeros(len(everybody) + 1, dtype=np.int64)
    np.cumsum(counts, out=spread[1:])
    return spread


def from_known(problem: Problem, progress: Progress, sided: Sided, tuning: Tuning) -> Found:
    """The answer from the side of the known: all their overlaps at once, which also are the last round."""
    query, plan = problem.query, {"source_stays": len(sided.pieces), "plan": "edges", "rows_scanned": sided.rows}
    whole = query.with_edges or bool(problem.terms.cumulative.any())
    counted = groups_of(problem, collect(problem, sided, tuning), tuning, relax=not (whole or query.everyone))
    check_sums(problem.index, problem.query, int(counted.offset[-1]))
    edges = Grouped(counted.traced, counted.offset, room_for(problem, 0))
    if whole:
        edges = grouped(problem, counted, tuning)
    if not progress.is_done:
        if whole:
            improved = note(problem, edges)
        else:
            reach, since = problem.sources.reach, problem.sources.since
            improved = edges.traced[reach[edges.traced] < since[edges.traced]]
        progress.finish_round(improved, plan)
    everybody = np.arange(problem.n_codes) if query.everyone else np.sort(progress.reached)
    offset, links = _spread(edges.offset, edges.traced, everybody), _link_edges(problem, everybody)
    n_edges = int(offset[-1]) + len(links.source)
    edges = Grouped(everybody, offset, edges.edges)
    if query.everyone:
        summary = _no_sums(0)
    elif whole:
        summary = _sum_groups(problem, edges, links, tuning)
    else:
        summary = _sum_ranges(problem, counted._replace(traced=everybody, offset=offset), links, tuning)
    if not whole:
        release(problem, counted)
    return Found(everybody, summary, edges, links, n_edges)


class _Batches:
    """The answer from the side of the reached, some subjects at a time: only their edges exist, unless they are asked for."""

    def __init__(self, problem: Problem, traced: Int64, lanes: int) -> None:
        self.problem, self.traced, self.links = problem, traced, _link_edges(problem, traced)
        self.summary = _no_sums(0 if problem.query.everyone else len(traced))
        self.stamps: list[Stamps] = problem.state.stamps(lanes)
        self.positions = [np.full(problem.state.n_subjects, -1, dtype=np.int64) for _ in range(lanes)]
        self.rooms = [room_for(problem, 1 << 16) for _ in range(lanes)]
        self.pieces = [np.empty((1 << 16, 6), dtype=np.int64) for _ in range(lanes)]

    def overlaps(self, lane: int, subjects: Int64) -> Ints:
        """Every overlap of some of the traced that may count, in the lane's room."""
        problem, origin = self.problem, self.problem.index.origin
        model, pieces = (problem.terms, problem.sources), gather(problem, stays_of, subjects, self.pieces[lane])
        while True:
            n = 0
            for view in problem.index.views:
                n = edges_from_reached(view, model, pieces, (0, len(pieces)), (self.rooms[lane], n, origin))
            if n <= len(self.rooms[lane]):
                return self.rooms[lane][:n]
            self.rooms[lane] = room_for(problem, n + n // 4)

    def edges_of(self, lane: int, subjects: Int64) -> Grouped:
        """All counted edges of some of the traced."""
        problem, position = self.problem, self.positions[lane]
        edges = self.overlaps(lane, subjects)
        marks, offset = (position, NOBODY), np.zeros(len(subjects) + 1, dtype=np.int64)
        position[subjects] = 0  # so that those without an edge have a group too
        count_traced(edges, (problem.sign, 0), marks, NOBODY, 0)
        begin_groups(subjects, position, offset)
        found = room_for(problem, len(edges))
        group_edges(edges, 0, position, found)
        forget_positions(subjects, position)
        has_sums = bool(problem.terms.cumulative.any())
        if has_sums or problem.query.with_edges:
            sort_groups(found, offset, (0, len(subjects)))
        if has_sums:
            found = found[: drop_short_sums(problem.terms, found, offset)]
        return Grouped(subjects, offset, found)

    def answer(self, lane: int, part: tuple[int, int]) -> tuple[int, Grouped | None]:
        """Sum up traced[part]; how many edges, and the edges themselves if they were asked for."""
        problem, found = self.problem, self.edges_of(lane, self.traced[part[0] : part[1]])
        check_sums(problem.index, problem.query, len(found.edges))
        if not problem.query.everyone:
            _sum_up(problem, (found, self.links), self.stamps[lane], part, self.summary)
        return len(found.edges), found if problem.query.with_edges else None


def from_reached(problem: Problem, progress: Progress, tuning: Tuning) -> Found:
    """The answer from the side of the reached, after a last round of its own."""
    everyone = problem.query.everyone
    if not progress.is_done:
        progress.finish_round(*expand(problem, progress.frontier, tuning))
    traced = np.arange(problem.n_codes) if everyone else np.sort(progress.reached)
    lanes = tuning.lanes(len(problem.index))
    batches = _Batches(problem, traced, lanes)
    answered = in_lanes(batches.answer, parts_of(len(traced), -(-len(traced) // BATCH_SUBJECTS)), lanes)
    kept = [edges for _, edges in answered if edges is not None]
    offset = np.zeros(len(traced) + 1, dtype=np.int64)
    if kept:
        np.cumsum(np.concatenate([np.diff(edges.offset) for edges in kept]), out=offset[1:])
    whole = np.concatenate([edges.edges for edges in kept]) if kept else room_for(problem, 0)
    n_edges = sum(n for n, _ in answered) + len(batches.links.source)
    return Found(traced, batches.summary, Grouped(traced, offset, whole), batches.links, n_edges)


def _edges_table(problem: Problem, found: Found) -> pa.Table:
    """The edges table, in its order, from grouped edges and links."""
    edges, links, places, origin = found.edges.edges, found.links, problem.index.places, problem.index.origin
    if not problem.query.with_edges:
        return NO_EDGES_TABLE
    traced, none = problem.ids(found.traced), np.zeros(len(edges), dtype=np.bool_)
    columns: list[npt.NDArray[Any]] = [
        np.repeat(traced, np.diff(found.edges.offset)),
        problem.ids(edges[:, KNOWN]),
        places[edges[:, SPOT] >> 1],
        edges[:, FROM].astype(np.int64) + origin,
        edges[:, UNTIL].astype(np.int64) + origin,
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
    columns: dict[str, npt.NDArray[Any]] = {
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
    if len(problem.names.extra) or len(first) < FEW_ROWS:
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
    if reached_side is None:
        reached_side = not tuning.cuts(problem, known)
    if not reached_side:
        sided = cut(problem, known, tuning)
        reached_side = tuning.from_reached is None and sided.rows > tuning.stored_rows
    if reached_side or sided is None:
        found = from_reached(problem, progress, tuning)
    else:
        found = from_known(problem, progress, sided, tuning)
    told = Answer(
        exposures=_exposures_table(problem, found),
        edges=_edges_table(problem, found),
        n_edges=found.n_edges,
        plan="from the reached" if reached_side else FROM_KNOWN,
        rounds=progress.rounds,
        latest_entry=problem.index.latest_entry,
    )
    problem.clear(progress.reached)
    return told
