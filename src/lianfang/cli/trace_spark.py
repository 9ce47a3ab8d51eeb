"""``lianfang trace --engine spark`` and ``lianfang trace-store``: traces on a cluster."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lianfang.apps.places.segments.manifest import read_manifest
from lianfang.cli import trace_ask, trace_facts, trace_read
from lianfang.cli.trace_facts import Asked, Ids
from lianfang.cli.trace_read import SourceFile, TraceFileError
from lianfang.cli.trace_times import Clock
from lianfang.trace import PresenceIndex, Presences, TraceResult
from lianfang.trace.spark_session import SparkUnavailableError, is_local, session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lianfang.trace.spark_store import Store

ANY_CORES = "local[*]"
BUCKET_ROWS = 2_000_000


@contextmanager
def started(master: str | None) -> "Iterator[SparkSession]":
    """A session; what goes wrong in it is told in one line. Raises TraceFileError."""
    try:
        with session(master or ANY_CORES) as spark:
            from pyspark.errors import PySparkException

            try:
                yield spark
            except PySparkException as error:
                raise TraceFileError(f"spark: {_first_line(error)}") from None
    except SparkUnavailableError as error:
        raise TraceFileError(str(error)) from None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def answer(args: argparse.Namespace) -> tuple[Asked, TraceResult]:
    """Trace a store, or a file by way of a store for the while. Raises TraceFileError, InvalidTraceInputError."""
    named = trace_ask.is_store(args.presences) or _is_no_index(Path(args.presences))
    if not named and args.master is not None and not is_local(args.master):
        raise TraceFileError(
            f"{args.presences}: a cluster traces a store that all its nodes read; see lianfang trace-store"
        )
    if named:
        with started(args.master) as spark:
            return _trace_store(args, spark)
    asked, horizon = trace_ask.read_question(args)  # before Spark is started: a wrong file is told at once
    query = trace_ask.make_query(args, asked, horizon)
    with started(args.master) as spark, tempfile.TemporaryDirectory(prefix="lianfang-store-") as path:
        from lianfang.trace.spark import Known, trace_spark
        from lianfang.trace.spark_store import COLUMNS, Shape, write_store

        buckets = 1 + len(asked.presences) // BUCKET_ROWS
        presences = asked.presences.presences() if isinstance(asked.presences, PresenceIndex) else asked.presences
        table = pl.DataFrame({name: getattr(presences, name) for name in COLUMNS}).to_arrow()
        store = write_store(spark.createDataFrame(table), path, Shape(buckets, buckets))
        found = trace_spark(store, query, Known(asked.links, asked.controls))
        return asked, found.collect()


def _is_no_index(path: Path) -> bool:
    """Whether it is a directory that holds no segments: then a store was meant."""
    return path.is_dir() and read_manifest(path) is None


def _integers(file: SourceFile | None) -> None:
    """A store's ids are integers, and so must the files' be. Raises TraceFileError."""
    for name in ("subject", "from", "to"):
        if file is not None and name in file.frame.columns and not trace_facts.are_integers(file.frame[name]):
            raise TraceFileError(f"{file.path}: {name}: ids of a store are integers")


def _trace_store(args: argparse.Namespace, spark: "SparkSession") -> tuple[Asked, TraceResult]:
    from lianfang.trace.spark import Known, trace_spark
    from lianfang.trace.spark_store import StoreError, open_store

    try:
        store = open_store(spark, args.presences)
    except StoreError as error:
        raise TraceFileError(str(error)) from None
    links = trace_ask.read_optional(args.links, trace_read.LINKS)
    controls = trace_ask.read_optional(args.controls, trace_read.CONTROLS)
    _integers(links)
    _integers(controls)
    ids, clock = Ids(None), Clock(zoned=False)
    if (trace_read.common_clock([file for file in (links, controls) if file]) or clock).zoned:
        raise TraceFileError("--links, --controls: times of a store are integer seconds")
    horizon, _ = trace_ask.read_horizon(args, clock)
    asked = Asked(
        presences=_index_presences(args, store),
        links=trace_facts.read_links(links, ids) if links else None,
        controls=trace_facts.read_controls(controls, ids) if controls else None,
        subjects=ids,
        places=ids,
        clock=clock,
    )
    query = trace_ask.make_query(args, asked, horizon)
    return asked, trace_spark(store, query, Known(asked.links, asked.controls)).collect()


def _index_presences(args: argparse.Namespace, store: "Store") -> Presences:
    """A presence of each index subject the store knows, so that an unknown one is refused: the others stay where they are."""
    from lianfang.trace.spark_store import bucket_of

    ids = Ids(None)
    codes = [ids.code(text.rpartition("@")[0] or text) for text in args.index]
    known = np.array([code for code in codes if code is not None], dtype=np.int64)
    rows = store.by_subject.where(store.by_subject["subject"].isin(known.tolist()))
    buckets = np.unique(bucket_of(known, store.manifest.shape.subject_buckets))
    found = rows.where(rows["bucket"].isin(buckets.tolist())).select("subject").distinct().toArrow()
    subject = np.array(found["subject"].to_numpy(), dtype=np.int64)
    nothing = np.zeros(len(subject), dtype=np.int64)
    return Presences(subject, nothing, nothing, nothing + 1)
