"""The rounds of the fast engine: synchronous, over the frontier, until nobody is reached earlier."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.trace.kernels_links import Labels, close_links
from lianfang.trace.kernels_scan import NEVER, ROUND_SHIFT, Found, Pieces, Scratch, cut_stays, relax_pairs, relax_sweep
from lianfang.trace.kernels_sort import stable_order_by_key
from lianfang.trace.model import Int64
from lianfang.trace.problem import Problem


@dataclass(frozen=True, slots=True)
class Tuning:
    """Where the engine changes its plan; the answer does not depend on it (measured on 2 cores, 21 M presences).

    sweep_rows: places with fewer rows are always done pair by pair. sweep_share: a place is swept when it has at least one
    source stay for so many rows. stream_pieces, stream_edges: above either, without edges asked for, sums are streamed.
    """

    sweep_rows: int = 256
    sweep_share: int = 16
    stream_pieces: int = 1 << 22
    stream_edges: int = 1 << 25


class Reached(NamedTuple):
    """After the last round: labels; generation int64[S] (-1: not reached); before int64[S], the reach of the round before."""

    labels: Labels
    generation: Int64
    before: Int64
    rounds: list[dict[str, int]]


def cut(problem: Problem, reach: Int64, subjects: Int64) -> Pieces:
    """The source stays of subjects whose windows follow from `reach`."""
    sources = problem.sources._replace(reach=reach)
    n = cut_stays(problem.rows, sources, subjects, _room(0))
    pieces = _room(n)
    cut_stays(problem.rows, sources, subjects, pieces)
    return pieces


def _room(n: int) -> Pieces:
    return Pieces(np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64))


def _take(pieces: Pieces, which: npt.NDArray[Any]) -> Pieces:
    return Pieces(pieces.row[which], pieces.start[which], pieces.end[which])


def new_scratch(problem: Problem) -> Scratch:
    """Working memory for the scans; the sums only where a rule needs them."""
    n, largest = len(problem.ids), problem.layout.largest_place
    summed = n if problem.terms.cumulative.any() else 0
    return Scratch(
        found=Found(*(np.empty(largest, dtype=np.int64) for _ in Found._fields)),
        total=np.zeros(summed, dtype=np.int64),
        first=np.zeros(summed, dtype=np.int64),
        touched=np.empty(summed, dtype=np.int32),
    )


def _swept_places(problem: Problem, place: npt.NDArray[np.int32], tuning: Tuning) -> npt.NDArray[np.bool_]:
    """bool[P]: the places with so many source stays that sweeping beats visiting pairs."""
    sizes = np.diff(problem.rows.place_offset)
    many = np.bincount(place, minlength=len(sizes)) * tuning.sweep_share >= sizes
    return many & (sizes >= tuning.sweep_rows) & ~problem.terms.cumulative


def _expand(problem: Problem, labels: Labels, frontier: Int64, scratch: Scratch, tuning: Tuning) -> dict[str, int]:
    """One round: lower labels.reach by the exposures to the frontier, whose windows follow from the reach before."""
    model = (problem.terms, problem.sources)
    pieces = cut(problem, labels.reach.copy(), frontier)
    plan = {"sources": len(frontier), "source_stays": len(pieces.row), "swept_places": 0, "rows_scanned": 0}
    if len(pieces.row) * tuning.sweep_share >= tuning.sweep_rows:
        place = problem.rows.place[pieces.row]
        swept = _swept_places(problem, place, tuning)
        dense = np.flatnonzero(swept[place]).astype(np.int32)
        if len(dense):
            plan["swept_places"] = int(np.count_nonzero(np.bincount(place[dense])))
            by_place = stable_order_by_key(place.astype(np.int64), dense, len(swept))
            plan["rows_scanned"] += relax_sweep(problem.rows, model, _take(pieces, by_place), labels.reach)
            pieces = _take(pieces, ~swept[place])
    plan["rows_scanned"] += relax_pairs(problem.rows, model, pieces, scratch, labels.reach)
    return plan


def reach_all(problem: Problem, tuning: Tuning) -> Reached:
    """All rounds. Rounds are synchronous: a round's sources have the windows of the round before."""
    n = len(problem.ids)
    labels = Labels(problem.ids, problem.sources.reach.copy(), np.zeros(n, dtype=np.int64), problem.sources.slot)
    generation, before = np.full(n, -1, dtype=np.int64), labels.reach.copy()
    rounds: list[dict[str, int]] = []
    if problem.query.everyone:
        return Reached(labels, generation, before, rounds)
    started = problem.index[labels.reach[problem.index] < NEVER]
    close_links(problem.links, labels, started, 0)
    frontier = np.flatnonzero(labels.reach < NEVER)
    generation[frontier] = 0
    scratch = new_scratch(problem)
    for number in range(1, problem.query.generations + 1):
        before = labels.reach.copy()
        plan = _expand(problem, labels, frontier, scratch, tuning)
        improved = np.flatnonzero(labels.reach < before)
        labels.rank[improved] = number << ROUND_SHIFT
        close_links(problem.links, labels, improved, number)
        frontier = np.flatnonzero(labels.reach < before)
        generation[frontier[generation[frontier] < 0]] = number
        rounds.append({"round": number, **plan, "reached_or_improved": len(frontier)})
        if not len(frontier):
            break
    return Reached(labels, generation, before, rounds)
