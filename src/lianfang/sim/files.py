"""Write a county as CSV files, in the form the import pages take."""

from pathlib import Path

import polars as pl

from lianfang.sim.county import County
from lianfang.sim.parameters import ZONE

_INSTANTS = ("t_in", "t_out", "at", "arrived_at", "released_at", "returned_at")


def write_csv(county: County, folder: Path) -> list[Path]:
    """Write one CSV file per table into a folder, instants as 2020-12-08T09:10:00+08:00.

    Returns: the files, `presences.csv` among them with the columns subject, place, t_in, t_out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in county.tables.items():
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        instants = [column for column in frame.columns if column in _INSTANTS]
        file = folder / f"{name}.csv"
        frame.with_columns(_iso(column) for column in instants).write_csv(file)
        files.append(file)
    return files


def _iso(column: str) -> pl.Expr:
    instant = pl.from_epoch(pl.col(column), time_unit="s").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE)
    return instant.dt.strftime("%Y-%m-%dT%H:%M:%S%:z").alias(column)
