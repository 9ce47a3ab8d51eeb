"""The registers of people, organisations and places as tables."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.rules.vocabulary import PlaceKind
from lianfang.sim import parameters as par
from lianfang.sim.habits import Habits
from lianfang.sim.identity import birth_serials, credit_codes, identity_numbers, phone_numbers
from lianfang.sim.names import person_names
from lianfang.sim.occupations import Occupations
from lianfang.sim.population import Population
from lianfang.sim.sites import Sites
from lianfang.sim.streams import Process, stream
from lianfang.sim.tables import numbered, take_or_null

Int64 = npt.NDArray[np.int64]

_OWN_PHONE_FROM_AGE = 12  # a younger child is reached by the head's telephone


class Codes(NamedTuple):
    """Codes of everything that is not goods, by index; places are the sites, then the households."""

    person: pa.Array
    organisation: pa.Array
    place: pa.Array
    household: pa.Array


def make_codes(sites: Sites, people: Population) -> Codes:
    """Number people, organisations, places and households."""
    household = numbered("H", np.arange(1, len(people.household_village) + 1), 7)
    return Codes(
        person=numbered("P", np.arange(1, len(people) + 1), 7),
        organisation=numbered("O", np.arange(1, len(sites.organisations) + 1), 5),
        place=pa.concat_arrays([numbered("S", np.arange(1, len(sites.rows) + 1), 5), household]),
        household=household,
    )


def write_persons(
    sites: Sites, people: Population, lives: tuple[Occupations, Habits], first_second: int, seed: int
) -> pa.Table:
    """The register of residents; columns are described in `lianfang.sim.county`."""
    work, habits = lives
    codes = make_codes(sites, people)
    village = pa.array([village.code for village in sites.divisions.villages])
    serial = birth_serials(people.birth, people.female)
    numbers = identity_numbers(sites.divisions.county_code, people.birth, serial)
    phone = phone_numbers(len(people), stream(seed, Process.PHONES))
    phone = np.where(people.age < _OWN_PHONE_FROM_AGE, phone[people.head], phone)
    born = people.birth.astype("datetime64[Y]").astype(np.int64) + 1970
    employer = np.where(work.place >= 0, sites.organisation[work.place], -1)
    returned_at = first_second + habits.arrival * 86_400 + habits.arrival_second
    return pa.table(
        {
            "code": codes.person,
            "name": person_names(people.surname, people.female, born, stream(seed, Process.NAMES)),
            "sex": pa.array(["male", "female"]).take(pa.array(people.female.astype(np.int64))),
            "birth_date": pa.array(people.birth.astype("datetime64[D]")),
            "id_number": pa.array(numbers, type=pa.binary()).cast(pa.string()),
            "phone": pa.array(phone).cast(pa.string()),
            "area_code": village.take(pa.array(people.village)),
            "household_code": codes.household.take(pa.array(people.household)),
            "work_unit_code": take_or_null(codes.organisation, employer),
            "work_place_code": take_or_null(codes.place, work.place),
            "occupation": take_or_null(pa.array(work.title), work.title_of),
            "returned_at": pa.array(returned_at, mask=habits.arrival < 0),
            "returned_from": take_or_null(pa.array([area for area, _ in par.RETURN_FROM]), habits.returned_from),
        }
    )


def write_organisations(sites: Sites, codes: Codes, seed: int, others: list[str]) -> tuple[pa.Table, list[str]]:
    """The register of organisations, and credit codes for others, given by their first eight characters."""
    rows = sites.organisations
    county = sites.divisions.county_code
    uscc = credit_codes([f"{row.body}{county}" for row in rows] + others, stream(seed, Process.CODES))
    table = pa.table(
        {
            "code": codes.organisation,
            "name": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "sector": [row.sector for row in rows],
            "area_code": [row.area_code for row in rows],
            "uscc": uscc[: len(rows)],
            "responsible_kind": [row.responsible.value for row in rows],
        }
    )
    return table, uscc[len(rows) :]


def write_places(sites: Sites, people: Population, codes: Codes) -> pa.Table:
    """The register of places: the sites, then every household under its number in the village."""
    villages = sites.divisions.villages
    at_village = people.household_village
    first = np.searchsorted(at_village, np.arange(len(villages)))
    number = pa.array(np.arange(len(at_village)) - first[at_village] + 1).cast(pa.string())
    homes = pc.binary_join_element_wise(pa.array(sites.divisions.named_villages).take(pa.array(at_village)), number, "")
    none = np.full(len(at_village), -1, dtype=np.int64)
    area = np.r_[np.array([site.village for site in sites], dtype=np.int64), at_village]
    parent = np.r_[np.array([site.parent for site in sites], dtype=np.int64), none]
    return pa.table(
        {
            "code": codes.place,
            "kind": pa.concat_arrays(
                [pa.array([site.kind.value for site in sites]), pa.repeat(PlaceKind.HOUSEHOLD.value, len(at_village))]
            ),
            "name": pa.concat_arrays(
                [pa.array([site.name for site in sites]), pc.binary_join_element_wise(homes, "号", "")]
            ),
            "area_code": pa.array([village.code for village in villages]).take(pa.array(area)),
            "organisation_code": take_or_null(codes.organisation, np.r_[sites.organisation, none]),
            "parent_code": take_or_null(codes.place, parent),
        }
    )
