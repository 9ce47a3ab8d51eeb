"""The colour of a health code."""

from lianfang.rules.healthcode import CodeFacts, CodeMeasure, CodeOutcome, CodeStay, WayToGreen
from lianfang.rules.reasons_code import HEALTH_CODE_ROWS
from lianfang.rules.vocabulary import Colour, MeasureKind, RiskLevel
from tests.spec.table import COVID, COVID_2022, MEASLES, Case, DecisionTable, by_verdict, day

RELEASE, TEST, TIME = WayToGreen.RELEASE, WayToGreen.NEGATIVE_TEST, WayToGreen.TIME


def outcome(colour: Colour | None, until: int | None, *ways: WayToGreen) -> CodeOutcome:
    return CodeOutcome(colour, until, ways)


GREEN = outcome(Colour.GREEN, None)
ISOLATION = CodeMeasure(MeasureKind.ISOLATION, None)
QUARANTINE = CodeMeasure(MeasureKind.CENTRAL_QUARANTINE, day(14))
MONITORING = CodeMeasure(MeasureKind.HEALTH_MONITORING, day(14))
HIGH_STAY = CodeStay(RiskLevel.HIGH, day(0), 7)
MIDDLE_STAY = CodeStay(RiskLevel.MIDDLE, day(2), 8)
LOW_STAY = CodeStay(RiskLevel.LOW, day(2), 9)

HEALTH_CODE_TABLE = DecisionTable(
    slug="health-code",
    title_en="Health code",
    title_zh="健康码",
    about_en="The strictest colour that any fact gives. Nobody sets a colour: facts are added or annulled, each by somebody "
    "named, and the colour follows. A measure counts until the rule on release ends it, whatever its planned end.",
    about_zh="取各项事实所对应的最严颜色。任何人不得直接设定颜色：只能由具名人员增加或撤销事实，颜色随之判定。措施未经解除规则解除，即使计划期满仍然有效。",
    rows=HEALTH_CODE_ROWS,
    decide=by_verdict("decide_colour"),
    cases=(
        Case("H-1", COVID, CodeFacts(day(1), positive_at=day(0)), outcome(Colour.RED, None, RELEASE)),
        Case(
            "H-1",
            COVID,
            CodeFacts(day(30), positive_at=day(20), released_at=day(10), negative_at=day(19)),
            outcome(Colour.RED, None, RELEASE),
        ),
        Case("H-6", COVID, CodeFacts(day(20), positive_at=day(0), released_at=day(15)), GREEN),
        Case("H-2", COVID, CodeFacts(day(1), measures=(ISOLATION,)), outcome(Colour.RED, None, RELEASE)),
        Case("H-2", COVID, CodeFacts(day(15), measures=(QUARANTINE,)), outcome(Colour.RED, None, RELEASE)),
        Case("H-2", COVID, CodeFacts(day(1), measures=(MONITORING,)), outcome(Colour.YELLOW, None, RELEASE)),
        Case(
            "H-2",
            COVID,
            CodeFacts(day(1), measures=(MONITORING, QUARANTINE)),
            outcome(Colour.RED, None, RELEASE),
        ),
        Case("H-6", COVID, CodeFacts(day(1), measures=(CodeMeasure(MeasureKind.TEST_SCHEDULE, None),)), GREEN),
        Case("H-3", COVID, CodeFacts(day(13), stays=(HIGH_STAY,)), outcome(Colour.RED, day(14), TIME)),
        Case("H-3", COVID_2022, CodeFacts(day(6), stays=(HIGH_STAY,)), outcome(Colour.RED, day(7), TIME)),
        Case("H-6", COVID, CodeFacts(day(14), stays=(HIGH_STAY,)), GREEN),
        Case("H-4", COVID, CodeFacts(day(3), stays=(MIDDLE_STAY,)), outcome(Colour.YELLOW, day(16), TIME)),
        Case(
            "H-4",
            COVID,
            CodeFacts(day(3), stays=(MIDDLE_STAY, HIGH_STAY)),
            outcome(Colour.RED, day(16), TIME),
        ),
        Case("H-6", COVID, CodeFacts(day(3), stays=(LOW_STAY,)), GREEN),
        Case("H-5", COVID, CodeFacts(day(3), onset_at=day(2)), outcome(Colour.YELLOW, day(16), TEST)),
        Case(
            "H-5",
            COVID,
            CodeFacts(day(3), onset_at=day(2), negative_at=day(1), stays=(HIGH_STAY,)),
            outcome(Colour.RED, day(16), TEST, TIME),
        ),
        Case("H-6", COVID, CodeFacts(day(3), onset_at=day(2), negative_at=day(3)), GREEN),
        Case("H-6", COVID, CodeFacts(day(16), onset_at=day(2)), GREEN),
        Case("H-6", COVID, CodeFacts(day(0)), GREEN),
        Case("H-7", MEASLES, CodeFacts(day(0), positive_at=day(0)), outcome(None, None)),
    ),
)
