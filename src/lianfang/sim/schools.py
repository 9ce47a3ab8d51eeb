"""Schools, their classes and who sits in them."""

from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.rules.vocabulary import PlaceKind
from lianfang.sim import parameters as par
from lianfang.sim.parameters import SchoolLevel
from lianfang.sim.population import Population
from lianfang.sim.sites import Body, Group, Ledger, Site

Int64 = npt.NDArray[np.int64]

_GRADE_NAMES = {"nursery": "小中大", "primary": "一二三四五六", "junior": "七八九", "senior": ("高一", "高二", "高三")}
_ORDINALS = "一二三四五六七八九十"


class ClassOf(NamedTuple):
    """Where a classroom belongs: level, grade and number, counted from one; class 3(2) is (primary, 3, 2)."""

    level: str
    grade: int
    number: int


class Schools(NamedTuple):
    """Each person's classroom (site index, -1 for none) and what each classroom is."""

    classroom: Int64
    classes: dict[int, ClassOf]


def enter_schools(ledger: Ledger, people: Population, start_day: date, rng: np.random.Generator) -> Schools:
    """Found the schools that the county's children fill; near ones share a school, a grade's classes are drawn."""
    schools = Schools(np.full(len(people), -1, dtype=np.int64), {})
    school_year = start_day.year if start_day.month >= 9 else start_day.year - 1
    september = np.datetime64(f"{school_year}-09-01", "D")
    age = np.floor((september - people.birth).astype(np.int64) / 365.2425).astype(np.int64)
    for level in par.SCHOOL_LEVELS:
        grade = age - level.first_age + 1
        pupils = np.flatnonzero((grade >= 1) & (grade <= level.grades) & (rng.random(len(people)) < level.attending))
        catchment = _catchment(people.township[pupils], level, ledger.divisions.seat)
        for township in np.unique(catchment).tolist():
            local = pupils[catchment == township]
            count = max(1, round(len(local) / level.school_size))
            for number, members in enumerate(np.array_split(local, count), 1):
                _enter_school(ledger, schools, _School(level, township, number, count), (members, grade[members]), rng)
    return schools


class _School(NamedTuple):
    level: SchoolLevel
    township: int
    number: int
    of: int


def _catchment(township: Int64, level: SchoolLevel, seat: int) -> Int64:
    """Township of each pupil's school: the seat has the senior school and takes those too few elsewhere."""
    if level.key == "senior":
        return np.full_like(township, seat)
    enough = np.bincount(township, minlength=seat + 1) >= level.grades * 4
    return np.where(enough[township], township, seat)


def _enter_school(
    ledger: Ledger, schools: Schools, school: _School, pupils: tuple[Int64, Int64], rng: np.random.Generator
) -> None:
    """Enter one school with its classrooms and seat its pupils (indices and grades)."""
    level = school.level
    home = ledger.divisions.county_name if level.key == "senior" else ledger.divisions.townships[school.township].name
    numeral = (
        f"第{_ORDINALS[(school.number - 1) % 10]}"
        if school.of > 1
        else ("中心" if level.key in {"nursery", "primary"} else "")
    )
    name = f"{home}{numeral}{level.name}"
    village = ledger.divisions.village_in(school.township)
    owner = ledger.business(name, village, "school", Body.PUBLIC_INSTITUTION)
    members, grades = pupils
    for grade in range(1, level.grades + 1):
        seated = rng.permutation(members[grades == grade])
        # Two small classes stand in for one wherever a grade can be halved: schools keep parallel classes.
        n_classes = max(-(-len(seated) // level.class_size), 2 if len(seated) >= 12 else 1)
        for number, in_class in enumerate(np.array_split(seated, n_classes), 1):
            title = f"{name}{_GRADE_NAMES[level.key][grade - 1]}({number})班"
            room = Site(
                Group.CLASSROOM, PlaceKind.CLASSROOM, title, village, owner, 1.0, par.TEACHERS_PER_CLASS, level.key
            )
            site = ledger.enter(room)
            schools.classes[site] = ClassOf(level.key, grade, number)
            schools.classroom[in_class] = site
