"""Where a county's people shop, eat, ride, stay and work: venues, buses and employers."""

import numpy as np
import numpy.typing as npt

from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind
from lianfang.sim import parameters as par
from lianfang.sim.identity import plate_number
from lianfang.sim.names import BusinessNames
from lianfang.sim.sites import Body, Group, Ledger, Organisation, Site

Int64 = npt.NDArray[np.int64]

_VENUES = (
    (Group.SHOP, PlaceKind.SHOP, "shop"),
    (Group.RESTAURANT, PlaceKind.RESTAURANT, "restaurant"),
    (Group.HOTEL, PlaceKind.HOTEL, "hospital"),  # a hotel's desk changes shifts as a ward does
)


def enter_venues(ledger: Ledger, residents: Int64, rng: np.random.Generator) -> None:
    """Enter shops, restaurants, hotels, markets, frozen-food counters, buses, and what people come back by.

    Args: residents: int64[villages], people of each village.
    """
    names = BusinessNames(ledger.divisions.county_name, rng)
    population = int(residents.sum())
    for group, kind, shift in _VENUES:
        rule = par.SITES[group.value]
        count = max(rule.at_least, round(rule.per_10k * population / 10_000))
        weight = tail_weights(count, rng)
        staff = np.maximum(1, np.rint(weight * rule.staff * count)).astype(np.int64)
        for i, village in enumerate(_villages(residents, count, rng)):
            name = names.draw(group.value, ledger.divisions.named_villages[village])
            owner = ledger.business(name, village, group.value, Body.SOLE_TRADER if staff[i] < 6 else Body.COMPANY)
            ledger.enter(Site(group, kind, name, village, owner, float(weight[i]), int(staff[i]), shift))
    _enter_markets(ledger, residents, rng)
    _enter_counters(ledger, population)
    _enter_buses(ledger, population)


def enter_employers(ledger: Ledger, residents: Int64, staff: int, rng: np.random.Generator) -> None:
    """Enter work units of heavy-tailed size that together employ `staff` people."""
    names = BusinessNames(ledger.divisions.county_name, rng)
    rule = par.SITES["work_unit"]
    count = max(rule.at_least, round(rule.per_10k * int(residents.sum()) / 10_000))
    sizes = np.floor(tail_weights(count, rng) * max(0, staff)).astype(np.int64)
    for village, size in zip(_villages(residents, count, rng), sizes.tolist(), strict=True):
        name = names.draw("work_unit", ledger.divisions.named_villages[village])
        owner = ledger.business(name, village, "work_unit")
        ledger.enter(Site(Group.WORK_UNIT, PlaceKind.WORK_UNIT, name, village, owner, 1.0, size, "factory"))


def tail_weights(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw heavy-tailed shares that add up to one; the largest are cut to a twentieth, or less where there are many."""
    raw = 1.0 + rng.pareto(par.SITE_TAIL, count)
    raw = np.minimum(raw, max(raw.sum() / (20 + count / 20), 3 * float(np.median(raw))))
    return np.asarray(raw / raw.sum(), dtype=np.float64)


def _villages(residents: Int64, count: int, rng: np.random.Generator) -> list[int]:
    return [int(i) for i in np.sort(rng.choice(len(residents), size=count, p=residents / residents.sum()))]


def _enter_markets(ledger: Ledger, residents: Int64, rng: np.random.Generator) -> None:
    """Give every township its market and a large one more, in its larger villages."""
    divisions = ledger.divisions
    for i, township in enumerate(divisions.townships):
        local = np.flatnonzero(divisions.township_of == i)
        people = int(residents[local].sum())
        count = 1 + people // par.PEOPLE_PER_MARKET
        others = rng.choice(local, min(count, len(local)) - 1, replace=False).tolist()
        for number, village in enumerate([divisions.village_in(i), *others]):
            name = township.name if number == 0 else f"{township.name}{divisions.named_villages[village]}"
            owner = ledger.business(f"{name}集贸市场", village, "market")
            staff = 1 + people // count // 2500
            title, weight = f"{name}集贸市场", max(1.0, people / count / 1000)
            ledger.enter(Site(Group.MARKET, PlaceKind.MARKET, title, village, owner, weight, staff, "stall"))


def _enter_counters(ledger: Ledger, population: int) -> None:
    """Give every market and the largest shops a counter for imported frozen food, each kept by one trader."""
    markets = ledger.indices(Group.MARKET)
    shops = sorted(ledger.indices(Group.SHOP), key=lambda i: (-ledger.sites[i].weight, i))
    wanted = max(par.COUNTERS.at_least, round(par.COUNTERS.per_10k * population / 10_000))
    for parent in [*markets, *shops[: max(2, wanted - len(markets))]]:
        place = ledger.sites[parent]
        if place.group == Group.MARKET:
            name = f"{place.name}冷冻水产摊位"
            owner = ledger.business(name, place.village, "stall", Body.SOLE_TRADER)
        else:
            name, owner = f"{place.name}进口冷链专柜", place.organisation
        counter = ledger.enter(Site(Group.COUNTER, PlaceKind.SHOP, name, place.village, owner, 1.0, 1, "stall", parent))
        # Goods lie in a chest of their own: customers meet the seller, not the lot.
        ledger.enter(Site(Group.FREEZER, PlaceKind.COLD_ROOM, f"{name}冷柜", place.village, owner, parent=counter))


def _enter_buses(ledger: Ledger, population: int) -> None:
    divisions = ledger.divisions
    village = divisions.village_in(divisions.seat)
    owner = ledger.business(f"{divisions.county_name}公共交通有限公司", village, "bus")
    rule = par.SITES["bus"]
    count = max(rule.at_least, round(rule.per_10k * population / 10_000))
    # Lines start in the townships by turns, the first ones at the seat.
    order = [divisions.seat, *(i for i in range(len(divisions.townships)) if i != divisions.seat)]
    for number in range(count):
        start = divisions.village_in(order[number % len(order)])
        name = f"{number % max(3, count // 3) + 1}路公交车{plate_number(6000 + 7 * number)}"
        ledger.enter(Site(Group.BUS, PlaceKind.BUS, name, start, owner, 1.0, 1, "bus"))
    carrier = ledger.organise(
        Organisation(
            f"{divisions.county_name}汽车客运站",
            "venue",
            "station",
            divisions.county_code,
            ResponsibleKind.UNIT,
            Body.COMPANY,
        )
    )
    for name, kind in par.RETURN_RIDES:
        ledger.enter(Site(Group.RIDE, PlaceKind(kind), name, village, carrier))
