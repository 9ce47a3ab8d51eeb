"""Compiled answer to the commonest question, whom a few index subjects reached directly: one call from ids to the table's bytes.

Each call of a kernel from Python takes the tuples of arrays apart anew. For a few hundred overlaps that costs more than they do.
"""

from typing import Final, NamedTuple

import numpy as np

from lianfang.trace.kernels_edges import Block, begin_groups, count_traced, edges_from_known, group_edges
from lianfang.trace.kernels_links import Labels
from lianfang.trace.kernels_scan import Sources, Terms, View, cut_stays
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Int32, Int64, Ints, compiled, inner, order_by_time
from lianfang.trace.kernels_sums import Groups, Names, Stamps, Summary, name_of, sum_groups

ONE_RANGE: Final = 63
"""No code is so many bits wide: a block then has one range."""
ROW_BYTES: Final = 7 * 8 + 3 * 4


class Desk(NamedTuple):
    """What a small question is worked out on, clean before and after: marks (see state.Marks), stamps; room for pieces
    int64[A, 6] and a block of one range. Made once a state: making the tuple costs as much as dozens of overlaps.
    """

    since: Int64
    reach: Int64
    control: Int64
    rank: Int64
    slot: Int32
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


@inner
def _code_of(known: Int64, subject: int) -> int:
    """Where an id is among ascending ones; -1 where it is not."""
    low, high = ORIGIN, len(known)
    while low < high:
        middle = (low + high) // 2
        if known[middle] < subject:
            low = middle + 1
        else:
            high = middle
    if low == len(known) or known[low] != subject:
        low = int(NONE)
    return low


@compiled
def begin_few(desk: Desk, known: Int64, windows: Int64, sign: int) -> tuple[Int64, Sources]:
    """Mark the index subjects among ascending ids. windows: int64[W, 3], subject, start, end, ascending; one whose end is not
    after its start is none, but names its subject.

    Returns: the codes of the index subjects (those without a presence have none), and the sources they are.
    """
    n, n_windows, before, end = ORIGIN, ORIGIN, NONE, np.empty(len(windows), dtype=np.int64)
    codes, start, offset = np.empty_like(end), np.empty_like(end), np.zeros(len(windows) + 1, dtype=np.int64)
    for at in range(len(windows)):
        if at == 0 or windows[at, 0] != windows[at - 1, 0]:
            before = _code_of(known, windows[at, 0])
            if before >= 0:
                desk.slot[before], codes[n] = n, before
                n += 1
                offset[n] = n_windows
        if before < 0 or windows[at, 1] >= windows[at, 2]:
            continue
        start[n_windows], end[n_windows] = windows[at, 1], windows[at, 2]
        if sign < 0:
            desk.since[before] = desk.reach[before] = -windows[at, 2]
        elif desk.reach[before] == NEVER:
            desk.since[before] = desk.reach[before] = windows[at, 1]
        n_windows += 1
        offset[n] = n_windows
    return codes[:n], Sources(desk.since, desk.reach, desk.control, desk.slot, offset, start, end, ORIGIN)


@compiled
def end_few(desk: Desk, codes: Int64) -> None:
    """Forget the marks of `begin_few`."""
    for code in codes:
        desk.since[code] = desk.reach[code] = NEVER
        desk.slot[code] = NONE


@inner
def _grouped(edges: Ints, desk: Desk, frame: Frame) -> Groups:
    """Ungrouped edges by whom they reach, the reached ascending."""
    found, none = np.empty(len(edges), dtype=np.int64), np.empty(0, dtype=np.int64)
    n = count_traced(edges, (frame.sign, frame.origin), (desk.position, desk.reach), found, ORIGIN)
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
    labels = Labels(desk.reach, desk.rank, desk.slot)
    sum_groups(groups, (labels, names), desk.stamps, (ORIGIN, n), (summary, frame.sign))
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
        desk.position[traced[k]], desk.reach[traced[k]] = NONE, NEVER
    return n, words


@compiled
def answer_few(view: View, terms: Terms, windows: Int64, desk: Desk, frame: Frame) -> tuple[int, int, int, Int64]:
    """The whole answer from an index of one shelf. windows: as `begin_few` takes them.

    Returns: source stays, edges, exposures, words of their record batch; more source stays than there is room for, and nothing
    else, if the question is not small.
    """
    codes, sources = begin_few(desk, frame.subjects, windows, frame.sign)
    model, nothing, n = (terms, sources), np.empty(0, dtype=np.int64), ORIGIN
    words, n_pieces = nothing, cut_stays(view, model, codes, desk.pieces, ORIGIN)
    if n_pieces <= len(desk.pieces):
        part, out = (ORIGIN, n_pieces), (desk.block, ONE_RANGE, frame.origin)
        if edges_from_known(view, model, desk.pieces, part, out)[1]:
            n_pieces = len(desk.pieces) + 1
        else:
            n, words = rows_of_edges(desk.block.edges[0, : desk.block.n[0]], desk, frame)
    end_few(desk, codes)
    return n_pieces, desk.block.n[0], n, words
