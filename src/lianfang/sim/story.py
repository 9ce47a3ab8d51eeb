"""The incident's story: who handles which lot when, fixed before the county's days are played around it.

A lot of white shrimp comes to cold room 2 and its first sample is negative. A porter moves part of it for a market
stall and goes home to his child, who is in class the next morning; a colleague moves a second part for a shop. On the
last day of the record a package of the lot is sampled again.
"""

from typing import NamedTuple

from lianfang.sim.cast import Family, pick_counters
from lianfang.sim.catalogue import BEEF, SHRIMP
from lianfang.sim.days import DAY
from lianfang.sim.goods import Delivery, LotPlan, Staff
from lianfang.sim.lots import GoodsTables
from lianfang.sim.occupations import Occupations
from lianfang.sim.registers import Codes
from lianfang.sim.sites import Sites

_HOUR = 3600
_MINUTE = 60


class StoryCodes(NamedTuple):
    """The story's cast as codes of the county's tables, and its instants in seconds since the epoch."""

    porter: str
    child: str
    classroom: str
    colleague: str
    inspector: str
    drivers: tuple[str, str]  # who brought the two parts to the counters
    sellers: tuple[str, str]  # who keep those counters
    counters: tuple[str, str]
    cold_room: str
    lot: str
    sublots: tuple[str, str]
    package: str
    false_lot: str
    false_package: str
    surface: str
    arrived_at: int
    handled_at: int
    incident_midnight: int  # first second of the incident's day
    porter_leaves_at: int


class Story(NamedTuple):
    """Days (from 0) and people of the story; persons and sites as indices."""

    family: Family
    arrival_day: int
    handling_day: int
    incident_day: int
    stall: int
    counter: int
    colleague: int  # the porter who moved the second part
    inspector: int
    plans: tuple[LotPlan, LotPlan]  # the positive lot and the one whose positive result is annulled

    @property
    def porter_leaves_at(self) -> int:
        """Second at which the porter is taken out of circulation."""
        return self.incident_day * DAY + 15 * _HOUR

    def name(self, codes: Codes, goods: GoodsTables, work: Occupations, first_second: int) -> StoryCodes:
        """Write the story in the county's codes."""
        person, place = codes.person, codes.place
        shrimp = self.plans[0]
        lot, false_lot = goods.codes[0], goods.codes[1]
        crew = [(work.staff[d.truck][0], work.staff[d.counter][0]) for d in shrimp.deliveries]
        cold_room = place[shrimp.cold_room].as_py()
        return StoryCodes(
            porter=person[self.family.porter].as_py(),
            child=person[self.family.child].as_py(),
            classroom=place[int(work.place[self.family.child])].as_py(),
            colleague=person[self.colleague].as_py(),
            inspector=person[self.inspector].as_py(),
            drivers=(person[crew[0][0]].as_py(), person[crew[1][0]].as_py()),
            sellers=(person[crew[0][1]].as_py(), person[crew[1][1]].as_py()),
            counters=(place[self.stall].as_py(), place[self.counter].as_py()),
            cold_room=cold_room,
            lot=lot,
            sublots=(f"{lot}-S01", f"{lot}-S02"),
            package=f"{lot}-P0317",
            false_lot=false_lot,
            false_package=f"{false_lot}-P0144",
            surface=f"{cold_room}-F1",
            arrived_at=first_second + shrimp.arrived_at,
            handled_at=first_second + shrimp.deliveries[0].at,
            incident_midnight=first_second + self.incident_day * DAY,
            porter_leaves_at=first_second + self.porter_leaves_at,
        )


def make_story(sites: Sites, work: Occupations, family: Family, first_weekday: int, days: int) -> Story:
    """Fix the story so that the day after the porter's work is a school day; `first_weekday` counts Monday as 0."""
    incident_day = days - 1
    handling_day = next(d for d in range(incident_day - 2, -1, -1) if (first_weekday + d + 1) % 7 < 5)
    arrival_day = handling_day - 3
    staff = Staff.of(sites, work)
    stall, counter = pick_counters(sites)
    colleague, *others = staff.porters[1:]
    first_delivery = Delivery(
        handling_day * DAY + 9 * _HOUR + 10 * _MINUTE, 40 * _MINUTE, stall, family.porter, staff.trucks[0], 60
    )
    second_delivery = Delivery(
        (incident_day - 1) * DAY + 10 * _HOUR, 30 * _MINUTE, counter, colleague, staff.trucks[1], 24
    )
    morning = incident_day * DAY + 8 * _HOUR
    shrimp = LotPlan(
        product=SHRIMP,
        arrived_at=arrival_day * DAY + 14 * _HOUR + 10 * _MINUTE,
        cold_room=staff.cold_rooms[1],
        truck=staff.long_haul[0],
        unloaders=(others[0], others[1]),
        inspector=staff.inspectors[0],
        samplings=(arrival_day * DAY + 15 * _HOUR + 10 * _MINUTE, morning + 40 * _MINUTE),
        pieces=420,
        gone_at=days * DAY,
        deliveries=(first_delivery, second_delivery),
    )
    other_delivery = Delivery(handling_day * DAY + 14 * _HOUR, 25 * _MINUTE, counter, others[0], staff.trucks[1], 30)
    beef = LotPlan(
        product=BEEF,
        arrived_at=(arrival_day - 1) * DAY + 15 * _HOUR,
        cold_room=staff.cold_rooms[2],
        truck=staff.long_haul[1],
        unloaders=(others[1], others[2]),
        inspector=staff.inspectors[1],
        samplings=((arrival_day - 1) * DAY + 16 * _HOUR, morning + 55 * _MINUTE),
        pieces=260,
        gone_at=days * DAY,
        deliveries=(other_delivery,),
    )
    return Story(
        family, arrival_day, handling_day, incident_day, stall, counter, colleague, staff.inspectors[0], (shrimp, beef)
    )
