"""Compiled answer to the commonest question, whom a few index subjects reached directly: one call from ids to the table's bytes.

Each call of a kernel from Python takes the tuples of arrays apart anew. For a few hundred overlaps that costs more than they do.
"""

from typing import Final, NamedTuple

import numpy as np

from lianfang.trace.kernels_edges import Block, begin_groups, count_traced, edges_from_known, group_edges
from lianfang.trace.kernels_links import Labels
from lianfang.trace.kernels_scan import Sources, Terms, View, cut_stays
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Int64, Ints, compiled, inner, order_by_time
from lianfang.trace.kernels_sums import Groups, Names, Stamps, Summary, name_of, sum_groups

ONE_RANGE: Final = 63
"""No code is so many bits wide: a block then has one range."""
ROW_BYTES: Final = 7 * 8 + 3 * 4


class Desk(NamedTuple):
    """What a small question is worked out on, clean before and after: sources (windows as asked), labels (the same marks),
    position int64[S] (-1), stamps; room for pieces int64[A, 6] and a block of one range.
    """

    sources: Sources
    labels: Labels
    position: Int64
    stamps: Stamps
    pieces: Int64
    block: Block


class Layout(NamedTuple):
    """Where a record batch of exposures has its columns: head, words (8 bytes) of the message before its body; before int64[10],
    bytes a row of all columns before each one. Room is for least rows, or twice as many, and so on.
    """

    head: int
    before: Int64
    least: int


class Frame(NamedTuple):
    """What is the same for all questions to an index in one direction: ids of subjects and places, clock, table."""

    subjects: Int64
    places: Int64
    sign: int
    origin: int
    layout: Layout


@compiled
def begin_few(sources: Sources, known: Int64, asked: Int64, sign: int) -> Int64:
    """Mark the index subjects among ascending ids; return their codes (those without a presence have none)."""
    codes, n = np.empty(len(asked), dtype=np.int64), ORIGIN
    for number, subject in enumerate(asked):
        low, high = ORIGIN, len(known)
        while low < high:
            middle = (low + high) // 2
            if known[middle] < subject:
                low = middle + 1
            else:
                high = middle
        if low < len(known) and known[low] == subject:
            first, last, earliest = sources.window_offset[number], sources.window_offset[number + 1], NEVER
            if first < last:
                earliest = sources.window_start[first] if sign > 0 else -sources.window_end[last - 1]
            sources.since[low] = sources.reach[low] = earliest
            sources.slot[low], codes[n] = number, low
            n += 1
    return codes[:n]


@compiled
def end_few(sources: Sources, codes: Int64) -> None:
    """Forget the marks of `begin_few`."""
    for code in codes:
        sources.since[code] = sources.reach[code] = NEVER
        sources.slot[code] = NONE


@inner
def _grouped(edges: Ints, desk: Desk, frame: Frame) -> Groups:
    """Ungrouped edges by whom they reach, the reached ascending."""
    found, none = np.empty(len(edges), dtype=np.int64), np.empty(0, dtype=np.int64)
    n = count_traced(edges, (frame.sign, frame.origin), (desk.position, desk.labels.reach), found, ORIGIN)
    traced, offset = np.empty(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    for at, code in enumerate(order_by_time(found[:n])):
        traced[at] = found[code]
    begin_groups(traced, desk.position, offset)
    ordered = np.empty_like(edges)
    group_edges(edges, ORIGIN, desk.position, ordered)
    return Groups(traced, offset, ordered, frame.origin, np.zeros(n + 1, dtype=np.int64), none, none)


@compiled
def rows_of_edges(edges: Ints, desk: Desk, frame: Frame) -> tuple[int, Int64]:
    """The exposures that ungrouped edges from index subjects make, in their order: how many, and the words of their record
    batch, its head left open.
    """
    groups, layout, places = _grouped(edges, desk, frame), frame.layout, frame.places
    traced, n = groups.traced, len(groups.traced)
    names, sums, room = Names(frame.subjects, np.empty(0, dtype=np.int64)), np.empty((8, n), np.int64), layout.least
    summary = Summary(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7])
    sum_groups(groups, (desk.labels, names), desk.stamps, (ORIGIN, n), (summary, frame.sign))
    while room < n:
        room *= 2
    begins = layout.head * 8 + room * layout.before
    words = np.empty(layout.head + room * ROW_BYTES // 8, dtype=np.int64)
    halves, wide, half = words.view(np.int32), begins // 8, begins // 4
    for row, k in enumerate(order_by_time(summary.first)):
        words[wide[0] + row], halves[half[1] + row] = name_of(names, traced[k]), 1
        words[wide[2] + row], words[wide[3] + row] = summary.first[k], summary.last[k]
        words[wide[4] + row], words[wide[5] + row] = summary.seconds[k], summary.union_seconds[k]
        halves[half[6] + row], halves[half[7] + row] = summary.places[k], summary.sources[k]
        words[wide[8] + row] = name_of(names, summary.via_subject[k])
        words[wide[9] + row] = places[summary.via_place[k]]
        desk.position[traced[k]], desk.labels.reach[traced[k]] = NONE, NEVER
    return n, words


@compiled
def answer_few(view: View, terms: Terms, asked: Int64, desk: Desk, frame: Frame) -> tuple[int, int, int, Int64]:
    """The whole answer from an index of one shelf.

    Returns: source stays, edges, exposures, words of their record batch; more source stays than there is room for, and nothing
    else, if the question is not small.
    """
    model, nothing = (terms, desk.sources), np.empty(0, dtype=np.int64)
    codes, n, words = begin_few(desk.sources, frame.subjects, asked, frame.sign), ORIGIN, nothing
    n_pieces = cut_stays(view, model, codes, desk.pieces, ORIGIN)
    if n_pieces <= len(desk.pieces):
        part, out = (ORIGIN, n_pieces), (desk.block, ONE_RANGE, frame.origin)
        if edges_from_known(view, model, desk.pieces, part, out)[1]:
            n_pieces = len(desk.pieces) + 1
        else:
            n, words = rows_of_edges(desk.block.edges[0, : desk.block.n[0]], desk, frame)
    end_few(desk.sources, codes)
    return n_pieces, desk.block.n[0], n, words
