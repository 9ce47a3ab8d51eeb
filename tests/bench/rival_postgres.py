"""The trace as PostgreSQL does it: btree indexes that hold every column, and a bound on the longest stay written by hand."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import psycopg

from lianfang.cli.installation import cluster
from lianfang.cli.installation.database import create_database
from tests.bench.county import Stays
from tests.bench.rivals import COLUMNS, LONG_AGO, MEETS, SUMS, Question

SETTINGS = {
    "work_mem": "'512MB'",
    "maintenance_work_mem": "'1GB'",
    "max_parallel_workers_per_gather": "2",
    "max_parallel_maintenance_workers": "2",
    "jit": "off",
}


class Postgres:
    """A server of its own (the program's), not durable, so that loading is as fast as it gets."""

    name = "postgresql"

    def __init__(self, stays: Stays, threads: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="lianfang-bench-trace-"))
        self.home.chmod(0o711)
        self.server = cluster.start(self.home, durable=False)
        url = self.server.url("trace")
        create_database(url)
        self.db = psycopg.connect(url, autocommit=True)
        for name, value in SETTINGS.items():
            self.db.execute(f"SET {name} = {value}")
        self.longest = int((stays.t_out - stays.t_in).max())
        self._load(stays)

    def _load(self, stays: Stays) -> None:
        self.db.execute("CREATE TABLE presence (subject int, place int, t_in int, t_out int)")
        n = len(stays.subject)
        order = np.lexsort((stays.t_in, stays.place))  # as CLUSTER would leave it
        row = np.dtype([("n", ">i2")] + [(f"{kind}{i}", ">i4") for i in range(4) for kind in ("size", "value")])
        rows = np.empty(n, dtype=row)
        rows["n"] = 4
        for i, column in enumerate(stays):
            rows[f"size{i}"], rows[f"value{i}"] = 4, column[order]
        with self.db.cursor() as cursor, cursor.copy("COPY presence FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for begin in range(0, n, 1 << 18):
                copy.write(rows[begin : begin + (1 << 18)].tobytes())
            copy.write(b"\xff\xff")
        self.db.execute("CREATE INDEX ON presence (place, t_in) INCLUDE (t_out, subject)")
        self.db.execute("CREATE INDEX ON presence (subject) INCLUDE (place, t_in, t_out)")
        self.db.execute("VACUUM ANALYZE presence")

    def limit(self, seconds: float) -> None:
        """Give up any statement that takes longer."""
        self.db.execute(f"SET statement_timeout = '{int(seconds * 1000)}ms'")

    def ask(self, question: Question) -> pl.DataFrame | None:
        """The same rounds as DuckDB's; None if the limit was passed."""
        try:
            return self._ask(question)
        except psycopg.errors.QueryCanceled:
            return None

    def _ask(self, question: Question) -> pl.DataFrame:
        index = list(question.subjects)
        bound = f"v.place = a.place AND v.t_in > a.t_in - {self.longest} AND {MEETS} AND v.subject <> ALL(%(index)s)"
        if question.generations == 1:
            source = f"(SELECT *, {LONG_AGO} AS since FROM presence WHERE subject = ANY(%(index)s)) a"
            return self._sums(f"{SUMS} FROM {source} JOIN presence v ON {bound} GROUP BY 1 ORDER BY 1", index)
        run = self.db.execute
        run("DROP TABLE IF EXISTS frontier, sources, before, reached, better")
        for table in ("frontier", "sources"):
            run(f"CREATE TEMP TABLE {table} AS SELECT unnest(%s::int[]) AS subject, {LONG_AGO} AS since", [index])
        run("CREATE TEMP TABLE reached (subject int PRIMARY KEY, first int)")
        stays = "(SELECT s.*, w.since FROM {} w JOIN presence s ON s.subject = w.subject AND s.t_out > w.since) a"
        for _ in range(question.generations):
            run("DROP TABLE IF EXISTS before, better")
            run("CREATE TEMP TABLE before AS TABLE sources")
            run("ANALYZE frontier, before, reached")
            found = f"""SELECT v.subject, min(greatest(a.t_in, v.t_in, a.since)) AS first
                FROM {stays.format("frontier")} JOIN presence v ON {bound} GROUP BY 1"""
            run(
                f"""CREATE TEMP TABLE better AS SELECT f.* FROM ({found}) f LEFT JOIN reached r ON r.subject = f.subject
                WHERE r.first IS NULL OR f.first < r.first""",
                {"index": index},
            )
            run("INSERT INTO reached TABLE better ON CONFLICT (subject) DO UPDATE SET first = EXCLUDED.first")
            run("DROP TABLE frontier, sources")
            since = f"SELECT subject, first + {question.latent_s} AS since"
            run(f"CREATE TEMP TABLE frontier AS {since} FROM better")
            run(
                f"CREATE TEMP TABLE sources AS {since} FROM reached UNION ALL SELECT unnest(%s::int[]), {LONG_AGO}",
                [index],
            )
        return self._sums(
            f"{SUMS} FROM {stays.format('before')} JOIN presence v ON {bound} GROUP BY 1 ORDER BY 1", index
        )

    def _sums(self, query: str, index: list[int]) -> pl.DataFrame:
        rows = self.db.execute(query, {"index": index}).fetchall()
        return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.Int64), orient="row")

    def close(self) -> None:
        """Stop the server and remove its files."""
        self.db.close()
        self.server.stop()
        shutil.rmtree(self.home, ignore_errors=True)
