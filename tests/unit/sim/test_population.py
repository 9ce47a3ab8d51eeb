"""The people look like the census says."""

import numpy as np
import pytest

from lianfang.sim.divisions import read_divisions
from lianfang.sim.names import draw_surnames, person_names
from lianfang.sim.population import Population, make_population
from lianfang.sim.streams import Process, stream
from tests.unit.sim.county_table import DIVISIONS, START


@pytest.fixture(scope="module")
def people() -> Population:
    return make_population(read_divisions(DIVISIONS), 30_000, 11, START)


@pytest.mark.parametrize(
    ("from_age", "to_age", "census"), [(0, 15, 0.168), (15, 60, 0.632), (60, 200, 0.200), (65, 200, 0.137)]
)
def test_ages_are_near_the_census_of_yuncheng(people: Population, from_age: int, to_age: int, census: float) -> None:
    share = np.mean((people.age >= from_age) & (people.age < to_age))
    assert share == pytest.approx(census, abs=0.025)


def test_households_are_of_the_usual_size(people: Population) -> None:
    sizes = np.bincount(people.household)
    assert sizes.mean() == pytest.approx(2.84, abs=0.08)
    assert sizes.min() >= 1
    assert sizes.max() == 7
    assert 0.48 < np.mean(~people.female) < 0.54


def test_households_hang_together(people: Population) -> None:
    assert np.all(np.diff(people.household) >= 0)
    assert np.all(people.household[people.head] == people.household)
    assert np.all(people.role[people.head] == 0)
    assert np.all(people.village == people.household_village[people.household])
    child = people.is_child
    assert np.all(people.surname[child] == people.surname[people.head][child])
    assert np.all(people.age[child] < people.age[people.head][child] - 14)
    spouse = people.role == 1
    assert np.all(people.female[spouse] != people.female[people.head][spouse])


def test_nobody_is_born_after_the_first_day(people: Population) -> None:
    assert people.birth.max() < np.datetime64(START)
    assert people.age.max() <= 101


def test_urban_communities_are_the_largest_villages(people: Population) -> None:
    residents = np.bincount(people.village)
    assert residents[:2].min() > 2 * np.median(residents)
    assert residents.min() > 0


def test_wang_and_li_lead_the_surnames() -> None:
    rng = stream(1, Process.NAMES)
    drawn = draw_surnames(50_000, rng)
    names = person_names(drawn, drawn % 2 == 0, np.full(50_000, 1970), rng).to_pylist()
    first = {char: sum(name.startswith(char) for name in names) / 50_000 for char in "王李张刘陈"}
    assert first["王"] > first["李"] > first["刘"] > first["陈"]
    assert 0.26 < sum(first.values()) < 0.34
    assert len(set(names)) > 25_000
    assert {len(name) for name in names} == {2, 3, 4}


def test_processes_have_streams_of_their_own() -> None:
    drawn = {stream(1, process, step).integers(1 << 60) for process in Process for step in (0, 1)}
    assert len(drawn) == 2 * len(Process)
    assert stream(5, Process.AGES).integers(1 << 60) == stream(5, Process.AGES).integers(1 << 60)
