"""What is ordered for a class, what follows isolation, and whose tasks these are."""

from typing import Any

from lianfang.rules.measure import AftercareFacts, MeasureFacts, MeasureOrder, tasks_for
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import MEASURE_ROWS, TASK_ROWS
from lianfang.rules.replay import RULES
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, ResponsibleKind, SubjectKind, TaskKind
from tests.spec.table import (
    COVID,
    COVID_2021,
    COVID_2022,
    HOUR_S,
    INFLUENZA,
    MEASLES,
    MERS,
    Case,
    DecisionTable,
    day,
)

PERSON, LOT, PACKAGE, SURFACE = SubjectKind
INDEX = ExposureClass.INDEX
CLOSE = ExposureClass.CLOSE_CONTACT
SECONDARY = ExposureClass.SECONDARY_CONTACT
GENERAL = ExposureClass.GENERAL_CONTACT
POSITIVE_LOT = ExposureClass.POSITIVE_LOT
IMPLICATED = ExposureClass.IMPLICATED_LOT
POSSIBLE = ExposureClass.POSSIBLE_SOURCE
NOT_EXPOSED = ExposureClass.NOT_EXPOSED

ISOLATION = MeasureKind.ISOLATION
CENTRAL = MeasureKind.CENTRAL_QUARANTINE
HOME = MeasureKind.HOME_QUARANTINE
MONITORING = MeasureKind.HEALTH_MONITORING
TESTS = MeasureKind.TEST_SCHEDULE
HOLD = MeasureKind.LOT_HOLD
DESTRUCTION = MeasureKind.LOT_DESTRUCTION
RECALL = MeasureKind.RECALL
DISINFECTION = MeasureKind.DISINFECTION
CLOSURE = MeasureKind.PLACE_CLOSURE


def facts(kind: SubjectKind, of: ExposureClass, exposed: int = 0, decided: int = 0, **more: bool) -> MeasureFacts:
    """Last exposed and decided on these days."""
    return MeasureFacts(kind, of, day(exposed), day(decided), **more)


def order(row: str, kind: MeasureKind, start: int, end: int | None, *tests: int) -> MeasureOrder:
    """From day `start` to the beginning of day `end`; tests so many days after the start."""
    return MeasureOrder(kind, day(start), None if end is None else day(end), tests, row)


PERSON_CASES = (
    Case("M-1", COVID, facts(PERSON, INDEX), (order("M-1", ISOLATION, 0, None), order("M-1", DISINFECTION, 0, None))),
    Case("M-1", MEASLES, facts(PERSON, INDEX, 0, 2), (order("M-1", ISOLATION, 2, 5),)),
    Case("M-1", INFLUENZA, facts(PERSON, INDEX, 0, 2), (order("M-1", ISOLATION, 2, 7),)),
    Case(
        "M-2",
        COVID,
        facts(PERSON, CLOSE),
        (order("M-2", CENTRAL, 0, 14, 0, 3, 6, 13), order("M-2", HOME, 14, 21, 6)),
    ),
    Case(
        "M-2",
        COVID_2021,
        facts(PERSON, CLOSE),
        (order("M-2", CENTRAL, 0, 14, 0, 1, 2, 3, 6, 13), order("M-2", HOME, 14, 21, 1, 6)),
    ),
    Case(
        "M-2",
        COVID_2022,
        facts(PERSON, CLOSE),
        (order("M-2", CENTRAL, 0, 7, 0, 1, 2, 4, 6), order("M-2", HOME, 7, 10, 2)),
    ),
    Case("M-2", MERS, facts(PERSON, CLOSE, 0, 2), (order("M-2", MONITORING, 2, 14),)),
    Case("M-2", MEASLES, facts(PERSON, CLOSE, 0, 2), (order("M-2", HOME, 2, 21),)),
    Case("M-2", INFLUENZA, facts(PERSON, CLOSE, 0, 2), (order("M-2", MONITORING, 2, 7),)),
    Case("M-3", COVID, facts(PERSON, SECONDARY), (order("M-3", CENTRAL, 0, 7, 0, 6),)),
    Case(
        "M-3",
        COVID_2021,
        facts(PERSON, SECONDARY),
        (order("M-3", CENTRAL, 0, 7, 0, 1, 2, 3, 6), order("M-3", HOME, 7, 14, 6)),
    ),
    Case("M-3", COVID_2022, facts(PERSON, SECONDARY), (order("M-3", HOME, 0, 7, 0, 3, 6),)),
    Case("M-4", COVID, facts(PERSON, GENERAL), (order("M-4", MONITORING, 0, 14, 0),)),
    Case("M-4", COVID_2022, facts(PERSON, GENERAL), (order("M-4", MONITORING, 0, 7, 0),)),
    Case("M-5", COVID, facts(PERSON, POSSIBLE), (order("M-5", TESTS, 0, None, 0),)),
    Case("M-5", MERS, facts(PERSON, POSSIBLE), (order("M-5", TESTS, 0, None, 0),)),
)

GOODS_CASES = (
    Case(
        "M-6",
        COVID,
        facts(PACKAGE, INDEX),
        tuple(order("M-6", kind, 0, None) for kind in (HOLD, DESTRUCTION, DISINFECTION)),
    ),
    Case(
        "M-7",
        COVID,
        facts(LOT, POSITIVE_LOT, pieces_out=True),
        tuple(order("M-7", kind, 0, None) for kind in (HOLD, RECALL, DESTRUCTION, DISINFECTION)),
    ),
    Case("M-8", COVID, facts(LOT, IMPLICATED), (order("M-8", HOLD, 0, None, 0), order("M-8", DISINFECTION, 0, None))),
    Case("M-9", COVID, facts(LOT, POSSIBLE), (order("M-9", HOLD, 0, None, 0),)),
    Case(
        "M-10",
        COVID,
        facts(SURFACE, INDEX),
        (order("M-10", CLOSURE, 0, None), order("M-10", DISINFECTION, 0, None), order("M-10", TESTS, 0, None, 1)),
    ),
    Case(
        "M-11",
        COVID,
        facts(SURFACE, IMPLICATED),
        (order("M-11", DISINFECTION, 0, None), order("M-11", TESTS, 0, None, 0)),
    ),
    Case("M-12", COVID, facts(SURFACE, POSSIBLE), (order("M-12", TESTS, 0, None, 0),)),
)

OTHER_CASES = (
    Case("M-13", COVID, facts(PERSON, NOT_EXPOSED), ()),
    Case("M-13", MEASLES, facts(LOT, NOT_EXPOSED), ()),
    Case("M-14", MERS, facts(LOT, INDEX), ()),
    Case("M-14", MEASLES, facts(SURFACE, IMPLICATED), ()),
    Case("M-15", MERS, facts(PERSON, GENERAL), ()),
    Case("M-15", INFLUENZA, facts(PERSON, SECONDARY), ()),
    Case("M-15", COVID, facts(PERSON, POSITIVE_LOT), ()),
    Case("M-16", COVID, facts(PERSON, CLOSE, 0, 15), (order("M-2", HOME, 15, 21, 5),)),
    Case("M-16", COVID, facts(PERSON, CLOSE, 0, 30), (order("M-2", TESTS, 30, None, 0),)),
    Case("M-16", MERS, facts(PERSON, CLOSE, 0, 20), ()),
    Case("M-17", COVID_2022, facts(PERSON, SECONDARY, home_unfit=True), (order("M-3", CENTRAL, 0, 7, 0, 3, 6),)),
    Case(
        "M-18",
        COVID,
        facts(PERSON, CLOSE, 0, 4),
        (order("M-2", CENTRAL, 4, 14, 0, 3, 6, 9), order("M-2", HOME, 14, 21, 6)),
    ),
    Case("M-19", MEASLES, facts(PERSON, CLOSE, immune=True), ()),
    Case(
        "M-20",
        COVID,
        facts(LOT, POSITIVE_LOT),
        tuple(order("M-7", kind, 0, None) for kind in (HOLD, DESTRUCTION, DISINFECTION)),
    ),
    Case(
        "M-21",
        COVID,
        AftercareFacts(day(0)),
        (order("M-21", HOME, 0, 14, 13), order("M-21", MONITORING, 14, 28, 13)),
    ),
    Case("M-22", MEASLES, AftercareFacts(day(0)), ()),
)


def _decide(asked: Any, profile: Profile) -> tuple[Any, tuple[str, ...]]:
    rule = "order_aftercare" if isinstance(asked, AftercareFacts) else "order_measures"
    verdict = RULES[rule].decide(asked, profile)
    return verdict.outcome, tuple(reason.code for reason in verdict.reasons)


MEASURE_TABLE = DecisionTable(
    slug="measure",
    title_en="Measures",
    title_zh="管控措施",
    about_en="M-1 to M-12 say which class the profile's measures are taken from; M-13 to M-20 what changes them; "
    "M-21 and M-22 what follows isolation. For an index, the day of last exposure is its onset, or its sampling. "
    "Test days are counted from the measure's start: +0 is its first day.",
    about_zh="M-1至M-12按类别取用方案规定的措施；M-13至M-20为调整情形；M-21、M-22为解除隔离治疗之后。"
    "阳性对象的“末次暴露”指发病日，无症状者指采样日。检测日自措施开始起算，+0为第一天。",
    rows=MEASURE_ROWS,
    decide=_decide,
    cases=PERSON_CASES + GOODS_CASES + OTHER_CASES,
)

TERRITORY, REGULATOR, UNIT, CITIZEN = ResponsibleKind


def _tasks(asked: Any, profile: Profile) -> tuple[Any, tuple[str, ...]]:
    tasks = tasks_for(asked, profile)
    return tuple((task.kind, task.responsible, task.due_in_s) for task in tasks), tuple(task.row for task in tasks)


def _task_case(row: str, kind: MeasureKind, *tasks: tuple[TaskKind, ResponsibleKind, int]) -> Case:
    """Tasks of a measure in December 2020, each due after so many hours."""
    due = tuple((task, party, hours * HOUR_S) for task, party, hours in tasks)
    return Case(row, COVID, order("M-0", kind, 0, None), due)


TASK_TABLE = DecisionTable(
    slug="task",
    title_en="Tasks of the four responsibilities",
    title_zh="四方责任任务",
    about_en="Each measure names a task for every responsible party that has one. The deadlines are the county's "
    "choice for the demonstration.",
    about_zh="每项措施按四方责任（属地、行业、单位、公民）分解任务。时限为演示用的县级设定。",
    rows=TASK_ROWS,
    decide=_tasks,
    cases=(
        _task_case(
            "T-1",
            ISOLATION,
            (TaskKind.REPORT, REGULATOR, 2),
            (TaskKind.ISOLATE, REGULATOR, 2),
            (TaskKind.LOCATE, TERRITORY, 2),
        ),
        _task_case(
            "T-2",
            CENTRAL,
            (TaskKind.LOCATE, TERRITORY, 4),
            (TaskKind.TRANSFER, TERRITORY, 8),
            (TaskKind.COLLECT_SPECIMENS, REGULATOR, 24),
            (TaskKind.NOTIFY, UNIT, 8),
            (TaskKind.REPORT_SYMPTOMS, CITIZEN, 24),
        ),
        _task_case(
            "T-3",
            HOME,
            (TaskKind.CHECK_HOME, TERRITORY, 12),
            (TaskKind.DAILY_CHECK, TERRITORY, 24),
            (TaskKind.STAY_HOME, CITIZEN, 4),
        ),
        _task_case(
            "T-4",
            MONITORING,
            (TaskKind.NOTIFY, TERRITORY, 24),
            (TaskKind.DAILY_CHECK, UNIT, 24),
            (TaskKind.REPORT_SYMPTOMS, CITIZEN, 24),
        ),
        _task_case("T-5", TESTS, (TaskKind.COLLECT_SPECIMENS, REGULATOR, 24), (TaskKind.COME_FOR_TEST, CITIZEN, 24)),
        _task_case(
            "T-6",
            HOLD,
            (TaskKind.SEAL_LOT, UNIT, 2),
            (TaskKind.CONFIRM_HOLD, REGULATOR, 4),
            (TaskKind.COLLECT_SPECIMENS, REGULATOR, 24),
        ),
        _task_case("T-7", DESTRUCTION, (TaskKind.DESTROY_LOT, UNIT, 48), (TaskKind.WITNESS_DESTRUCTION, REGULATOR, 48)),
        _task_case(
            "T-8",
            RECALL,
            (TaskKind.RECALL_GOODS, UNIT, 24),
            (TaskKind.NOTIFY_BUYERS, UNIT, 4),
            (TaskKind.LOCATE, REGULATOR, 2),
        ),
        _task_case("T-9", DISINFECTION, (TaskKind.DISINFECT, UNIT, 12), (TaskKind.CHECK_DISINFECTION, REGULATOR, 24)),
        _task_case("T-10", CLOSURE, (TaskKind.CLOSE_PLACE, UNIT, 1), (TaskKind.CONFIRM_CLOSURE, TERRITORY, 2)),
    ),
)
