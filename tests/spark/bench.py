"""What the Spark engine costs a row, measured here, and what that makes of a province and of the nation.

Run:  python -m tests.spark.bench [--people 30000] [--days 14] [--master local[2]] [--no-check]
docs/scale.md explains each line; its table is this program's output.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from lianfang.trace import ContactRule, IndexWindow, Presences, TraceQuery, TraceResult, trace
from lianfang.trace.spark import MEASURED, trace_spark
from lianfang.trace.spark_kernel import ROWS, Meeting, relax
from lianfang.trace.spark_plan import SparkTuning
from lianfang.trace.spark_session import session
from lianfang.trace.spark_store import COLUMNS, Shape, Store, write_store
from tests.bench.county import DAY, county
from tests.bench.rivals import MIN_OVERLAP_S

RULE = ContactRule(MIN_OVERLAP_S)
MEGA = 1e6
SHUFFLED = SparkTuning(broadcast_rows=0, listed_keys=0)
WHOLE = "the same, shuffled whole"
SETTINGS = {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "8"}


@dataclass(frozen=True)
class PerRow:
    """Measured figures. Bytes and core-seconds for each presence; round: one whole round, everything shuffled."""

    bytes_place: float
    bytes_subject: float
    bytes_shuffled: float
    write_core_s: float
    scan_core_s: float
    kernel_core_s: float
    kernel_bytes: float
    round_core_s: float


@dataclass(frozen=True)
class Land:
    """A size. presences_a_day: of each person, assumed; days: kept in the store."""

    name: str
    people: float
    days: int = 14
    presences_a_day: float = 5.0

    @property
    def rows(self) -> float:
        """Presences in the store."""
        return self.people * self.days * self.presences_a_day


def cpu_seconds() -> float:
    """Of this process and all it started, those that have ended included."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:4]) for process in processes)


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds, core seconds, result."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    return time.perf_counter() - wall, cpu_seconds() - cpu, result


def on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*.parquet"))


def question(subjects: list[int], generations: int) -> TraceQuery:
    index = tuple(IndexWindow(subject) for subject in subjects)
    latent = DAY if generations > 1 else 0
    return TraceQuery(index=index, generations=generations, latent_s=latent, rule=RULE, with_edges=False)


def ask(store: Store, query: TraceQuery, tuning: SparkTuning) -> TraceResult:
    answer = trace_spark(store, query, tuning=tuning)
    try:
        return answer.collect()
    finally:
        answer.release()


def shuffle_bytes(frame: DataFrame, scratch: Path) -> int:
    """What `frame` weighs in shuffle files once it was brought together by place."""
    before = {file: file.stat().st_size for file in scratch.rglob("shuffle_*.data")}
    frame.repartition(8, "place", "salt").write.format("noop").mode("overwrite").save()
    files = {file: file.stat().st_size for file in scratch.rglob("shuffle_*.data")}
    return sum(size for file, size in files.items() if file not in before)


def kernel_cost(presences: Presences) -> tuple[float, float]:
    """Core seconds and peak bytes a row of one task in which every tenth stay is a source's."""
    n = len(presences)
    source = presences.subject % 10 == 0
    zeros = np.zeros(n, dtype=np.int64)
    columns = {name: getattr(presences, name) for name in COLUMNS}
    columns |= {"salt": zeros, "rule": zeros, "clock": zeros, "rank": zeros, "cut_from": zeros - (1 << 62)}
    columns |= {"start": presences.t_in * source, "end": presences.t_out * source, "wanted": np.ones(n, dtype=np.bool_)}
    rows = pa.table([columns[name] for name in ROWS.names], schema=ROWS)
    relax(rows.slice(0, 1_000), Meeting((RULE,), forward=True))
    before = psutil.Process().memory_info().rss
    started = time.process_time()
    relax(rows, Meeting((RULE,), forward=True))
    cpu = time.process_time() - started
    return cpu / n, max(psutil.Process().memory_info().rss - before, 0) / n + rows.nbytes / n


def say(line: str) -> None:
    print(line, flush=True)


def figures(spark: SparkSession, presences: Presences, scratch: Path) -> tuple[dict[str, float], Store]:
    """Build the store and measure one row's share of everything but the rounds."""
    n = len(presences)
    source = scratch / "presences.parquet"
    pl.DataFrame({name: getattr(presences, name) for name in COLUMNS}).write_parquet(source)
    spark.read.parquet(str(source)).count()
    frame = spark.read.parquet(str(source))
    wall, cpu, store = measured(lambda: write_store(frame, str(scratch / "store"), Shape(4, 4)))
    say(f"store written in {wall:.1f} s, {MEGA * cpu / n:.2f} core-s a million rows")
    place, subject = (on_disk(scratch / "store" / copy) / n for copy in ("by_place", "by_subject"))
    say(f"store: {place:.2f} + {subject:.2f} bytes a presence (by place, by subject)")
    _, scan, _ = measured(
        lambda: store.by_place.selectExpr("sum(t_in)", "sum(t_out)", "sum(subject)", "sum(place)").first()
    )
    say(f"reading one copy whole: {MEGA * scan / n:.2f} core-s a million rows")
    salted = store.by_place.selectExpr(
        "place", "0L salt", "subject", "t_in", "t_out", "0L a", "0L b", "0L c", "0L d", "true e"
    )
    shuffled = shuffle_bytes(salted, scratch / "spark") / n
    kernel, room = kernel_cost(presences)
    say(f"shuffling by place: {shuffled:.1f} bytes a row")
    say(f"kernel: {MEGA * kernel:.2f} core-s a million rows, {room:.0f} bytes a row")
    found = {"bytes_place": place, "bytes_subject": subject, "bytes_shuffled": shuffled, "write_core_s": cpu / n}
    return {**found, "scan_core_s": scan / n, "kernel_core_s": kernel, "kernel_bytes": room}, store


def warm_up(spark: SparkSession, scratch: Path) -> None:
    """Go through everything once with few rows: what is measured is the work, not the compiling of it."""
    few = county(3_000, 7, seed=2)
    frame = spark.createDataFrame(pa.table({name: getattr(few, name) for name in COLUMNS}))
    wall, cpu, store = measured(lambda: write_store(frame, str(scratch / "few"), Shape(2, 2)))
    say(f"first store of {len(few):,} rows: {wall:.1f} s, {cpu:.1f} core-s")
    for tuning in (MEASURED, SHUFFLED):
        wall, cpu, _ = measured(lambda t=tuning: ask(store, question([1], 3), t))
        say(f"first trace of them, three generations: {wall:.1f} s, {cpu:.1f} core-s")


def compare(store: Store, presences: Presences, *, check: bool) -> dict[str, float]:
    """The same questions to Spark and to the local engine; core seconds of each by name."""
    chosen = np.random.default_rng(5).permutation(int(presences.subject.max()) + 1).tolist()
    spent: dict[str, float] = {}
    asked = (("1 index", chosen[:1], 1, MEASURED), ("100 indices", chosen[:100], 1, MEASURED))
    asked += (("10 indices, 3 generations", chosen[:10], 3, MEASURED), (WHOLE, chosen[:10], 3, SHUFFLED))
    trace(presences, question(chosen[:1], 1))
    for name, subjects, generations, tuning in asked:
        query = question(subjects, generations)
        wall, cpu, found = measured(lambda q=query, t=tuning: ask(store, q, t))
        line = f"{name:26} {found.exposures.num_rows:>8,} exposed  spark {wall:7.2f} s, {cpu:7.1f} core-s"
        if check:
            local, _, expected = measured(lambda q=query: trace(presences, q))
            line += f"  local {local:7.3f} s  same: {found.exposures.equals(expected.exposures)}"
        say(line)
        spent[name] = cpu
    return spent


# Assumed, and named in docs/scale.md: not measured on this machine.
BUCKET_ROWS, TASK_ROWS = 2e6, 1e6
ROUND_S = 60  # the time a whole round may take
NODE_CORES, NODE_BYTES = 32, 128e9
YUAN_CORE_HOUR = 0.30
STEPS = 4  # three rounds and the answer


def project(land: Land, cost: PerRow) -> None:
    """The plan for a land, from figures of a row."""
    rows, day = land.rows, land.rows / land.days
    shuffle = rows * cost.bytes_shuffled
    whole = rows * cost.round_core_s
    by_time, by_memory = whole / ROUND_S / NODE_CORES, (shuffle + rows * cost.kernel_bytes / 3) / NODE_BYTES
    nodes = int(np.ceil(max(by_time, by_memory)))
    trace_hours = STEPS * whole / 3_600
    stored = rows * (cost.bytes_place + cost.bytes_subject)
    say(f"{land.name}: {land.people / MEGA:,.0f} M people, {rows / 1e9:,.2f} G presences in {land.days} days")
    buckets = np.ceil(day / BUCKET_ROWS)
    say(f"  store: {stored / 1e9:,.0f} GB, 2 x {buckets:,.0f} buckets a day, {2 * buckets * land.days:,.0f} files")
    say(f"  adding a day: {day * cost.write_core_s / 3_600:,.1f} core-hours")
    say(
        f"  whole round: {shuffle / 1e9:,.0f} GB shuffled, {whole / 3_600:,.1f} core-hours, {rows / TASK_ROWS:,.0f} tasks"
    )
    say(f"  one task: {TASK_ROWS * cost.kernel_bytes / 1e6:,.0f} MB in Python")
    say(f"  three whole rounds and the answer: {trace_hours:,.1f} core-hours, {trace_hours * YUAN_CORE_HOUR:,.0f} yuan")
    say(f"  a whole round in {ROUND_S} s: {nodes:,} nodes ({by_time:,.1f} for time, {by_memory:,.1f} for memory)")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--no-check", action="store_true")
    args = parser.parse_args(arguments)
    presences = county(args.people, args.days, seed=1)
    scratch = Path(tempfile.mkdtemp(prefix="lianfang-bench-spark-"))
    (scratch / "spark").mkdir()
    try:
        with session(args.master, SETTINGS, scratch / "spark") as spark:
            say(f"spark {spark.version}, {args.master}; {len(presences):,} presences of {args.people:,} people")
            warm_up(spark, scratch)
            cost, store = figures(spark, presences, scratch)
            spent = compare(store, presences, check=not args.no_check)
        whole = spent[WHOLE] / STEPS / len(presences)
        say(f"a whole round: {MEGA * whole:.1f} core-s a million rows")
        for land in (Land("province", 35e6), Land("nation", 1.4e9)):
            project(land, PerRow(**cost, round_core_s=whole))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main(sys.argv[1:])
