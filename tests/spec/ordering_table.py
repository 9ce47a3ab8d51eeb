"""What is left of an order to be sampled."""

from lianfang.rules.ordering import OrderFacts, OrderState
from lianfang.rules.reasons_laboratory import ORDERING_ROWS
from tests.spec.table import COVID, MEASLES, Case, DecisionTable, by_verdict, day

OVERDUE, DUE, UPCOMING, COMPLETED, REVOKED = OrderState
FROM, UNTIL = day(7), day(8)

ORDERING_TABLE = DecisionTable(
    slug="ordering",
    title_en="Orders to be sampled",
    title_zh="检测任务",
    about_en="Whoever or whatever is to be sampled has an order: a test of a measure, or one ordered by hand. A measure's orders "
    "are not stored: they follow from its tests and the specimens there are. A specimen completes an order; a rejected tube, an "
    "annulled and an indeterminate result open it again; it goes with its cause.",
    about_zh="凡应采样的人员、货物、环境均有检测任务：随管控措施产生，或由人工开具。随措施产生的任务不另存储，由措施的检测安排与已有样本推定。"
    "采样即完成；样本拒收、结果作废或不确定的，任务重新生效；依据解除的，任务随之撤销。",
    rows=ORDERING_ROWS,
    decide=by_verdict("judge_order"),
    cases=(
        Case("OR-1", COVID, OrderFacts(FROM, UNTIL, day(20), day(7, 9)), COMPLETED),
        Case("OR-1", COVID, OrderFacts(FROM, UNTIL, day(20), day(9), is_revoked=True), COMPLETED),
        Case("OR-2", COVID, OrderFacts(FROM, UNTIL, day(20), is_revoked=True), REVOKED),
        Case("OR-3", COVID, OrderFacts(FROM, UNTIL, FROM - 1), UPCOMING),
        Case("OR-4", COVID, OrderFacts(FROM, UNTIL, UNTIL), OVERDUE),
        Case("OR-5", COVID, OrderFacts(FROM, UNTIL, FROM), DUE),
        Case("OR-5", MEASLES, OrderFacts(FROM, UNTIL, UNTIL - 1), DUE),
    ),
)
