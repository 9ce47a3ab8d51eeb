"""What is ordered for people coming back, and how they are followed up."""

from lianfang.rules.follow_up import FollowUpFacts, FollowUps, SymptomFacts, Watch
from lianfang.rules.measure import MeasureOrder
from lianfang.rules.reasons import FOLLOW_UP_ROWS, RETURNEE_ROWS
from lianfang.rules.replay import RULES
from lianfang.rules.returnee import Screening, ScreeningFacts, StayRisk
from lianfang.rules.vocabulary import MeasureKind, ReturnCategory, RiskLevel
from tests.spec.table import COVID, COVID_2021, COVID_2022, MERS, Case, DecisionTable, by_verdict, day

HIGH, MIDDLE, LOW = RiskLevel.HIGH, RiskLevel.MIDDLE, RiskLevel.LOW
CENTRAL, HOME = MeasureKind.CENTRAL_QUARANTINE, MeasureKind.HOME_QUARANTINE
WATCHED, TESTS = MeasureKind.HEALTH_MONITORING, MeasureKind.TEST_SCHEDULE
COUNTY = "130109"


def stay(level: RiskLevel | None = None, left: int = 0, **more: object) -> StayRisk:
    return StayRisk(COUNTY, day(left), level, **more)  # type: ignore[arg-type]


def back(*stays: StayRisk, arrived: int = 1, told: int = 0, **more: object) -> ScreeningFacts:
    return ScreeningFacts(stays, day(arrived), day(told), **more)  # type: ignore[arg-type]


def gives(category: ReturnCategory, *orders: MeasureOrder) -> Screening:
    return Screening(category, orders)


def order(kind: MeasureKind, start: int, days: int, row: str, *tests: int) -> MeasureOrder:
    return MeasureOrder(kind, day(start), day(start + days), tests, row)


UNNAMED = stay(parts_level=MIDDLE, names_community=False)
NEAR = stay(city_level=MIDDLE, province_level=MIDDLE)
IN_PROVINCE = stay(province_level=HIGH)
MONITORED = order(WATCHED, 1, 14, "RT-5")

RETURNEE_TABLE = DecisionTable(
    slug="returnee",
    title_en="People coming back",
    title_zh="返乡人员",
    about_en="The strictest stay of the days that count decides. A stay is asked of the lists from its begin until some "
    "days after its end, so that a place listed later counts too. Time runs from the arrival, or from when the person "
    "was first told, whichever is later.",
    about_zh="以回溯期内最严的旅居史为准。每段旅居自开始至结束后若干日对照名单，其后列入的也计入。期限自抵达之日或首次告知之时起算，"
    "以较晚者为准。",
    rows=RETURNEE_ROWS,
    decide=by_verdict("screen_return"),
    cases=(
        Case("RT-1", COVID, back(stay(HIGH)), gives(ReturnCategory.HIGH, order(CENTRAL, 1, 14, "RT-1", 0, 13))),
        Case(
            "RT-1", COVID_2021, back(stay(HIGH)), gives(ReturnCategory.HIGH, order(CENTRAL, 1, 14, "RT-1", 0, 6, 13))
        ),
        Case(
            "RT-1",
            COVID_2022,
            back(stay(HIGH)),
            gives(ReturnCategory.HIGH, order(CENTRAL, 1, 7, "RT-1", 0, 1, 2, 4, 6)),
        ),
        Case("RT-1", COVID, back(stay(MIDDLE), stay(HIGH, left=-13)),
             gives(ReturnCategory.HIGH, order(CENTRAL, 1, 14, "RT-1", 0, 13))),
        Case(
            "RT-1", COVID, back(stay(HIGH), told=5), gives(ReturnCategory.HIGH, order(CENTRAL, 5, 14, "RT-1", 0, 13))
        ),
        Case("RT-2", COVID, back(stay(MIDDLE)), gives(ReturnCategory.MIDDLE, order(HOME, 1, 14, "RT-2", 0, 13))),
        Case(
            "RT-2",
            COVID,
            back(stay(MIDDLE), home_unfit=True),
            gives(ReturnCategory.MIDDLE, order(CENTRAL, 1, 14, "RT-2", 0, 13)),
        ),
        Case("RT-2", COVID_2022, back(stay(MIDDLE)), gives(ReturnCategory.MIDDLE, order(HOME, 1, 7, "RT-2", 0, 3, 6))),
        Case("RT-3", COVID_2022, back(stay(LOW)), gives(ReturnCategory.LOW, order(HOME, 1, 3, "RT-3", 0, 2))),
        Case(
            "RT-4",
            COVID,
            back(IN_PROVINCE),
            gives(ReturnCategory.NEARBY, order(HOME, 1, 2, "RT-4", 0), order(WATCHED, 1, 14, "RT-4")),
        ),
        Case("RT-4", COVID_2021, back(NEAR), gives(ReturnCategory.NEARBY, order(HOME, 1, 7, "RT-4", 0, 6))),
        Case("RT-5", COVID_2021, back(IN_PROVINCE), gives(ReturnCategory.OTHER, MONITORED)),
        Case("RT-5", COVID, back(stay()), gives(ReturnCategory.OTHER, MONITORED)),
        Case("RT-5", COVID, back(stay(HIGH, left=-14)), gives(ReturnCategory.OTHER, MONITORED)),
        Case(
            "RT-6",
            COVID,
            back(IN_PROVINCE, negative_at=day(-5)),
            gives(ReturnCategory.NEARBY, order(WATCHED, 1, 14, "RT-4")),
        ),
        Case(
            "RT-7",
            COVID,
            back(stay(), has_symptoms=True),
            gives(ReturnCategory.OTHER, MONITORED, MeasureOrder(TESTS, day(1), None, (0,), "RT-7")),
        ),
        Case(
            "RT-7",
            COVID,
            back(stay(HIGH), has_symptoms=True),
            gives(ReturnCategory.HIGH, order(CENTRAL, 1, 14, "RT-1", 0, 13)),
        ),
        Case("RT-8", COVID, back(stay(is_known=False)), gives(ReturnCategory.OTHER, MONITORED)),
        Case("RT-9", MERS, back(stay(HIGH)), gives(ReturnCategory.OTHER)),
        Case("RT-10", COVID, back(UNNAMED), gives(ReturnCategory.MIDDLE, order(HOME, 1, 14, "RT-2", 0, 13))),
    ),
)  # fmt: skip


def followed(now: int, *days: int, hour: int = 12) -> FollowUpFacts:
    """A measure that began on day 0 and was ordered for three days, with reports at noon of these days."""
    return FollowUpFacts(day(0), day(3), day(now, hour), tuple(day(each, 12) for each in days))


def _either(facts: object, profile: object) -> tuple[object, tuple[str, ...]]:
    rule = "follow_ups" if isinstance(facts, FollowUpFacts) else "watch_symptoms"
    verdict = RULES[rule].decide(facts, profile)  # type: ignore[arg-type]
    return verdict.outcome, tuple(reason.code for reason in verdict.reasons)


def tested(row: str) -> Watch:
    return Watch(True, (MeasureOrder(TESTS, day(2), None, (0,), row),))


FOLLOW_UP_TABLE = DecisionTable(
    slug="follow-up",
    title_en="Daily follow-up",
    title_zh="每日健康监测",
    about_en="Under quarantine and monitoring every day after the first needs one record. A day without one is missed; "
    "each reported day after the planned end makes up for one, and the measure is not released before (R-15).",
    about_zh="隔离和监测期间，首日之后每日须有一次记录。无记录的一天即为漏报；期满后每补报一天抵一天，抵足之前不予解除（R-15）。",
    rows=FOLLOW_UP_ROWS,
    decide=_either,
    cases=(
        Case("FU-1", COVID, followed(2, 1), FollowUps(1, 0, False)),
        Case("FU-1", COVID, followed(0, hour=20), FollowUps(0, 0, False)),
        Case("FU-2", COVID, followed(2, 1, hour=18), FollowUps(1, 0, True)),
        Case("FU-3", COVID, followed(3, 1), FollowUps(2, 1, False)),
        Case("FU-3", COVID, followed(3, 1, hour=19), FollowUps(2, 1, True)),
        Case("FU-4", COVID, followed(4, 1, 3, hour=20), FollowUps(2, 0, False)),
        Case("FU-5", MERS, followed(3), FollowUps(0, 0, False)),
        Case("SY-1", COVID, SymptomFacts(373, 0, day(2)), tested("SY-1")),
        Case("SY-2", COVID, SymptomFacts(368, 1, day(2)), tested("SY-2")),
        Case("SY-2", MERS, SymptomFacts(None, 2, day(2)), Watch(True, ())),
        Case("SY-3", COVID, SymptomFacts(372, 0, day(2)), Watch(False, ())),
    ),
)
