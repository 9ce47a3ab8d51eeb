"""Real contacts and check-ins, made by others, as presences."""

import csv
import gzip
import os
from datetime import datetime
from pathlib import Path

import pytest

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "presence"


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


@pytest.fixture(scope="session")
def high_school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A row `t i j` says i and j were face to face in [t - 20 s, t]: both are present at a place of the pair's own."""
    rows: list[tuple[object, ...]] = []
    for line in _lines("thiers_2012.csv.gz"):
        t, i, j, *_ = line.split("\t")
        place = "-".join(sorted((i, j)))
        rows += [(subject, place, int(t) - 20, int(t)) for subject in (i, j)]
    return _write(tmp_path_factory.mktemp("school") / "contacts.csv", rows)


@pytest.fixture(scope="session")
def gowalla(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A check-in is an entry without an exit: a presence of one second."""
    rows: list[tuple[object, ...]] = []
    for line in _lines("gowalla_events.csv.gz"):
        user, at, _, _, venue = line.split("\t")
        t = int(datetime.fromisoformat(at).timestamp())
        rows.append((user, venue, t, t + 1))
    return _write(tmp_path_factory.mktemp("gowalla") / "check-ins.csv", rows)
