"""Whether a tube is late on its way to a signed result."""

from lianfang.rules.custody import CustodyFacts, Timeliness, Whereabouts
from lianfang.rules.reasons_laboratory import CUSTODY_ROWS
from tests.spec.table import COVID, HOUR_S, MEASLES, Case, DecisionTable, by_verdict

ON_TIME, LATE, CLOSED = Timeliness


def tube(whereabouts: Whereabouts, hours: int, *, seconds: int = 0, signed: bool = False) -> CustodyFacts:
    """A tube collected so long ago."""
    return CustodyFacts(whereabouts, hours * HOUR_S + seconds, signed)


CUSTODY_TABLE = DecisionTable(
    slug="custody",
    title_en="Tubes on their way to a result",
    title_zh="样本流转时限",
    about_en="Every tube is in exactly one place. One that reaches no laboratory in time, or has no signed result in "
    "time, is late and shown until it is dealt with.",
    about_zh="每管样本在任一时刻只处于一个环节。未按时送达实验室或未按时出具签发结果的，判为超时并持续提示，直至处理完毕。",
    rows=CUSTODY_ROWS,
    decide=by_verdict("judge_custody"),
    cases=(
        Case("CU-1", COVID, tube(Whereabouts.STORED, 90, signed=True), CLOSED),
        Case("CU-1", COVID, tube(Whereabouts.REJECTED, 90), CLOSED),
        Case("CU-1", COVID, tube(Whereabouts.DESTROYED, 90), CLOSED),
        Case("CU-2", MEASLES, tube(Whereabouts.SENT, 90), ON_TIME),
        Case("CU-3", COVID, tube(Whereabouts.RECEIVED, 24, seconds=1), LATE),
        Case("CU-3", COVID, tube(Whereabouts.SENT, 25), LATE),
        Case("CU-4", COVID, tube(Whereabouts.COLLECTED, 6, seconds=1), LATE),
        Case("CU-4", COVID, tube(Whereabouts.PACKED, 7), LATE),
        Case("CU-4", COVID, tube(Whereabouts.SENT, 7), LATE),
        Case("CU-5", COVID, tube(Whereabouts.SENT, 6), ON_TIME),
        Case("CU-5", COVID, tube(Whereabouts.RECEIVED, 24), ON_TIME),
    ),
)
