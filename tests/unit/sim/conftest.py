"""One county for all tests that only look at it."""

import polars as pl
import pytest

from lianfang.sim import County
from tests.unit.sim.county_table import small_county


@pytest.fixture(scope="session")
def county() -> County:
    return small_county()


@pytest.fixture(scope="session")
def frames(county: County) -> dict[str, pl.DataFrame]:
    """The county's tables as Polars frames, the presences with the kind and the parent of their place."""
    frames = {}
    for name, table in county.tables.items():
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        frames[name] = frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
    places = frames["places"].select("code", "kind", "parent_code")
    frames["presences"] = frames["presences"].join(places, left_on="place", right_on="code", how="left")
    return frames
