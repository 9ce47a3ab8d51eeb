"""The people and places of the incident's story, picked from the county before its days are played."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lianfang.sim.population import Population
from lianfang.sim.schools import ClassOf, Schools
from lianfang.sim.sites import Group, Sites

Int64 = npt.NDArray[np.int64]


class Family(NamedTuple):
    """The porter's family: a father and the child whose class the story leads to (person indices)."""

    porter: int
    child: int


def pick_family(people: Population, schools: Schools, rng: np.random.Generator) -> Family:
    """Pick the porter: a father whose child sits in class 3(2) of a primary school, or in the next best class.

    Raises: ValueError if no pupil lives with such a father.
    """
    fathers = (people.role == 0) & ~people.female & (people.age >= 25) & (people.age <= 55)
    children = np.flatnonzero(people.is_child & (schools.classroom >= 0) & fathers[people.head])
    if not len(children):
        raise ValueError(
            "the county has no pupil whose father could be the porter of the incident; use a larger population"
        )
    size = np.bincount(schools.classroom[schools.classroom >= 0])
    order = rng.permutation(children)
    child = min(
        order.tolist(),
        key=lambda i: _preference(schools.classes[int(schools.classroom[i])], int(size[schools.classroom[i]])),
    )
    return Family(int(people.head[child]), child)


def _preference(label: ClassOf, size: int) -> tuple[bool, bool, bool, int]:
    """Order of choice: class 3(2) with at least five pupils, any primary class, then the larger class."""
    return (size < 5, label != ClassOf("primary", 3, 2), label.level != "primary", -size)


def pick_counters(sites: Sites) -> tuple[int, int]:
    """Pick the stall that sold from the lot (in 横水 if it has a market) and the counter that got the second part."""
    counters = sites.indices(Group.COUNTER).tolist()
    stalls = [i for i in counters if sites.rows[sites.rows[i].parent].group == Group.MARKET]
    stall = next((i for i in stalls if sites.rows[i].name.startswith("横水")), stalls[-1])
    counter = next((i for i in counters if sites.rows[sites.rows[i].parent].group == Group.SHOP), counters[0])
    return stall, counter
