"""The rounds of the fast engine: synchronous, over the frontier, until nobody is reached earlier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lianfang.trace.kernels_edges import (
    distinct_traced,
    drop_short_sums,
    edges_from_known,
    group_edges,
    sort_groups,
)
from lianfang.trace.kernels_links import ROUND_SHIFT, close_links
from lianfang.trace.kernels_scan import PLACE, View, cut_stays, estimate_rows, relax_pairs, settle
from lianfang.trace.kernels_sort import NEVER
from lianfang.trace.kernels_sums import note_groups
from lianfang.trace.kernels_sweep import Spans, relax_sweep, sort_spans, spans_of_sources
from lianfang.trace.model import Int64
from lianfang.trace.problem import NOBODY, Problem, positions
from lianfang.trace.threads import core_count, in_lanes, parts_of

KEPT_ROOM = 1 << 20
"""Larger buffers than this many pieces or edges are not kept for the next query."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the engine chooses its plan; the answer does not depend on it (measured on 2 cores, 21 M presences).

    threads: None: all cores. sweep: whether rounds sweep all places; None: if the pairs are estimated to need sweep_factor
    looks at rows for each stay there is. from_reached: whether the answer is summed from the side of the reached; None: if
    from the side of the known it is estimated to need more than stored_rows. single_rows: below it threads do not pay.
    """

    threads: int | None = None
    sweep: bool | None = None
    from_reached: bool | None = None
    sweep_factor: float = 8.0
    stored_rows: int = 1 << 28
    single_rows: int = 1 << 17

    def lanes(self, rows: int) -> int:
        """How many threads to use for work that looks at so many rows."""
        return 1 if rows < self.single_rows else self.threads or core_count()


class Sided(NamedTuple):
    """Stays of one side, int64[A, 6], and about how many rows it takes to find whom they meet."""

    pieces: Int64
    rows: int


class Grouped(NamedTuple):
    """Edges by whom they reach: traced int64[K], ascending codes; offset int64[K+1]; edges int64[E, 5]."""

    traced: Int64
    offset: Int64
    edges: Int64


def gather(problem: Problem, kernel: Callable[..., int], subjects: Int64, room: Int64) -> Int64:
    """The stays of subjects on all shelves, by cut_stays or stays_of, in `room` if they fit."""
    model, pieces = (problem.terms, problem.sources), room
    while True:
        n = 0
        for view in problem.index.views:
            n = kernel(view, model, subjects, pieces, n)
        if n <= len(pieces):
            return pieces[:n]
        pieces = np.empty((n, 6), dtype=np.int64)


def cut(problem: Problem, subjects: Int64) -> Sided:
    """The source stays of subjects, and what it takes to find whom they meet (not estimated where it is little)."""
    state = problem.state
    pieces = gather(problem, cut_stays, subjects, state.pieces)
    if len(state.pieces) < len(pieces) <= KEPT_ROOM:
        state.pieces = pieces
    if len(pieces) < 256:
        return Sided(pieces, len(pieces))
    whole = (0, len(pieces))
    return Sided(pieces, sum(estimate_rows(view, pieces, whole) for view in problem.index.views))


def collect(problem: Problem, sided: Sided, tuning: Tuning) -> Int64:
    """The counted overlaps of source stays with everybody: int64[E, 5], in an order that does not depend on the threads."""
    model, views, pieces = (problem.terms, problem.sources), problem.index.views, sided.pieces
    lanes = tuning.lanes(sided.rows)
    rooms = [problem.state.edges] + [np.empty((1 << 14, 5), dtype=np.int64) for _ in range(1, lanes)]

    def part_of(lane: int, part: tuple[int, int]) -> Int64:
        while True:
            n = 0
            for view in views:
                n = edges_from_known(view, model, pieces, part, (rooms[lane], n))
            if n <= len(rooms[lane]):
                return rooms[lane][:n]
            rooms[lane] = np.empty((n + n // 4, 5), dtype=np.int64)

    if lanes == 1 or not len(pieces):
        edges = part_of(0, (0, len(pieces)))
    else:
        parts = parts_of(len(pieces), 8 * lanes)
        edges = np.concatenate(in_lanes(lambda lane, part: part_of(lane, part).copy(), parts, lanes))
    if len(rooms[0]) <= KEPT_ROOM:
        problem.state.edges = rooms[0]
    return edges


def grouped(problem: Problem, edges: Int64, *, ordered: bool) -> Grouped:
    """Edges by whom they reach, less the pairs whose sum is too short; ordered: by (known, place, time) within a group."""
    position = problem.state.marks.position
    found = np.empty(len(edges), dtype=np.int64)
    traced = np.sort(found[: distinct_traced(edges, position, found)])
    offset = np.zeros(len(traced) + 1, dtype=np.int64)
    edges = group_edges(edges, traced, position, offset)
    has_sums = bool(problem.terms.cumulative.any())
    if ordered or has_sums:
        sort_groups(edges, offset, (0, len(traced)))
    if has_sums:
        edges = edges[: drop_short_sums(problem.terms, edges, offset)]
        left = np.diff(offset) > 0
        traced, offset = traced[left], np.concatenate((offset[:1], offset[1:][left]))
    return Grouped(traced, offset, edges)


def note(problem: Problem, edges: Grouped) -> Int64:
    """Lower `reach` by grouped edges; whom they improve for the first time this round."""
    improved = np.empty(len(edges.traced), dtype=np.int64)
    return improved[: note_groups(edges, problem.sign, (problem.sources.reach, problem.sources.since), improved)]


def _at_cumulative_places(problem: Problem, frontier: Int64, tuning: Tuning) -> Int64:
    """Relax by the places whose rule sums the overlaps of a pair: their edges are needed to know which count."""
    terms = problem.terms
    pieces = cut(problem, frontier).pieces
    chosen = terms.cumulative[terms.rule[pieces[:, PLACE]] if len(terms.rule) else np.zeros(len(pieces), dtype=np.int8)]
    pieces = pieces[chosen]
    rows = sum(estimate_rows(view, pieces, (0, len(pieces))) for view in problem.index.views)
    return note(problem, grouped(problem, collect(problem, Sided(pieces, rows), tuning), ordered=False))


def place_parts(view: View, parts: int) -> list[tuple[int, int]]:
    """The places of a shelf in parts of about equally many rows."""
    rows = np.linspace(0, len(view.subject), parts + 1).astype(np.int64)
    cuts = np.unique(np.searchsorted(view.place_offset, rows).clip(max=len(view.place_offset) - 1)).tolist()
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def _source_spans(problem: Problem, frontier: Int64, lanes: int) -> Spans:
    """The spans of the frontier by place, sorted."""
    model, views, n_places = (problem.terms, problem.sources), problem.index.views, len(problem.index.places)
    is_source = np.zeros(problem.n_codes, dtype=np.bool_)
    is_source[frontier] = True
    cursor, none = np.zeros(n_places, dtype=np.int64), np.empty(0, dtype=np.int64)
    spans = Spans(none, none, none)
    for step in ("count", "write"):
        if step == "write":
            offset = np.zeros(n_places + 1, dtype=np.int64)
            np.cumsum(cursor, out=offset[1:])
            spans, cursor = Spans(offset, *(np.empty(offset[-1], dtype=np.int64) for _ in range(2))), offset[:-1].copy()
            if not offset[-1]:
                return spans
        work = (cursor, spans)
        for view in views:
            in_lanes(
                lambda _, part, view=view, work=work: spans_of_sources(view, model, is_source, part, work),
                place_parts(view, 8 * lanes),
                lanes,
            )
    in_lanes(lambda _, part: sort_spans(spans, part), parts_of(n_places, 8 * lanes), lanes)
    return spans


def _relax_swept(problem: Problem, frontier: Int64, tuning: Tuning) -> tuple[Int64, int]:
    """Relax all places but cumulative ones by a sweep; who improved, and the rows looked at."""
    model, lanes = (problem.terms, problem.sources), tuning.lanes(len(problem.index))
    spans, notes = _source_spans(problem, frontier, lanes), problem.state.lanes(lanes)
    parts = [(view, part) for view in problem.index.views for part in place_parts(view, 8 * lanes)]
    looked = in_lanes(lambda lane, vp: relax_sweep(vp[0], model, spans, vp[1], notes[lane]), parts, lanes)
    return _settled(problem, lanes), sum(looked)


def _relax_pairs(problem: Problem, sided: Sided, tuning: Tuning) -> tuple[Int64, int]:
    """Relax all places but cumulative ones pair by pair; who improved, and the rows looked at."""
    model, lanes = (problem.terms, problem.sources), tuning.lanes(sided.rows)
    notes, pieces = problem.state.lanes(lanes), sided.pieces
    cuts = parts_of(len(pieces), 1 if lanes == 1 else 8 * lanes)
    parts = [(view, part) for view in problem.index.views for part in cuts]
    looked = in_lanes(lambda lane, vp: relax_pairs(vp[0], model, pieces, vp[1], notes[lane]), parts, lanes)
    return _settled(problem, lanes), sum(looked)


def _settled(problem: Problem, lanes: int) -> Int64:
    """Who improved by what the lanes noted."""
    notes, n = problem.state.lanes(lanes), 0
    improved = np.empty(sum(int(lane.n[0]) for lane in notes), dtype=np.int64)
    for lane in notes:
        n = settle(lane, problem.sources, improved, n)
    return improved[:n]


def expand(problem: Problem, frontier: Int64, tuning: Tuning) -> tuple[Int64, dict[str, Any]]:
    """One round: lower `reach` by the exposures to the frontier, whose windows follow from `since`; who improved, and the plan."""
    plan: dict[str, Any] = {"sources": len(frontier)}
    sided, swept = None, tuning.sweep
    if swept is None and len(frontier) * 4 >= problem.n_codes and len(problem.index) > tuning.single_rows:
        swept = True
    if not swept:
        sided = cut(problem, frontier)
        swept = tuning.sweep is None and sided.rows > tuning.sweep_factor * len(problem.index)
    if swept or sided is None:
        improved, looked = _relax_swept(problem, frontier, tuning)
    else:
        plan["source_stays"] = len(sided.pieces)
        improved, looked = _relax_pairs(problem, sided, tuning)
    if problem.terms.cumulative.any():
        improved = np.concatenate((improved, _at_cumulative_places(problem, frontier, tuning)))
    return improved, {**plan, "plan": "sweep" if swept else "pairs", "rows_scanned": looked}


class Progress:
    """How far a trace has come: frontier (new or improved in the last round), reached (all but the index), rounds (their plans),
    is_done (no further round can reach anybody).
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rounds: list[dict[str, Any]] = []
        self.is_done = problem.query.everyone
        self.reached = NOBODY
        seeds = problem.seeds
        self.started = seeds[problem.sources.reach[seeds] < NEVER]
        self.frontier = self.started
        self._take(self.started, 0)
        self.frontier = np.concatenate((self.started, self.reached))

    @property
    def known(self) -> Int64:
        """Everybody with a window, by code."""
        return np.sort(np.concatenate((self.started, self.reached)))

    def finish_round(self, improved: Int64, plan: dict[str, Any]) -> None:
        """Close the round over links, number the newly reached, and set `frontier`. `since` stays as it was: see `advance`."""
        number = len(self.rounds) + 1
        self._take(improved, number)
        self.rounds.append({"round": number, **plan, "reached_or_improved": len(self.frontier)})

    def advance(self) -> None:
        """Let the windows of the next round follow from what has been reached."""
        self.problem.sources.since[self.frontier] = self.problem.sources.reach[self.frontier]

    def _take(self, improved: Int64, number: int) -> None:
        marks, links = self.problem.state.marks, self.problem.links
        if number:
            marks.rank[improved] = number << ROUND_SHIFT
        if len(links.nodes):
            nodes = positions(links.nodes, improved)
            over = close_links(links, self.problem.labels, nodes[nodes >= 0], number)
            improved = np.unique(np.concatenate((improved, over))) if number else over
        elif not number:
            improved = NOBODY
        new = improved[marks.generation[improved] < 0]
        marks.generation[new] = number
        self.reached = np.concatenate((self.reached, new))
        self.frontier = improved
        if not number:
            self.advance()


def all_rounds_but_last(problem: Problem, tuning: Tuning) -> Progress:
    """Rounds 1..G-1, or until nobody is reached earlier."""
    progress = Progress(problem)
    for _ in range(1, problem.query.generations):
        progress.finish_round(*expand(problem, progress.frontier, tuning))
        progress.advance()
        if not len(progress.frontier):
            progress.is_done = True
            break
    return progress
