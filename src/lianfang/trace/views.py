"""Several shelves as one index: common codes, and stays that go on from one segment into another joined."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lianfang.trace import kernels_join as kernels
from lianfang.trace.kernels_build import Columns
from lianfang.trace.kernels_scan import View
from lianfang.trace.kernels_sort import Flags, Int64, Ints
from lianfang.trace.segment import NARROW_LIMIT, Segment, Shelf, build_segment

ALL_ALIVE = np.empty(0, dtype=np.bool_)


class Joined(NamedTuple):
    """What an index traces: the common dictionaries, its views, and how many stays were joined across segments."""

    subjects: Int64
    places: Int64
    views: tuple[View, ...]
    joined: int


def _united_ids(parts: Sequence[Int64]) -> Int64:
    """All distinct ids, ascending; the array itself where one part has them all."""
    largest = max(parts, key=len)
    others = [ids for ids in parts if ids is not largest and not np.array_equal(ids, largest)]
    if not others:
        return largest
    united: Int64 = np.unique(np.concatenate((largest, *others)))
    return largest if len(united) == len(largest) else united


def _translation(ids: Int64, own: Int64, dtype: Any) -> tuple[Ints, Ints]:
    """Common codes of a shelf's codes, and the reverse; both empty where they are the same."""
    if own is ids or np.array_equal(own, ids):
        return np.empty(0, dtype=dtype), np.empty(0, dtype=dtype)
    to, back = np.empty(len(own), dtype=dtype), np.empty(len(ids), dtype=dtype)
    kernels.match_sorted(ids, own, to)
    kernels.reverse_codes(to, back)
    return to, back


def _view(number: int, shelf: Shelf, subjects: Int64, places: Int64, dead: Flags) -> View:
    dtype = shelf.subject.dtype if max(len(subjects), len(places)) < NARROW_LIMIT else np.dtype(np.int64)
    subject_to, subject_from = _translation(subjects, shelf.subjects, dtype)
    place_to, place_from = _translation(places, shelf.places, dtype)
    span, codes = shelf.bounds[1] - shelf.bounds[0] + 1, (subject_to, subject_from, place_to, place_from)
    return View(number, shelf.base, span, *shelf[4:], *codes, dead)


def stays_on(shelf: Shelf, rows: Flags | None = None) -> Columns:
    """The stays of a shelf, or of some of its rows, as ids and calendar times."""
    chosen: Any = slice(None) if rows is None else np.flatnonzero(rows)
    place = np.repeat(shelf.places, np.diff(shelf.place_offset))
    times = (shelf.t_in[chosen].astype(np.int64) + shelf.base, shelf.t_out[chosen].astype(np.int64) + shelf.base)
    return Columns(shelf.subjects[shelf.subject[chosen]], place[chosen], *times)


def concatenated(parts: Sequence[Columns]) -> Columns:
    """Columns one after the other."""
    return Columns(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _meet(a: tuple[Shelf, View], b: tuple[Shelf, View]) -> tuple[Int64, Int64]:
    """The rows of two shelves that overlap or touch a stay of the same subject and place on the other."""
    spans = [(shelf.bounds[0], shelf.bounds[2]) for shelf, _ in (a, b)]
    nothing = np.empty(0, dtype=np.int64)
    if spans[0][0] > spans[1][1] or spans[1][0] > spans[0][1]:
        return nothing, nothing
    marked = [np.zeros(len(shelf.subject), dtype=np.bool_) for shelf, _ in (a, b)]
    looked_up = [
        kernels.count_touching(view.t_in, view.t_out, span[0] - view.base, span[1] - view.base)
        for (_, view), span in ((a, spans[1]), (b, spans[0]))
    ]
    if looked_up[0] <= looked_up[1]:
        kernels.mark_joined(a[1], b[1], spans[1], marked[0], marked[1])
    else:
        kernels.mark_joined(b[1], a[1], spans[0], marked[1], marked[0])
    return np.flatnonzero(marked[0]), np.flatnonzero(marked[1])


def _dead_rows(segments: Sequence[Segment], views: Sequence[View]) -> dict[int, Flags]:
    """By view, the rows to be joined with a stay of another segment. Pairs of segments remember: most never change."""
    numbered = iter(views)
    shelved = [[(shelf, next(numbered)) for shelf in segment.shelves] for segment in segments]
    dead: dict[int, Flags] = {}
    for later in range(1, len(segments)):
        for earlier in range(later):
            known = segments[earlier].meetings.get(segments[later])
            if known is None:
                known = [_meet(a, b) for a in shelved[earlier] for b in shelved[later]]
                segments[earlier].meetings[segments[later]] = known
            pairs = ((a[1], b[1]) for a in shelved[earlier] for b in shelved[later])
            for (view, other), rows in zip(pairs, known, strict=True):
                for one, own in ((view, rows[0]), (other, rows[1])):
                    if len(own):
                        dead.setdefault(one.number, np.zeros(len(one.t_in), dtype=np.bool_))[own] = True
    return dead


def join_segments(segments: Sequence[Segment]) -> Joined:
    """Make one index of segments, exact for stays of one subject at one place that overlap or touch across them.

    Such stays are no longer looked at where they are; what they are together is a stay of a small segment of its own. (Two stays
    that touch cover every second between their ends, so whatever touches both together touches one of them: looking at pairs
    finds all that belong together.)
    """
    shelves = [shelf for segment in segments for shelf in segment.shelves]
    if not shelves:
        return Joined(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), (), 0)
    subjects = _united_ids([shelf.subjects for shelf in shelves])
    places = _united_ids([shelf.places for shelf in shelves])
    views = [_view(number, shelf, subjects, places, ALL_ALIVE) for number, shelf in enumerate(shelves)]
    if len(segments) == 1:
        return Joined(subjects, places, tuple(views), 0)
    dead = _dead_rows(segments, views)
    if not dead:
        return Joined(subjects, places, tuple(views), 0)
    bridge = build_segment(concatenated([stays_on(shelves[number], rows) for number, rows in dead.items()]))
    views = [view._replace(dead=dead.get(view.number, ALL_ALIVE)) for view in views]
    views += [_view(len(views) + more, shelf, subjects, places, ALL_ALIVE) for more, shelf in enumerate(bridge.shelves)]
    return Joined(subjects, places, tuple(views), sum(int(rows.sum()) for rows in dead.values()) - len(bridge))
