"""The rounds of the fast engine: synchronous, over the frontier, until nobody is reached earlier."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lianfang.trace.grouping import Sided, Tuning, collect, cut, estimated, grouped, groups_of, note, place_parts
from lianfang.trace.kernels_links import ROUND_SHIFT, close_links
from lianfang.trace.kernels_scan import PLACE, View, relax_pairs, settle
from lianfang.trace.kernels_sort import NEVER
from lianfang.trace.kernels_sweep import Spans, relax_sweep, sort_spans, spans_of_sources
from lianfang.trace.model import Int64
from lianfang.trace.problem import NOBODY, Problem, positions
from lianfang.trace.threads import in_lanes, parts_of


def _at_cumulative_places(problem: Problem, frontier: Int64, tuning: Tuning) -> Int64:
    """Relax by the places whose rule sums the overlaps of a pair: their edges are needed to know which count."""
    terms = problem.terms
    pieces = cut(problem, frontier, tuning).pieces
    chosen = terms.cumulative[terms.rule[pieces[:, PLACE]] if len(terms.rule) else np.zeros(len(pieces), dtype=np.int8)]
    pieces = pieces[chosen]
    blocks = collect(problem, Sided(pieces, estimated(problem, pieces)), tuning)
    traced = groups_of(problem, blocks, tuning, relax=False)
    return note(problem, grouped(problem, traced, tuning))


def source_spans(problem: Problem, frontier: Int64, lanes: int) -> Spans:
    """The spans of the frontier by place, sorted; places with a cumulative rule have none."""
    model, n_places = (problem.terms, problem.sources), len(problem.index.places)
    is_source = np.zeros(problem.n_codes, dtype=np.bool_)
    is_source[frontier] = True
    cursor, none = np.zeros(n_places, dtype=np.int64), np.empty(0, dtype=np.int64)
    spans = Spans(none, none, none)
    _each_place(problem, lanes, lambda view, part: spans_of_sources(view, model, is_source, part, (cursor, spans)))
    offset = np.zeros(n_places + 1, dtype=np.int64)
    np.cumsum(cursor, out=offset[1:])
    starts, ends = np.empty((2, int(offset[-1])), dtype=np.int64)
    spans, cursor = Spans(offset, starts, ends), offset[:-1].copy()
    if len(starts):
        _each_place(problem, lanes, lambda view, part: spans_of_sources(view, model, is_source, part, (cursor, spans)))
        in_lanes(lambda _, part: sort_spans(spans, part), parts_of(n_places, 8 * lanes), lanes)
    return spans


def _at(work: Callable[[View, tuple[int, int]], None], view: View) -> Callable[[int, tuple[int, int]], None]:
    return lambda _, part: work(view, part)


def _each_place(problem: Problem, lanes: int, work: Callable[[View, tuple[int, int]], None]) -> None:
    """Do work for all places, shelf by shelf: on one shelf no two lanes have the same place."""
    for view in problem.index.views:
        in_lanes(_at(work, view), place_parts(view, 8 * lanes), lanes)


def relax_swept(problem: Problem, frontier: Int64, tuning: Tuning) -> tuple[Int64, int]:
    """Relax all places but cumulative ones by a sweep; who improved, and the rows looked at."""
    return relax_spans(problem, source_spans(problem, frontier, tuning.lanes(len(problem.index))), tuning)


def relax_spans(problem: Problem, spans: Spans, tuning: Tuning) -> tuple[Int64, int]:
    """Relax the places of sources' spans by a sweep; who improved, and the rows looked at."""
    model, lanes = (problem.terms, problem.sources), tuning.lanes(len(problem.index))
    notes = problem.state.lanes(lanes)
    parts = [(view, part) for view in problem.index.views for part in place_parts(view, 8 * lanes)]
    looked = in_lanes(lambda lane, vp: relax_sweep(vp[0], model, spans, vp[1], notes[lane]), parts, lanes)
    return _settled(problem, lanes), sum(looked)


def relax_pieces(problem: Problem, sided: Sided, tuning: Tuning) -> tuple[Int64, int]:
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
    """One round: lower `reach` by the exposures to the frontier, whose windows follow from `since`; who improved, and how."""
    plan: dict[str, Any] = {"sources": len(frontier)}
    sided, swept = None, tuning.sweep
    if swept is None:
        swept = not tuning.cuts(problem, frontier)
    if not swept:
        sided = cut(problem, frontier, tuning)
        swept = tuning.sweep is None and sided.rows > tuning.sweep_factor * len(problem.index)
    if swept or sided is None:
        improved, looked = relax_swept(problem, frontier, tuning)
    else:
        plan["source_stays"] = len(sided.pieces)
        improved, looked = relax_pieces(problem, sided, tuning)
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
        self.reached = self.frontier = NOBODY
        seeds = problem.seeds
        self.started = seeds[problem.sources.reach[seeds] < NEVER]
        self._take(self.started, 0)
        self.frontier = np.concatenate((self.started, self.reached))

    @property
    def known(self) -> Int64:
        """Everybody with a window, by code."""
        return np.sort(np.concatenate((self.started, self.reached))) if len(self.reached) else self.started

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
        self.frontier = improved
        if not len(improved):
            return
        new = improved[marks.generation[improved] < 0]
        marks.generation[new] = number
        self.reached = np.concatenate((self.reached, new))
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
