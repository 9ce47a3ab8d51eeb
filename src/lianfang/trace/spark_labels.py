"""How subjects were reached, kept by the driver between rounds of the Spark engine: arrays, links followed, windows derived.

All times are the kernels' (mirrored backward). What is kept is 32 bytes for each subject of the answer.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lianfang.trace.model import Controls, Int64, Links, PlaceKinds, TraceQuery
from lianfang.trace.spark_kernel import NEVER, ROUND_SHIFT, clamp, distinct_links, united

INDEX_CLOCK: Final = -NEVER
"""An index precedes everybody: its clock where ties are decided."""
NOBODY: Final = np.empty(0, dtype=np.int64)


class Known(NamedTuple):
    """What is known besides the presences of a store; as `trace` takes it."""

    links: Links | None = None
    controls: Controls | None = None
    place_kind: PlaceKinds | None = None


class Labels(NamedTuple):
    """subject (ascending), clock (lower is better), rank (round << 32 | links), generation: int64[n]."""

    subject: Int64
    clock: Int64
    rank: Int64
    generation: Int64


class Windows(NamedTuple):
    """When subjects are known: subject, [start, end), and clock and rank for ties, int64[n]; several rows for a subject."""

    subject: Int64
    start: Int64
    end: Int64
    clock: Int64
    rank: Int64


class LinkEdges(NamedTuple):
    """Links that reach somebody: known, reached, at int64[n]; gives bool[n]: whether that gives the reached one its time."""

    known: Int64
    reached: Int64
    at: Int64
    gives: np.ndarray


def _position(ids: Int64, wanted: Int64) -> Int64:
    """Where ids are in an ascending array, -1 where they are not."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, -1)


def earliest_controls(controls: Controls | None) -> tuple[Int64, Int64]:
    """Distinct subjects, ascending, and from when each is no source, calendar time."""
    if controls is None or not len(controls.subject):
        return NOBODY, NOBODY
    order = np.lexsort((controls.controlled_at, controls.subject))
    subject, first = np.unique(controls.subject[order], return_index=True)
    return subject, controls.controlled_at[order][first]


def _index_windows(query: TraceQuery, sign: int) -> tuple[Int64, Int64, Int64, Int64, Int64]:
    """Index subjects and their earliest start (NEVER: no window left); their windows: subject, start, end."""
    spans: dict[int, list[tuple[int, int]]] = {window.subject: [] for window in query.windows}
    for window in query.windows:
        start = -NEVER if window.start is None else clamp(window.start)
        end = NEVER if window.end is None else clamp(window.end)
        end = end if query.horizon is None else min(end, query.horizon)
        if start < end:
            spans[window.subject].append((start, end) if sign > 0 else (-end, -start))
    listed = {subject: united(windows) for subject, windows in spans.items()}
    subjects = sorted(listed)
    first = [listed[subject][0][0] if listed[subject] else NEVER for subject in subjects]
    flat = [(subject, *window) for subject in subjects for window in listed[subject]]
    table = np.array(flat, dtype=np.int64).reshape(-1, 3)
    return np.array(subjects, dtype=np.int64), np.array(first, dtype=np.int64), table[:, 0], table[:, 1], table[:, 2]


def no_labels() -> Labels:
    """Nobody is reached yet."""
    return Labels(NOBODY, NOBODY, NOBODY, NOBODY)


@dataclass(frozen=True, eq=False)
class Asked:
    """The question as arrays. index, index_clock: index subjects (ascending) and since when links leave from them.

    windows: theirs. links: int64[L, 3] known, reached, at. controls: as `earliest_controls` gives them.
    """

    query: TraceQuery
    sign: int
    index: Int64
    index_clock: Int64
    windows: Windows
    links: Int64
    controls: tuple[Int64, Int64]

    def _cut_at_controls(self, windows: Windows) -> Windows:
        """Forward a source's windows end at its control; backward the candidate's stays are cut instead."""
        if self.sign > 0:
            at = _position(self.controls[0], windows.subject)
            controlled = self.controls[1][at] if len(self.controls[1]) else np.full(len(at), NEVER)
            windows = windows._replace(end=np.where(at >= 0, np.minimum(windows.end, controlled), windows.end))
        kept = windows.start < windows.end
        return Windows(*(column[kept] for column in windows))

    def windows_of_index(self) -> Windows:
        """The windows of the index subjects."""
        return self._cut_at_controls(self.windows)

    def windows_of(self, known: Labels) -> Windows:
        """The window of each of the reached: from its clock plus the latent time."""
        start = known.clock + self.query.latent_s
        never = np.full(len(start), NEVER, dtype=np.int64)
        return self._cut_at_controls(Windows(known.subject, start, never, known.clock, known.rank))

    def lower(self, labels: Labels, found: Labels) -> Labels:
        """The better of the known and the found labels of each subject, by (clock, rank); index subjects are left out.

        A subject keeps the generation it was first reached in.
        """
        keep = _position(self.index, found.subject) < 0
        columns = [np.concatenate((old, new[keep])) for old, new in zip(labels, found, strict=True)]
        order = np.lexsort((columns[2], columns[1], columns[0]))
        subject, first = np.unique(columns[0][order], return_index=True)
        generation = np.minimum.reduceat(columns[3][order], first) if len(first) else NOBODY
        return Labels(subject, columns[1][order][first], columns[2][order][first], generation)

    def _link_clocks(self, labels: Labels) -> tuple[Int64, Int64, Int64]:
        """For each link: since when its known end is known (NEVER: it is not), the same end's rank, and when it reaches."""
        known, at = self.links[:, 0], self.links[:, 2]
        if self.query.everyone:
            return np.full(len(at), INDEX_CLOCK), np.full(len(at), -1), at
        since, rank = np.full(len(at), NEVER, dtype=np.int64), np.full(len(at), -1, dtype=np.int64)
        given, reached = _position(self.index, known), _position(labels.subject, known)
        since[given >= 0] = self.index_clock[given[given >= 0]]
        since[reached >= 0] = labels.clock[reached[reached >= 0]]
        rank[reached >= 0] = labels.rank[reached[reached >= 0]]
        return since, rank, np.where(since < NEVER, np.maximum(since, at), NEVER)

    def close_over_links(self, labels: Labels, number: int) -> Labels:
        """Follow links within round `number` until nothing gets better: as many passes as the longest chain is long."""
        this_round = number << ROUND_SHIFT
        while len(self.links):
            since, rank, clock = self._link_clocks(labels)
            same = (clock == since) & (rank >= this_round)
            found = Labels(self.links[:, 1], clock, np.where(same, rank + 1, this_round), np.full(len(clock), number))
            reaches = clock < NEVER
            closed = self.lower(labels, Labels(*(column[reaches] for column in found)))
            if all(np.array_equal(new, old) for new, old in zip(closed, labels, strict=True)):
                break
            labels = closed
        return labels

    def improved(self, before: Labels, labels: Labels) -> Labels:
        """Those new or reached earlier than before: the next round's frontier."""
        at = _position(before.subject, labels.subject)
        earlier = labels.clock < before.clock[at] if len(before.clock) else np.ones(len(at), dtype=np.bool_)
        changed = (at < 0) | earlier
        return Labels(*(column[changed] for column in labels))

    def known_before(self, before: Labels, labels: Labels) -> Windows:
        """Windows before the last round, ties decided by how everybody was reached in the end."""
        windows = self.windows_of(before)
        at = _position(labels.subject, windows.subject)
        mine = windows._replace(clock=labels.clock[at], rank=labels.rank[at])
        return Windows(*(np.concatenate(pair) for pair in zip(mine, self.windows_of_index(), strict=True)))

    def link_edges(self, labels: Labels) -> LinkEdges:
        """The links into everybody reached (every link if every subject is an index)."""
        since, rank, at = self._link_clocks(labels)
        known, reached = self.links[:, 0], self.links[:, 1]
        if self.query.everyone:
            return LinkEdges(known, reached, self.sign * at, np.zeros(len(at), dtype=np.bool_))
        position = _position(labels.subject, reached)
        kept = (position >= 0) & (at < NEVER)
        known, reached, since, rank, at, position = (
            column[kept] for column in (known, reached, since, rank, at, position)
        )
        clock, theirs = labels.clock[position], labels.rank[position]
        earlier = (rank < 0) | (since < clock) | ((since == clock) & (rank < theirs))
        return LinkEdges(known, reached, self.sign * at, (at == clock) & earlier)


def ask(query: TraceQuery, facts: Known) -> Asked:
    """Turn a question into arrays. O(index windows + links + controls)."""
    sign = 1 if query.direction == "forward" else -1
    index, clock, subject, start, end = _index_windows(query, sign)
    n = len(subject)
    links = distinct_links(facts.links, query.horizon)
    return Asked(
        query=query,
        sign=sign,
        index=index,
        index_clock=clock,
        windows=Windows(subject, start, end, np.full(n, INDEX_CLOCK, dtype=np.int64), np.full(n, -1, dtype=np.int64)),
        links=links if sign > 0 else np.column_stack((links[:, 1], links[:, 0], -links[:, 2])),
        controls=earliest_controls(facts.controls),
    )
