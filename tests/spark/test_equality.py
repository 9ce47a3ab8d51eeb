"""Spark gives the tables of the readable twin: on random facts, with every plan, in both directions, with executors dying."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lianfang.trace.model import Facts, TraceQuery
from lianfang.trace.reference import trace_reference
from lianfang.trace.spark import MEASURED, Known, SparkAnswer, trace_spark
from lianfang.trace.spark_plan import SparkTuning
from lianfang.trace.spark_store import Shape, write_store
from tests.spark.worlds import presences_frame, worlds

pytestmark = pytest.mark.xdist_group("spark")  # they share a cluster, so one worker runs them all

PLANS = {
    "measured": MEASURED,
    "broadcast, files not chosen": SparkTuning(listed_keys=0),
    "shuffled": SparkTuning(broadcast_rows=0, listed_keys=0, task_rows=50),
}
# Two dozen worlds an example, and seconds each: `HYPOTHESIS_PROFILE=fuzz make test-spark` takes the time.
EXAMPLES = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 2


def assert_same(query: TraceQuery, facts: Facts, answer: SparkAnswer) -> None:
    expected = trace_reference(query, facts)
    found = answer.collect()
    answer.release()
    assert found.exposures.to_pylist() == expected.exposures.to_pylist()
    assert found.edges.to_pylist() == expected.edges.to_pylist()
    assert found.stats["edges"] == expected.n_edges
    assert found.stats["latest_entry"] == expected.latest_entry


@settings(
    max_examples=EXAMPLES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 1 << 62), shape=st.sampled_from([Shape(), Shape(3, 2, 2)]), plan=st.sampled_from(sorted(PLANS))
)
def test_spark_agrees_with_the_readable_twin(
    cluster: SparkSession, tmp_path_factory: pytest.TempPathFactory, seed: int, shape: Shape, plan: str
) -> None:
    query, facts = worlds(seed)
    path = tmp_path_factory.mktemp("store")
    store = write_store(presences_frame(cluster, facts.presences), str(path), shape)
    assert_same(query, facts, trace_spark(store, query, Known(*facts[1:]), PLANS[plan]))
