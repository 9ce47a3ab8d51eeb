"""The ledger of a county's organisations and of the places they run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind
from lianfang.sim.divisions import Divisions

Int64 = npt.NDArray[np.int64]


class Group(StrEnum):
    """What a site is for; finer than the kind of place."""

    OFFICE = "office"
    WORK_UNIT = "work_unit"
    SHOP = "shop"
    MARKET = "market"
    COUNTER = "counter"
    RESTAURANT = "restaurant"
    HOTEL = "hotel"
    CLINIC = "clinic"
    BUS = "bus"
    RIDE = "ride"
    TRUCK = "truck"
    LONG_HAUL = "long_haul"
    WAREHOUSE = "warehouse"
    COLD_ROOM = "cold_room"
    FREEZER = "freezer"
    CLASSROOM = "classroom"


class Body(StrEnum):
    """Registering department and kind of body: the first two characters of a credit code (GB 32100-2015)."""

    STATE_ORGAN = "11"
    PUBLIC_INSTITUTION = "12"
    VILLAGE_COMMITTEE = "54"
    COMPANY = "91"
    SOLE_TRADER = "92"


class Organisation(NamedTuple):
    """One responsible organisation; `kind` is the word the system stores, `sector` says more."""

    name: str
    kind: str
    sector: str
    area_code: str
    responsible: ResponsibleKind
    body: Body


class Site(NamedTuple):
    """One place run by an organisation; `parent` is the site it lies in (a stall in its market), or -1."""

    group: Group
    kind: PlaceKind
    name: str
    village: int
    organisation: int
    weight: float = 1.0
    staff: int = 0
    shift: str = ""
    parent: int = -1


@dataclass(slots=True)
class Ledger:
    """Organisations and sites while a county is being built; their order is their numbering."""

    divisions: Divisions
    organisations: list[Organisation] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)

    def organise(self, organisation: Organisation) -> int:
        """Enter an organisation and return its index."""
        self.organisations.append(organisation)
        return len(self.organisations) - 1

    def enter(self, site: Site) -> int:
        """Enter a site and return its index."""
        self.sites.append(site)
        return len(self.sites) - 1

    def business(self, name: str, village: int, sector: str, body: Body = Body.COMPANY) -> int:
        """Enter a business of a village: a venue, or an employer if it does not receive the public."""
        kind = "employer" if sector in {"work_unit", "carrier", "bus", "owner", "school"} else "venue"
        area = self.divisions.villages[village].code
        return self.organise(Organisation(name, kind, sector, area, ResponsibleKind.UNIT, body))

    def indices(self, *groups: Group) -> list[int]:
        """Indices of the sites of some groups, in order."""
        return [i for i, site in enumerate(self.sites) if site.group in groups]


@dataclass(frozen=True)
class Sites:
    """The finished ledger as arrays, one entry per site."""

    rows: tuple[Site, ...]
    organisations: tuple[Organisation, ...]
    divisions: Divisions

    @cached_property
    def township(self) -> Int64:
        """Township index of each site."""
        return self.divisions.township_of[np.array([site.village for site in self.rows], dtype=np.int64)]

    @cached_property
    def weight(self) -> npt.NDArray[np.float64]:
        """How much each site draws visitors."""
        return np.array([site.weight for site in self.rows])

    @cached_property
    def organisation(self) -> Int64:
        """Organisation index of each site."""
        return np.array([site.organisation for site in self.rows], dtype=np.int64)

    def indices(self, *groups: Group) -> Int64:
        """Indices of the sites of some groups, in order."""
        return np.array([i for i, site in enumerate(self.rows) if site.group in groups], dtype=np.int64)

    def __iter__(self) -> Iterator[Site]:
        return iter(self.rows)
