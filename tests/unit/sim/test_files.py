"""The CSV files can be read back as they were."""

from pathlib import Path

import polars as pl

from lianfang.sim import County, write_csv


def test_files_hold_the_tables_with_zoned_times(county: County, tmp_path: Path) -> None:
    files = write_csv(county, tmp_path / "demo")
    assert sorted(file.stem for file in files) == sorted(county.tables)
    presences = pl.read_csv(tmp_path / "demo" / "presences.csv")
    assert presences.columns == ["subject", "place", "t_in", "t_out"]
    assert presences["t_in"][0] == "2020-11-27T00:00:00+08:00"
    for column in ("t_in", "t_out"):
        seconds = presences[column].str.to_datetime("%Y-%m-%dT%H:%M:%S%z").dt.epoch("s")
        assert seconds.to_list() == county.presences[column].to_pylist()
    links = pl.read_csv(tmp_path / "demo" / "links.csv")
    assert links["from"].to_list() == county.links["from"].to_pylist()


def test_missing_times_stay_empty(county: County, tmp_path: Path) -> None:
    write_csv(county, tmp_path)
    persons = pl.read_csv(tmp_path / "persons.csv", schema_overrides={"id_number": pl.String})
    assert persons["returned_at"].null_count() == county.persons["returned_at"].null_count
    assert persons["id_number"].to_list() == county.persons["id_number"].to_pylist()
