"""The same questions to the trace engine and to DuckDB SQL, results compared, times as ratios.

Run:  python -m tests.bench.bench_trace [--people 30000] [--days 14] [--generations 3] [--threads N] [--no-duckdb]
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
import psutil

from lianfang.trace import ContactRule, IndexWindow, Presences, TraceQuery, TraceResult, trace

MINUTE, HOUR, DAY = 60, 3_600, 86_400
RULE = ContactRule(min_overlap_s=15 * MINUTE)
COLUMNS = ["subject", "first", "last", "seconds", "places", "sources"]


def county(people: int, days: int, seed: int) -> Presences:
    """Five stays a person and day: home, work, two visits to popular places, home. Homes of 2.65, a place per 15 people."""
    rng = np.random.default_rng(seed)
    n_places, n_homes = max(people // 15, 1), max(int(people / 2.65), 1)
    person = np.arange(people)
    home = n_places + rng.integers(0, n_homes, people)
    popularity = rng.zipf(1.3, n_places).clip(max=400).astype(float)
    popularity /= popularity.sum()
    work = rng.choice(n_places, people, p=popularity)
    parts = []
    for day in range(days):
        at = day * DAY
        leave, out = rng.integers(7 * HOUR, 9 * HOUR, people), rng.integers(16 * HOUR, 18 * HOUR, people)
        first, second = out + rng.integers(5 * MINUTE, HOUR, people), out + rng.integers(70 * MINUTE, 2 * HOUR, people)
        visits = rng.choice(n_places, (2, people), p=popularity)
        back = second + rng.integers(20 * MINUTE, 90 * MINUTE, people)
        for place, start, end in (
            (home, 0 * leave, leave),
            (work, leave + 20 * MINUTE, out),
            (visits[0], first, first + rng.integers(3 * MINUTE, 10 * MINUTE, people)),
            (visits[1], second, second + rng.integers(3 * MINUTE, 20 * MINUTE, people)),
            (home, back, back * 0 + DAY - MINUTE),
        ):
            parts.append((person, place, at + start, at + end))
    return Presences(*(np.concatenate([part[i] for part in parts]) for i in range(4)))


@dataclass(frozen=True)
class Question:
    """What both are asked."""

    name: str
    subjects: list[int]
    generations: int = 1
    latent_s: int = 0


def ask_engine(presences: Presences, question: Question) -> TraceResult:
    query = TraceQuery(
        index=tuple(IndexWindow(subject) for subject in question.subjects),
        generations=question.generations,
        latent_s=question.latent_s,
        rule=RULE,
        with_edges=False,
    )
    return trace(presences, query)


OVERLAP = "least(a.t_out, v.t_out) - greatest(a.t_in, v.t_in, w.since)"
EXPOSED = f"""FROM w JOIN by_subject a ON a.subject = w.subject JOIN by_place v ON v.place = a.place
WHERE v.subject <> a.subject AND v.subject NOT IN (FROM asked) AND {OVERLAP} >= {RULE.min_overlap_s}"""
ROUND = f"""
CREATE OR REPLACE TEMP TABLE before AS FROM sources;
CREATE OR REPLACE TEMP TABLE found AS SELECT v.subject, min(greatest(a.t_in, v.t_in, w.since)) AS first {EXPOSED} GROUP BY 1;
CREATE OR REPLACE TEMP TABLE better AS
    SELECT f.* FROM found f LEFT JOIN reached r USING (subject) WHERE r.first IS NULL OR f.first < r.first;
CREATE OR REPLACE TEMP TABLE reached AS SELECT subject, min(first) AS first FROM (FROM reached UNION ALL FROM better) GROUP BY 1;
CREATE OR REPLACE TEMP TABLE w AS SELECT subject, first + getvariable('latent_s') AS since FROM better;
CREATE OR REPLACE TEMP TABLE sources AS
    SELECT subject, first + getvariable('latent_s') AS since FROM reached WHERE subject NOT IN (FROM asked)
    UNION ALL SELECT subject, -1000000 FROM asked;
"""
SUMS = f"""SELECT v.subject, min(greatest(a.t_in, v.t_in, w.since)) AS first, max(least(a.t_out, v.t_out)) AS last,
    sum({OVERLAP})::BIGINT AS seconds, count(DISTINCT a.place) AS places, count(DISTINCT a.subject) AS sources
    {EXPOSED} GROUP BY 1 ORDER BY 1"""


def ask_duckdb(db: duckdb.DuckDBPyConnection, question: Question) -> pl.DataFrame:
    """The rounds as SQL: the frontier is who is new or improved; then the sums over all counted edges."""
    db.execute(f"SET VARIABLE latent_s = {question.latent_s}")
    db.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT unnest(?) AS subject", [question.subjects])
    for table in ("w", "sources"):
        db.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT subject, -1000000 AS since FROM asked")
    db.execute("CREATE OR REPLACE TEMP TABLE reached AS SELECT subject, 0 AS first FROM asked WHERE false")
    for _ in range(question.generations):
        db.execute(ROUND)
    db.execute("CREATE OR REPLACE TEMP TABLE w AS FROM before")
    return pl.DataFrame(db.sql(SUMS).to_arrow_table())


def load_duckdb(presences: Presences, threads: int) -> duckdb.DuckDBPyConnection:
    """Two copies, sorted by what they are looked up by."""
    db = duckdb.connect(config={"threads": threads})
    arrow = pl.DataFrame({name: getattr(presences, name) for name in ("subject", "place", "t_in", "t_out")}).to_arrow()
    db.register("given", arrow)
    db.execute("CREATE TABLE by_place AS FROM given ORDER BY place, t_in")
    db.execute("CREATE TABLE by_subject AS FROM given ORDER BY subject, t_in")
    return db


def timed(work: Callable[[], object], repeat: int = 1) -> tuple[float, object]:
    """Best wall time of `repeat` runs, and the result."""
    best, result = float("inf"), None
    for _ in range(repeat):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return best, result


def same(result: TraceResult, table: pl.DataFrame) -> bool:
    ours = pl.DataFrame(result.exposures).select(COLUMNS).sort("subject")
    return ours.cast(pl.Int64).equals(table.cast(pl.Int64))


def questions(people: int, generations: int) -> list[Question]:
    chosen = np.random.default_rng(5).permutation(people).tolist()
    return [
        Question("1 index", chosen[:1]),
        Question("100 indices", chosen[:100]),
        Question("1,000 indices", chosen[:1_000]),
        Question(f"1 index, {generations} generations", chosen[:1], generations, DAY),
        Question(f"10 indices, {generations} generations", chosen[:10], generations, DAY),
    ]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--generations", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--no-duckdb", action="store_true")
    args = parser.parse_args(arguments)
    memory = psutil.virtual_memory().total / 2**30
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}"
    )
    presences = county(args.people, args.days, seed=1)
    compiling, _ = timed(lambda: ask_engine(county(60, 3, seed=2), questions(60, 2)[-1]))
    print(f"{len(presences):,} presences of {args.people:,} people; compile or load kernels {compiling:.1f} s")
    built, _ = timed(lambda: ask_engine(presences, Question("build", [0])))
    rss = psutil.Process().memory_info().rss / 2**30
    print(f"trace: sorted copy built in {built:.2f} s; process {rss:.1f} GiB")
    if not args.no_duckdb:
        loaded, db = timed(lambda: load_duckdb(presences, args.threads))
        print(f"duckdb {duckdb.__version__}: two sorted copies in {loaded:.2f} s (x{loaded / built:.1f})")
    for question in questions(args.people, args.generations):
        ours, result = timed(lambda q=question: ask_engine(presences, q), repeat=3)
        line = f"{question.name:28} {result.exposures.num_rows:>9,} exposed {result.stats['edges']:>13,} edges"
        line += f"  trace {1000 * ours:10.2f} ms"
        if not args.no_duckdb:
            theirs, table = timed(lambda q=question: ask_duckdb(db, q))
            line += f"  duckdb {1000 * theirs:10.1f} ms  x{theirs / ours:7.1f}  same: {same(result, table)}"
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
