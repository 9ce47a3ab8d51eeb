"""The same questions to the trace engine, DuckDB, Polars and PostgreSQL: answers compared, ratios of times.

Run:  python -m tests.bench.bench_trace [--people 30000 300000] [--engines duckdb polars postgresql] [--only 1 100 1000 rounds]
      [--limit SECONDS] [--threads N]          All of it takes about a quarter of an hour; leaving things out is fine.
"""

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import psutil

from lianfang.trace import ContactRule, IndexWindow, PresenceIndex, TraceQuery, trace, warm_up
from lianfang.trace.grouping import Tuning
from lianfang.trace.problem import pose
from lianfang.trace.rounds import Progress, relax_swept
from lianfang.trace.threads import core_count
from tests.bench.county import DAY, Stays, county
from tests.bench.rival_postgres import Postgres
from tests.bench.rivals import COLUMNS, MIN_OVERLAP_S, DuckDb, Polars, Question

RIVALS: dict[str, Any] = {rival.name: rival for rival in (DuckDb, Polars, Postgres)}
SINGLES = 20
"""So many people are asked about one by one, and the mean is told: some live alone, some work in a crowd."""


class Lianfang:
    """The engine itself."""

    name = "lianfang"

    def __init__(self, stays: Stays, threads: int) -> None:
        self.index, self.threads = PresenceIndex.build(*stays, threads=threads), threads

    def ask(self, question: Question) -> Any:
        """Its answer; `exposures` has more than the rivals compute (seconds counted once, the path back)."""
        query = TraceQuery(
            index=tuple(IndexWindow(subject) for subject in question.subjects),
            generations=question.generations,
            latent_s=question.latent_s,
            rule=ContactRule(MIN_OVERLAP_S),
            with_edges=False,
        )
        return trace(self.index, query, threads=self.threads)


def groups(people: int) -> dict[str, list[Question]]:
    """The questions by kind; those of one kind are asked one by one."""
    chosen = tuple(np.random.default_rng(5).permutation(people).tolist())
    return {
        "1": [Question("1 index", (subject,)) for subject in chosen[:SINGLES]],
        "100": [Question("100 indices", chosen[:100])],
        "1000": [Question("1,000 indices", chosen[:1_000])],
        "rounds": [Question("10 indices, 3 generations", chosen[:10], 3, DAY)],
    }


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The best wall time of some runs in seconds, and the result; one that takes over five seconds is not repeated."""
    best, result = float("inf"), None
    for _ in range(repeat):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
        if best > 5:
            break
    return best, result


def checksum(answers: Sequence[pl.DataFrame]) -> tuple[int, int]:
    """Rows and a checksum of answers in any order of rows."""
    hashes = [
        int(answer.select(pl.col(COLUMNS).cast(pl.Int64)).hash_rows(seed=1).sum() or 0)
        for answer in answers
        if len(answer)
    ]
    return sum(len(answer) for answer in answers), sum(hashes) & (2**64 - 1)


def ask_all(engine: Any, questions: Sequence[Question], limit: float) -> tuple[float, list[Any] | None]:
    """Mean time of the questions of a kind and their answers; no answers if the engine gave up."""
    total, answers = 0.0, []
    for question in questions:
        seconds, answer = timed(
            lambda q=question: engine.ask(q), 3 if len(questions) > 1 or engine.name != "lianfang" else 5
        )
        if answer is None:
            return limit, None
        total, answers = total + seconds, [*answers, answer]
    return total / len(questions), answers


def bandwidth(threads: int) -> float:
    """GB/s that sums of 64-bit integers are read with, all threads together."""
    parts = [np.ones(1 << 24, dtype=np.int64) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        seconds, _ = timed(lambda: list(pool.map(np.sum, parts)), 5)
    return float(sum(part.nbytes for part in parts) / seconds / 1e9)


def sweep_bytes(index: PresenceIndex, subjects: Sequence[int], threads: int) -> tuple[float, int]:
    """Seconds of one sweep over all places, from many sources, and the bytes it reads of the stays (three passes)."""
    query = TraceQuery(index=tuple(IndexWindow(subject) for subject in subjects), rule=ContactRule(MIN_OVERLAP_S))
    best = float("inf")
    for _ in range(3):
        problem = pose(query, index, None, None, None)
        progress, started = Progress(problem), time.perf_counter()
        improved, _ = relax_swept(problem, progress.frontier, Tuning(threads=threads))
        best = min(best, time.perf_counter() - started)
        problem.clear(improved)
    return best, 3 * sum(column.nbytes for v in index.views for column in (v.subject, v.t_in, v.t_out))


def print_machine(threads: int) -> float:
    memory = psutil.virtual_memory().total / 2**30
    model = next(
        (line.split(":")[1].strip() for line in _cpu_info() if line.startswith("model name")), platform.machine()
    )
    speed = bandwidth(threads)
    print(
        f"machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB; {threads} threads; load {os.getloadavg()[0]:.1f}"
    )
    print(f"versions: Python {platform.python_version()}, duckdb {duckdb.__version__}, polars {pl.__version__}")
    print(f"memory is read at {speed:.1f} GB/s")
    return speed


def _cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def print_build(engine: Lianfang, stays: Stays, seconds: float) -> None:
    """Building, bytes, opening."""
    index, n = engine.index, len(stays.subject)
    print(
        f"  lianfang: built in {seconds:.2f} s, {n / seconds / 1e6:.1f} M rows/s, {index.nbytes / n:.1f} bytes/presence"
    )
    with tempfile.TemporaryDirectory() as home:
        wrote, _ = timed(lambda: index.write(Path(home) / "segment"), 1)
        opened, _ = timed(lambda: PresenceIndex.open(Path(home) / "segment"), 3)
    print(f"  written to disk in {wrote:.2f} s, opened in {1000 * opened:.1f} ms")


def print_sweep(engine: Lianfang, people: int, speed: float) -> None:
    """How far a sweep is from memory bandwidth."""
    sources = np.random.default_rng(6).permutation(people)[: people // 3].tolist()
    seconds, size = sweep_bytes(engine.index, sources, engine.threads)
    rate = size / seconds / 1e9
    print(
        f"  sweep from {len(sources):,}: {1000 * seconds:.0f} ms, {rate:.2f} GB/s of stays, bandwidth / {speed / rate:.0f}"
    )


def compare(people: int, args: argparse.Namespace, speed: float) -> dict[str, tuple[float, int]]:
    """Everything at one size; the engine's time and edges by kind of question."""
    stays = county(people, args.days, seed=1)
    print(f"\n{people:,} people, {args.days} days: {len(stays.subject):,} presences")
    built, ours = timed(lambda: Lianfang(stays, args.threads), 1)
    print_build(ours, stays, built)
    print_sweep(ours, people, speed)
    kinds = {kind: questions for kind, questions in groups(people).items() if kind in args.only}
    measured: dict[str, tuple[float, int]] = {}
    expected: dict[str, tuple[int, int]] = {}
    for kind, questions in kinds.items():
        seconds, answers = ask_all(ours, questions, args.limit)
        assert answers is not None
        edges = sum(answer.stats["edges"] for answer in answers) // len(answers)
        expected[kind] = checksum([pl.DataFrame(answer.exposures) for answer in answers])
        measured[kind] = seconds, edges
        rows, digest = expected[kind]
        print(
            f"  {questions[0].name:26} {rows / len(answers):>9,.0f} exposed {edges:>11,} edges  {1000 * seconds:10.3f} ms",
            end="",
        )
        print(f"  {1e9 * seconds / max(edges, 1):7.1f} ns/edge  {digest:016x}", flush=True)
    for name in args.engines:
        loaded, rival = timed(lambda name=name: RIVALS[name](stays, args.threads), 1)
        print(f"  {name}: loaded in {loaded:.2f} s, x{loaded / built:.1f}", flush=True)
        if isinstance(rival, Postgres):
            rival.limit(args.limit)
        for kind, questions in kinds.items():
            seconds, answers = ask_all(rival, questions, args.limit)
            ratio = seconds / measured[kind][0]
            if answers is None:
                print(f"    {questions[0].name:26} over {args.limit:.0f} s          over x{ratio:.0f}", flush=True)
                continue
            same = "same" if checksum(answers) == expected[kind] else "DIFFERENT"
            print(f"    {questions[0].name:26} {1000 * seconds:12.2f} ms  x{ratio:8.1f}  {same}", flush=True)
        rival.close()
    return measured


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[30_000, 300_000])
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--engines", nargs="*", choices=sorted(RIVALS), default=sorted(RIVALS))
    parser.add_argument(
        "--only", nargs="+", choices=["1", "100", "1000", "rounds"], default=["1", "100", "1000", "rounds"]
    )
    parser.add_argument("--limit", type=float, default=60, help="seconds after which PostgreSQL gives up a statement")
    parser.add_argument("--threads", type=int, default=core_count())
    args = parser.parse_args(arguments)
    compiling, _ = timed(warm_up, 1)
    speed = print_machine(args.threads)
    print(f"kernels compiled or loaded in {compiling:.1f} s")
    by_size = [compare(people, args, speed) for people in args.people]
    if len(by_size) > 1 and "1" in args.only:
        per_edge = [seconds / max(edges, 1) for seconds, edges in (by_size[0]["1"], by_size[-1]["1"])]
        growth = args.people[-1] / args.people[0]
        print(f"\n1 index: time per exposure grows x{per_edge[1] / per_edge[0]:.2f} when the data grow x{growth:.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of this process {peak:.1f} GiB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
