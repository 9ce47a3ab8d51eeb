"""Making the demo county and importing it, table by table."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl
from django.conf import settings

from lianfang.apps.areas import selectors as areas
from lianfang.apps.areas.services import import_divisions, register_territories
from lianfang.apps.core.imports import ImportOptions, Outcome
from lianfang.apps.core.organisations import import_organisations
from lianfang.apps.goods import services as goods
from lianfang.apps.people.services import import_persons
from lianfang.apps.places import selectors as places
from lianfang.apps.places import services as place_services
from lianfang.sim import County, make_county

Report = Callable[[str], None]
DAYS = 14


def load_county(*, population: int, seed: int, last_day: date, at: datetime, report: Report) -> County:
    """Import the published divisions, make a county of that many people and import its tables.

    last_day: the last of its 14 days, the incident's. report: is told each step and how many rows it took.
    """
    report("Importing the published divisions")
    found = import_divisions(settings.DIVISIONS_DIR, county_code=settings.COUNTY_CODE, by=None, at=at)
    report(f"  {found.changed:,} divisions")
    report(f"Making a county of {population:,} people, {DAYS} days to {last_day}")
    start_day = date.fromordinal(last_day.toordinal() - DAYS + 1)
    county = make_county(_divisions(), population=population, seed=seed, start_day=start_day, days=DAYS)
    for name, importer in _IMPORTERS:
        table = pl.from_arrow(getattr(county, name))
        assert isinstance(table, pl.DataFrame)
        outcome = importer(table, at)
        report(f"  {name}: {outcome.n_stored:,} of {outcome.rows_in:,} rows stored")
    register_territories(county_code=settings.COUNTY_CODE, by=None, at=at)
    return county


def _divisions() -> list[tuple[str, str, str, str]]:
    """Return the county, its townships and its villages as the simulation asks for them."""
    county = areas.division(settings.COUNTY_CODE)
    units = [(county.code, county.name, "county", "")]
    units += [(a.code, a.name, "township", county.code) for a in areas.townships_of(county.code)]
    return units + [(a.code, a.name, "village", a.parent_code or "") for a in areas.villages_of(county.code)]


_OPTIONS = ImportOptions(source_name="demo county")


# The settings of a contact name its place, which people read.
_SETTINGS = {
    "handover": "交接",
    "unloading": "卸货",
    "sampling": "采样",
    "picking": "拣货",
    "loading": "装车",
    "delivery": "配送",
    "stocking": "上架",
}


def _persons(table: pl.DataFrame, at: datetime) -> Outcome:
    return import_persons(table, by=None, at=at, household_ids=places.place_ids, options=_OPTIONS)


def _contacts(table: pl.DataFrame, at: datetime) -> Outcome:
    named = table.with_columns(pl.col("setting").replace(_SETTINGS))
    return place_services.import_contacts(named, by=None, at=at, options=_OPTIONS)


_IMPORTERS: tuple[tuple[str, Callable[[pl.DataFrame, datetime], Outcome]], ...] = (
    ("organisations", lambda table, at: import_organisations(table, by=None, at=at, options=_OPTIONS)),
    ("places", lambda table, at: place_services.import_places(table, by=None, at=at, options=_OPTIONS)),
    ("persons", _persons),
    ("lots", lambda table, at: goods.import_lots(table, by=None, at=at, options=_OPTIONS)),
    ("packages", lambda table, at: goods.import_packages(table, by=None, at=at, options=_OPTIONS)),
    ("links", lambda table, at: goods.import_links(table, by=None, at=at, options=_OPTIONS)),
    ("presences", lambda table, at: place_services.import_presences(table, by=None, at=at, options=_OPTIONS)),
    ("contacts", _contacts),
)
