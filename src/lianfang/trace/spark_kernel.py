"""What a Spark task does: relax the stays of one partition against the source stays at their places, or list the edges.

The one place where the Spark engine meets the local engine's insides: the other spark* modules take what they need from here.
It knows Arrow and NumPy, not Spark. Rows are on a clock mirrored backward (t -> -t); the local kernels take calendar times, so
rows are turned back here. A partition has, for each of its (place, salt), every candidate stay and every source stay there.
"""

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.trace.grouping import Grouped, Sided, Tuning, collect, cut, estimated, grouped, groups_of, note
from lianfang.trace.index import PresenceIndex
from lianfang.trace.kernels_edges import FROM, KNOWN, SPOT, TRACED, UNTIL
from lianfang.trace.kernels_links import ROUND_SHIFT
from lianfang.trace.kernels_scan import PLACE, Sources
from lianfang.trace.kernels_sort import NEVER
from lianfang.trace.model import ContactRule, Controls, Int64, TraceQuery
from lianfang.trace.problem import Problem, clamp, distinct_links, pose, united
from lianfang.trace.rounds import relax_pieces, relax_spans, source_spans

__all__ = [
    "MET",
    "NEVER",
    "REACHED",
    "ROUND_SHIFT",
    "ROWS",
    "Meeting",
    "clamp",
    "distinct_links",
    "meet",
    "relax",
    "united",
]

ONE_THREAD: Final = Tuning(threads=1)
"""A task has one core."""

ROWS: Final = pa.schema(
    [
        pa.field(name, pa.int64(), nullable=False)
        for name in ("place", "salt", "subject", "t_in", "t_out", "start", "end", "rule", "cut_from", "clock", "rank")
    ]
    + [pa.field("wanted", pa.bool_(), nullable=False)]
)
"""A partition's rows: a stay [t_in, t_out) of `subject`. [start, end): its part in the subject's windows, empty if it is no
source stay. rule: number of the place's rule (source rows only). cut_from: a candidate's stay counts from there (-NEVER:
from its start). clock, rank: how the subject was reached. wanted: a candidate, to be reached."""

REACHED: Final = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in ("subject", "clock")])
MET: Final = pa.schema(
    [pa.field(name, pa.int64(), nullable=False) for name in ("known", "reached", "place", "start", "end")]
    + [pa.field(name, pa.bool_(), nullable=False) for name in ("lingering", "gives")]
)


class Meeting(NamedTuple):
    """What a task must know besides its rows: the rules by number, and whether the trace is forward."""

    rules: tuple[ContactRule, ...]
    forward: bool


class Partition(NamedTuple):
    """A partition as the kernels take it.

    problem: its sources are told apart by nothing but their stays; who is not wanted has a slot, and so is not reached.
    cutting: the same with the windows that cut the source stays out. sources: codes. candidates: place * S + subject codes.
    """

    problem: Problem
    cutting: Problem
    sources: Int64
    clock: Int64
    rank: Int64
    candidates: Int64


def _columns(table: pa.Table, meeting: Meeting) -> dict[str, npt.NDArray[Any]]:
    """The rows at places with a source stay, on the calendar's clock, as arrays the kernels may write to."""
    sources = table.filter(pc.less(table["start"], table["end"]))
    kept = table.filter(pc.is_in(table["place"], pc.unique(sources["place"])))
    rows = {name: np.array(kept[name].to_numpy()) for name in table.column_names}
    if not meeting.forward:
        for first, last in (("t_in", "t_out"), ("start", "end")):
            rows[first], rows[last] = -rows[last], -rows[first]
    return rows


def _codes(known: Int64, values: Int64) -> Int64:
    return np.searchsorted(known, values).astype(np.int64)


def _per_code(n: int, codes: Int64, values: Int64) -> Int64:
    column = np.full(n, NEVER, dtype=np.int64)
    column[codes] = values
    return column


def _spans(subject: Int64, start: Int64, end: Int64) -> tuple[Int64, Int64, Int64]:
    """Disjoint spans of subjects, ascending: those of one that overlap or touch become one."""
    order = np.lexsort((start, subject))
    subject, start, end = subject[order], start[order], end[order]
    new = np.ones(len(order), dtype=np.bool_)
    if len(order):
        # Ends so far of one subject, found by ranks: a later subject's ranks are all above an earlier one's.
        by_end = np.empty(len(order), dtype=np.int64)
        by_end[np.lexsort((end, subject))] = np.arange(len(order))
        latest = end[np.lexsort((end, subject))][np.maximum.accumulate(by_end)]
        new[1:] = (subject[1:] != subject[:-1]) | (start[1:] > latest[:-1])
        end = latest[np.append(np.flatnonzero(new)[1:], len(order)) - 1]
    return subject[new], start[new], end


def _windows(sources: Sources, n: int, spans: tuple[Int64, Int64, Int64]) -> Sources:
    """Sources whose windows are their source stays united: at each of these places that cuts out the same stays."""
    subject, start, end = spans
    owners, counts = np.unique(subject, return_counts=True)
    slot = np.full(n, -1, dtype=np.int32)
    slot[owners] = np.arange(len(owners))
    offset = np.zeros(len(owners) + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    return sources._replace(slot=slot, window_offset=offset, window_start=start, window_end=end)


def _posed(index: PresenceIndex, rows: dict[str, npt.NDArray[Any]], meeting: Meeting) -> Problem:
    """The question of a partition, with no index yet: rules by place, and controls of candidates (backward)."""
    of_source, wanted = rows["start"] < rows["end"], rows["wanted"]
    place, first = np.unique(rows["place"][of_source], return_index=True)
    query = TraceQuery(
        index=(),
        direction="forward" if meeting.forward else "backward",
        rule=meeting.rules[0],
        rules_by_kind=dict(enumerate(meeting.rules)),
    )
    cut = wanted & (rows["cut_from"] > -NEVER)
    controls = Controls(rows["subject"][cut], -rows["cut_from"][cut])
    return pose(query, index, None, controls, (place, rows["rule"][of_source][first]))


def _partition(table: pa.Table, meeting: Meeting) -> Partition:
    rows = _columns(table, meeting)
    index = PresenceIndex.build(rows["subject"], rows["place"], rows["t_in"], rows["t_out"], threads=1)
    n = len(index.subjects)
    subject, place = _codes(index.subjects, rows["subject"]), _codes(index.places, rows["place"])
    of_source, wanted = rows["start"] < rows["end"], rows["wanted"]
    problem = _posed(index, rows, meeting)
    problem.sources.slot[:] = 0
    problem.sources.slot[subject[wanted]] = -1
    spans = _spans(subject[of_source], rows["start"][of_source], rows["end"][of_source])
    return Partition(
        problem=problem,
        cutting=replace(problem, sources=_windows(problem.sources, n, spans)),
        sources=np.unique(spans[0]),
        clock=_per_code(n, subject, rows["clock"]),
        rank=_per_code(n, subject, rows["rank"]),
        candidates=(place * n + subject)[wanted],
    )


def _summed(problem: Problem, pieces: Int64) -> Int64:
    """The pieces at places whose rule sums the overlaps of a pair."""
    terms, place = problem.terms, pieces[:, PLACE]
    rule = terms.rule[place] if len(terms.rule) else np.zeros(len(place), dtype=np.int32)
    return pieces[terms.cumulative[rule]]


def relax(table: pa.Table, meeting: Meeting) -> pa.Table:
    """The earliest counted exposure of each subject of a partition to its source stays.

    Args:    table: ROWS.   Returns: REACHED, one row a wanted subject; a source's own stays may give its own later start.
    """
    part = _partition(table, meeting)
    problem, terms = part.problem, part.problem.terms
    sided = cut(part.cutting, part.sources, ONE_THREAD) if ONE_THREAD.cuts(problem, part.sources) else None
    if sided is None or sided.rows > ONE_THREAD.sweep_factor * len(problem.index):
        relax_spans(problem, source_spans(part.cutting, part.sources, 1), ONE_THREAD)
    else:
        relax_pieces(problem, sided, ONE_THREAD)
    if terms.cumulative.any():
        pieces = _summed(problem, (sided or cut(part.cutting, part.sources, ONE_THREAD)).pieces)
        note(problem, _edges(problem, pieces))
    reach = problem.sources.reach[: len(problem.index.subjects)]
    reached = np.flatnonzero(reach < NEVER)
    return pa.table([problem.index.subjects[reached], reach[reached]], schema=REACHED)


def _edges(problem: Problem, pieces: Int64) -> Grouped:
    """The counted overlaps of the wanted with source stays."""
    blocks = collect(problem, Sided(pieces, estimated(problem, pieces)), ONE_THREAD)
    return grouped(problem, groups_of(problem, blocks, ONE_THREAD, relax=False), ONE_THREAD)


def meet(table: pa.Table, meeting: Meeting) -> pa.Table:
    """All counted overlaps of a partition's wanted subjects with its source stays.

    Args:    table: ROWS.   Returns: MET, on the calendar's clock. gives: whether the edge gives the reached one its time.
    """
    part = _partition(table, meeting)
    index, clock, rank = part.problem.index, part.clock, part.rank
    edges = _edges(part.problem, cut(part.cutting, part.sources, ONE_THREAD).pieces).edges.astype(np.int64)
    reached, source, place = edges[:, TRACED], edges[:, KNOWN], edges[:, SPOT] >> 1
    start, end = edges[:, FROM] + index.origin, edges[:, UNTIL] + index.origin
    earlier = (clock[source] < clock[reached]) | ((clock[source] == clock[reached]) & (rank[source] < rank[reached]))
    reaches = start if meeting.forward else -end
    columns = [
        index.subjects[source],
        index.subjects[reached],
        index.places[place],
        start,
        end,
        (edges[:, SPOT] & 1).astype(np.bool_),
        (reaches == clock[reached]) & earlier,
    ]
    met = pa.table(columns, schema=MET)
    # A source stay is copied to every part of a salted place; its own edges are counted only where it is a candidate.
    pair = place * len(index.subjects) + reached
    return met.filter(pa.array(np.isin(pair, part.candidates)))
