"""The store on disk: what is merged, where rows go, what is refused, what an addition does."""

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from lianfang.trace import ContactRule, IndexWindow, InvalidTraceInputError, Presences, TraceQuery, trace
from lianfang.trace.spark import trace_spark
from lianfang.trace.spark_store import (
    DAY_S,
    LONG_DAY,
    Shape,
    StoreError,
    bucket_column,
    bucket_of,
    open_store,
    place_buckets,
    write_store,
)
from tests.spark.worlds import ODD_IDS, presences_frame

pytestmark = pytest.mark.xdist_group("spark")
HOUR = 3_600


def presences(*rows: tuple[int, int, int, int]) -> Presences:
    return Presences(*(np.array(column) for column in zip(*rows, strict=True)))


def test_a_store_knows_days_parts_and_bounds(cluster: SparkSession, tmp_path: Path) -> None:
    night = (1, 5, DAY_S - HOUR, DAY_S + HOUR)  # begins on day 0, ends on day 1
    rows = [night, (2, 5, DAY_S, 2 * DAY_S), (2, 5, 2 * DAY_S, 3 * DAY_S), (3, 5, -HOUR, HOUR), (3, 6, 0, HOUR), night]
    written = write_store(presences_frame(cluster, presences(*rows)), str(tmp_path), Shape(4, 2, salt_rows=2))
    store = open_store(cluster, str(tmp_path))
    assert store.manifest == written.manifest
    assert (store.manifest.rows, store.manifest.first_entry, store.manifest.last_exit) == (6, -HOUR, 3 * DAY_S)
    assert store.manifest.salted == ((5, 2),)
    for copy in (store.by_place, store.by_subject):
        stays = sorted(tuple(row) for row in copy.select("subject", "place", "t_in", "t_out", "day").collect())
        assert stays == [
            (1, 5, DAY_S - HOUR, DAY_S + HOUR, 0),
            (2, 5, DAY_S, 3 * DAY_S, LONG_DAY),  # two that touched
            (3, 5, -HOUR, HOUR, -1),
            (3, 6, 0, HOUR, 0),
        ]
    found = {row.bucket for row in store.by_place.where("place = 5").select("bucket").collect()}
    assert found <= set(place_buckets(np.array([5]), store.manifest).tolist())


def test_driver_and_cluster_put_ids_into_the_same_buckets(cluster: SparkSession) -> None:
    ids = np.concatenate((ODD_IDS, np.random.default_rng(1).integers(-(1 << 63), (1 << 63) - 1, 500)))
    frame = presences_frame(cluster, Presences(ids, ids, 0 * ids, 0 * ids + 1))
    found = frame.select("subject", bucket_column(frame["subject"], 37).alias("bucket")).toArrow()
    assert found["bucket"].to_pylist() == bucket_of(np.array(found["subject"].to_numpy()), 37).tolist()


def test_what_is_added_continues_what_is_there(cluster: SparkSession, tmp_path: Path) -> None:
    first = presences((1, 5, 0, 600), (2, 5, 500, 1_000), (2, 5, 3_000, 3_100))
    more = presences((1, 5, 600, 1_400), (2, 5, 500, 1_000), (3, 5, 1_300, 9_000))
    write_store(presences_frame(cluster, first), str(tmp_path), Shape(2, 2))
    store = write_store(presences_frame(cluster, more), str(tmp_path), Shape(5, 5))
    assert (store.manifest.shape, store.manifest.rows, store.manifest.latest_entry) == (Shape(2, 2), 6, 3_000)
    both = Presences(
        *(np.concatenate((getattr(first, c), getattr(more, c))) for c in ("subject", "place", "t_in", "t_out"))
    )
    query = TraceQuery(index=(IndexWindow(1),), generations=2, rule=ContactRule(min_overlap_s=100))
    answer = trace_spark(store, query)
    assert answer.exposures.count() == 2
    assert answer.edges.columns == ["source", "exposed", "place", "start", "end", "lingering"]
    found, expected = answer.collect(), trace(both, query)
    answer.release()
    assert found.exposures.equals(expected.exposures)
    assert found.edges.equals(expected.edges)


def test_what_no_engine_takes_is_refused(cluster: SparkSession, tmp_path: Path) -> None:
    frame = cluster.createDataFrame([(1, 2, 5, 5)], "subject bigint, place bigint, t_in bigint, t_out bigint")
    with pytest.raises(InvalidTraceInputError, match="ends no later"):
        write_store(frame, str(tmp_path / "backwards"))
    frame = cluster.createDataFrame([(1, None, 5, 6)], "subject bigint, place bigint, t_in bigint, t_out bigint")
    with pytest.raises(InvalidTraceInputError, match="missing"):
        write_store(frame, str(tmp_path / "missing"))
    with pytest.raises(StoreError, match="not a store"):
        open_store(cluster, str(tmp_path))


def test_nobody_anywhere(cluster: SparkSession, tmp_path: Path) -> None:
    empty = Presences(*(np.empty(0, dtype=np.int64) for _ in range(4)))
    store = write_store(presences_frame(cluster, empty), str(tmp_path))
    answer = trace_spark(store, TraceQuery(index=(IndexWindow(1, 5, 6),), horizon=3))
    found = answer.collect()
    assert (found.exposures.num_rows, found.edges.num_rows, found.stats["latest_entry"]) == (0, 0, None)
