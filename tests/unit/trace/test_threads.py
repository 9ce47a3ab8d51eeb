"""Lanes and what they write on: nobody waits for a busy pool, large buffers are not kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from lianfang.trace import state as states
from lianfang.trace import threads
from lianfang.trace.state import BLOCK_EDGES, State


def test_a_busy_pool_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    done = Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(done.wait)
        monkeypatch.setattr(threads, "_pool", lambda _: pool)
        assert threads.in_lanes(lambda lane, item: (lane, item), [5, 6, 7], 2) == [(0, 5), (0, 6), (0, 7)]
        done.set()


def test_an_error_in_a_lane_reaches_the_caller() -> None:
    with pytest.raises(IndexError, match="of the work"):
        threads.in_lanes(lambda _, item: _fail(item), [5, 6, 7, 8], 3)


def _fail(item: int) -> None:
    raise IndexError(f"{item} of the work")


def test_large_buffers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(1, 1, np.int32)
    small, large = state.block(3, 0), state.block(2, BLOCK_EDGES)
    assert (small.edges.shape, large.edges.shape) == ((3, BLOCK_EDGES // 3, 5), (2, BLOCK_EDGES, 5))
    state.keep_blocks([small])
    assert state.block(1, 0).edges.base is small.edges.base
    state.keep_blocks([small])
    assert state.block(1, BLOCK_EDGES + 1).edges.base is not small.edges.base
    kept = state.rooms(1, 9)
    assert state.rooms(1, 5)[0] is kept[0]
    monkeypatch.setattr(states, "KEPT_BYTES", 0)
    state.keep_blocks([large])
    assert state.block(1, 0).edges.base is not large.edges.base
    once = state.rooms(1, BLOCK_EDGES + 1)
    assert state.rooms(1, 9)[0] is not once[0]
