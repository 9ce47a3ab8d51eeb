"""What an exposure makes of a person or of goods."""

from lianfang.rules.contact import ExposureFacts, PlaceExposure
from lianfang.rules.reasons import CONTACT_ROWS
from lianfang.rules.vocabulary import Direction, ExposureClass, PlaceKind, SubjectKind
from tests.spec.table import COVID, HOUR_S, INFLUENZA, MEASLES, MERS, Case, DecisionTable, by_verdict

PERSON, LOT, PACKAGE, SURFACE = SubjectKind
INDEX = ExposureClass.INDEX
POSITIVE_LOT = ExposureClass.POSITIVE_LOT
CLOSE = ExposureClass.CLOSE_CONTACT
IMPLICATED = ExposureClass.IMPLICATED_LOT
SECONDARY = ExposureClass.SECONDARY_CONTACT
GENERAL = ExposureClass.GENERAL_CONTACT
POSSIBLE = ExposureClass.POSSIBLE_SOURCE
NOT_EXPOSED = ExposureClass.NOT_EXPOSED
MINUTE_S = 60


def at(
    place: PlaceKind,
    seconds: int,
    source: SubjectKind = PERSON,
    source_class: ExposureClass = INDEX,
    *,
    lingering: bool = False,
    protected: bool = False,
) -> PlaceExposure:
    """One stay with one source."""
    return PlaceExposure(place, seconds, lingering, source, source_class, protected)


def exposed(
    kind: SubjectKind,
    *places: PlaceExposure,
    direction: Direction = Direction.FORWARD,
    generation: int = 1,
    link: tuple[ExposureClass, ...] | None = None,
) -> ExposureFacts:
    """The facts of one subject; `link`: the classes at the other end of its splits."""
    sources = tuple(sorted({place.source_kind for place in places}))
    return ExposureFacts(kind, direction, generation, sources, places, link is not None, link or ())


BACK = Direction.BACKWARD
CONTACT, WARD, HOME, OFFICE = PlaceKind.CONTACT, PlaceKind.WARD, PlaceKind.HOUSEHOLD, PlaceKind.WORK_UNIT
MARKET, BUS, COLD_ROOM, TRUCK = PlaceKind.MARKET, PlaceKind.BUS, PlaceKind.COLD_ROOM, PlaceKind.TRUCK
WAREHOUSE, RESTAURANT, CLASSROOM = PlaceKind.WAREHOUSE, PlaceKind.RESTAURANT, PlaceKind.CLASSROOM

PERSON_CASES = (
    Case("C-0", COVID, exposed(PERSON, generation=0), INDEX),
    Case("C-0", COVID, exposed(PACKAGE, generation=0), INDEX),
    Case("C-1", COVID, exposed(PERSON, at(HOME, 8 * HOUR_S)), CLOSE),
    Case("C-1", COVID, exposed(PERSON, at(RESTAURANT, 40 * MINUTE_S)), CLOSE),
    Case("C-1", COVID, exposed(PERSON, at(MARKET, HOUR_S), at(CONTACT, 60)), CLOSE),
    Case("C-1", MERS, exposed(PERSON, at(WARD, 5 * MINUTE_S)), CLOSE),
    Case("C-1", MEASLES, exposed(PERSON, at(BUS, 60)), CLOSE),
    Case("C-1", INFLUENZA, exposed(PERSON, at(CLASSROOM, 2 * HOUR_S)), CLOSE),
    Case("C-2", COVID, exposed(PERSON, at(RESTAURANT, 5 * MINUTE_S)), GENERAL),
    Case("C-2", MERS, exposed(PERSON, at(OFFICE, 10 * MINUTE_S)), GENERAL),
    Case("C-3", COVID, exposed(PERSON, at(MARKET, HOUR_S)), GENERAL),
    Case("C-3", COVID, exposed(PERSON, at(BUS, 60)), GENERAL),
    Case("C-4", COVID, exposed(PERSON, at(WARD, 10 * MINUTE_S, lingering=True)), GENERAL),
    Case("C-4", COVID, exposed(PERSON, at(MARKET, 10 * MINUTE_S, lingering=True)), NOT_EXPOSED),
    Case("C-1", MEASLES, exposed(PERSON, at(MARKET, 10 * MINUTE_S, lingering=True)), CLOSE),
    Case("C-5", COVID, exposed(PERSON, at(WARD, 2 * HOUR_S, protected=True)), GENERAL),
    Case("C-6", COVID, exposed(PERSON, at(CONTACT, 60, PACKAGE)), CLOSE),
    Case("C-6", COVID, exposed(PERSON, at(CONTACT, 60, LOT, POSITIVE_LOT), generation=2), CLOSE),
    Case("C-6", COVID, exposed(PERSON, at(COLD_ROOM, HOUR_S, LOT, POSITIVE_LOT)), GENERAL),
    Case("C-6", COVID, exposed(PERSON, at(CONTACT, 60, SURFACE)), CLOSE),
    Case("C-5", COVID, exposed(PERSON, at(CONTACT, 60, PACKAGE, protected=True)), GENERAL),
    Case("C-7", COVID, exposed(PERSON, at(CONTACT, 60, LOT, IMPLICATED), generation=2), GENERAL),
    Case("C-8", COVID, exposed(PERSON, at(HOME, HOUR_S, PERSON, CLOSE), generation=2), SECONDARY),
    Case("C-9", COVID, exposed(PERSON, at(MARKET, HOUR_S, PERSON, CLOSE), generation=2), NOT_EXPOSED),
    Case("C-9", COVID, exposed(PERSON, at(RESTAURANT, 60, PERSON, CLOSE), generation=2), NOT_EXPOSED),
    Case("C-10", COVID, exposed(PERSON, at(HOME, HOUR_S, PERSON, GENERAL), generation=2), NOT_EXPOSED),
    Case("C-10", COVID, exposed(PERSON, at(COLD_ROOM, HOUR_S, LOT, IMPLICATED), generation=2), NOT_EXPOSED),
    Case("C-11", COVID, exposed(PERSON, at(MARKET, HOUR_S, LOT, POSITIVE_LOT)), NOT_EXPOSED),
    Case("C-11", MERS, exposed(PERSON, at(MARKET, HOUR_S)), NOT_EXPOSED),
    Case("C-12", INFLUENZA, exposed(PERSON, at(CLASSROOM, 60)), NOT_EXPOSED),
    Case("C-13", COVID, exposed(PERSON), NOT_EXPOSED),
    Case("C-14", MERS, exposed(PERSON, at(HOME, HOUR_S, PERSON, CLOSE), generation=2), NOT_EXPOSED),
    Case("C-20", MEASLES, exposed(PERSON, at(CONTACT, 60, PACKAGE)), NOT_EXPOSED),
)

GOODS_CASES = (
    Case("C-20", MEASLES, exposed(LOT, at(COLD_ROOM, HOUR_S)), NOT_EXPOSED),
    Case("C-21", COVID, exposed(PACKAGE, link=()), POSITIVE_LOT),
    Case("C-21", COVID, exposed(LOT, link=(POSITIVE_LOT,)), POSITIVE_LOT),
    Case("C-22", COVID, exposed(PACKAGE, link=(IMPLICATED,)), IMPLICATED),
    Case("C-23", COVID, exposed(LOT, at(COLD_ROOM, HOUR_S, LOT)), IMPLICATED),
    Case("C-23", COVID, exposed(LOT, at(TRUCK, HOUR_S, PACKAGE, lingering=True)), IMPLICATED),
    Case("C-24", COVID, exposed(LOT, at(CONTACT, 60)), IMPLICATED),
    Case("C-24", COVID, exposed(SURFACE, at(CONTACT, 60)), IMPLICATED),
    Case("C-25", COVID, exposed(LOT, at(MARKET, HOUR_S)), NOT_EXPOSED),
    Case("C-25", COVID, exposed(LOT, at(WAREHOUSE, HOUR_S, LOT, POSITIVE_LOT)), NOT_EXPOSED),
    Case("C-26", COVID, exposed(LOT, at(CONTACT, 60, PERSON, CLOSE), generation=2), NOT_EXPOSED),
    Case("C-26", COVID, exposed(LOT, link=(CLOSE,)), NOT_EXPOSED),
)

SOURCE_CASES = (
    Case("C-30", COVID, exposed(PERSON, at(HOME, HOUR_S), direction=BACK), POSSIBLE),
    Case("C-30", COVID, exposed(LOT, at(CONTACT, 60), direction=BACK), POSSIBLE),
    Case("C-30", COVID, exposed(PERSON, at(CONTACT, 60, PACKAGE), direction=BACK), POSSIBLE),
    Case("C-30", COVID, exposed(LOT, at(COLD_ROOM, HOUR_S, PACKAGE), direction=BACK), POSSIBLE),
    Case("C-30", COVID, exposed(LOT, link=(POSSIBLE,), direction=BACK), POSSIBLE),
    Case("C-30", MEASLES, exposed(PERSON, at(BUS, 60), direction=BACK), POSSIBLE),
    Case("C-11", COVID, exposed(LOT, at(MARKET, HOUR_S), direction=BACK), NOT_EXPOSED),
    Case("C-11", MERS, exposed(PERSON, at(MARKET, HOUR_S), direction=BACK), NOT_EXPOSED),
    Case("C-20", MERS, exposed(LOT, at(CONTACT, 60), direction=BACK), NOT_EXPOSED),
    Case("C-31", COVID, exposed(LOT, link=(INDEX,), direction=BACK), POSITIVE_LOT),
)

CONTACT_TABLE = DecisionTable(
    slug="contact",
    title_en="Contact classification",
    title_zh="接触者与涉疫物品判定",
    about_en="Every stay together gives a class; the strictest holds and all reasons are kept. "
    "C-0 to C-14 people, C-20 to C-26 goods and surfaces, C-30 and C-31 the search for the source. "
    "Handling a positive package makes a close contact (the national text: exposed to objects contaminated by the "
    "case); having been in the same market hall does not.",
    about_zh="每次共处给出一个类别，取最严者并保留全部理由。C-0至C-14为人员，C-20至C-26为物品和环境，C-30、C-31为溯源。"
    "直接接触阳性包装者为密切接触者（国家方案：暴露于被病例污染的物品）；仅在同一市场大厅者不是。",
    rows=CONTACT_ROWS,
    decide=by_verdict("classify"),
    cases=PERSON_CASES + GOODS_CASES + SOURCE_CASES,
)
