"""What a query writes on: arrays as long as the subjects, kept between queries and cleared where they were touched.

So a question about one subject costs nothing that grows with the data.
"""

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from lianfang.trace.kernels_direct import Desk
from lianfang.trace.kernels_edges import EDGE_FIELDS, Block
from lianfang.trace.kernels_scan import Lane
from lianfang.trace.kernels_sort import NEVER, NONE, Int32, Int64, Ints, compiled
from lianfang.trace.kernels_sums import Stamps

SPARE_CODES = 64
"""Room for subjects without a presence (only named by a query or a link), before a state has to be made anew."""
BLOCK_EDGES, RANGE_EDGES = 1 << 18, 1 << 10
FEW_PIECES, FEW_EDGES = 1 << 8, 1 << 15
"""Room for the source stays and the edges of a small question, answered on the spot."""
KEPT_BYTES = 1 << 27
"""A state keeps buffers up to this size for the next query: fresh memory costs more than what is written on it."""


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

    def __init__(self, n_subjects: int, n_places: int, edge_dtype: type[np.signedinteger[Any]]) -> None:
        self.n_subjects, self.n_places, self.edge_dtype = n_subjects, n_places, edge_dtype
        never, unranked = np.full((3, n_subjects), NEVER, dtype=np.int64), np.zeros(n_subjects, dtype=np.int64)
        no_number, no_place = np.full((2, n_subjects), -1, dtype=np.int32), np.full(n_subjects, -1, dtype=np.int64)
        self.marks = Marks(never[0], never[1], never[2], unranked, no_number[0], no_number[1], no_place)
        self.pieces = np.empty((1 << 14, 6), dtype=np.int64)
        self._stamps: list[Stamps] = []
        few = Block(np.empty((1, FEW_EDGES, EDGE_FIELDS), dtype=edge_dtype), np.zeros(1, dtype=np.int64))
        marks = (never[0], never[1], never[2], unranked, no_number[0], no_place)
        self.desk = Desk(*marks, self.stamps(1)[0], self.pieces[:FEW_PIECES], few)
        self._blocks: deque[Ints] = deque()
        self._rooms: list[Ints] = []
        self._lanes: list[Lane] = []

    def lanes(self, n: int) -> list[Lane]:
        """The notes of n lanes in a round, empty."""
        while len(self._lanes) < n:
            best = np.full(self.n_subjects, NEVER, dtype=np.int64)
            self._lanes.append(Lane(best, np.empty(self.n_subjects, dtype=np.int64), np.zeros(1, dtype=np.int64)))
        return self._lanes[:n]

    def block(self, n_ranges: int, room: int) -> Block:
        """An empty block with at least so much room in each range; lanes may ask at the same time."""
        size = EDGE_FIELDS * max(BLOCK_EDGES, n_ranges * max(room, RANGE_EDGES))
        try:
            flat = self._blocks.pop()
        except IndexError:
            flat = np.empty(size, dtype=self.edge_dtype)
        if len(flat) < size:
            flat = np.empty(size, dtype=self.edge_dtype)
        room = len(flat) // (n_ranges * EDGE_FIELDS)
        edges = flat[: n_ranges * room * EDGE_FIELDS].reshape(n_ranges, room, EDGE_FIELDS)
        return Block(edges, np.zeros(n_ranges, dtype=np.int64))

    def keep_blocks(self, blocks: list[Block]) -> None:
        """Take blocks back for the next query."""
        for block in blocks:
            flat = block.edges.base
            if isinstance(flat, np.ndarray) and (len(self._blocks) + 1) * flat.nbytes <= KEPT_BYTES:
                self._blocks.append(flat)

    def rooms(self, n: int, room: int) -> list[Ints]:
        """n arrays for at least so many edges each, kept for the next query unless they are large."""
        rooms = [self._rooms.pop() if self._rooms else np.empty((0, EDGE_FIELDS), self.edge_dtype) for _ in range(n)]
        rooms = [
            own if len(own) >= room else np.empty((max(room, BLOCK_EDGES), EDGE_FIELDS), self.edge_dtype)
            for own in rooms
        ]
        if room * EDGE_FIELDS * np.dtype(self.edge_dtype).itemsize * n <= KEPT_BYTES:
            self._rooms = list(rooms)
        return rooms

    def stamps(self, n: int) -> list[Stamps]:
        """The stamps of n lanes."""
        while len(self._stamps) < n:
            counts = (np.zeros(size, dtype=np.int64) for size in (self.n_subjects, self.n_places, 1))
            self._stamps.append(Stamps(*counts))
        return self._stamps[:n]


class StatePool:
    """States that no query is using; concurrent queries have one each."""

    def __init__(self, n_subjects: int, n_places: int, edge_dtype: type[np.signedinteger[Any]]) -> None:
        self.n_subjects, self.n_places, self.edge_dtype = n_subjects, n_places, edge_dtype
        self._free: deque[State] = deque(maxlen=4)

    def take(self, n_extra: int) -> State:
        """A clean state with room for subjects that have no presence."""
        try:
            state = self._free.pop()
        except IndexError:
            state = None
        if state is None or state.n_subjects < self.n_subjects + n_extra:
            return State(self.n_subjects + max(SPARE_CODES, n_extra), self.n_places, self.edge_dtype)
        return state

    def give_back(self, state: State) -> None:
        """Keep a state, cleared by its query, for the next one. After an error a state is dropped instead."""
        self._free.append(state)
