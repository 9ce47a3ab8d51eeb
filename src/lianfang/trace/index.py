"""PresenceIndex: presences sorted once, asked as often as one likes, by any number of threads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.trace.columns import read_columns
from lianfang.trace.kernels_build import Columns
from lianfang.trace.kernels_scan import View
from lianfang.trace.kernels_sort import Int32
from lianfang.trace.model import Int64, InvalidTraceInputError, Presences
from lianfang.trace.segment import NARROW_LIMIT, InputCounts, Segment, build_segment
from lianfang.trace.state import StatePool
from lianfang.trace.storage import open_segment, write_segment
from lianfang.trace.views import concatenated, join_segments, stays_on


class Kinds(NamedTuple):
    """The kind of each place: number int32[P], 0 for none, else 1 + its position among the known kinds; both empty: no kinds."""

    number: Int32
    known: tuple[int, ...]


NO_KINDS = Kinds(np.empty(0, dtype=np.int32), ())


def place_kinds(known_places: Int64, places: npt.ArrayLike, kinds: npt.ArrayLike) -> Kinds:
    """Kinds by place code, from distinct places int64[n] and their kinds; places not known are passed over.

    Raises:  InvalidTraceInputError.
    """
    listed, kind = np.asarray(places, dtype=np.int64), np.asarray(kinds)
    if listed.shape != kind.shape or listed.ndim != 1:
        raise InvalidTraceInputError("place_kind: expected places and kinds of one length")
    order = np.argsort(listed, kind="stable")
    listed, kind = listed[order], kind[order]
    if (listed[1:] == listed[:-1]).any():
        raise InvalidTraceInputError("place_kind: a place has two kinds")
    if not len(listed) or not len(known_places):
        return NO_KINDS
    distinct, numbered = np.unique(kind, return_inverse=True)
    at = np.minimum(np.searchsorted(listed, known_places), len(listed) - 1)
    number = np.where(listed[at] == known_places, numbered[at] + 1, 0).astype(np.int32)
    return Kinds(number, tuple(distinct.tolist()))


def _bounds(segments: Sequence[Segment]) -> tuple[int, int]:
    """The first t_in and the last t_out."""
    bounds = [shelf.bounds for segment in segments for shelf in segment.shelves]
    return min((first for first, _, _ in bounds), default=0), max((last for _, _, last in bounds), default=0)


@dataclass(frozen=True, eq=False, repr=False)
class PresenceIndex:
    """Presences in the layout that makes tracing fast: immutable, safe to share between threads.

    Made by `build` (from arrays or tables), `open` (from a directory, memory-mapped) or `of_segments` (several of these).

    Attributes: segments: the sorted parts. subjects int64[S], places int64[P]: all ids, ascending. views: the parts as
                kernels see them. joined: stays that were joined across segments. origin: the first t_in; span_s: seconds to
                the last t_out. kinds: of the places, see `with_place_kinds`.
    """

    segments: tuple[Segment, ...]
    subjects: Int64
    places: Int64
    views: tuple[View, ...]
    joined: int
    states: StatePool
    origin: int
    span_s: int
    kinds: Kinds = NO_KINDS

    def __len__(self) -> int:
        """How many stays there are, after joining."""
        return self._n_stays

    @cached_property
    def _n_stays(self) -> int:
        return sum(len(segment) for segment in self.segments) - self.joined

    def __repr__(self) -> str:
        return f"PresenceIndex({len(self):,} stays, {len(self.segments)} segments)"

    @classmethod
    def build(cls, *presences: Any, threads: int | None = None) -> "PresenceIndex":
        """Sort and index presences: O(n), on all cores.

        Args:    presences: a Presences; or subject, place, t_in, t_out as four integer arrays [n]; or one table with columns of
                 these names: a Polars or pandas frame, an Arrow table, record batch or stream of batches, or anything else with
                 the Arrow PyCapsule interface. Seconds, half-open, or timestamps with a zone; any order.
        Returns: an index of one segment. `counts` tells what was left out or became one: stays that end no later than they
                 start are refused, stays of one subject at one place that overlap or touch are one stay.
        Raises:  InvalidTraceInputError: a column is missing, not of integers or has nulls, or a time is beyond +-2**53 s.
        """
        return cls.of_parts((build_segment(read_columns(presences), threads),))

    @classmethod
    def of_parts(cls, segments: Sequence[Segment]) -> "PresenceIndex":
        """An index of segments, as `of_segments`."""
        joined = join_segments(segments)
        origin, until = _bounds(segments)
        largest = max(len(joined.subjects), 2 * len(joined.places), until - origin)
        pool = StatePool(len(joined.subjects), len(joined.places), np.int32 if largest < NARROW_LIMIT else np.int64)
        return cls(tuple(segments), *joined, pool, origin, until - origin)

    @classmethod
    def of_segments(cls, indexes: Sequence["PresenceIndex"]) -> "PresenceIndex":
        """One index of several (days and a tail, say), answering as if all their presences had been built together.

        Stays of one subject at one place that overlap or touch across segments are one stay. Costs a merge of the ids, and for
        each pair of segments not seen together before a look-up for every stay that meets the time of the other. To drop old
        days, leave their segments out.
        """
        return cls.of_parts([segment for index in indexes for segment in index.segments])

    @classmethod
    def open(cls, directory: str | Path, *, check: bool = False) -> "PresenceIndex":
        """Map an index from the directory `write` made: milliseconds, whatever its size; pages are read when needed.

        Args:    check: also read everything and compare checksums.
        Raises:  SegmentError (code "trace.segment"): missing, incomplete, of another layout version, or damaged.
        """
        return cls.of_parts((open_segment(Path(directory), check=check),))

    def write(self, directory: str | Path) -> None:
        """Write the index to a new directory, which then is there whole or not at all, whatever happens meanwhile.

        An index of several segments is merged into one first. The format is described in docs/trace.md.
        Raises:  FileExistsError, OSError.
        """
        segments = self.segments if len(self.segments) == 1 else self.merged().segments
        write_segment(segments[0], Path(directory))

    def merged(self, threads: int | None = None) -> "PresenceIndex":
        """The same presences as an index of one segment (compaction)."""
        merged = build_segment(self.columns(), threads)
        counts = replace(self.counts, long_stays=merged.counts.long_stays)  # what the rules did before is not forgotten
        return self.of_parts((replace(merged, counts=counts),))

    def with_place_kinds(self, places: npt.ArrayLike, kinds: npt.ArrayLike) -> "PresenceIndex":
        """The same index, knowing the kinds of its places: traces need not look them up each time.

        Args:    places int64[n], distinct; kinds: integers[n]. Places not listed have no kind.
        Raises:  InvalidTraceInputError.
        """
        kept = (
            self.segments,
            self.subjects,
            self.places,
            self.views,
            self.joined,
            self.states,
            self.origin,
            self.span_s,
        )
        return PresenceIndex(*kept, kinds=place_kinds(self.places, places, kinds))

    def listed_kinds(self) -> tuple[Int64, Int64]:
        """The places that have a kind, and their kinds: what `with_place_kinds` was given, as far as the places are known."""
        has_kind = np.flatnonzero(self.kinds.number)
        kinds = np.array(self.kinds.known, dtype=np.int64)[self.kinds.number[has_kind] - 1]
        return self.places[has_kind], kinds

    @property
    def counts(self) -> InputCounts:
        """What the input rules did, over all segments."""
        told = [(c.rows, c.refused, c.duplicates, c.joined, c.long_stays) for c in (s.counts for s in self.segments)]
        rows, refused, duplicates, joined, long_stays = (sum(column) for column in zip(*told, strict=True))
        return InputCounts(rows, refused, duplicates, joined + self.joined, long_stays)

    @cached_property
    def latest_entry(self) -> int | None:
        """The latest t_in: how fresh the index is. None if it is empty."""
        return max((shelf.bounds[1] for segment in self.segments for shelf in segment.shelves), default=None)

    @property
    def nbytes(self) -> int:
        """Bytes of all its arrays, mapped ones included; states of queries apart."""
        return sum(part.nbytes for view in self.views for part in view if isinstance(part, np.ndarray)) + sum(
            ids.nbytes for segment in self.segments for s in segment.shelves for ids in (s.subjects, s.places)
        )

    def columns(self) -> Columns:
        """All stays as ids and calendar times, segment by segment; those continued in another segment are not yet joined."""
        parts = [stays_on(shelf) for segment in self.segments for shelf in segment.shelves]
        return concatenated(parts) if parts else Columns(*(np.empty(0, dtype=np.int64) for _ in range(4)))

    def presences(self) -> Presences:
        """All stays as Presences."""
        return Presences(*self.columns())


def index_of(presences: Presences | PresenceIndex) -> PresenceIndex:
    """The index itself, or that of presences: built on first use and kept on them."""
    if isinstance(presences, PresenceIndex):
        return presences
    index = presences.sorted_copies.get("index")
    if not isinstance(index, PresenceIndex):
        index = PresenceIndex.build(presences)
        presences.sorted_copies["index"] = index
    return index
