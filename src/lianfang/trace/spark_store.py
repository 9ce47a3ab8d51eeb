"""Presences on shared storage for the Spark engine: Parquet, partitioned by day and by hash of place, and again of subject."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812  the name all of Spark's own texts use

from lianfang.trace.model import TIME_LIMIT, Int64, InvalidTraceInputError
from lianfang.trace.spark_session import STORE_MANIFEST

DAY_S: Final = 86_400
LONG_DAY: Final = -(1 << 53)
"""The partition of stays longer than a day, read by every query: all others begin at most one day before they are of use."""
COLUMNS: Final = ("subject", "place", "t_in", "t_out")
SCHEMA: Final = "subject bigint, place bigint, t_in bigint, t_out bigint, day bigint, bucket int"
VERSION: Final = 1
_PRIME: Final = (1 << 31) - 1
_FACTOR: Final = 48_271
_STRIDE: Final = 7_919


class StoreError(ValueError):
    """A directory is no store, or not one this program can read; the message names it."""

    code = "trace.spark_store"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a store is cut.

    Args:    place_buckets, subject_buckets: partitions by hash in each day; two million stays of a day to a bucket make files
             of some 16 MB. salt_rows: places with more stays are spread over several buckets, one for so many stays, by
             hash of the subject.
    """

    place_buckets: int = 16
    subject_buckets: int = 16
    salt_rows: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store holds. rows: as given, repeated stays included; first_entry, latest_entry, last_exit: seconds, None if empty.

    salted: (place, parts) of the places spread over several buckets.
    """

    version: int
    shape: Shape
    rows: int
    first_entry: int | None
    latest_entry: int | None
    last_exit: int | None
    salted: tuple[tuple[int, int], ...]


class Store(NamedTuple):
    """A store opened in a session, its files listed once: what is added later is seen when it is opened again."""

    spark: SparkSession
    manifest: Manifest
    by_place: DataFrame
    by_subject: DataFrame


def bucket_of(ids: Int64, buckets: int) -> Int64:
    """The buckets of ids: the same numbers as `bucket_column` gives, so that the driver knows which files to read."""
    folded = (ids ^ (ids >> np.int64(32))) % _PRIME
    mixed: Int64 = folded * _FACTOR % _PRIME % buckets
    return mixed


def _mixed(ids: Column) -> Column:
    # No multiplication that could overflow: Spark's ANSI mode would refuse it.
    folded = F.pmod(ids.bitwiseXOR(F.shiftright(ids, 32)), F.lit(_PRIME))
    return F.pmod(folded * _FACTOR, F.lit(_PRIME))


def bucket_column(ids: Column, buckets: int) -> Column:
    """The bucket of each id."""
    return F.pmod(_mixed(ids), F.lit(buckets)).cast("int")


def place_buckets(places: Int64, manifest: Manifest) -> Int64:
    """All buckets that hold stays at these places."""
    buckets = manifest.shape.place_buckets
    plain = bucket_of(places, buckets)
    wanted = set(places.tolist())
    parts = [(place, np.arange(salts)) for place, salts in manifest.salted if place in wanted]
    salted = [bucket_of(np.array([place]), buckets) + _STRIDE * salts for place, salts in parts]
    return np.unique(np.concatenate([plain, *salted]) % buckets)


def add_salt(rows: DataFrame, salted: tuple[tuple[int, int], ...]) -> DataFrame:
    """Column `salt`: which part of a huge place a stay belongs to, by its subject; 0 elsewhere."""
    if not salted:
        return rows.withColumn("salt", F.lit(0).cast("bigint"))
    parts = rows.sparkSession.createDataFrame(list(salted), "place bigint, parts bigint")
    salt = F.when(F.col("parts").isNull(), F.lit(0)).otherwise(F.pmod(_mixed(F.col("subject")), F.col("parts")))
    return rows.join(F.broadcast(parts), "place", "left").withColumn("salt", salt.cast("bigint")).drop("parts")


def coalesced(rows: DataFrame) -> DataFrame:
    """Stays of one subject at one place that overlap or touch become one."""
    key = ("subject", "place")
    so_far = Window.partitionBy(*key).orderBy("t_in", "t_out")
    latest = F.max("t_out").over(so_far.rowsBetween(Window.unboundedPreceding, -1))
    begins = F.when(F.col("t_in") <= latest, F.lit(0)).otherwise(F.lit(1))
    runs = rows.withColumn("begins", begins)
    runs = runs.withColumn("run", F.sum("begins").over(so_far.rowsBetween(Window.unboundedPreceding, 0)))
    return runs.groupBy(*key, "run").agg(F.min("t_in").alias("t_in"), F.max("t_out").alias("t_out")).select(*COLUMNS)


def _day_column() -> Column:
    day = F.expr(f"(t_in - pmod(t_in, {DAY_S})) div {DAY_S}")  # by `/` it would be a double, rounded
    return F.when(F.col("t_out") - F.col("t_in") > DAY_S, F.lit(LONG_DAY)).otherwise(day)


def _write(rows: DataFrame, path: str, buckets: int, order: str) -> None:
    """One file a day and bucket, rows in an order that lets readers skip what they do not look for."""
    by_bucket = rows.withColumn("day", _day_column()).repartition(buckets, "bucket")
    sorted_rows = by_bucket.sortWithinPartitions("day", "bucket", order, "t_in")
    sorted_rows.select(*COLUMNS, "day", "bucket").write.partitionBy("day", "bucket").mode("append").parquet(path)


def _totals(rows: DataFrame) -> dict[str, Any]:
    """Count and bounds; refuses what the engines refuse. Raises InvalidTraceInputError."""
    wrong = (F.col("t_out") <= F.col("t_in")) | (F.col("t_in") < -TIME_LIMIT) | (F.col("t_out") > TIME_LIMIT)
    missing = F.lit(False)
    for name in COLUMNS:
        missing = missing | F.col(name).isNull()
    found = rows.agg(
        F.count(F.lit(1)).alias("rows"),
        F.min("t_in").alias("first_entry"),
        F.max("t_in").alias("latest_entry"),
        F.max("t_out").alias("last_exit"),
        F.count_if(missing).alias("missing"),
        F.count_if(wrong).alias("wrong"),
    ).first()
    assert found is not None
    totals: dict[str, Any] = found.asDict()
    if totals.pop("missing"):
        raise InvalidTraceInputError("presences: a value is missing")
    if totals.pop("wrong"):
        raise InvalidTraceInputError("presences: a stay ends no later than it starts, or a time is beyond +-2**53 s")
    return totals


def _salted(places: DataFrame, shape: Shape) -> tuple[tuple[int, int], ...]:
    parts = F.ceil(F.col("count") / F.lit(shape.salt_rows)).cast("bigint")
    huge = places.groupBy("place").count().where(F.col("count") > shape.salt_rows).select("place", parts).collect()
    return tuple(sorted((int(place), int(count)) for place, count in huge))


def _merged(old: Manifest, new: Manifest) -> Manifest:
    """The manifest after an addition. A place's parts only grow, so its buckets stay where they are looked for."""
    parts = dict(old.salted)
    for place, count in new.salted:
        parts[place] = max(count, parts.get(place, 1))
    return replace(
        new,
        rows=old.rows + new.rows,
        first_entry=_least([old.first_entry, new.first_entry]),
        latest_entry=_most([old.latest_entry, new.latest_entry]),
        last_exit=_most([old.last_exit, new.last_exit]),
        salted=tuple(sorted(parts.items())),
    )


def _least(values: list[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _most(values: list[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def write_store(presences: DataFrame, path: str, shape: Shape = Shape()) -> Store:
    """Write presences (bigint columns subject, place, t_in, t_out; more are ignored) as a store, or add them to one.

    Args:    path: a directory every node reads under the same name (file:, hdfs:, s3a: ...). shape: of a new store; an
             existing one keeps its own. Stays that continue or repeat what is there already are one stay all the same.
    Raises:  InvalidTraceInputError for rows no engine takes. StoreError if the directory is something else.
    Note:    the manifest comes last: a run that was broken off is repaired by running it again.
    """
    spark = presences.sparkSession
    existing = _read_manifest(spark, path)
    shape = existing.shape if existing else shape
    rows = presences.select(*(F.col(name).cast("bigint").alias(name) for name in COLUMNS))
    totals = _totals(rows)
    stays = coalesced(rows).persist()
    places = stays.select("place")
    if existing:
        places = places.unionAll(_read(spark, path, existing).by_place.select("place"))
    new = Manifest(version=VERSION, shape=shape, salted=_salted(places, shape), **totals)
    manifest = _merged(existing, new) if existing else new
    place = _mixed(F.col("place")) + F.col("salt") * _STRIDE
    by_place = add_salt(stays, manifest.salted).withColumn(
        "bucket", F.pmod(place, F.lit(shape.place_buckets)).cast("int")
    )
    by_subject = stays.withColumn("bucket", bucket_column(F.col("subject"), shape.subject_buckets))
    _write(by_place, f"{path}/by_place", shape.place_buckets, "place")
    _write(by_subject, f"{path}/by_subject", shape.subject_buckets, "subject")
    stays.unpersist()
    _write_text(spark, f"{path}/{STORE_MANIFEST}", json.dumps(asdict(manifest), indent=1))
    return _read(spark, path, manifest)


def open_store(spark: SparkSession, path: str) -> Store:
    """Open a store. Raises StoreError."""
    manifest = _read_manifest(spark, path)
    if manifest is None:
        raise StoreError(f"{path}: no {STORE_MANIFEST}: not a store of presences, or its writing was broken off")
    return _read(spark, path, manifest)


def _read(spark: SparkSession, path: str, manifest: Manifest) -> Store:
    reader = spark.read.schema(SCHEMA)
    return Store(spark, manifest, reader.parquet(f"{path}/by_place"), reader.parquet(f"{path}/by_subject"))


def _file(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Hadoop's file system of a path, and the path in its words: stores may be on any storage Spark reads."""
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    at = jvm.org.apache.hadoop.fs.Path(path)
    return at.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()), at


def _write_text(spark: SparkSession, path: str, text: str) -> None:
    files, at = _file(spark, path)
    stream = files.create(at, True)
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()


def _read_manifest(spark: SparkSession, path: str) -> Manifest | None:
    files, at = _file(spark, f"{path}/{STORE_MANIFEST}")
    if not files.exists(at):
        return None
    stream = files.open(at)
    try:
        fields = json.loads(bytes(stream.readAllBytes()).decode())
    finally:
        stream.close()
    if fields.get("version") != VERSION:
        raise StoreError(f"{path}: version {fields.get('version')} of the store is not {VERSION}")
    fields["shape"] = Shape(**fields["shape"])
    fields["salted"] = tuple((int(place), int(parts)) for place, parts in fields["salted"])
    return Manifest(**fields)
