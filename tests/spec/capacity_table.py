"""When results are due, which laboratory tubes should go to, and how new laboratories come along."""

from lianfang.rules.commissioning import MilestoneFacts, Progress
from lianfang.rules.profile_laboratory import Priority
from lianfang.rules.reasons_capacity import COMMISSIONING_ROWS, ROUTING_ROWS, TURNAROUND_ROWS
from lianfang.rules.routing import Promise, Route, Routing, RoutingFacts
from lianfang.rules.turnaround import TubeFacts, Turnaround
from lianfang.rules.vocabulary import MeasureKind
from tests.spec.table import COVID, HOUR_S, MEASLES, Case, DecisionTable, by_verdict

URGENT, SOON, SCREENING = (
    Turnaround(priority, hours * HOUR_S) for priority, hours in zip(Priority, (6, 12, 24), strict=True)
)
ISOLATED, MONITORED, AT_HOME = MeasureKind.ISOLATION, MeasureKind.HEALTH_MONITORING, MeasureKind.HOME_QUARANTINE
HOSPITAL, CDC, NEW = "县医院", "县疾控", "中医院"


def ready(laboratory: str, hours: int) -> Promise:
    """A laboratory that would have a tube done in so many hours."""
    return Promise(laboratory, hours * HOUR_S)


def tubes(here: Promise | None, due: int, *others: Promise) -> RoutingFacts:
    """Tubes due in so many hours."""
    return RoutingFacts(here, due * HOUR_S, others)


TURNAROUND_TABLE = DecisionTable(
    slug="turnaround",
    title_en="When a result is due",
    title_zh="检测结果时限",
    about_en="Why a tube was taken says how pressing it is. Laboratories work the most pressing first; a tube past its "
    "deadline is shown before all others.",
    about_zh="按采样缘由确定紧急程度。实验室先检紧急样本，超过时限的排在最前。",
    rows=TURNAROUND_ROWS,
    decide=by_verdict("decide_turnaround"),
    cases=(
        Case("TU-1", MEASLES, TubeFacts(is_recollected=True), Turnaround(Priority.SCREENING, None)),
        Case("TU-2", COVID, TubeFacts(is_recollected=True, measures=(AT_HOME,)), URGENT),
        Case("TU-3", COVID, TubeFacts(measures=(MONITORED, ISOLATED, AT_HOME)), URGENT),
        Case("TU-3", COVID, TubeFacts(measures=(AT_HOME,)), SOON),
        Case("TU-4", COVID, TubeFacts(measures=(MONITORED,), from_hospital=True), SOON),
        Case("TU-4", COVID, TubeFacts(is_ordered=True), SOON),
        Case("TU-5", COVID, TubeFacts(measures=(MONITORED,)), SCREENING),
    ),
)

ROUTING_TABLE = DecisionTable(
    slug="routing",
    title_en="Tubes from one laboratory to another",
    title_zh="实验室间样本调配",
    about_en="Advice, never an order: tubes move only when somebody packs and sends them. When each laboratory would have a tube "
    "done follows from its equipment, shifts and queue.",
    about_zh="本结论仅为建议，样本须由人员装箱送出。各实验室可出结果的时间由设备、班次和排队样本推算。",
    rows=ROUTING_ROWS,
    decide=by_verdict("advise_route"),
    cases=(
        Case("RO-1", COVID, tubes(ready(HOSPITAL, 5), 6, ready(CDC, 2)), Routing(Route.STAY, HOSPITAL)),
        Case("RO-2", COVID, tubes(None, 6), Routing(Route.LATE, "")),
        Case("RO-3", COVID, tubes(ready(HOSPITAL, 8), 6), Routing(Route.LATE, HOSPITAL)),
        Case("RO-3", COVID, RoutingFacts(ready(HOSPITAL, 8), 6 * HOUR_S, (Promise(CDC, 7 * HOUR_S + 1),)),
             Routing(Route.LATE, HOSPITAL)),
        Case("RO-4", COVID, tubes(ready(HOSPITAL, 8), 6, ready(NEW, 7), ready(CDC, 6)), Routing(Route.SEND, CDC)),
        Case("RO-4", COVID, tubes(None, 12, ready(CDC, 6)), Routing(Route.SEND, CDC)),
        Case("RO-5", COVID, tubes(ready(HOSPITAL, 9), 6, ready(CDC, 8)), Routing(Route.SEND, CDC)),
    ),
)  # fmt: skip

COMMISSIONING_TABLE = DecisionTable(
    slug="commissioning",
    title_en="New laboratories on their way",
    title_zh="实验室建设进度",
    about_en="Each step of a new laboratory has a day and a responsible unit. One that is late makes a task for that "
    "unit; a step is done when somebody says so with evidence.",
    about_zh="新建实验室每个事项都有期限和责任单位。逾期即向责任单位派发任务；由专人凭证确认后方为完成。",
    rows=COMMISSIONING_ROWS,
    decide=by_verdict("judge_milestone"),
    cases=(
        Case("CM-1", COVID, MilestoneFacts(10, 20, 10), Progress.DONE),
        Case("CM-2", COVID, MilestoneFacts(10, 20, 12), Progress.DONE_LATE),
        Case("CM-3", COVID, MilestoneFacts(10, 11), Progress.LATE),
        Case("CM-4", COVID, MilestoneFacts(10, 7), Progress.NEAR),
        Case("CM-4", COVID, MilestoneFacts(10, 10), Progress.NEAR),
        Case("CM-5", COVID, MilestoneFacts(10, 6), Progress.PLANNED),
        Case("CM-5", MEASLES, MilestoneFacts(10, 9), Progress.PLANNED),
    ),
)

CAPACITY_TABLES = (TURNAROUND_TABLE, ROUTING_TABLE, COMMISSIONING_TABLE)
