"""What a door does."""

from dataclasses import replace

from lianfang.rules.gate import Admission, CodeState, GateFacts, ReadFacts
from lianfang.rules.reasons_code import GATE_ROWS
from lianfang.rules.vocabulary import Colour
from tests.spec.table import COVID, HOUR_S, MEASLES, Case, DecisionTable, by_verdict, day

NOW = day(1, 12)
GREEN = ReadFacts(Colour.GREEN, day(1, 8), day(2, 8), CodeState.AS_ISSUED)
ENTRY = GateFacts(NOW, GREEN, list_issued_at=NOW - HOUR_S, tenths_celsius=365, cap=50)
PHONE = replace(GREEN, has_holder=True)


def with_code(**changed: object) -> GateFacts:
    return replace(ENTRY, read=replace(GREEN, **changed))  # type: ignore[arg-type]


GATE_TABLE = DecisionTable(
    slug="gate",
    title_en="Doors",
    title_zh="门岗",
    about_en="The strictest thing that any fact asks for. The same function decides at the door, without a network, and again "
    "when the centre learns of the entry. No door closes because the centre cannot be reached: an old status list makes "
    "it look at identity cards. A fever refuses this entry and is evidence of a symptom; it colours nobody by itself.",
    about_zh="取各项事实所要求的最严处置。门岗离线判定与中心事后复核使用同一规则。门岗不因中心无法连接而关闭：状态列表过旧时改为人工核验身份证。"
    "体温异常只影响本次进入，并作为症状线索，不单独改变健康码颜色。",
    rows=GATE_ROWS,
    decide=by_verdict("decide_admission"),
    cases=(
        Case("E-1", COVID, replace(ENTRY, read=None, refusal="bad_signature"), Admission.REFUSE),
        Case("E-2", COVID, replace(ENTRY, read=None, refusal="unknown_key"), Admission.CHECK),
        Case("E-3", COVID, with_code(state=CodeState.WITHDRAWN), Admission.REFUSE),
        Case("E-4", COVID, with_code(colour=Colour.RED), Admission.REFUSE),
        Case("E-4", COVID, with_code(state=CodeState.NOW_RED), Admission.REFUSE),
        Case("E-5", COVID, with_code(colour=Colour.YELLOW), Admission.CHECK),
        Case("E-5", COVID, with_code(state=CodeState.NOW_YELLOW), Admission.CHECK),
        Case("E-6", COVID, with_code(expires_at=NOW), Admission.CHECK),
        Case("E-7", COVID, with_code(issued_at=NOW + HOUR_S), Admission.CHECK),
        Case("E-8", COVID, replace(ENTRY, read=PHONE), Admission.CHECK),
        Case("E-8", COVID, replace(ENTRY, read=replace(PHONE, shown_at=NOW - 120)), Admission.CHECK),
        Case("E-8", COVID, replace(ENTRY, read=replace(PHONE, shown_at=NOW + 180)), Admission.CHECK),
        Case("E-15", COVID, replace(ENTRY, read=replace(PHONE, shown_at=NOW - 60)), Admission.ADMIT),
        Case("E-9", COVID, replace(ENTRY, list_issued_at=None), Admission.CHECK),
        Case("E-9", COVID, with_code(state=CodeState.NOT_LISTED), Admission.CHECK),
        Case("E-10", COVID, replace(ENTRY, list_issued_at=NOW - 25 * HOUR_S), Admission.CHECK),
        Case("E-11", COVID, replace(ENTRY, list_issued_at=NOW - 3 * HOUR_S), Admission.ADMIT_FLAGGED),
        Case("E-12", COVID, replace(ENTRY, tenths_celsius=None), Admission.MEASURE),
        Case("E-13", COVID, replace(ENTRY, tenths_celsius=373), Admission.MEASURE),
        Case("E-13", COVID, replace(ENTRY, tenths_celsius=373, first_tenths_celsius=370), Admission.MEASURE),
        Case("E-14", COVID, replace(ENTRY, tenths_celsius=374, first_tenths_celsius=376), Admission.REFUSE),
        Case("E-15", COVID, replace(ENTRY, tenths_celsius=369, first_tenths_celsius=376), Admission.ADMIT),
        Case("E-17", COVID, replace(ENTRY, inside=50), Admission.WAIT),
        Case("E-17", COVID, replace(ENTRY, inside=50, read=replace(GREEN, colour=Colour.RED)), Admission.REFUSE),
        Case("E-15", COVID, replace(ENTRY, inside=49), Admission.ADMIT),
        Case("E-15", COVID, replace(ENTRY, inside=500, cap=None), Admission.ADMIT),
        Case("E-16", MEASLES, ENTRY, Admission.CHECK),
    ),
)
