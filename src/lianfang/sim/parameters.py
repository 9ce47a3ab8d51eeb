"""The numbers a synthetic county is made of; each states its source or that it is an assumption.

They describe an invented county that looks like Jiang County in December 2020. No decision reads them. Hours are hours
of the county's day; shares add up to one where the text says so.
"""

from typing import NamedTuple

ZONE = "Asia/Shanghai"
MIN_POPULATION = 500  # below this a school class or a warehouse shift cannot be filled
MIN_DAYS = 10  # the incident's story needs a week before it

# --- Households -----------------------------------------------------------------------------------


class HouseholdForm(NamedTuple):
    """A kind of household: how common, the head's age, and who: H head, S spouse, C child, E the head's parent."""

    share: float
    head_from: int
    head_to: int
    members: str


# Aim: mean size 2.84; ages 0-14 16.8 %, 15-59 63.2 %, 60 and over 20.0 % (Yuncheng, bulletin of the seventh census).
# The split into forms is an assumption, fitted to that aim. Shares add up to one.
HOUSEHOLD_FORMS = (
    HouseholdForm(0.060, 20, 35, "H"),
    HouseholdForm(0.050, 36, 59, "H"),
    HouseholdForm(0.085, 62, 90, "H"),
    HouseholdForm(0.040, 22, 34, "HS"),
    HouseholdForm(0.095, 45, 60, "HS"),
    HouseholdForm(0.125, 60, 85, "HS"),
    HouseholdForm(0.015, 34, 54, "HC"),
    HouseholdForm(0.050, 25, 33, "HSC"),
    HouseholdForm(0.140, 37, 57, "HSC"),
    HouseholdForm(0.025, 55, 64, "HSC"),
    HouseholdForm(0.155, 33, 53, "HSCC"),
    HouseholdForm(0.020, 34, 52, "HSCE"),
    HouseholdForm(0.045, 32, 49, "HSCCE"),
    HouseholdForm(0.035, 30, 48, "HSCEE"),
    HouseholdForm(0.050, 31, 48, "HSCCEE"),
    HouseholdForm(0.010, 30, 44, "HSCCCEE"),
)
MALE_HEAD = 0.85  # assumption
MALE_BIRTH = 0.527  # national name report 2020: 52.7 % of the newborn registered
SPOUSE_YOUNGER_YEARS = (2.0, 2.0)  # mean, sd; assumption
FIRST_BIRTH_YEARS = (26.0, 3.0)  # mother's age, mean and sd; assumption
EARLIEST_BIRTH = 18.0
NEXT_BIRTH_YEARS = 3.5  # between siblings; assumption
GENERATION_YEARS = (26.0, 3.5)  # head to parent, mean and sd; assumption
OLDEST = 101

# Villages: log-normal sizes, an urban community counts as several villages, a virtual unit as a small one. Assumption,
# chosen so that nearly half of the county lives in its towns (46.5 % in the county's bulletin of 2022).
VILLAGE_SIGMA = 0.5
COMMUNITY_WEIGHT = 3.5
SEAT_WEIGHT = 1.3
VIRTUAL_WEIGHT = 0.25

# --- Work -----------------------------------------------------------------------------------------

WORKING_AGES = (19, 60)
EMPLOYED = 0.46  # of the working ages at a recorded place of work; the others farm or work by the day. Assumption
WORKS_IN_OWN_TOWNSHIP = 0.7  # assumption
SITE_TAIL = 1.2  # Pareto exponent of the sizes of work units, shops, markets, restaurants. Assumption: near Zipf's 1
ABSENT = 0.04  # of the staff or pupils expected on a day. Assumption


class Shift(NamedTuple):
    """Usual hours of a kind of work; `days` is how many days of the week are worked (5: Monday to Friday)."""

    start: float
    end: float
    days: int


# Assumptions throughout.
SHIFTS = {
    "office": Shift(8.0, 18.0, 5),
    "factory": Shift(7.5, 17.75, 6),
    "late": Shift(14.0, 22.0, 6),
    "shop": Shift(8.25, 19.0, 6),
    "stall": Shift(6.0, 17.0, 6),
    "restaurant": Shift(9.5, 20.5, 6),
    "hospital": Shift(7.75, 17.75, 6),
    "bus": Shift(6.25, 18.25, 6),
    "truck": Shift(5.5, 18.5, 7),
    "warehouse": Shift(7.5, 17.75, 6),
    "nursery": Shift(8.0, 17.0, 5),
    "primary": Shift(7.8, 16.75, 5),
    "junior": Shift(7.5, 17.75, 5),
    "senior": Shift(7.2, 20.5, 5),
}
LATE_SHIFT = 0.3  # of factory, hospital and hotel staff


class SiteRule(NamedTuple):
    """How many sites of a kind there are and what staff each has on average."""

    per_10k: float
    at_least: int
    staff: float


# Assumptions throughout.
SITES = {
    "shop": SiteRule(22.0, 8, 4.0),
    "restaurant": SiteRule(14.0, 6, 5.0),
    "hotel": SiteRule(1.0, 2, 8.0),
    "work_unit": SiteRule(26.0, 8, 0.0),  # staff: whoever is still to be employed
    "bus": SiteRule(3.0, 3, 1.0),
    "clinic": SiteRule(4.0, 4, 2.0),  # village clinics, beside a health centre per township
}
PEOPLE_PER_MARKET = 8000  # beyond the one of every township. Assumption
COUNTY_HOSPITALS = (("人民医院", 5.0), ("中医医院", 3.0), ("妇幼保健院", 1.5))  # name, staff per 2,000 people
# Counters for imported frozen food: storage and sale apart from other food (national platform, 2020-12).
# Their number is an assumption.
COUNTERS = SiteRule(2.0, 14, 1.0)

# --- Schools --------------------------------------------------------------------------------------


class SchoolLevel(NamedTuple):
    """A level of schooling; `first_age` is the age on 1 September of the first grade."""

    key: str
    name: str
    first_age: int
    grades: int
    class_size: int
    school_size: int
    attending: float


# Class sizes: the ministry's ceilings of 45 and 50 are rarely reached in a county that shrinks. Assumption.
SCHOOL_LEVELS = (
    SchoolLevel("nursery", "幼儿园", 3, 3, 28, 240, 0.80),
    SchoolLevel("primary", "小学", 6, 6, 38, 900, 0.99),
    SchoolLevel("junior", "初级中学", 12, 3, 44, 1200, 0.99),
    SchoolLevel("senior", "高级中学", 15, 3, 48, 2400, 0.85),
)
TEACHERS_PER_CLASS = 2

# --- A day ----------------------------------------------------------------------------------------


class VisitKind(NamedTuple):
    """A kind of visit: chance per person-day before and after noon, hours of both, minutes (least, mean more)."""

    morning: float
    later: float
    morning_hours: tuple[float, float]
    later_hours: tuple[float, float]
    least_minutes: float
    more_minutes: float


# Chances are assumptions, set so that a person-day has about two recorded presences. Shares of a day's people who go.
VISITS = {
    "shop": VisitKind(0.06, 0.10, (8.5, 11.0), (14.0, 19.5), 5.0, 14.0),
    "market": VisitKind(0.05, 0.02, (6.5, 10.5), (14.0, 17.0), 8.0, 18.0),
    "restaurant": VisitKind(0.01, 0.035, (10.8, 11.6), (16.8, 19.0), 25.0, 25.0),
    "clinic": VisitKind(0.010, 0.004, (8.0, 10.5), (14.0, 16.5), 15.0, 30.0),
}
VISIT_FROM_AGE = 12
WEEKEND_VISITS = 1.25  # factor on the chances
VISITS_STAY_LOCAL = 0.75  # in the own township, the others anywhere in the county by size
LONGEST_VISIT_MINUTES = 95.0
LATEST_ERRAND_HOUR = 19.6  # whoever is free later goes home
AT_COUNTER = 0.04  # of the visitors of a place with a frozen-food counter
BUS_COMMUTERS = 0.10  # of workers and older pupils
BUS_MINUTES = (12.0, 35.0)
TRAVEL_MINUTES = (6.0, 22.0)
CHECK_OUT_HOUR = 11.0
HOTEL_NIGHTS = 0.0008  # of adults per night
STAY_OUT = (7.5, 10.0)  # hours when those without errand leave the house: fields and yards leave no record
COME_HOME = (11.0, 17.5)

# --- People coming back ---------------------------------------------------------------------------

RETURNEES = 0.012  # of the working ages, within the period. Assumption
# Divisions they come from (GB/T 2260). The first six had medium-risk areas in late 2020 [recalled]; the rest are where
# the county's people work. Weights are an assumption.
RETURN_FROM = (
    ("120116", 0.06), ("310115", 0.08), ("510117", 0.05), ("150781", 0.02), ("231081", 0.02), ("210213", 0.05),
    ("110105", 0.16), ("140105", 0.22), ("610113", 0.14), ("410105", 0.08), ("330106", 0.06), ("440306", 0.06),
)  # fmt: skip
RETURN_RIDES = (
    ("太原至绛县客运班车", "bus"),
    ("西安至绛县客运班车", "bus"),
    ("侯马西站动车", "train"),
    ("侯马站普速列车", "train"),
)
RETURN_HOURS = (9.0, 20.0)
RETURN_RIDE_HOURS = (1.5, 4.0)

# --- The total warehouse --------------------------------------------------------------------------

LOTS = SiteRule(2.0, 24, 0.0)  # lots of imported cold-chain food in the period. Assumption
STOCK_AT_START = 0.25  # of the lots are there when the record begins
COLD_ROOMS = (4, 75_000)  # at least, and one more for so many people
PORTERS = (6, 40_000)
KEEPERS = 3
INSPECTORS = 2
DELIVERY_TRUCKS = (3, 60_000)
LONG_HAUL_TRUCKS = (3, 100_000)
LOT_PIECES = (260, 620)  # more than all parts of a lot together
SPLITS = (2, 6)
SPLIT_PIECES = (8, 40)
ARRIVAL_HOURS = (11.5, 16.0)
LAST_LEG_HOURS = (4.5, 5.5)  # from the provincial capital; goods of the port change trucks there. Assumption
DELIVERY_HOURS = (8.0, 15.0)
SHELF_DAYS = (2.0, 6.0)  # until a sub-lot is sold out
