"""A synthetic county on real divisions: who lives, works and learns where, what goods move, and everybody's presences.

`make_county` is deterministic: the same arguments and NumPy version give the same tables on any number of threads.
Nothing in it is real but the divisions: identity numbers are well-formed with invented serials, telephone numbers come
from a block no resident can hold. Instants are int64 seconds since the epoch (UTC), stays are half-open, days are those
of the county's zone. All codes are strings, one name space for subjects (people, lots, packages, surfaces) and one for
places.

The tables and their columns (`?` may be null):

persons: `code` P0000001; `name`; `sex` male | female; `birth_date` date; `id_number` GB 11643; `phone` 11 digits (a
    child under 12 has the head's); `area_code` village, 12 digits; `household_code` a place; `work_unit_code`?
    organisation of work or school; `work_place_code`? place of work, or classroom; `occupation`? worker, pupil,
    porter, ...; `returned_at`? and `returned_from`? (division, 6 digits) of people who came back within the period.
organisations: `code` O00001; `name`; `kind` township | village | regulator | employer | venue | hospital | warehouse;
    `sector` what it does; `area_code` 6, 9 or 12 digits; `uscc` GB 32100; `responsible_kind` territory | regulator |
    unit.
places: `code` S00001 or, for households, H0000001; `kind` a PlaceKind; `name`; `area_code` village;
    `organisation_code`? (none for households); `parent_code`? the place it lies in: a stall's market, a stall's
    freezer, a cold room's warehouse.
presences: `subject`, `place` codes as dictionary<int32, string> in one chunk; `t_in`, `t_out`. Ordered by `t_in`.
    People and lots. A person is in one place at a time, but for a place inside another one (see `parent_code`).
    Nothing ends after the last midnight; what was still going on is cut there.
lots: the warehouse's book, sub-lots after the lots. `code` JX-20201205-001, sub-lots JX-20201205-001-S01 with
    `parent_code`?; `product`, `product_class`, `hs_code`, `country` ISO 3166, `plant_reg_no`, `spec`, `pieces`,
    `net_weight_kg`, `production_date`, `production_lot`, `shelf_life_days`, `temp_min_c`, `temp_max_c`; `importer`,
    `importer_uscc`; `owner_code` (organisation), `owner_uscc`; `declaration_no`, `quarantine_cert_no`, `nat_cert_no`,
    `disinfection_cert_no`, `container_no`, `seal_no`; `port`, `entry_date`; `vehicle`, `driver_code` (person);
    `arrived_at` at the total warehouse; `released_at`, `release_cert_no`, `trace_code`; `storage_code` place where it
    lies; `destination_code`? place (sub-lots); `area_code`.
packages: `code` JX-20201205-001-P0001; `lot_code` the lot it came with; `sublot_code`? the sub-lot it left with.
surfaces: `code`; `name`; `place_code`.
links: `from`, `to` lot codes; `at`: when `to` was taken out of `from`.
contacts: `from` person, `to` lot; `t_in`, `t_out`; `setting` handover | unloading | sampling | picking | loading |
    delivery | stocking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.sim import parameters as par
from lianfang.sim.cast import Family, pick_family
from lianfang.sim.catalogue import IMPORTERS
from lianfang.sim.days import DAY, play_days
from lianfang.sim.divisions import Divisions, read_divisions
from lianfang.sim.goods import HALF_HOUR, LotPlan, Roster, Staff, plan_lots
from lianfang.sim.habits import make_habits
from lianfang.sim.institutions import enter_governments, enter_health_care, enter_total_warehouse
from lianfang.sim.lots import GoodsCodes, write_goods
from lianfang.sim.movements import Crew, freezers, play_goods
from lianfang.sim.occupations import Occupations, assign_occupations, employed, posts_taken
from lianfang.sim.population import Population, make_population
from lianfang.sim.registers import Codes, make_codes, write_organisations, write_persons, write_places
from lianfang.sim.schools import Schools, enter_schools
from lianfang.sim.sites import Group, Ledger, Sites
from lianfang.sim.story import Story, StoryCodes, make_story
from lianfang.sim.streams import Process, stream
from lianfang.sim.venues import enter_employers, enter_venues


@dataclass(frozen=True, slots=True)
class County:
    """A county and its days; the tables' columns are described in the module."""

    population: int
    seed: int
    start_day: date
    days: int
    persons: pa.Table
    organisations: pa.Table
    places: pa.Table
    presences: pa.Table
    lots: pa.Table
    packages: pa.Table
    surfaces: pa.Table
    links: pa.Table
    contacts: pa.Table
    story: StoryCodes

    @property
    def tables(self) -> dict[str, pa.Table]:
        """All tables by name."""
        names = ("persons", "organisations", "places", "presences", "lots", "packages", "surfaces", "links", "contacts")
        return {name: getattr(self, name) for name in names}


class _Settled(NamedTuple):
    """The county before its days begin."""

    people: Population
    sites: Sites
    schools: Schools
    family: Family
    work: Occupations


def make_county(
    divisions: Iterable[tuple[str, str, str, str]], *, population: int, seed: int, start_day: date, days: int
) -> County:
    """Make a county of `population` people and play `days` days from `start_day` on; the last one is the incident's.

    Args:    divisions: (code, name, level, parent) of the county's townships (9 digits) and villages (12 digits).
    Raises:  ValueError if the divisions do not hang together, or population or days are too small for the incident.
    Cost:    about 2 microseconds and 45 bytes of result per person and day; at its peak four times those bytes.
    """
    if population < par.MIN_POPULATION or days < par.MIN_DAYS:
        raise ValueError(f"a county needs at least {par.MIN_POPULATION} people and {par.MIN_DAYS} days")
    base = _settle(read_divisions(divisions), population, seed, start_day)
    first_second = int(datetime(start_day.year, start_day.month, start_day.day, tzinfo=ZoneInfo(par.ZONE)).timestamp())
    codes = make_codes(base.sites, base.people)
    story = make_story(base.sites, base.work, base.family, start_day.weekday(), days)
    rng = stream(seed, Process.LOTS)
    plans = _plans(base, story, days, rng)
    moves = play_goods(plans, Crew(base.work.staff, freezers(base.sites), population), days * DAY, rng)
    habits = make_habits(base.sites, base.people, base.work, seed, days)
    # Half the memory: seconds of a period and indices fit 32 bits.
    played = chain(play_days(habits, seed, start_day.weekday(), days), (moves.rows(),))
    rows = [tuple(column.astype(np.int32) for column in part) for part in played]
    organisations, importer_uscc = write_organisations(base.sites, codes, seed, [prefix for _, prefix in IMPORTERS])
    ref = _goods_codes(base, codes, organisations, importer_uscc, (first_second, start_day))
    goods = write_goods(plans, moves, base.sites, ref, rng)
    return County(
        population=population,
        seed=seed,
        start_day=start_day,
        days=days,
        persons=write_persons(base.sites, base.people, (base.work, habits), first_second, seed),
        organisations=organisations,
        places=write_places(base.sites, base.people, codes),
        presences=_presences(rows, codes, goods.codes, story, first_second),
        lots=goods.lots,
        packages=goods.packages,
        surfaces=goods.surfaces,
        links=goods.links,
        contacts=goods.contacts,
        story=story.name(codes, goods, base.work, first_second),
    )


def _settle(divisions: Divisions, population: int, seed: int, start_day: date) -> _Settled:
    """House the people, found what they need, and give them their places in it."""
    people = make_population(divisions, population, seed, start_day)
    residents = np.bincount(people.village, minlength=len(divisions.villages))
    ledger = Ledger(divisions)
    rng = stream(seed, Process.SITES)
    enter_total_warehouse(ledger, population)
    enter_governments(ledger, residents)
    enter_health_care(ledger, residents)
    enter_venues(ledger, residents, rng)
    schools = enter_schools(ledger, people, start_day, stream(seed, Process.SCHOOLS))
    enter_employers(ledger, residents, employed(people) - posts_taken(ledger), rng)
    sites = Sites(tuple(ledger.sites), tuple(ledger.organisations), divisions)
    family = pick_family(people, schools, stream(seed, Process.CAST))
    work = assign_occupations(sites, people, schools.classroom, family.porter, seed)
    work.steady[[family.porter, family.child]] = True
    work.homebound[[family.porter, family.child]] = True
    return _Settled(people, sites, schools, family, work)


def _plans(base: _Settled, story: Story, days: int, rng: np.random.Generator) -> list[LotPlan]:
    """Plan the goods around the story: its porters are booked, and its own porter is gone from the afternoon on."""
    staff = Staff.of(base.sites, base.work)
    roster = Roster(staff.porters)
    for plan in story.plans:
        roster.book_plan(plan)
    roster.book(base.family.porter, story.porter_leaves_at - HALF_HOUR, 2 * DAY)
    wanted = max(par.LOTS.at_least, round(par.LOTS.per_10k * len(base.people) / 10_000))
    return [*story.plans, *plan_lots(staff, roster, wanted - len(story.plans), days, rng)]


def _goods_codes(
    base: _Settled, codes: Codes, organisations: pa.Table, importer_uscc: list[str], start: tuple[int, date]
) -> GoodsCodes:
    person = codes.person.to_pylist()
    sectors, names, uscc = (organisations.column(name).to_pylist() for name in ("sector", "code", "uscc"))
    trucks = base.sites.indices(Group.TRUCK, Group.LONG_HAUL).tolist()
    return GoodsCodes(
        person=person,
        site=codes.place.slice(0, len(base.sites.rows)).to_pylist(),
        owners=[(names[i], uscc[i]) for i, sector in enumerate(sectors) if sector == "owner"],
        importer_uscc=importer_uscc,
        driver={truck: person[base.work.staff[truck][0]] for truck in trucks},
        freezer=freezers(base.sites),
        first_second=start[0],
        start_day=start[1],
    )


def _presences(
    rows: list[tuple[npt.NDArray[np.int32], ...]], codes: Codes, lot_codes: list[str], story: Story, first_second: int
) -> pa.Table:
    """Put all stays in order of their start; the porter's end when he is taken out of circulation."""
    subject, place, t_in, t_out = (np.concatenate(column) for column in zip(*rows, strict=True))
    gone = subject == story.family.porter
    t_out = np.where(gone, np.minimum(t_out, story.porter_leaves_at), t_out)
    kept = t_in < t_out
    order = np.argsort(t_in, kind="stable")
    order = order[kept[order]]
    subjects = pa.concat_arrays([codes.person, pa.array(lot_codes, pa.string())])
    return pa.table(
        {
            "subject": _coded(subject[order], subjects),
            "place": _coded(place[order], codes.place),
            "t_in": first_second + t_in[order].astype(np.int64),
            "t_out": first_second + t_out[order].astype(np.int64),
        }
    )


def _coded(index: npt.NDArray[np.int32], values: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index), values)
