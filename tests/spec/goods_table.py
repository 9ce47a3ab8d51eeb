"""What becomes of a lot in the total warehouse."""

from lianfang.rules.goods import LotDecision, LotFacts
from lianfang.rules.reasons import GOODS_ROWS
from lianfang.rules.vocabulary import ExposureClass, SpecimenResult
from tests.spec.table import COVID, MEASLES, Case, DecisionTable, by_verdict

HOLD, RELEASE, DESTROY, REFUSE = LotDecision
POSITIVE, NEGATIVE, INDETERMINATE = SpecimenResult


def lot(
    *results: SpecimenResult | None,
    of: ExposureClass = ExposureClass.NOT_EXPOSED,
    missing: tuple[str, ...] = (),
    passed: bool = True,
    disinfected: int = 600,
    **more: object,
) -> LotFacts:
    """A lot of 600 pieces with these results."""
    return LotFacts(of, passed, missing, results, 600, disinfected, **more)  # type: ignore[arg-type]


SIX = (NEGATIVE,) * 6


GOODS_TABLE = DecisionTable(
    slug="goods",
    title_en="Lots in the total warehouse",
    title_zh="总仓批次处置",
    about_en="Sampled, tested, disinfected, documented: only then may a lot leave. Where the disease's profile leaves "
    "goods out, only inspection and documents count.",
    about_zh="批批采样、件件消毒、检测阴性、证明齐全方可出库。病种方案不涉及物品时，仅核查检验检疫和证明。",
    rows=GOODS_ROWS,
    decide=by_verdict("decide_lot"),
    cases=(
        Case("G-1", COVID, lot(NEGATIVE, passed=False), REFUSE),
        Case("G-1", MEASLES, lot(passed=False), REFUSE),
        Case("G-2", COVID, lot(NEGATIVE, POSITIVE), DESTROY),
        Case("G-3", COVID, lot(NEGATIVE, of=ExposureClass.POSITIVE_LOT), DESTROY),
        Case("G-4", COVID, lot(NEGATIVE, missing=("quarantine_certificate",)), HOLD),
        Case("G-4", MEASLES, lot(missing=("quarantine_certificate",)), HOLD),
        Case("G-5", COVID, lot(NEGATIVE, None), HOLD),
        Case("G-6", COVID, lot(NEGATIVE, INDETERMINATE), HOLD),
        Case("G-7", COVID, lot(), HOLD),
        Case("G-7", COVID, lot(of=ExposureClass.IMPLICATED_LOT), HOLD),
        Case("G-8", COVID, lot(NEGATIVE, disinfected=598), HOLD),
        Case("G-9", COVID, lot(*SIX), RELEASE),
        Case("G-9", MEASLES, lot(POSITIVE), RELEASE),
        Case("G-10", COVID, lot(*SIX, bad_documents=("quarantine",)), HOLD),
        Case("G-11", COVID, lot(*SIX[1:]), HOLD),
        Case("G-12", COVID, lot(*SIX, walls_disinfected=False), HOLD),
        Case("G-13", COVID, lot(*SIX, is_held=True), HOLD),
        Case("G-14", COVID, lot(*SIX, differs=True), HOLD),
    ),
)
