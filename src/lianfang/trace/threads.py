"""Work on all cores: items shared among lanes, each lane a thread that runs kernels without the interpreter's lock."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def core_count() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool(process: int) -> ThreadPoolExecutor:  # noqa: ARG001  a forked child inherits the cache but not the threads
    return ThreadPoolExecutor(max_workers=64, thread_name_prefix="lianfang-trace")


def in_lanes(work: Callable[[int, Item], Result], items: Sequence[Item], lanes: int) -> list[Result]:
    """[work(lane, item) for every item], in the order of the items, on up to `lanes` threads, the caller being lane 0.

    A lane does one item at a time, so whatever belongs to a lane needs no lock. Lanes never wait for each other, so callers
    sharing the pool cannot block one another for good.
    """
    lanes = min(lanes, len(items))
    if lanes <= 1:
        return [work(0, item) for item in items]
    waiting, results = deque(enumerate(items)), dict[int, Result]()

    def run(lane: int) -> None:
        while True:
            try:
                number, item = waiting.popleft()
            except IndexError:
                return
            results[number] = work(lane, item)

    pool = _pool(os.getpid())
    others = [pool.submit(run, lane) for lane in range(1, lanes)]
    try:
        run(0)
    finally:
        waiting.clear()
        for other in others:
            if not other.cancel():
                other.result()
    return [results[number] for number in range(len(items))]


def parts_of(n: int, parts: int) -> list[tuple[int, int]]:
    """[0, n) in about equal parts, none empty."""
    parts = max(parts, 1)
    bounds = [n * part // parts for part in range(parts + 1)]
    return [(begin, end) for begin, end in pairwise(bounds) if begin < end]
