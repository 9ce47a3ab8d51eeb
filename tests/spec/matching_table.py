"""What becomes of a listed row beside the register, and whether two persons are made one."""

from lianfang.rules.matching import Agreement, Match, MatchFacts
from lianfang.rules.merging import MergeDecision, MergeFacts
from lianfang.rules.reasons import MATCHING_ROWS, MERGING_ROWS
from tests.spec.table import COVID, MERS, Case, DecisionTable, by_verdict

AGREES, NEARLY = Agreement.AGREES, Agreement.NEARLY
DIFFERS, UNKNOWN = Agreement.DIFFERS, Agreement.UNKNOWN
MODEL = "persons-2020-12"


def row(weight: int | None, rival: int | None = None, **more: object) -> MatchFacts:
    fields = {"name": AGREES, "number": AGREES, "phone": UNKNOWN, "birth": UNKNOWN, "whole_number": False, **more}
    return MatchFacts(MODEL, weight, rival, **fields)  # type: ignore[arg-type]


MATCHING_TABLE = DecisionTable(
    slug="matching",
    title_en="A listed person beside the register",
    title_zh="名单人员与登记人员比对",
    about_en="The linkage model weighs every field; a weight of 10 bits is odds of about 1,000 to 1 that both are one "
    "person. Joined by itself is only what is likely, unrivalled and uncontradicted; the rest a person decides.",
    about_zh="比对模型对各项加权；10比特约为千比一的可能。可能性足够、无相近者且无矛盾的自动归并，其余由人员判定。",
    rows=MATCHING_ROWS,
    decide=by_verdict("decide_match"),
    cases=(
        Case("K-1", COVID, row(None, name=UNKNOWN, number=UNKNOWN), Match.NEW),
        Case("K-2", MERS, row(200), Match.REVIEW),
        Case("K-3", COVID, row(20, name=DIFFERS, whole_number=True), Match.REVIEW),
        Case("K-3", COVID, row(-90, name=DIFFERS, whole_number=True), Match.REVIEW),
        Case("K-4", COVID, row(-1), Match.NEW),
        Case("K-5", COVID, row(0), Match.REVIEW),
        Case("K-5", COVID, row(99), Match.REVIEW),
        Case("K-6", COVID, row(150, 101), Match.REVIEW),
        Case("K-7", COVID, row(150, number=DIFFERS, phone=AGREES), Match.REVIEW),
        Case("K-8", COVID, row(150, number=NEARLY), Match.REVIEW),
        Case("K-9", COVID, row(100, 50), Match.JOIN),
        Case("K-9", COVID, row(150, number=UNKNOWN, phone=AGREES), Match.JOIN),
        Case("K-9", COVID, row(210, name=NEARLY, whole_number=True, birth=AGREES), Match.JOIN),
    ),
)

MERGING_TABLE = DecisionTable(
    slug="merging",
    title_en="Two persons made one",
    title_zh="人员合并",
    about_en="Two records of the register are made one by a member of staff. Whatever contradicts needs a second person; "
    "two identity numbers that no slip explains are two people. Every merge can be undone.",
    about_zh="两条登记由工作人员合并。有矛盾的须第二人确认；身份证号不同且非误录的为两人。合并均可撤销。",
    rows=MERGING_ROWS,
    decide=by_verdict("decide_merge"),
    cases=(
        Case("U-1", COVID, MergeFacts(2, 3, False, False), MergeDecision.REFUSE),
        Case("U-1", COVID, MergeFacts(2, 17, False, True), MergeDecision.REFUSE),
        Case("U-2", COVID, MergeFacts(2, 1, False, False), MergeDecision.ASK_SECOND),
        Case("U-2", COVID, MergeFacts(2, 2, False, False), MergeDecision.ASK_SECOND),
        Case("U-3", COVID, MergeFacts(1, 0, True, False), MergeDecision.ASK_SECOND),
        Case("U-4", COVID, MergeFacts(2, 2, False, True), MergeDecision.MERGE),
        Case("U-5", COVID, MergeFacts(2, 0, False, False), MergeDecision.MERGE),
        Case("U-5", COVID, MergeFacts(0, 0, False, False), MergeDecision.MERGE),
    ),
)
