"""Real contacts and check-ins, made by others, through the command: the numbers of pairs published for them."""

import csv
import gzip
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "presence"
LIANFANG = Path(sys.executable).with_name("lianfang")


def _lines(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"not run: {path} is not there (set LIANFANG_DATA)")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def _write(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("subject", "place", "t_in", "t_out"))
        writer.writerows(rows)
    return path


def _pairs(presences: Path, *options: str) -> int:
    """Distinct unordered pairs among the edges the command writes."""
    edges = presences.with_suffix(".edges.parquet")
    command = [str(LIANFANG), "trace", str(presences), "--index", "all", *options, "--edges", str(edges)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    a, b = pl.col("source"), pl.col("exposed")
    return pl.read_parquet(edges).select(pl.min_horizontal(a, b), pl.max_horizontal(a, b).alias("other")).n_unique()


@pytest.fixture(scope="module")
def high_school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A row `t i j` says i and j were face to face in [t - 20 s, t]: both are present at a place of the pair's own."""
    rows: list[tuple[object, ...]] = []
    for line in _lines("thiers_2012.csv.gz"):
        t, i, j, *_ = line.split("\t")
        place = "-".join(sorted((i, j)))
        rows += [(subject, place, int(t) - 20, int(t)) for subject in (i, j)]
    return _write(tmp_path_factory.mktemp("school") / "contacts.csv", rows)


@pytest.fixture(scope="module")
def gowalla(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A check-in is an entry without an exit: a presence of one second."""
    rows: list[tuple[object, ...]] = []
    for line in _lines("gowalla_events.csv.gz"):
        user, at, _, _, venue = line.split("\t")
        t = int(datetime.fromisoformat(at).timestamp())
        rows.append((user, venue, t, t + 1))
    return _write(tmp_path_factory.mktemp("gowalla") / "check-ins.csv", rows)


def test_all_pairs_of_the_high_school(high_school: Path) -> None:
    assert _pairs(high_school, "--min-overlap", "0") == 2_220


def test_pairs_of_the_high_school_with_a_quarter_of_an_hour(high_school: Path) -> None:
    assert _pairs(high_school, "--cumulative", "--min-overlap", "15m") == 189


def test_pairs_at_one_venue_within_an_hour(gowalla: Path) -> None:
    assert _pairs(gowalla, "--linger", "3600", "--min-overlap", "0") == 6_163


def test_pairs_are_the_same_backward(gowalla: Path) -> None:
    assert _pairs(gowalla, "--linger", "3600", "--min-overlap", "0", "--direction", "backward") == 6_163


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
    assert _pairs(gowalla, "--linger", "3600", "--min-overlap", "0", "--engine", "spark") == 6_163
