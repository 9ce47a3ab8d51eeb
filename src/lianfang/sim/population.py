"""Households and the people in them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from lianfang.sim import parameters as par
from lianfang.sim.divisions import Divisions, is_community
from lianfang.sim.names import draw_surnames
from lianfang.sim.streams import Process, stream

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
_HEAD, _SPOUSE, _CHILD, _ELDER = range(4)
_ROLE = {"H": _HEAD, "S": _SPOUSE, "C": _CHILD, "E": _ELDER}


@dataclass(frozen=True, slots=True)
class Population:
    """The county's people, household by household; every array has one entry per person unless said otherwise."""

    household: Int64  # ascending
    village: Int64
    township: Int64
    role: Int64  # head, spouse, child, parent of the head: the order of H, S, C, E
    age: Int64  # whole years on the first day
    birth: npt.NDArray[np.datetime64]
    female: Bool
    surname: Int64
    head: Int64  # index of the head of the person's household
    household_village: Int64  # per household

    def __len__(self) -> int:
        return len(self.household)

    @property
    def is_child(self) -> Bool:
        """Whether the person lives in the household as a child of the head."""
        return np.asarray(self.role == _CHILD, dtype=np.bool_)


def make_population(divisions: Divisions, population: int, seed: int, start_day: date) -> Population:
    """Draw households until they hold `population` people; the last one is cut to fit."""
    rng = stream(seed, Process.HOUSEHOLDS)
    shares = np.array([form.share for form in par.HOUSEHOLD_FORMS])
    sizes = np.array([len(form.members) for form in par.HOUSEHOLD_FORMS])
    # Half as many again as the mean asks for, so that a small county's luck cannot leave it short.
    form = rng.choice(len(shares), size=int(population / (shares @ sizes) * 1.5) + 20, p=shares / shares.sum())
    n_households = int(np.searchsorted(np.cumsum(sizes[form]), population)) + 1
    form = form[:n_households]
    household_village = _villages(divisions, n_households, seed)
    household = np.repeat(np.arange(n_households), sizes[form])[:population]
    starts = np.cumsum(sizes[form]) - sizes[form]
    slot = np.arange(population) - starts[household]
    members = np.array([[_ROLE[char] for char in f.members.ljust(7, "H")] for f in par.HOUSEHOLD_FORMS])
    role = members[form[household], slot]
    female = _sexes(role, household, n_households, rng)
    age_years = _ages(form, household, role, female, stream(seed, Process.AGES))
    first_day = np.datetime64(start_day, "D")
    birth = first_day - np.ceil(age_years * 365.2425).astype("timedelta64[D]")
    surname = draw_surnames(population, rng)
    # Children bear the head's surname, as does one of his parents; a spouse and the other parent bring their own.
    shared = (role == _CHILD) | ((role == _ELDER) & ~female)
    head = starts[household]
    return Population(
        household=household,
        village=household_village[household],
        township=divisions.township_of[household_village[household]],
        role=role,
        age=age_years.astype(np.int64),
        birth=birth,
        female=female,
        surname=np.where(shared, surname[head], surname),
        head=head,
        household_village=household_village,
    )


def _villages(divisions: Divisions, n_households: int, seed: int) -> Int64:
    """Place households in villages of log-normal size; neighbours get neighbouring numbers."""
    rng = stream(seed, Process.VILLAGES)
    weight = rng.lognormal(0.0, par.VILLAGE_SIGMA, len(divisions.villages))
    community = np.array([is_community(village.name) for village in divisions.villages])
    virtual = np.array(["虚拟" in village.name for village in divisions.villages])
    weight *= np.where(community, par.COMMUNITY_WEIGHT, 1.0) * np.where(virtual, par.VIRTUAL_WEIGHT, 1.0)
    weight *= np.where(divisions.township_of == divisions.seat, par.SEAT_WEIGHT, 1.0)
    return np.sort(rng.choice(len(weight), size=n_households, p=weight / weight.sum()))


def _sexes(role: Int64, household: Int64, n_households: int, rng: np.random.Generator) -> Bool:
    female_head = rng.random(n_households) >= par.MALE_HEAD
    drawn = rng.random(len(role)) >= par.MALE_BIRTH
    # Parents of the head come as a couple: the first a woman (widows are more), the second a man.
    first_elder = (role == _ELDER) & np.r_[True, (role[1:] != role[:-1]) | (household[1:] != household[:-1])]
    by_role = [female_head[household], ~female_head[household], drawn, first_elder]
    return np.asarray(np.choose(role, by_role), dtype=np.bool_)


def _ages(
    form: Int64, household: Int64, role: Int64, female: Bool, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Ages in years: the head by the household's form, the others by their relation to the couple."""
    n = len(role)
    low = np.array([f.head_from for f in par.HOUSEHOLD_FORMS])[form]
    high = np.array([f.head_to for f in par.HOUSEHOLD_FORMS])[form]
    head_age = (low + rng.random(len(form)) * (high + 1 - low))[household]
    noise = rng.standard_normal(n)
    mean, sd = par.SPOUSE_YOUNGER_YEARS
    spouse = np.maximum(20.0, head_age - np.where(female, 1, -1) * (mean + sd * noise))
    mean, sd = par.FIRST_BIRTH_YEARS
    # Whole households shift the first birth, siblings follow at an interval.
    first_birth = np.maximum(par.EARLIEST_BIRTH, mean + sd * rng.standard_normal(len(form))[household])
    order = np.arange(n) - np.maximum.accumulate(np.where(role != _CHILD, np.arange(n), 0)) - 1
    child = head_age - 1.0 - first_birth - order * (par.NEXT_BIRTH_YEARS + 0.5 * noise)
    # A child not born yet by this reckoning is a small one of a late mother.
    child = np.where(child < 0, rng.random(n) * 5.0, child)
    mean, sd = par.GENERATION_YEARS
    elder = np.maximum(48.0, head_age + mean + sd * noise)
    ages = np.choose(role, [head_age, spouse, child, elder])
    return np.asarray(np.clip(ages, 0.003, float(par.OLDEST)), dtype=np.float64)
