"""What a query writes on: arrays as long as the subjects, kept between queries and cleared where they were touched.

So a question about one subject costs nothing that grows with the data.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_scan import Lane
from lianfang.trace.kernels_sort import NEVER, NONE, Int32, Int64, compiled
from lianfang.trace.kernels_sums import Stamps

SPARE_CODES = 64
"""Room for subjects without a presence (only named by a query or a link), before a state has to be made anew."""
EDGE_ROOM = 1 << 14


class Marks(NamedTuple):
    """What is known about each subject: since, reach, control int64[S] (NEVER: nothing), rank int64[S] (0), slot, generation
    int32[S] (-1), position int64[S] (-1). kernels_scan.Sources and kernels_links.Labels say what they mean.
    """

    since: Int64
    reach: Int64
    control: Int64
    rank: Int64
    slot: Int32
    generation: Int32
    position: Int64


@compiled
def clear_marks(marks: Marks, codes: Int64) -> None:
    """Forget what is known about some subjects."""
    since, reach, control, rank, slot, generation, position = marks
    for code in codes:
        since[code] = reach[code] = control[code] = NEVER
        rank[code] = 0
        slot[code] = generation[code] = position[code] = NONE


class State:
    """The arrays of one query at a time: marks, and per lane what its thread writes on."""

    def __init__(self, n_subjects: int, n_places: int) -> None:
        self.n_subjects, self.n_places = n_subjects, n_places
        nothing = np.full((3, n_subjects), NEVER, dtype=np.int64)
        none = np.full((2, n_subjects), -1, dtype=np.int32)
        self.marks = Marks(
            *nothing, np.zeros(n_subjects, dtype=np.int64), *none, np.full(n_subjects, -1, dtype=np.int64)
        )
        self.edges = np.empty((EDGE_ROOM, 5), dtype=np.int64)
        self.pieces = np.empty((EDGE_ROOM, 6), dtype=np.int64)
        self._lanes: list[Lane] = []
        self._stamps: list[Stamps] = []

    def lanes(self, n: int) -> list[Lane]:
        """The notes of n lanes in a round, empty."""
        while len(self._lanes) < n:
            best = np.full(self.n_subjects, NEVER, dtype=np.int64)
            self._lanes.append(Lane(best, np.empty(self.n_subjects, dtype=np.int64), np.zeros(1, dtype=np.int64)))
        return self._lanes[:n]

    def stamps(self, n: int) -> list[Stamps]:
        """The stamps of n lanes."""
        while len(self._stamps) < n:
            counts = (np.zeros(size, dtype=np.int64) for size in (self.n_subjects, self.n_places, 1))
            self._stamps.append(Stamps(*counts))
        return self._stamps[:n]


class StatePool:
    """States that no query is using; concurrent queries have one each."""

    def __init__(self, n_subjects: int, n_places: int) -> None:
        self.n_subjects, self.n_places = n_subjects, n_places
        self._free: deque[State] = deque(maxlen=16)

    def take(self, n_extra: int) -> State:
        """A clean state with room for subjects that have no presence."""
        try:
            state = self._free.pop()
        except IndexError:
            state = None
        if state is None or state.n_subjects < self.n_subjects + n_extra:
            return State(self.n_subjects + max(SPARE_CODES, n_extra), self.n_places)
        return state

    def give_back(self, state: State) -> None:
        """Keep a state, cleared by its query, for the next one. After an error a state is dropped instead."""
        self._free.append(state)
