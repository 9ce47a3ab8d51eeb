"""One real cluster for all tests here: a driver, two executors in processes of their own, and their Python workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lianfang.trace.spark_session import session

MASTER = "local-cluster[2,1,1024]"
# JVMs that live for a minute: no second compiler, no threads for collecting garbage, few partitions.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SETTINGS = {
    "spark.driver.memory": "768m",
    "spark.executor.memory": "640m",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.extraJavaOptions": QUICK,
    "spark.sql.shuffle.partitions": "3",
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    scratch: Path = tmp_path_factory.mktemp("spark")
    with session(MASTER, SETTINGS, scratch) as spark:
        yield spark
