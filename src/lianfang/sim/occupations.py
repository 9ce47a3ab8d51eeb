"""Who works where: every site's posts are filled from the people of working age, most of them near their home."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lianfang.sim import parameters as par
from lianfang.sim.population import Population
from lianfang.sim.sites import Group, Ledger, Sites
from lianfang.sim.streams import Process, stream

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

# Posts that deal with goods are filled first, so that the chain of the goods is complete in the smallest county.
_GOODS = (Group.WAREHOUSE, Group.TRUCK, Group.LONG_HAUL, Group.COUNTER)
_JOB_TITLES = {
    Group.OFFICE: "civil_servant", Group.WORK_UNIT: "worker", Group.SHOP: "shop_assistant",
    Group.MARKET: "market_trader",
    Group.COUNTER: "cold_chain_seller", Group.RESTAURANT: "restaurant_staff",
    Group.HOTEL: "hotel_staff", Group.CLINIC: "medical_staff",
    Group.BUS: "bus_driver", Group.TRUCK: "delivery_driver", Group.LONG_HAUL: "truck_driver", Group.WAREHOUSE: "porter",
    Group.CLASSROOM: "teacher",
}  # fmt: skip
PUPIL = "pupil"
KEEPER = "warehouse_keeper"
INSPECTOR = "warehouse_inspector"


@dataclass(frozen=True, slots=True)
class Occupations:
    """What each person does by day; one entry per person unless said otherwise."""

    place: Int64  # site of work or school, -1 for none
    shift: Int64  # index into `par.SHIFTS`, -1 for none
    title: tuple[str, ...]  # the words that `title_of` indexes
    title_of: Int64  # -1 for none
    homebound: Bool  # goes from work or school straight home: the story's family, so that its truth stays small
    steady: Bool  # never absent, never at a hotel: people whom the goods or the story need every day
    staff: dict[int, list[int]]  # people of the goods' sites, by site


def employed(people: Population) -> int:
    """How many people have a recorded place of work."""
    low, high = par.WORKING_AGES
    return int(par.EMPLOYED * np.count_nonzero((people.age >= low) & (people.age <= high)))


def posts_taken(ledger: Ledger) -> int:
    """How many posts the sites entered so far have."""
    return sum(site.staff for site in ledger.sites)


def assign_occupations(sites: Sites, people: Population, classroom: Int64, porter: int, seed: int) -> Occupations:
    """Fill the posts; `porter` (a person) gets the first one of the total warehouse, pupils have their classroom."""
    rng = stream(seed, Process.JOBS)
    staff = np.array([site.staff for site in sites])
    goods = sites.indices(*_GOODS)
    first = np.repeat(goods, staff[goods])
    others = np.setdiff1d(np.arange(len(staff)), goods)
    rest = rng.permutation(np.repeat(others, staff[others]))[: max(0, employed(people) - len(first))]
    low, high = par.WORKING_AGES
    free = np.flatnonzero(
        (people.age >= low) & (people.age <= high) & (classroom < 0) & (np.arange(len(people)) != porter)
    )
    pool = rng.permutation(free)[: len(first) - 1 + len(rest)]
    place = classroom.copy()
    holders = np.r_[porter, pool[: len(first) - 1]]
    place[holders] = first
    _fill_near(place, pool[len(first) - 1 :], rest, (sites, people), rng)
    steady = np.zeros(len(people), dtype=np.bool_)
    steady[holders] = True
    by_site: dict[int, list[int]] = {}
    for site, person in zip(first.tolist(), holders.tolist(), strict=True):
        by_site.setdefault(site, []).append(person)
    title, title_of = _titles(sites, place, classroom, by_site)
    return Occupations(
        place, _shifts(sites, place, classroom, rng), title, title_of, np.zeros_like(steady), steady, by_site
    )


def _fill_near(
    place: Int64, workers: Int64, posts: Int64, county: tuple[Sites, Population], rng: np.random.Generator
) -> None:
    """Give workers posts, matched in the order of the township where each looks for work."""
    sites, people = county
    posts = posts[: len(workers)]
    workers = workers[: len(posts)]
    anywhere = sites.township[rng.permutation(posts)]
    local = rng.random(len(workers)) < par.WORKS_IN_OWN_TOWNSHIP
    wanted = np.where(local, people.township[workers], anywhere)
    place[workers[np.argsort(wanted, kind="stable")]] = posts[np.argsort(sites.township[posts], kind="stable")]


def _shifts(sites: Sites, place: Int64, classroom: Int64, rng: np.random.Generator) -> Int64:
    """Index of each person's shift; some of those who serve round the clock come for the late one."""
    keys = list(par.SHIFTS)
    of_site = np.array([keys.index(site.shift) if site.shift else -1 for site in sites])
    shift = np.where(place >= 0, of_site[place], -1)
    two_shifts = np.isin(shift, [keys.index("factory"), keys.index("hospital")]) & (classroom < 0)
    return np.where(two_shifts & (rng.random(len(place)) < par.LATE_SHIFT), keys.index("late"), shift)


def _titles(sites: Sites, place: Int64, classroom: Int64, staff: dict[int, list[int]]) -> tuple[tuple[str, ...], Int64]:
    words = (*_JOB_TITLES.values(), PUPIL, KEEPER, INSPECTOR)
    groups = list(_JOB_TITLES)
    of_site = np.array([groups.index(site.group) if site.group in _JOB_TITLES else -1 for site in sites])
    title_of = np.where(place >= 0, of_site[place], -1)
    title_of[classroom >= 0] = words.index(PUPIL)
    warehouse = staff[int(sites.indices(Group.WAREHOUSE)[0])]
    title_of[warehouse[-par.KEEPERS - par.INSPECTORS :]] = words.index(KEEPER)
    title_of[warehouse[-par.INSPECTORS :]] = words.index(INSPECTOR)
    return words, title_of
