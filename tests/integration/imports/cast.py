"""A few people, places and units that files refer to."""

from datetime import UTC, datetime

import polars as pl

from lianfang.apps.core.models import User
from lianfang.apps.core.organisations import import_organisations
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from lianfang.apps.places.services import import_places

NOW = datetime(2020, 12, 20, tzinfo=UTC)
VILLAGE = "140826100201"
WANG_ID = "11010519491231002X"  # the specimen of GB 11643-1999
LI_ID = "110101199003070425"


def settle(by: User | None = None) -> None:
    """Bring in a unit, three places and three persons."""
    import_organisations(
        pl.DataFrame(
            {
                "code": ["O1"],
                "name": ["总仓"],
                "responsible_kind": ["unit"],
                "kind": ["warehouse"],
                "area_code": ["140826"],
            }
        ),
        by=by,
        at=NOW,
    )
    import_places(
        pl.DataFrame(
            {
                "code": ["H1", "W1", "S1"],
                "kind": ["household", "warehouse", "shop"],
                "name": ["王家", "总仓", "超市"],
                "area_code": [VILLAGE, "140826", "140826"],
                "organisation_code": [None, "O1", None],
            }
        ),
        by=by,
        at=NOW,
    )
    people(
        pl.DataFrame({"code": ["P1", "P2", "P3"], "name": ["王小明", "李四", "赵五"], "area_code": [VILLAGE] * 3}),
        by=by,
    )


def people(table: pl.DataFrame, *, by: User | None = None, **options: object):
    """Import a list of persons."""
    from lianfang.apps.core.imports import ImportOptions

    return import_persons(table, by=by, at=NOW, household_ids=place_ids, options=ImportOptions(**options))


def stays(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    """A table of presences; times without zone are the county's."""
    columns = ["subject", "place", "t_in", "t_out"]
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(pl.col("t_in", "t_out") + "+08:00")
