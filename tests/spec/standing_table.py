"""The class that stands when several investigations speak of one subject, and after corrections."""

from lianfang.rules.reasons import STANDING_ROWS
from lianfang.rules.standing import Cause, Standing, StandingFacts
from lianfang.rules.vocabulary import ExposureClass
from tests.spec.table import COVID, Case, DecisionTable, by_verdict, day

CLOSE = ExposureClass.CLOSE_CONTACT
GENERAL = ExposureClass.GENERAL_CONTACT
NOT_EXPOSED = ExposureClass.NOT_EXPOSED


def cause(name: str, of: ExposureClass, exposed: int, *, annulled: bool = False) -> Cause:
    return Cause(name, of, day(exposed), annulled)


STANDING_TABLE = DecisionTable(
    slug="standing",
    title_en="Corrections and several causes",
    title_zh="更正与多重原因",
    about_en="A corrected or annulled index takes its causes with it. What remains decides: the strictest class, with "
    "the latest exposure among the causes that give it. When nothing remains, the measures are released (R-1).",
    about_zh="阳性结果被更正或撤销，其牵出的原因随之失效。以余下原因中最严者为准，末次暴露取其中最晚者；无余因时解除措施（R-1）。",
    rows=STANDING_ROWS,
    decide=by_verdict("decide_standing"),
    cases=(
        Case(
            "X-1",
            COVID,
            StandingFacts((cause("A", CLOSE, 1, annulled=True), cause("B", GENERAL, 2))),
            Standing(GENERAL, day(2), ("B",)),
        ),
        Case("X-2", COVID, StandingFacts((cause("A", CLOSE, 1, annulled=True),)), Standing(NOT_EXPOSED, None, ())),
        Case("X-2", COVID, StandingFacts(()), Standing(NOT_EXPOSED, None, ())),
        Case("X-2", COVID, StandingFacts((cause("A", NOT_EXPOSED, 1),)), Standing(NOT_EXPOSED, None, ())),
        Case(
            "X-3",
            COVID,
            StandingFacts((cause("C", CLOSE, 1), cause("A", CLOSE, 4), cause("B", GENERAL, 6))),
            Standing(CLOSE, day(4), ("A", "C")),
        ),
    ),
)
