"""When an index may have passed the disease on, and caught it."""

from lianfang.rules.reasons import WINDOW_ROWS
from lianfang.rules.vocabulary import SubjectKind
from lianfang.rules.window import IndexFacts, IndexWindows
from tests.spec.table import COVID, COVID_2022, INFLUENZA, MEASLES, MERS, Case, DecisionTable, by_verdict, day

PERSON, LOT, PACKAGE, SURFACE = SubjectKind

WINDOW_TABLE = DecisionTable(
    slug="window",
    title_en="Index windows",
    title_zh="传染期与溯源时段",
    about_en="Forward: whom and what the index may have reached. Backward: from whom or what it may come. "
    "An isolation or a hold ends the forward window earlier: that is a control of the trace, not a rule. "
    "A negative specimen never shortens the forward window.",
    about_zh="向前：阳性对象可能波及的时段；向后：其可能受感染或污染的时段。"
    "隔离或封存使传染期提前终止，由追踪时的管控记录体现。阴性结果不缩短传染期。",
    rows=WINDOW_ROWS,
    decide=by_verdict("index_windows"),
    cases=(
        Case(
            "W-1",
            COVID,
            IndexFacts(PERSON, day(3), symptom_onset_at=day(1)),
            IndexWindows((day(-1), day(15)), (day(-13), day(0))),
        ),
        Case(
            "W-1",
            MERS,
            IndexFacts(PERSON, day(3), symptom_onset_at=day(1)),
            IndexWindows((day(1), day(22)), (day(-13), day(-1))),
        ),
        Case(
            "W-1",
            MEASLES,
            IndexFacts(PERSON, day(3), symptom_onset_at=day(1)),
            IndexWindows((day(-3), day(6)), (day(-20), day(-6))),
        ),
        Case(
            "W-1",
            INFLUENZA,
            IndexFacts(PERSON, day(12), symptom_onset_at=day(1)),
            IndexWindows((day(0), day(12)), (day(-6), day(0))),
        ),
        Case("W-2", COVID, IndexFacts(PERSON, day(3)), IndexWindows((day(1), day(17)), (day(-11), day(2)))),
        Case("W-2", INFLUENZA, IndexFacts(PERSON, day(3)), IndexWindows((day(2), day(10)), (day(-4), day(2)))),
        Case(
            "W-3",
            COVID,
            IndexFacts(PERSON, day(3), symptom_onset_at=day(6)),
            IndexWindows((day(1), day(20)), (day(-11), day(2))),
        ),
        Case("W-4", COVID_2022, IndexFacts(PERSON, day(3)), IndexWindows((day(1), day(17)), (day(-11), day(2)))),
        Case(
            "W-5", COVID, IndexFacts(LOT, day(3), arrived_at=day(1)), IndexWindows((day(1), day(24)), (day(1), day(3)))
        ),
        Case(
            "W-5",
            COVID,
            IndexFacts(PACKAGE, day(3), last_negative_at=day(2), arrived_at=day(1)),
            IndexWindows((day(1), day(24)), (day(2), day(3))),
        ),
        Case("W-6", COVID, IndexFacts(PACKAGE, day(3)), IndexWindows((day(-11), day(24)), (day(-11), day(3)))),
        Case(
            "W-6",
            COVID,
            IndexFacts(PACKAGE, day(3), arrived_at=day(4)),
            IndexWindows((day(-11), day(24)), (day(-11), day(3))),
        ),
        Case("W-7", COVID, IndexFacts(SURFACE, day(3)), IndexWindows((day(0), day(6)), (day(0), day(3)))),
        Case(
            "W-8",
            COVID,
            IndexFacts(PERSON, day(3), last_negative_at=day(0)),
            IndexWindows((day(1), day(17)), (day(-1), day(2))),
        ),
        Case(
            "W-8",
            COVID,
            IndexFacts(SURFACE, day(3), last_negative_at=day(2)),
            IndexWindows((day(0), day(6)), (day(2), day(3))),
        ),
        Case("W-9", MEASLES, IndexFacts(LOT, day(3), arrived_at=day(1)), IndexWindows(None, None)),
        Case("W-9", MERS, IndexFacts(SURFACE, day(3)), IndexWindows(None, None)),
        Case(
            "W-10",
            COVID,
            IndexFacts(PERSON, day(3), last_positive_at=day(13)),
            IndexWindows((day(1), day(27)), (day(-11), day(2))),
        ),
        Case(
            "W-10",
            COVID,
            IndexFacts(PERSON, day(3), symptom_onset_at=day(1), last_positive_at=day(20)),
            IndexWindows((day(-1), day(20)), (day(-13), day(0))),
        ),
        Case(
            "W-10",
            COVID,
            IndexFacts(LOT, day(3), arrived_at=day(1), last_positive_at=day(5)),
            IndexWindows((day(1), day(26)), (day(1), day(3))),
        ),
        Case(
            "W-10",
            COVID,
            IndexFacts(SURFACE, day(3), last_positive_at=day(4)),
            IndexWindows((day(0), day(7)), (day(0), day(3))),
        ),
    ),
)
