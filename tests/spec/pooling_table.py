"""Who may share a tube, and what a shared tube's result says."""

from lianfang.rules.measure import MeasureOrder
from lianfang.rules.pooling import Meaning, SharedFacts, SharingFacts, Tube
from lianfang.rules.reasons_laboratory import POOLING_ROWS
from lianfang.rules.replay import RULES
from lianfang.rules.vocabulary import MeasureKind, SpecimenResult, SubjectKind
from tests.spec.table import COVID, COVID_2022, DAY_S, FIRST_DAY_AT, MEASLES, Case, DecisionTable

PERSON = SubjectKind.PERSON
SWABBED_AT = FIRST_DAY_AT + 10 * 3600
POSITIVE, NEGATIVE, INDETERMINATE = SpecimenResult


def apart(row: str) -> Meaning:
    """Nothing is known of the member, who stays at home until tested singly."""
    order = MeasureOrder(MeasureKind.HOME_QUARANTINE, SWABBED_AT, SWABBED_AT + 2 * DAY_S, (0,), row)
    return Meaning(INDETERMINATE, (order,))


def _either(facts: object, profile: object) -> tuple[object, tuple[str, ...]]:
    rule = "decide_sharing" if isinstance(facts, SharingFacts) else "read_shared"
    verdict = RULES[rule].decide(facts, profile)  # type: ignore[arg-type]
    return verdict.outcome, tuple(reason.code for reason in verdict.reasons)


POOLING_TABLE = DecisionTable(
    slug="pooling",
    title_en="Shared tubes",
    title_zh="混采",
    about_en="Swabs of several persons may share a tube in mass screening, up to the number of the dated norm; tubes are never "
    "pooled again. A shared tube gives nobody a positive result and releases nobody: if it is not negative, everybody in it is "
    "sampled again with a tube of their own.",
    about_zh="大规模筛查时可多人混采，每管人数以当时规范为准；混采管不得再次混合。混采结果不作为任何人的阳性结论，也不作为解除管控的依据：凡非阴性，"
    "管内人员一律逐人单采复核。",
    rows=POOLING_ROWS,
    decide=_either,
    cases=(
        Case("PO-1", MEASLES, SharingFacts(PERSON, 0, False), Tube.OWN),
        Case("PO-2", COVID, SharingFacts(SubjectKind.LOT, 0, False), Tube.OWN),
        Case("PO-3", COVID, SharingFacts(PERSON, 3, True), Tube.OWN),
        Case("PO-4", COVID, SharingFacts(PERSON, 10, False), Tube.OWN),
        Case("PO-4", COVID_2022, SharingFacts(PERSON, 20, False), Tube.OWN),
        Case("PO-5", COVID, SharingFacts(PERSON, 9, False), Tube.SHARED),
        Case("PO-5", COVID_2022, SharingFacts(PERSON, 19, False), Tube.SHARED),
        Case("PO-6", COVID, SharedFacts(None, SWABBED_AT), Meaning(None, ())),
        Case("PO-7", COVID, SharedFacts(NEGATIVE, SWABBED_AT), Meaning(NEGATIVE, ())),
        Case("PO-8", COVID, SharedFacts(POSITIVE, SWABBED_AT), apart("PO-8")),
        Case("PO-8", MEASLES, SharedFacts(POSITIVE, SWABBED_AT), Meaning(INDETERMINATE, ())),
        Case("PO-9", COVID, SharedFacts(INDETERMINATE, SWABBED_AT), apart("PO-9")),
    ),
)
