"""Stays of one side cut out, the edges they give, and the edges grouped by whom they reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_edges import (
    EDGE_FIELDS,
    begin_groups,
    count_traced,
    drop_short_sums,
    edges_from_known,
    forget_positions,
    group_edges,
    sort_groups,
)
from lianfang.trace.kernels_scan import cut_stays, estimate_rows
from lianfang.trace.kernels_sort import Ints
from lianfang.trace.kernels_sums import note_groups
from lianfang.trace.model import Int64
from lianfang.trace.problem import NOBODY, Problem
from lianfang.trace.threads import core_count, in_lanes, parts_of

KEPT_PIECES = 1 << 20
FEW_PIECES = 256


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the engine chooses its plan; the answer does not depend on it (measured on 2 cores, 21 M presences).

    threads: None: all cores. sweep: whether rounds sweep all places; None: if the pairs are estimated to need sweep_factor
    looks at rows for each stay there is. from_reached: whether the answer is summed from the side of the reached; None: if
    from the side of the known it is estimated to need more than stored_rows looks. cut_stays: more stays than about this many
    are not cut out of the shelves at once: either plan does without. single_rows: below it threads do not pay. range_edges:
    how many edges are grouped at a time when they are only summed.
    """

    threads: int | None = None
    sweep: bool | None = None
    from_reached: bool | None = None
    sweep_factor: float = 8.0
    stored_rows: int = 1 << 28
    cut_stays: int = 1 << 23
    single_rows: int = 1 << 17
    range_edges: int = 1 << 19

    def lanes(self, rows: int) -> int:
        """How many threads to use for work that looks at so many rows."""
        return 1 if rows < self.single_rows else self.threads or core_count()

    def cuts(self, problem: Problem, subjects: Int64) -> bool:
        """Whether the stays of so many subjects may be cut out at once."""
        return len(subjects) * (len(problem.index) / max(1, problem.n_codes)) <= self.cut_stays


class Sided(NamedTuple):
    """Stays of one side, int64[A, 6], and about how many rows it takes to find whom they meet."""

    pieces: Int64
    rows: int


class Counted(NamedTuple):
    """Edges not yet grouped: blocks int[., 5]; the traced int64[K], ascending codes; where each one's group begins int64[K+1]."""

    blocks: list[Ints]
    traced: Int64
    offset: Int64


class Grouped(NamedTuple):
    """Edges by whom they reach: traced int64[K], ascending codes; offset int64[K+1]; edges int[E, 5]."""

    traced: Int64
    offset: Int64
    edges: Ints


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


def estimated(problem: Problem, pieces: Int64) -> int:
    """About how many rows it takes to find whom pieces meet; not looked into where it is little."""
    if len(pieces) < FEW_PIECES:
        return len(pieces)
    return sum(estimate_rows(view, pieces, (0, len(pieces))) for view in problem.index.views)


def cut(problem: Problem, subjects: Int64) -> Sided:
    """The source stays of subjects, and what it takes to find whom they meet."""
    state = problem.state
    pieces = gather(problem, cut_stays, subjects, state.pieces)
    if len(state.pieces) < len(pieces) <= KEPT_PIECES:
        state.pieces = pieces
    return Sided(pieces, estimated(problem, pieces))


def collect(problem: Problem, sided: Sided, tuning: Tuning) -> list[Ints]:
    """The counted overlaps of source stays with everybody, in blocks; which are in one does not depend on the threads."""
    lanes, pieces = tuning.lanes(sided.rows), sided.pieces
    parts = parts_of(len(pieces), 1 if lanes == 1 else 8 * lanes)
    return [
        block for blocks in in_lanes(lambda _, part: blocks_of(problem, pieces, part), parts, lanes) for block in blocks
    ]


def blocks_of(problem: Problem, pieces: Int64, part: tuple[int, int]) -> list[Ints]:
    """The edges of the pieces of a part."""
    model, origin, state = (problem.terms, problem.sources), problem.index.origin, problem.state
    filled: list[Ints] = []
    block, n = state.block(0), 0
    for view in problem.index.views:
        at, need = part[0], 0
        while at < part[1]:
            n, at, need = edges_from_known(view, model, pieces, (at, part[1]), (block, n, origin))
            if need:
                filled.append(block[:n])
                block, n = state.block(need), 0
    return [*filled, block[:n]]


def groups_of(problem: Problem, blocks: list[Ints], *, relax: bool) -> Counted:
    """Whom the edges trace, and where their groups begin; relax: also lower `reach` by them. `position` stays in use: see
    `release`.
    """
    marks = problem.state.marks
    n, clock = 0, (problem.sign, problem.index.origin)
    found = np.empty(min(sum(len(block) for block in blocks), problem.n_codes), dtype=np.int64)
    for block in blocks:
        n = count_traced(block, clock, (marks.position, marks.reach if relax else NOBODY), found, n)
    traced = np.sort(found[:n])
    offset = np.zeros(n + 1, dtype=np.int64)
    begin_groups(traced, marks.position, offset)
    return Counted(blocks, traced, offset)


def release(problem: Problem, counted: Counted) -> None:
    """Give back what counting took."""
    forget_positions(counted.traced, problem.state.marks.position)
    problem.state.keep_blocks(counted.blocks)


def ranges(counted: Counted, parts: int) -> list[tuple[int, int]]:
    """The groups in parts of about equally many edges."""
    if parts <= 1:
        return [(0, len(counted.traced))]
    edges = np.linspace(0, int(counted.offset[-1]), parts + 1)
    cuts = np.unique(np.searchsorted(counted.offset, edges.astype(np.int64))).tolist()
    cuts[-1] = len(counted.traced)
    return list(zip([0, *cuts[1:-1]], cuts[1:], strict=True)) if len(cuts) > 1 else [(0, len(counted.traced))]


def group_range(problem: Problem, counted: Counted, part: tuple[int, int], room: Ints) -> Grouped:
    """The groups of a part, their edges in `room`; lanes may do different parts at the same time."""
    begin, end = part
    if begin == end:
        return Grouped(counted.traced[begin:end], counted.offset[:1], room[:0])
    first = int(counted.offset[begin])
    chosen = (int(counted.traced[begin]), int(counted.traced[end - 1]) + 1, first)
    edges = room[: int(counted.offset[end]) - first]
    for block in counted.blocks:
        group_edges(block, chosen, problem.state.marks.position, edges)
    return Grouped(counted.traced[begin:end], counted.offset[begin : end + 1] - first, edges)


def room_for(problem: Problem, n: int) -> Ints:
    """A new array for n edges."""
    return np.empty((n, EDGE_FIELDS), dtype=problem.state.edge_dtype)


def grouped(problem: Problem, counted: Counted, tuning: Tuning) -> Grouped:
    """Edges by whom they reach, by (known, place, time) in a group, less pairs whose sum is too short; blocks are released."""
    n = int(counted.offset[-1])
    lanes, edges = tuning.lanes(8 * n), room_for(problem, n)
    parts = ranges(counted, lanes)

    def group(_: int, part: tuple[int, int]) -> None:
        begin, end = int(counted.offset[part[0]]), int(counted.offset[part[1]])
        own = group_range(problem, counted, part, edges[begin:end])
        sort_groups(own.edges, own.offset, (0, len(own.traced)))

    in_lanes(group, parts, lanes)
    release(problem, counted)
    traced, offset = counted.traced, counted.offset
    if problem.terms.cumulative.any():
        edges = edges[: drop_short_sums(problem.terms, edges, offset)]
        left = np.diff(offset) > 0
        traced, offset = traced[left], np.concatenate((offset[:1], offset[1:][left]))
    return Grouped(traced, offset, edges)


def note(problem: Problem, edges: Grouped) -> Int64:
    """Lower `reach` by grouped edges; whom they improve, and nothing else did this round."""
    reach, since = problem.sources.reach, problem.sources.since
    fresh: Int64 = edges.traced[reach[edges.traced] == since[edges.traced]]
    note_groups(edges.traced, edges.offset, edges.edges, (problem.sign, problem.index.origin), reach)
    improved: Int64 = fresh[reach[fresh] < since[fresh]]
    return improved
