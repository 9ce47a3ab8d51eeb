"""What a Spark task does: relax the stays of one partition against the source stays at their places, or list the edges.

The one place where the Spark engine meets the local engine's insides: the other spark* modules take what they need from here.
It knows Arrow and NumPy, not Spark. Time is the kernels'
(mirrored backward). A partition has, for each of its (place, salt), every candidate stay and every source stay there.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.trace.kernels_edges import collect_edges, new_edges
from lianfang.trace.kernels_scan import (
    NEVER,
    ROUND_SHIFT,
    Edges,
    Flags,
    Found,
    Pieces,
    Scratch,
    Sources,
    Terms,
    cut_stays,
    relax_pairs,
    relax_sweep,
)
from lianfang.trace.kernels_sort import Stays, merge_stays
from lianfang.trace.layout import Layout, build_layout
from lianfang.trace.model import ContactRule, Int64, Presences
from lianfang.trace.problem import clamp, distinct_links, united

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
    """What a task must know besides its rows: the rules by number, and whether the source's stay lingers (forward)."""

    rules: tuple[ContactRule, ...]
    forward: bool


class Partition(NamedTuple):
    """A partition as the kernels take it. wanted bool[S]; clock, rank int64[S]; candidates: place * S + subject codes."""

    layout: Layout
    terms: Terms
    pieces: Pieces
    wanted: Flags
    clock: Int64
    rank: Int64
    candidates: Int64


def _columns(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """The rows at places with a source stay, as arrays the kernels may write to."""
    sources = table.filter(pc.less(table["start"], table["end"]))
    kept = table.filter(pc.is_in(table["place"], pc.unique(sources["place"])))
    return {name: np.array(kept[name].to_numpy()) for name in table.column_names}


def _codes(known: Int64, values: Int64) -> Int64:
    return np.searchsorted(known, values).astype(np.int64)


def _per_code(n: int, codes: Int64, values: Int64, otherwise: int) -> Int64:
    column = np.full(n, otherwise, dtype=np.int64)
    column[codes] = values
    return column


def _terms(layout: Layout, meeting: Meeting, rule: Int64, cut_from: Int64) -> Terms:
    linger = np.array([rule.linger_s for rule in meeting.rules], dtype=np.int64)[rule]
    none = np.zeros(len(layout.places), dtype=np.int64)
    return Terms(
        min_overlap=np.array([rule.min_overlap_s for rule in meeting.rules], dtype=np.int64)[rule],
        source_linger=linger if meeting.forward else none,
        reached_linger=none if meeting.forward else linger,
        cumulative=np.array([rule.cumulative for rule in meeting.rules], dtype=np.bool_)[rule],
        reached_from=cut_from,
        cap=NEVER,  # stays arrive cut at the horizon
    )


def _sources(n: int, subject: Int64, start: Int64, end: Int64) -> Sources:
    """Windows of the source subjects: their source stays united. At each of these places that cuts out the same stays."""
    order = np.lexsort((start, subject)).astype(np.int32)
    spans = Stays(subject, np.zeros_like(subject), start, end.copy())
    order = order[merge_stays(spans, order)[order]]
    owners, counts = np.unique(subject[order], return_counts=True)
    slot = np.full(n, -1, dtype=np.int32)
    slot[owners] = np.arange(len(owners))
    offset = np.zeros(len(owners) + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    never = np.full(n, NEVER, dtype=np.int64)
    return Sources(never, slot, offset, spans.t_in[order], spans.t_out[order], never, 0)


def _room(n: int) -> Pieces:
    return Pieces(np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64))


def _take(pieces: Pieces, which: npt.NDArray[np.intp]) -> Pieces:
    return Pieces(pieces.row[which], pieces.start[which], pieces.end[which])


def _pieces(layout: Layout, sources: Sources) -> Pieces:
    subjects = np.flatnonzero(sources.slot >= 0)
    pieces = _room(cut_stays(layout.rows, sources, subjects, _room(0)))
    cut_stays(layout.rows, sources, subjects, pieces)
    return pieces


def _partition(table: pa.Table, meeting: Meeting) -> Partition:
    rows = _columns(table)
    layout = build_layout(Presences(rows["subject"], rows["place"], rows["t_in"], rows["t_out"]), "forward")
    n = len(layout.subjects)
    subject, place = _codes(layout.subjects, rows["subject"]), _codes(layout.places, rows["place"])
    is_source, wanted = rows["start"] < rows["end"], np.zeros(n, dtype=np.bool_)
    wanted[subject[rows["wanted"]]] = True
    rule = _per_code(len(layout.places), place[is_source], rows["rule"][is_source], 0)
    cut_from = _per_code(n, subject[rows["wanted"]], rows["cut_from"][rows["wanted"]], -NEVER)
    sources = _sources(n, subject[is_source], rows["start"][is_source], rows["end"][is_source])
    return Partition(
        layout=layout,
        terms=_terms(layout, meeting, rule, cut_from),
        pieces=_pieces(layout, sources),
        wanted=wanted,
        clock=_per_code(n, subject, rows["clock"], NEVER),
        rank=_per_code(n, subject, rows["rank"], NEVER),
        candidates=(place * n + subject)[rows["wanted"]],
    )


def _scratch(partition: Partition) -> Scratch:
    largest, n = partition.layout.largest_place, len(partition.wanted)
    found = Found(*(np.empty(largest, dtype=np.int64) for _ in Found._fields))
    return Scratch(found, np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.empty(n, dtype=np.int32))


def relax(table: pa.Table, meeting: Meeting) -> pa.Table:
    """The earliest counted exposure of each subject of a partition to its source stays.

    Args:    table: ROWS.   Returns: REACHED, one row a wanted subject; a source's own stays may give its own later start.
    """
    partition = _partition(table, meeting)
    rows, n = partition.layout.rows, len(partition.wanted)
    reach, nobody = np.full(n, NEVER, dtype=np.int64), np.empty(0, dtype=np.int64)
    # No slots here: who is an index, and so not to be reached, the driver knows.
    model = (partition.terms, Sources(reach, np.full(n, -1, dtype=np.int32), nobody, nobody, nobody, nobody, 0))
    place = rows.place[partition.pieces.row]
    summed = partition.terms.cumulative[place]
    by_place = np.flatnonzero(~summed)[np.argsort(place[~summed], kind="stable")]
    relax_sweep(rows, model, _take(partition.pieces, by_place), reach)
    relax_pairs(rows, model, _take(partition.pieces, np.flatnonzero(summed)), _scratch(partition), reach)
    reached = np.flatnonzero((reach < NEVER) & partition.wanted)  # of others the cut is not known here
    return pa.table([partition.layout.subjects[reached], reach[reached]], schema=REACHED)


def _collect(partition: Partition) -> tuple[Int64, Edges]:
    """Edges of the wanted with the codes of those reached: counted, then filled."""
    rows, n = partition.layout.rows, len(partition.wanted)
    work, count = _scratch(partition), np.zeros(n, dtype=np.int64)
    collect_edges(rows, partition.terms, partition.pieces, (work, partition.wanted, count), new_edges(0))
    cursor = np.cumsum(count) - count
    edges: Edges = new_edges(int(count.sum()))
    if len(edges.source):
        collect_edges(rows, partition.terms, partition.pieces, (work, partition.wanted, cursor), edges)
    return np.repeat(np.arange(n), count), edges


def meet(table: pa.Table, meeting: Meeting) -> pa.Table:
    """All counted overlaps of a partition's wanted subjects with its source stays.

    Args:    table: ROWS.   Returns: MET, on the calendar's clock. gives: whether the edge gives the reached one its time.
    """
    partition = _partition(table, meeting)
    reached, edges = _collect(partition)
    clock, rank, source = partition.clock, partition.rank, edges.source
    earlier = (clock[source] < clock[reached]) | ((clock[source] == clock[reached]) & (rank[source] < rank[reached]))
    start, end = (edges.start, edges.end) if meeting.forward else (-edges.end, -edges.start)
    layout = partition.layout
    columns = [
        layout.subjects[source],
        layout.subjects[reached],
        layout.places[edges.place],
        start,
        end,
        edges.lingering,
        (edges.start == clock[reached]) & earlier,
    ]
    met = pa.table(columns, schema=MET)
    # A source stay is copied to every part of a salted place; its own edges are counted only where it is a candidate.
    pair = edges.place.astype(np.int64) * len(partition.wanted) + reached
    return met.filter(pa.array(np.isin(pair, partition.candidates)))
