"""A million presences: our import, checks and evidence included, against a plain COPY of the same rows.

Run: python -m tests.bench.bench_import [ROWS]. Prints seconds, rows a second and the ratio; the counts must agree.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tests.bench.database import bench_database

N_SUBJECTS, N_PLACES, N_DAYS = 50_000, 5_000, 14
FIRST_DAY = date(2020, 12, 1)


def presences(n_rows: int) -> pl.DataFrame:
    """Make rows as a file has them: codes, and instants in the county's zone."""
    random = np.random.default_rng(7)
    start = int(datetime(2020, 11, 30, 16, tzinfo=UTC).timestamp())
    t_in = start + random.integers(0, N_DAYS * 86_400, n_rows)
    t_out = t_in + random.integers(60, 8 * 3600, n_rows)
    frame = pl.DataFrame(
        {
            "subject": random.integers(0, N_SUBJECTS, n_rows),
            "place": random.integers(0, N_PLACES, n_rows),
            "t_in": t_in,
            "t_out": t_out,
        }
    )
    instant = (pl.col("t_in", "t_out") * 1_000_000).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Shanghai")
    return frame.with_columns(
        pl.format("P{}", pl.col("subject").cast(pl.String).str.zfill(7)).alias("subject"),
        pl.format("S{}", pl.col("place").cast(pl.String).str.zfill(5)).alias("place"),
        instant.dt.strftime("%Y-%m-%dT%H:%M:%S%:z"),
    )


def load_registers() -> None:
    """Put the subjects and places the rows name into the store, without the import."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_subject (kind, code, label, area_code)"
            " SELECT 'person', 'P' || lpad(n::text, 7, '0'), '', '140826' FROM generate_series(0, %s) n",
            [N_SUBJECTS - 1],
        )
        cursor.execute(
            "INSERT INTO places_place (kind, code, name, area_code)"
            " SELECT 'shop', 'S' || lpad(n::text, 5, '0'), '', '140826' FROM generate_series(0, %s) n",
            [N_PLACES - 1],
        )
        cursor.execute("ANALYZE core_subject, places_place")


def plain_copy(n_expected: int) -> float:
    """COPY the stored rows once more, into tables of the same partitions, keys and indexes; return the seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM places_presence) TO STDOUT (FORMAT csv)") as out:
            content = b"".join(bytes(block) for block in out)
        cursor.execute("CREATE TABLE plain (LIKE places_presence INCLUDING ALL) PARTITION BY RANGE (starts_at)")
        for number in range(N_DAYS):
            day = FIRST_DAY + timedelta(days=number)
            cursor.execute(
                f"CREATE TABLE plain_{number} PARTITION OF plain"
                f" FOR VALUES FROM ('{day} 00:00+08') TO ('{day + timedelta(days=1)} 00:00+08')"
            )
        began = time.perf_counter()
        with cursor.copy("COPY plain FROM STDIN (FORMAT csv)") as into:
            into.write(content)
        seconds = time.perf_counter() - began
        cursor.execute(
            "SELECT count(*), (SELECT count(*) FROM places_presence), (SELECT count(*) FROM"
            " (SELECT subject_id, place_id, starts_at, ends_at FROM plain EXCEPT"
            " SELECT subject_id, place_id, starts_at, ends_at FROM places_presence) AS other) FROM plain"
        )
        assert cursor.fetchone() == (n_expected, n_expected, 0), "the two stores differ"
    return seconds


def main(arguments: list[str]) -> None:
    n_rows = int(arguments[0]) if arguments else 1_000_000
    with bench_database("import"), tempfile.TemporaryDirectory() as directory:
        from lianfang.apps.places.services import import_presences

        load_registers()
        path = Path(directory) / "presences.csv"
        presences(n_rows).write_csv(path)
        at = datetime(2021, 1, 1, tzinfo=UTC)
        began = time.perf_counter()
        outcome = import_presences(path, by=None, at=at)
        imported = time.perf_counter() - began
        began = time.perf_counter()
        again = import_presences(path, by=None, at=at)
        repeated = time.perf_counter() - began
        assert (again.n_stored, again.n_duplicates) == (0, n_rows), "importing the file again changed something"
        copied = plain_copy(outcome.n_stored)
    print(f"import of {n_rows:,} presences from CSV: {imported:.2f} s, {n_rows / imported:,.0f} rows/s")
    print(f"the same file again (all duplicates): {repeated:.2f} s")
    print(f"plain COPY of the same {outcome.n_stored:,} rows: {copied:.2f} s")
    print(f"ratio import / plain COPY: {imported / copied:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
