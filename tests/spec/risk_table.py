"""Whether a place was at risk on a day, and whether a list takes effect."""

from lianfang.rules.reasons import RISK_LIST_ROWS, RISK_ROWS
from lianfang.rules.risk import RiskAnswer, RiskEntry, RiskExtent, RiskFacts, RiskStanding
from lianfang.rules.risk_list import ListDecision, ListFacts
from lianfang.rules.vocabulary import RiskLevel
from tests.spec.table import COVID, MERS, Case, DecisionTable, by_verdict, day

HIGH, MIDDLE, LOW = RiskLevel.HIGH, RiskLevel.MIDDLE, RiskLevel.LOW
WHOLE, REST, PART = RiskExtent.WHOLE, RiskExtent.REST, RiskExtent.PART
LISTED, PARTLY, NOT_LISTED = RiskStanding.LISTED, RiskStanding.PARTLY, RiskStanding.NOT_LISTED
COUNTY = "350322"


def entry(level: RiskLevel, extent: RiskExtent, community: str = "", excluded: str = "", **more: object) -> RiskEntry:
    fields = {"area_code": COUNTY, "starts_at": day(0), "ends_at": day(5), "source": "A", **more}
    return RiskEntry(level=level, extent=extent, community=community, excluded=excluded, **fields)  # type: ignore[arg-type]


def asked(*entries: RiskEntry, community: str = "", area_code: str = COUNTY, number: int = 2) -> RiskFacts:
    return RiskFacts(area_code, community, day(number), day(number + 1), day(0), entries)


TOWN = entry(HIGH, PART, "枫亭镇")
REST_OF_TOWN = entry(MIDDLE, PART, "吕河乡", "杨店行政村")

RISK_TABLE = DecisionTable(
    slug="risk",
    title_en="At risk on a day",
    title_zh="某地某日的风险等级",
    about_en="Each entry of a published list holds from its list's stamp until the first later list without it. All "
    "entries in force at any time of the day are asked; the highest level counts. A place is covered by an entry that "
    "names it or a unit it lies in; names count whole (乔村 is not 西乔村).",
    about_zh="名单各条目自名单时点起有效，至首份不再列入的名单为止。当日任一时刻有效的条目均参与判断，取最高等级。"
    "条目写明该地点或其所在单位的，即为覆盖；地名须完整相符（乔村不是西乔村）。",
    rows=RISK_ROWS,
    decide=by_verdict("risk_on"),
    cases=(
        Case("A-1", COVID, asked(entry(HIGH, WHOLE)), RiskAnswer(LISTED, HIGH, None, ("A",))),
        Case(
            "A-1",
            COVID,
            asked(entry(MIDDLE, WHOLE), entry(HIGH, WHOLE, source="B"), community="枫亭镇霞桥村"),
            RiskAnswer(LISTED, HIGH, None, ("A", "B")),
        ),
        Case(
            "A-2",
            COVID,
            asked(entry(LOW, REST, excluded="高、中风险区"), TOWN),
            RiskAnswer(LISTED, LOW, HIGH, ("A",)),
        ),
        Case("A-3", COVID, asked(TOWN, community="枫亭镇霞桥村"), RiskAnswer(LISTED, HIGH, None, ("A",))),
        Case("A-3", COVID, asked(REST_OF_TOWN, community="吕河乡"), RiskAnswer(LISTED, MIDDLE, None, ("A",))),
        Case("A-4", COVID, asked(TOWN), RiskAnswer(PARTLY, None, HIGH, ("A",))),
        Case(
            "A-4",
            COVID,
            asked(entry(HIGH, PART, "枫亭镇霞桥村"), community="枫亭镇"),
            RiskAnswer(PARTLY, None, HIGH, ("A",)),
        ),
        Case("A-4", COVID, asked(TOWN, area_code=COUNTY[:4]), RiskAnswer(PARTLY, None, HIGH, ("A",))),
        Case(
            "A-5",
            COVID,
            asked(entry(MIDDLE, PART, "高新区某小区", area_code=COUNTY[:4], is_decided=False)),
            RiskAnswer(PARTLY, None, MIDDLE, ("A",)),
        ),
        Case(
            "A-6",
            COVID,
            asked(REST_OF_TOWN, community="吕河乡杨店行政村"),
            RiskAnswer(NOT_LISTED, None, None, ()),
        ),
        Case(
            "A-6",
            COVID,
            asked(entry(MIDDLE, REST, excluded="惠七镇"), community="惠七镇"),
            RiskAnswer(NOT_LISTED, None, None, ()),
        ),
        Case(
            "A-7",
            COVID,
            asked(entry(HIGH, PART, "乔村"), community="西乔村"),
            RiskAnswer(NOT_LISTED, None, None, ()),
        ),
        Case("A-8", COVID, asked(TOWN, number=5), RiskAnswer(NOT_LISTED, None, None, ())),
        Case("A-8", COVID, asked(TOWN, area_code="350321"), RiskAnswer(NOT_LISTED, None, None, ())),
        Case("A-9", COVID, asked(number=-1), RiskAnswer(RiskStanding.UNKNOWN, None, None, ())),
    ),
)


def facts(**changed: int) -> ListFacts:
    plain = {"mismatches": 0, "same_stamp": 0, "unnamed": 0, "counties_before": 40, "counties_lifted": 10}
    return ListFacts(**{**plain, **changed})


WAIT = ListDecision.WAIT
RISK_LIST_TABLE = DecisionTable(
    slug="risk-list",
    title_en="Whether a list of risk areas takes effect",
    title_zh="风险地区名单是否生效",
    about_en="A list that contradicts itself or another one, or lifts most of the country, changes what applies to "
    "many people at once. It waits until a second person confirms it.",
    about_zh="自相矛盾、与他份名单矛盾或解除全国大部分地区的名单，会同时改变对许多人的要求，须经第二人确认后生效。",
    rows=RISK_LIST_ROWS,
    decide=by_verdict("decide_list"),
    cases=(
        Case("L-1", COVID, facts(mismatches=2), WAIT),
        Case("L-2", COVID, facts(same_stamp=1), WAIT),
        Case("L-3", COVID, facts(counties_lifted=30), WAIT),
        Case("L-4", COVID, facts(unnamed=1), WAIT),
        Case("L-5", MERS, facts(), WAIT),
        Case("L-6", COVID, facts(), ListDecision.TAKE_EFFECT),
        Case("L-6", COVID, facts(counties_lifted=29), ListDecision.TAKE_EFFECT),
        Case("L-6", COVID, facts(counties_before=19, counties_lifted=19), ListDecision.TAKE_EFFECT),
    ),
)
