"""Stays of one side cut out, the edges they give, and the edges grouped by whom they reach."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_edges import (
    EDGE_FIELDS,
    Block,
    begin_groups,
    count_traced,
    drop_short_sums,
    edges_from_known,
    forget_positions,
    group_edges,
    sort_groups,
)
from lianfang.trace.kernels_scan import ROW, SHELF, View, cut_rows, cut_stays, estimate_rows
from lianfang.trace.kernels_sort import Ints, order_by_time
from lianfang.trace.kernels_sums import note_groups
from lianfang.trace.model import Int64
from lianfang.trace.problem import NOBODY, Problem
from lianfang.trace.state import FEW_PIECES
from lianfang.trace.threads import core_count, in_lanes, parts_of

KEPT_PIECES = 1 << 20
MANY = 8
ROWS_A_PIECE = 8
"""A stay that is cut out costs about as much as so many rows that are looked at one after the other."""
ROWS_AN_EDGE = 4
"""About so many rows are looked at for one edge: enough to choose how many ranges there are."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the engine chooses its plan; the answer does not depend on it (measured on 2 cores, 21 M presences).

    threads: None: all cores. sweep: whether rounds sweep all places; None: if the pairs are estimated to need sweep_factor
    looks at rows for each stay there is. from_reached: whether the answer is summed from the side of the reached; None: if
    from the side of the known it is estimated to need more than stored_rows looks. cut_stays: more stays than about this many
    are not cut out of the shelves at once: either plan does without. single_rows: below it threads do not pay. range_edges:
    about how many edges are grouped at a time: as many as fit a core's cache.
    """

    threads: int | None = None
    sweep: bool | None = None
    from_reached: bool | None = None
    sweep_factor: float = 8.0
    stored_rows: int = 1 << 28
    cut_stays: int = 1 << 23
    single_rows: int = 1 << 17
    range_edges: int = 1 << 17

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


class Split(NamedTuple):
    """Edges by ranges of the traced's codes (code >> shift), not yet grouped."""

    blocks: list[Block]
    shift: int

    @property
    def n_edges(self) -> int:
        """How many edges there are."""
        return sum(int(block.n.sum()) for block in self.blocks)

    def of_range(self, number: int) -> list[Ints]:
        """The edges of a range, block by block."""
        return [block.of_range(number) for block in self.blocks if block.n[number]]


class Counted(NamedTuple):
    """Edges not yet grouped; the traced int64[K], ascending codes; where each one's group begins int64[K+1]."""

    split: Split
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


def place_parts(view: View, parts: int) -> list[tuple[int, int]]:
    """The places of a shelf in parts of about equally many rows."""
    rows = np.linspace(0, len(view.subject), parts + 1).astype(np.int64)
    cuts = np.unique(np.searchsorted(view.place_offset, rows).clip(max=len(view.place_offset) - 1)).tolist()
    return list(pairwise(cuts))


def cut(problem: Problem, subjects: Int64, tuning: Tuning) -> Sided:
    """The source stays of subjects, and what it takes to find whom they meet; in the order of the shelves' rows if there are
    many (lane by lane), so that the rows they meet are read in their order too.
    """
    if len(subjects) >= max(problem.n_codes // MANY, FEW_PIECES):
        pieces = _cut_rows(problem, subjects, tuning)
        return Sided(pieces, estimated(problem, pieces))
    expected = len(subjects) * len(problem.index) // max(1, problem.n_codes)
    lanes, state = tuning.lanes(ROWS_A_PIECE * expected), problem.state
    if lanes == 1 or not expected:
        pieces = gather(problem, cut_stays, subjects, state.pieces)
        if len(state.pieces) < len(pieces) <= KEPT_PIECES:
            state.pieces = pieces
        pieces = _by_row(problem, pieces)
    else:
        room = (expected + expected // 4) // lanes

        def cut_part(_: int, part: tuple[int, int]) -> Int64:
            own = np.empty((room, 6), dtype=np.int64)
            return _by_row(problem, gather(problem, cut_stays, subjects[part[0] : part[1]], own))

        pieces = np.concatenate(in_lanes(cut_part, parts_of(len(subjects), lanes), lanes))
    return Sided(pieces, estimated(problem, pieces))


def _by_row(problem: Problem, pieces: Int64) -> Int64:
    """Pieces in the order of the shelves' rows; few of them as they are."""
    if len(pieces) < FEW_PIECES:
        return pieces
    row = pieces[:, ROW].copy()
    if len(problem.index.views) > 1:
        row += np.cumsum([0, *(len(view.subject) for view in problem.index.views)])[pieces[:, SHELF]]
    ordered: Int64 = pieces.take(order_by_time(row), axis=0)
    return ordered


def _cut_rows(problem: Problem, subjects: Int64, tuning: Tuning) -> Int64:
    """The source stays of so many subjects that every row is looked at, once."""
    model, lanes = (problem.terms, problem.sources), tuning.lanes(len(problem.index))
    is_source = np.zeros(problem.n_codes, dtype=np.bool_)
    is_source[subjects] = True
    parts = [(view, part) for view in problem.index.views for part in place_parts(view, 1 if lanes == 1 else 8 * lanes)]

    def cut_part(_: int, where: tuple[View, tuple[int, int]]) -> Int64:
        view, part = where
        # Enough with one window a subject; what is not written on takes no memory.
        room = int(view.place_offset[part[1]] - view.place_offset[part[0]])
        while True:
            pieces = np.empty((room, 6), dtype=np.int64)
            n = cut_rows(view, model, is_source, part, pieces)
            if n <= room:
                return pieces[:n]
            room = n

    return np.concatenate(in_lanes(cut_part, parts, lanes))


def collect(problem: Problem, sided: Sided, tuning: Tuning) -> Split:
    """The counted overlaps of source stays with everybody; their order in a range does not depend on the threads."""
    lanes, pieces = tuning.lanes(sided.rows), sided.pieces
    parts, shift = parts_of(len(pieces), 1 if lanes == 1 else 4 * lanes), _range_shift(problem, sided.rows, tuning)
    blocks = in_lanes(lambda _, part: blocks_of(problem, pieces, part, shift), parts, lanes)
    return Split([block for filled in blocks for block in filled], shift)


def blocks_of(problem: Problem, pieces: Int64, part: tuple[int, int], shift: int) -> list[Block]:
    """The edges of the pieces of a part."""
    model, origin, state = (problem.terms, problem.sources), problem.index.origin, problem.state
    n_ranges = _n_ranges(problem, shift)
    blocks = [state.block(n_ranges, 0)]
    for view in problem.index.views:
        at, need = edges_from_known(view, model, pieces, part, (blocks[-1], shift, origin))
        while need:
            blocks.append(state.block(n_ranges, need))
            at, need = edges_from_known(view, model, pieces, (at, part[1]), (blocks[-1], shift, origin))
    return blocks


def _range_shift(problem: Problem, rows: int, tuning: Tuning) -> int:
    """By how many bits a code is wider than the number of its range: as many ranges as edges and lanes ask for."""
    n_edges, lanes = rows // ROWS_AN_EDGE, tuning.lanes(rows)
    wanted = max(min(4 * lanes, n_edges >> 15) if lanes > 1 else 1, -(-n_edges // tuning.range_edges))
    return max(problem.n_codes // wanted, 1).bit_length() if wanted > 1 else problem.n_codes.bit_length()


def _n_ranges(problem: Problem, shift: int) -> int:
    return (max(problem.n_codes - 1, 0) >> shift) + 1


def groups_of(problem: Problem, split: Split, tuning: Tuning, *, relax: bool) -> Counted:
    """Whom the edges trace, and where their groups begin; relax: also lower `reach` by them. `position` stays in use: see
    `release`. Ranges of codes are counted side by side: no two lanes have a subject in common.
    """
    marks, clock = problem.state.marks, (problem.sign, problem.index.origin)
    position, reach = marks.position, marks.reach if relax else NOBODY

    def count(_: int, number: int) -> Int64:
        own, n = split.of_range(number), 0
        found = np.empty(min(sum(len(edges) for edges in own), 1 << split.shift), dtype=np.int64)
        for edges in own:
            n = count_traced(edges, clock, (position, reach), found, n)
        return np.sort(found[:n])

    met = in_lanes(count, range(_n_ranges(problem, split.shift)), tuning.lanes(8 * split.n_edges))
    traced = met[0] if len(met) == 1 else np.concatenate(met)
    offset = np.zeros(len(traced) + 1, dtype=np.int64)
    begin_groups(traced, position, offset)
    return Counted(split, traced, offset)


def release(problem: Problem, counted: Counted) -> None:
    """Give back what counting took."""
    forget_positions(counted.traced, problem.state.marks.position)
    problem.state.keep_blocks(counted.split.blocks)


def ranges(problem: Problem, counted: Counted) -> list[tuple[int, int, int]]:
    """The ranges that have groups: number, first group, the one after the last."""
    shift = counted.split.shift
    n_ranges = _n_ranges(problem, shift)
    if n_ranges == 1:
        return [(0, 0, len(counted.traced))] if len(counted.traced) else []
    cuts = np.searchsorted(counted.traced, np.arange(n_ranges + 1) << shift).tolist()
    return [(number, begin, end) for number, (begin, end) in enumerate(pairwise(cuts)) if begin < end]


def group_range(problem: Problem, counted: Counted, part: tuple[int, int, int], room: Ints) -> Grouped:
    """The groups of a range, their edges in `room`; lanes may do different ranges at the same time."""
    number, begin, end = part
    first = int(counted.offset[begin])
    edges = room[: int(counted.offset[end]) - first]
    for own in counted.split.of_range(number):
        group_edges(own, first, problem.state.marks.position, edges)
    return Grouped(counted.traced[begin:end], counted.offset[begin : end + 1] - first, edges)


def room_for(problem: Problem, n: int) -> Ints:
    """A new array for n edges."""
    return np.empty((n, EDGE_FIELDS), dtype=problem.state.edge_dtype)


def grouped(problem: Problem, counted: Counted, tuning: Tuning) -> Grouped:
    """Edges by whom they reach, by (known, place, time) in a group, less pairs whose sum is too short; blocks are released."""
    n = int(counted.offset[-1])
    lanes, edges = tuning.lanes(8 * n), room_for(problem, n)

    def group(_: int, part: tuple[int, int, int]) -> None:
        begin, end = int(counted.offset[part[1]]), int(counted.offset[part[2]])
        own = group_range(problem, counted, part, edges[begin:end])
        sort_groups(own.edges, own.offset, (0, len(own.traced)))

    in_lanes(group, ranges(problem, counted), lanes)
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
