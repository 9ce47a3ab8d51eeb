"""Real contacts and check-ins: Spark finds what the local engine finds."""

import subprocess
from pathlib import Path

import polars as pl
import pytest

from tests.acceptance.command import LIANFANG, pairs


def _answers(presences: Path, engine: str, *options: str) -> tuple[str, str]:
    """The exposures and edges a command prints with an engine."""
    edges = presences.with_suffix(f".{engine}.csv")
    question = ["trace", str(presences), *options, "--engine", engine, "--edges", str(edges), "--format", "csv"]
    done = subprocess.run([str(LIANFANG), *question], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, edges.read_text(encoding="utf-8")


def _busiest(presences: Path) -> str:
    return str(pl.read_csv(presences)["subject"].value_counts(sort=True)["subject"][0])


def test_spark_finds_the_same_in_the_high_school(high_school: Path) -> None:
    options = (
        "--index",
        _busiest(high_school),
        "--min-overlap",
        "60",
        "--cumulative",
        "--latent",
        "2h",
        "--generations",
        "3",
    )
    assert _answers(high_school, "spark", *options) == _answers(high_school, "local", *options)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_spark_finds_the_same_check_ins(gowalla: Path, direction: str) -> None:
    options = ("--index", _busiest(gowalla), "--min-overlap", "0", "--linger", "6h", "--latent", "1d")
    options += ("--generations", "4", "--direction", direction)
    assert _answers(gowalla, "spark", *options) == _answers(gowalla, "local", *options)


def test_spark_finds_all_pairs(gowalla: Path) -> None:
    assert pairs(gowalla, "--linger", "3600", "--min-overlap", "0", "--engine", "spark") == 6_163
