"""The steps of the total warehouse."""

from lianfang.rules.reasons_warehouse import (
    ARRIVAL_ROWS,
    BOOKING_ROWS,
    CERTIFICATE_ROWS,
    RECALL_ROWS,
    ROOM_ROWS,
    STEP_ROWS,
)
from lianfang.rules.vocabulary import CertificateKind
from lianfang.rules.warehouse import (
    ArrivalFacts,
    BookingFacts,
    CertificateFacts,
    CertificatePaper,
    Excursion,
    GoodsStep,
    RecallFacts,
    RoomFacts,
    StepDecision,
    StepFacts,
)
from tests.spec.table import COVID, MERS, Case, DecisionTable, by_verdict, day

PERMIT, REFUSE = StepDecision

BOOKING_TABLE = DecisionTable(
    slug="warehouse-booking",
    title_en="Booking the total warehouse",
    title_zh="总仓预约",
    about_en="Imported goods come only when booked, with their papers, vehicle and people.",
    about_zh="进口货物凭预约入仓；预约写明货主、证明、车辆、人员和流向。",
    rows=BOOKING_ROWS,
    decide=by_verdict("check_booking"),
    cases=(
        Case("GB-1", COVID, BookingFacts("B1", day(0), day(2) - 1, ()), REFUSE),
        Case("GB-2", COVID, BookingFacts("B1", day(0), day(3), ("seal_no",)), REFUSE),
        Case("GB-3", COVID, BookingFacts("B1", day(0), day(2), ()), PERMIT),
        Case("GB-3", MERS, BookingFacts("B1", day(0), day(0), ()), PERMIT),
    ),
)


def arrived(found: int = 600, *, seal: str = "S1", intact: bool = True) -> ArrivalFacts:
    return ArrivalFacts("B1", (("vehicle", "晋M12345", "晋M12345"), ("seal_no", "S1", seal)), 600, found, intact)


ARRIVAL_TABLE = DecisionTable(
    slug="warehouse-arrival",
    title_en="Arrival beside the booking",
    title_zh="到货与预约核对",
    about_en="A difference does not send the lorry away: the goods are held until somebody answers for it.",
    about_zh="有差异的货物先入库暂扣，待责任人员确认。",
    rows=ARRIVAL_ROWS,
    decide=by_verdict("check_arrival"),
    cases=(
        Case("GA-1", COVID, arrived(seal="S2"), REFUSE),
        Case("GA-2", COVID, arrived(598), REFUSE),
        Case("GA-3", COVID, arrived(intact=False), REFUSE),
        Case("GA-4", COVID, arrived(), PERMIT),
    ),
)

K = CertificateKind
REQUIRED = (K.CUSTOMS_DECLARATION, K.QUARANTINE, K.NUCLEIC_ACID, K.DISINFECTION)


def paper(kind: CertificateKind, **changed: object) -> CertificatePaper:
    plain = {
        "number": "N1", "expected_number": "", "issued_day": 100, "valid_until_day": 120, "product_matches": True,
        "production_lot": "200901A", "weight_g": 12_000_000, "confirmed": True,
    }  # fmt: skip
    return CertificatePaper(kind, **{**plain, **changed})  # type: ignore[arg-type]


def papers(**changed: object) -> CertificateFacts:
    """All four required papers; `changed` is about the first."""
    first, *others = REQUIRED
    return CertificateFacts("L1", 110, "200901A", 12_000_000, (paper(first, **changed), *map(paper, others)))


CERTIFICATE_TABLE = DecisionTable(
    slug="warehouse-certificates",
    title_en="Certificates of a lot",
    title_zh="批次证明核查",
    about_en="Complete, valid, and all of one tongue with the lot: names, lot numbers, weights, dates.",
    about_zh="证明须齐全、有效，且品名、批号、重量、日期与货物一致。",
    rows=CERTIFICATE_ROWS,
    decide=by_verdict("check_certificates"),
    cases=(
        Case(
            "GD-1", COVID, CertificateFacts("L1", 110, "200901A", 12_000_000, tuple(map(paper, REQUIRED[1:]))), REFUSE
        ),
        Case("GD-2", COVID, papers(valid_until_day=109), REFUSE),
        Case("GD-3", COVID, papers(issued_day=111), REFUSE),
        Case("GD-4", COVID, papers(product_matches=False), REFUSE),
        Case("GD-5", COVID, papers(production_lot="200901B"), REFUSE),
        Case("GD-6", COVID, papers(weight_g=12_240_001), REFUSE),
        Case("GD-7", COVID, papers(confirmed=False), REFUSE),
        Case("GD-9", COVID, papers(expected_number="N2"), REFUSE),
        Case("GD-8", COVID, papers(weight_g=12_240_000, valid_until_day=None), PERMIT),
        Case("GD-8", MERS, CertificateFacts("L1", 110, "", 1, ()), PERMIT),
    ),
)


def step(what: GoodsStep, pieces: int = 60, **changed: object) -> StepFacts:
    plain = {
        "in_stock": 600, "is_released": True, "is_held": False, "is_sealed": False,
    }  # fmt: skip
    return StepFacts(what, 1, 2, pieces, **{**plain, **changed})  # type: ignore[arg-type]


G = GoodsStep
STEP_TABLE = DecisionTable(
    slug="warehouse-steps",
    title_en="What may be done with goods",
    title_zh="货物操作准许",
    about_en="Only what is released and free leaves or is sold; what is held stays as and where it is.",
    about_zh="未放行或被管控的货物不得出库、销售；被管控的货物保持原状、原地。",
    rows=STEP_ROWS,
    decide=by_verdict("permit_step"),
    cases=(
        Case("GP-1", COVID, step(G.SOLD, 601), REFUSE),
        Case("GP-2", COVID, step(G.SOLD, 0), REFUSE),
        Case("GP-3", COVID, step(G.DISPATCHED, is_released=False), REFUSE),
        Case("GP-4", COVID, step(G.SOLD, is_held=True), REFUSE),
        Case("GP-4", COVID, step(G.SPLIT, is_sealed=True), REFUSE),
        Case("GP-5", COVID, step(G.DESTROYED, decision="release"), REFUSE),
        Case("GP-6", COVID, step(G.RETURNED, is_released=False, decision="destroy"), REFUSE),
        Case("GP-7", COVID, step(G.RETURNED), REFUSE),
        Case("GP-8", COVID, step(G.MERGED, same_standing=False), REFUSE),
        Case("GP-9", COVID, step(G.REPACKED, weight_kept=False), REFUSE),
        Case("GP-11", COVID, StepFacts(G.SOLD, 0, 2, 1, 0, False, False, False), REFUSE),
        Case("GP-12", COVID, step(G.UNSEALED, is_sealed=True, decision="destroy"), REFUSE),
        Case("GP-10", COVID, step(G.SOLD, 600), PERMIT),
        Case("GP-10", COVID, step(G.UNSEALED, is_sealed=True, decision="release"), PERMIT),
        Case("GP-10", COVID, step(G.STORED, is_released=False), PERMIT),
        Case("GP-10", COVID, step(G.RECEIVED, is_held=True), PERMIT),
        Case("GP-10", COVID, step(G.DESTROYED, is_sealed=True, is_released=False, decision="hold"), PERMIT),
        Case("GP-10", COVID, step(G.RETURNED, is_released=False, decision="refuse"), PERMIT),
    ),
)

RECALL_TABLE = DecisionTable(
    slug="warehouse-recall",
    title_en="When a recall notice is closed",
    title_zh="召回通知结清",
    about_en="A holder answers for every piece received.",
    about_zh="持有单位对收到的每一件说明去向。",
    rows=RECALL_ROWS,
    decide=by_verdict("balance_recall"),
    cases=(
        Case("GQ-1", COVID, RecallFacts(60, None, None, None), REFUSE),
        Case("GQ-2", COVID, RecallFacts(60, 20, 30, 0), REFUSE),
        Case("GQ-3", COVID, RecallFacts(60, 40, 30, 0), REFUSE),
        Case("GQ-4", COVID, RecallFacts(60, 20, 30, 10), PERMIT),
    ),
)

COLD, WARM = -200, -150
HALF_HOUR = 1800


def readings(*tenths: int) -> RoomFacts:
    """One reading every ten minutes."""
    return RoomFacts(tuple((day(0) + number * 600, each) for number, each in enumerate(tenths)))


ROOM_TABLE = DecisionTable(
    slug="warehouse-temperature",
    title_en="Temperature of rooms and vehicles",
    title_zh="库房和车辆温度",
    about_en="Warmer than the limit for longer than tolerated is an excursion; it ends at the first reading cold enough.",
    about_zh="高于限值且超过允许时长为超温，至首个合格读数止。",
    rows=ROOM_ROWS,
    decide=by_verdict("check_room"),
    cases=(
        Case(
            "GT-1", COVID, readings(COLD, WARM, -120, WARM, WARM, COLD),
            (Excursion(day(0) + 600, day(0) + 3000, -120),),
        ),
        Case("GT-1", COVID, readings(WARM, WARM, WARM, WARM, WARM), (Excursion(day(0), day(0) + 2400, WARM),)),
        Case("GT-2", COVID, readings(COLD, WARM, WARM, WARM, COLD), ()),
        Case("GT-2", MERS, readings(WARM, WARM, WARM, WARM, WARM, WARM), ()),
    ),
)  # fmt: skip

WAREHOUSE_TABLES = (BOOKING_TABLE, ARRIVAL_TABLE, CERTIFICATE_TABLE, STEP_TABLE, RECALL_TABLE, ROOM_TABLE)
