"""An executor that dies in the middle of a trace costs time and nothing else."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from pyspark.sql import SparkSession

from lianfang.trace.reference import trace_reference
from lianfang.trace.spark import Known, trace_spark
from lianfang.trace.spark_store import Shape, write_store
from tests.spark.worlds import presences_frame, worlds

pytestmark = pytest.mark.xdist_group("spark")  # they share a cluster, so one worker runs them all

THREE_ROUNDS = 2
JOBS_BEFORE = 3  # the first round has two
PATIENCE_S = 240


def is_executor(process: psutil.Process) -> bool:
    try:
        return any("CoarseGrainedExecutor" in word for word in process.cmdline())
    except psutil.Error:  # it has gone meanwhile, or is dead and not yet waited for
        return False


def executors(spark: SparkSession) -> dict[int, psutil.Process]:
    driver = psutil.Process(spark.sparkContext._gateway.proc.pid)
    return {child.pid: child for child in driver.children(recursive=True) if is_executor(child)}


def kill_one_at_work(spark: SparkSession) -> int:
    """Kill an executor, as the system would, once tasks of the second round are running; return its process id."""
    tracker, until = spark.sparkContext.statusTracker(), time.monotonic() + PATIENCE_S
    seen: set[int] = set()
    while time.monotonic() < until:
        seen |= set(tracker.getActiveJobsIds())
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if len(seen) > JOBS_BEFORE and any(stage and stage.numActiveTasks for stage in stages):
            victim = next(iter(executors(spark).values()))
            victim.send_signal(signal.SIGKILL)
            return victim.pid
        time.sleep(0.01)
    raise AssertionError("the trace had no second round to be interrupted in")


def test_the_answer_survives_an_executor(cluster: SparkSession, tmp_path: Path) -> None:
    query, facts = worlds(THREE_ROUNDS)
    store = write_store(presences_frame(cluster, facts.presences), str(tmp_path), Shape(3, 2, 2))
    before = executors(cluster)
    with ThreadPoolExecutor(1) as threads:
        killed = threads.submit(kill_one_at_work, cluster)
        answer = trace_spark(store, query, Known(*facts[1:]))
        found = answer.collect()
        answer.release()
        victim = killed.result()
    assert victim in before
    assert victim not in executors(cluster)
    expected = trace_reference(query, facts)
    assert found.exposures.to_pylist() == expected.exposures.to_pylist()
    assert found.edges.to_pylist() == expected.edges.to_pylist()
