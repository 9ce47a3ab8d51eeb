"""Finding Java and pyspark: what is taken, what is said when there is none."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

from lianfang.trace import spark_session
from lianfang.trace.spark_session import SparkUnavailableError, find_java, java_home, java_version, require_pyspark

pytestmark = pytest.mark.xdist_group("spark")  # they share a cluster, so one worker runs them all


def fake_java(home: Path, version: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return home


def test_java_of_the_environment_then_of_the_path(tmp_path: Path) -> None:
    old, new = fake_java(tmp_path / "old", "11.0.2"), fake_java(tmp_path / "new", "21.0.1")
    assert find_java({"JAVA_HOME": str(new)}) == str(new / "bin" / "java")
    assert find_java({"JAVA_HOME": str(old), "PATH": str(new / "bin")}) == str(new / "bin" / "java")


def test_java_from_the_package(tmp_path: Path) -> None:
    java = java_home(find_java({"PATH": str(tmp_path)}), tmp_path) / "bin" / "java"
    assert java_version(str(java)) >= spark_session.LEAST_JAVA
    asked = [str(java), "--add-modules=jdk.incubator.vector", "-Dspaced=a b", "-XshowSettings:properties", "-version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stderr
    assert "spaced = a b" in said


def test_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SparkUnavailableError, match=r"Java 17 or later.*lianfang\[spark\]"):
        find_java({"PATH": str(tmp_path)})
    with pytest.raises(SparkUnavailableError, match=r"package pyspark; .*lianfang\[spark\]"):
        require_pyspark()
