"""`lianfang trace --engine spark` and `lianfang trace-store`: files and stores in, the same answers out, refusals in one line."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyspark.sql import SparkSession

from lianfang.cli.main import main

pytestmark = pytest.mark.xdist_group("spark")  # they share a cluster, so one worker runs them all

pytestmark = pytest.mark.usefixtures("cluster")

ISO = """subject,place,t_in,t_out
王,菜市场,2020-12-01T08:00:00+08:00,2020-12-01T09:00:00+08:00
李,菜市场,2020-12-01T00:30:00Z,2020-12-01T01:30:00Z
赵,车站,2020-12-01T03:00:00Z,
李,车站,2020-12-01T02:00:00Z,2020-12-01T04:00:00Z
"""
OPTIONS = ("--generations", "2", "--latent", "1h", "--until", "2020-12-01T05:00:00Z", "--index", "王")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        out, err = capfd.readouterr()
        return code, out, err

    return run


def exposures(run: Any, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = run("trace", *arguments, "--format", "json")
    assert code == 0, err
    return list(json.loads(out)["exposures"])


def test_a_file_with_texts_for_ids(run: Any, tmp_path: Path) -> None:
    file, edges = tmp_path / "presences.csv", [tmp_path / "local.csv", tmp_path / "spark.csv"]
    file.write_text(ISO, encoding="utf-8")
    local = exposures(run, str(file), *OPTIONS, "--edges", str(edges[0]))
    assert exposures(run, str(file), *OPTIONS, "--edges", str(edges[1]), "--engine", "spark") == local
    assert [row["subject"] for row in local] == ["李", "赵"]
    assert edges[0].read_text() == edges[1].read_text()


def test_a_store_is_written_added_to_and_traced(run: Any, tmp_path: Path) -> None:
    rows = {
        "subject": [1, 2, 3, 2],
        "place": [7, 7, 8, 8],
        "t_in": [0, 50, 1_100, 1_150],
        "t_out": [1_000, 1_200, 1_900, 2_000],
    }
    table, store, links = pl.DataFrame(rows), str(tmp_path / "store"), tmp_path / "links.csv"
    links.write_text("from,to,at\n3,9,1500\n")
    for number, part in enumerate((table[:2], table[2:])):
        part.write_parquet(tmp_path / f"{number}.parquet")
        code, _, err = run("trace-store", str(tmp_path / f"{number}.parquet"), store, "--place-buckets", "2")
        assert (code, f"{2 + 2 * number} presences, 2 buckets by place, 16 by subject" in err) == (0, True)
    table.write_parquet(tmp_path / "all.parquet")
    options = ("--index", "1@..900", "--generations", "2", "--min-overlap", "10m", "--links", str(links))
    local = exposures(run, str(tmp_path / "all.parquet"), *options)
    assert exposures(run, store, *options, "--engine", "spark", "--master", "local[2]") == local
    assert [row["subject"] for row in local] == [2, 3, 9]


def test_refusals(run: Any, tmp_path: Path) -> None:
    file, names = tmp_path / "presences.csv", tmp_path / "controls.csv"
    file.write_text(ISO, encoding="utf-8")
    names.write_text("subject,controlled_at\n王,5\n", encoding="utf-8")
    store = tmp_path / "store"
    pl.DataFrame({"subject": [1], "place": [7], "t_in": [0], "t_out": [9]}).write_parquet(tmp_path / "one.parquet")
    assert run("trace-store", str(tmp_path / "one.parquet"), str(store))[0] == 0
    pl.DataFrame({"subject": [1]}).write_parquet(tmp_path / "half.parquet")
    spark = ("--engine", "spark", "--index", "1")
    for arguments, said in (
        (("trace", str(file), *OPTIONS, "--master", "local[1]"), "--master: only with --engine spark"),
        (("trace", str(file), *OPTIONS, "--engine", "spark", "--master", "spark://h:7077"), "trace-store"),
        (("trace", str(tmp_path), *spark), "not a store of presences"),
        (("trace", str(store), "--index", "1"), "a store of presences: --engine spark traces it"),
        (("trace", str(store), "--engine", "spark", "--index", "2"), "no presence and no link has the subject '2'"),
        (("trace", str(store), *spark, "--controls", str(names)), "subject: ids of a store are integers"),
        (("trace-store", str(tmp_path / "half.parquet"), str(tmp_path / "new")), "spark: "),
    ):
        code, out, err = run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err


def test_the_session_goes_on(cluster: SparkSession) -> None:
    assert cluster.range(3).count() == 3
