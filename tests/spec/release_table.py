"""Whether a measure ends, goes on or is extended."""

from typing import Any

from lianfang.rules.measure import MeasureOrder
from lianfang.rules.reasons import RELEASE_ROWS
from lianfang.rules.release import ReleaseDecision, ReleaseFacts, ReleaseOutcome, TestResult
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, SpecimenResult
from tests.spec.table import COVID, INFLUENZA, MEASLES, MERS, Case, DecisionTable, by_verdict, day

RELEASE, CONTINUE, EXTEND = ReleaseDecision
POSITIVE, NEGATIVE, INDETERMINATE = SpecimenResult
INDEX = ExposureClass.INDEX
CLOSE = ExposureClass.CLOSE_CONTACT

QUARANTINE = MeasureOrder(MeasureKind.CENTRAL_QUARANTINE, day(0), day(14), (0, 3, 6, 13), "M-2")
WATCH = MeasureOrder(MeasureKind.HEALTH_MONITORING, day(0), day(14), (), "M-2")
ONE_TEST = MeasureOrder(MeasureKind.TEST_SCHEDULE, day(0), None, (0,), "M-5")
ISOLATION = MeasureOrder(MeasureKind.ISOLATION, day(0), None, (), "M-1")
TIMED_ISOLATION = MeasureOrder(MeasureKind.ISOLATION, day(0), day(5), (), "M-1")
HOLD = MeasureOrder(MeasureKind.LOT_HOLD, day(0), None, (0,), "M-8")
DISINFECTION = MeasureOrder(MeasureKind.DISINFECTION, day(0), None, (), "M-1")


def tests(*results: tuple[int, SpecimenResult | None]) -> tuple[TestResult, ...]:
    """Specimens of these days, taken at eight in the morning."""
    return tuple(TestResult(day(number, 8), result) for number, result in results)


ALL_NEGATIVE = tests((0, NEGATIVE), (3, NEGATIVE), (6, NEGATIVE), (13, NEGATIVE))


def facts(
    order: MeasureOrder, of: ExposureClass, now: int, results: tuple[TestResult, ...] = (), **more: Any
) -> ReleaseFacts:
    """The measure as it stands at the beginning of day `now`."""
    return ReleaseFacts(order, of, results, day(now), **more)


def released(at: int) -> ReleaseOutcome:
    return ReleaseOutcome(RELEASE, day(at))


def going_on(until: int | None) -> ReleaseOutcome:
    return ReleaseOutcome(CONTINUE, None if until is None else day(until))


def extended(until: int) -> ReleaseOutcome:
    return ReleaseOutcome(EXTEND, day(until))


RELEASE_TABLE = DecisionTable(
    slug="release",
    title_en="Release",
    title_zh="解除、继续与延长",
    about_en="R-1 comes first whatever the measure; R-2 and R-3 for work to be done; R-4 to R-6 for goods on hold; "
    "R-8, R-9, R-11 and R-16 for isolated cases; R-12 to R-15 for quarantine, monitoring and tests. "
    "A specimen taken later makes up for one that was missed.",
    about_zh="R-1优先于一切；R-2、R-3用于需完成的工作；R-4至R-6用于封存物品；R-8、R-9、R-11、R-16用于隔离治疗的病例；"
    "R-12至R-15用于隔离观察、健康监测和检测。漏检可由其后的采样补足。",
    rows=RELEASE_ROWS,
    decide=by_verdict("decide_release"),
    cases=(
        Case("R-1", COVID, facts(QUARANTINE, CLOSE, 3, cause_stands=False), released(3)),
        Case("R-1", COVID, facts(HOLD, ExposureClass.POSITIVE_LOT, 3, cause_stands=False), released(3)),
        Case("R-2", COVID, facts(DISINFECTION, INDEX, 1, done_at=day(0, 9)), released(1)),
        Case("R-3", COVID, facts(DISINFECTION, INDEX, 1), going_on(None)),
        Case("R-3", COVID, facts(DISINFECTION, INDEX, 1, done_at=day(2)), going_on(None)),
        Case("R-4", COVID, facts(HOLD, ExposureClass.POSITIVE_LOT, 9, tests((1, NEGATIVE))), going_on(None)),
        Case("R-4", COVID, facts(HOLD, ExposureClass.IMPLICATED_LOT, 9, tests((1, POSITIVE))), going_on(None)),
        Case("R-5", COVID, facts(HOLD, ExposureClass.IMPLICATED_LOT, 2, tests((1, NEGATIVE))), released(2)),
        Case("R-5", MERS, facts(HOLD, ExposureClass.IMPLICATED_LOT, 2), released(2)),
        Case("R-6", COVID, facts(HOLD, ExposureClass.IMPLICATED_LOT, 2, tests((1, None))), going_on(None)),
        Case("R-6", COVID, facts(HOLD, ExposureClass.IMPLICATED_LOT, 2, tests((-1, NEGATIVE))), going_on(None)),
        Case(
            "R-6",
            COVID,
            facts(HOLD, ExposureClass.IMPLICATED_LOT, 3, tests((1, NEGATIVE), (2, INDETERMINATE))),
            going_on(None),
        ),
        Case("R-7", COVID, facts(QUARANTINE, CLOSE, 13, ALL_NEGATIVE), going_on(14)),
        Case("R-7", MEASLES, facts(TIMED_ISOLATION, INDEX, 4), going_on(5)),
        Case("R-8", MEASLES, facts(TIMED_ISOLATION, INDEX, 5), released(5)),
        Case("R-8", INFLUENZA, facts(TIMED_ISOLATION, INDEX, 7, fever_free_since=day(5)), released(7)),
        Case("R-9", COVID, facts(ISOLATION, INDEX, 12, tests((10, NEGATIVE), (11, NEGATIVE))), released(12)),
        Case("R-9", MERS, facts(ISOLATION, INDEX, 12, tests((9, NEGATIVE), (11, NEGATIVE))), released(12)),
        Case("R-10", COVID, facts(ISOLATION, INDEX, 12, has_symptoms=True), going_on(None)),
        Case("R-10", COVID, facts(QUARANTINE, CLOSE, 14, ALL_NEGATIVE, has_symptoms=True), extended(15)),
        Case(
            "R-11",
            COVID,
            facts(ISOLATION, INDEX, 12, (*tests((11, NEGATIVE)), TestResult(day(11, 20), NEGATIVE))),
            going_on(None),
        ),
        Case(
            "R-11",
            COVID,
            facts(ISOLATION, INDEX, 13, tests((9, NEGATIVE), (10, POSITIVE), (12, NEGATIVE))),
            going_on(None),
        ),
        Case("R-12", COVID, facts(QUARANTINE, CLOSE, 14, tests((0, NEGATIVE), (3, POSITIVE))), going_on(14)),
        Case("R-13", COVID, facts(QUARANTINE, CLOSE, 14, ALL_NEGATIVE), released(14)),
        Case("R-13", MERS, facts(WATCH, CLOSE, 14, missed_follow_ups=1), released(14)),
        Case("R-13", COVID, facts(ONE_TEST, ExposureClass.POSSIBLE_SOURCE, 1, tests((0, NEGATIVE))), released(1)),
        Case("R-14", COVID, facts(QUARANTINE, CLOSE, 14, ALL_NEGATIVE[:3]), extended(15)),
        Case("R-14", COVID, facts(ONE_TEST, ExposureClass.POSSIBLE_SOURCE, 1, tests((0, None))), going_on(None)),
        Case("R-15", COVID, facts(QUARANTINE, CLOSE, 14, ALL_NEGATIVE, missed_follow_ups=1), extended(15)),
        Case("R-15", MERS, facts(WATCH, CLOSE, 14, missed_follow_ups=2), extended(15)),
        Case(
            "R-16",
            COVID,
            facts(ISOLATION, INDEX, 12, tests((10, NEGATIVE), (11, NEGATIVE)), fever_free_since=day(10)),
            going_on(None),
        ),
    ),
)
