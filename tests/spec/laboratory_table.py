"""From a run to a call: targets, repeats, controls, Westgard's rules, pools."""

from lianfang.rules.assay import AssayFacts, AssayOutcome, Call, TargetCall, TargetReading, TargetResult
from lianfang.rules.dilution import DilutionFacts
from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.quality_control import Control, RunFacts, RunValidity, SeriesFacts, SeriesState
from lianfang.rules.reasons_laboratory import ASSAY_ROWS, DILUTION_ROWS, QUALITY_ROWS, WESTGARD_ROWS
from tests.spec.table import COVID, MEASLES, Case, DecisionTable, by_verdict

KIT = "dual-target"
POSITIVE, GREY, NEGATIVE, MISSING = TargetResult


def readings(orf: int | None, n: int | None, control: int | None = 26_000) -> tuple[TargetReading, ...]:
    """The Ct of the kit's two targets and its internal control, thousandths."""
    return (TargetReading("ORF1ab", orf), TargetReading("N", n), TargetReading("RNase P", control))


def outcome(call: Call, orf: TargetResult, n: TargetResult) -> AssayOutcome:
    """A call with both targets."""
    return AssayOutcome(call, (TargetCall("ORF1ab", orf), TargetCall("N", n)))


def first(*cts: int | None) -> AssayFacts:
    """A specimen's first run."""
    return AssayFacts(KIT, readings(*cts))


def again(before: tuple[TargetReading, ...], now: tuple[TargetReading, ...]) -> AssayFacts:
    """A specimen's repeat."""
    return AssayFacts(KIT, now, before)


NO_CURVE = (TargetReading("ORF1ab", 30_000, is_amplified=False), *readings(None, None)[1:])

ASSAY_TABLE = DecisionTable(
    slug="assay",
    title_en="From Ct to a call",
    title_zh="检测结果判读",
    about_en="The cut-offs are those of the kit's instructions, version by version. A positive needs as many targets as "
    "the kit says, or one target twice. A weak or lone signal is never a negative without a repeat.",
    about_zh="阈值以试剂盒说明书为准，并按版本管理。阳性须达到说明书规定的靶标数，或同一靶标两次检出。弱信号、单靶标信号未经复检不得判为阴性。",
    rows=ASSAY_ROWS,
    decide=by_verdict("call_specimen"),
    cases=(
        Case("AS-1", MEASLES, first(None, None), AssayOutcome(Call.UNKNOWN_KIT, ())),
        Case("AS-1", COVID, AssayFacts("no-such", ()), AssayOutcome(Call.UNKNOWN_KIT, ())),
        Case("AS-2", COVID, AssayFacts(KIT, readings(None, None)[:1]), outcome(Call.REPEAT, NEGATIVE, MISSING)),
        Case("AS-3", COVID, first(30_000, 31_000), outcome(Call.POSITIVE, POSITIVE, POSITIVE)),
        Case("AS-3", COVID, first(36_999, 36_999, None), outcome(Call.POSITIVE, POSITIVE, POSITIVE)),
        Case("AS-4", COVID, first(None, None, None), outcome(Call.REPEAT, NEGATIVE, NEGATIVE)),
        Case("AS-4", COVID, first(None, None, 38_001), outcome(Call.REPEAT, NEGATIVE, NEGATIVE)),
        Case("AS-5", COVID, first(35_000, None), outcome(Call.REPEAT, POSITIVE, NEGATIVE)),
        Case("AS-5", COVID, first(None, 37_000), outcome(Call.REPEAT, NEGATIVE, GREY)),
        Case("AS-5", COVID, first(39_999, 36_999), outcome(Call.REPEAT, GREY, POSITIVE)),
        Case("AS-5", COVID, AssayFacts(KIT, NO_CURVE), outcome(Call.REPEAT, GREY, NEGATIVE)),
        Case("AS-6", COVID, first(None, None), outcome(Call.NEGATIVE, NEGATIVE, NEGATIVE)),
        Case("AS-6", COVID, first(40_000, None, 38_000), outcome(Call.NEGATIVE, NEGATIVE, NEGATIVE)),
        Case(
            "AS-7",
            COVID,
            again(readings(35_000, None), readings(38_000, None)),
            outcome(Call.POSITIVE, GREY, NEGATIVE),
        ),
        Case(
            "AS-8",
            COVID,
            again(readings(None, None, None), readings(None, None, None)),
            outcome(Call.RECOLLECT, NEGATIVE, NEGATIVE),
        ),
        Case(
            "AS-9",
            COVID,
            again(readings(35_000, None), readings(None, 38_000)),
            outcome(Call.RECOLLECT, NEGATIVE, GREY),
        ),
        Case(
            "AS-10",
            COVID,
            again(readings(38_000, None), readings(None, None)),
            outcome(Call.NEGATIVE, NEGATIVE, NEGATIVE),
        ),
    ),
)


def control(kind: ControlKind, position: str, *cts: int | None) -> Control:
    """A control's well."""
    return Control(kind, position, readings(*cts))


NEGATIVES = tuple(control(ControlKind.NEGATIVE, f"A0{at}", None, None, None) for at in (1, 2, 3))
WEAK = control(ControlKind.WEAK_POSITIVE, "H12", 33_000, 34_000)
GOOD = (*NEGATIVES, WEAK)


def run(*controls: Control) -> RunFacts:
    """A run's controls."""
    return RunFacts(KIT, controls)


def series(*sds: float, baseline: int = 20) -> SeriesFacts:
    """Values so many standard deviations from the mean."""
    return SeriesFacts("N", baseline, 33_000, 400, tuple(33_000 + round(400 * each) for each in sds))


VALID, WARNING, INVALID = RunValidity
QUALITY_TABLE = DecisionTable(
    slug="quality-control",
    title_en="Whether a run may be read",
    title_zh="检测批次质控",
    about_en="No specimen of a run is read before its controls are. Each run needs its negatives and its weak positive "
    "among the specimens, from extraction on; a control that is not as it must be makes the whole run invalid.",
    about_zh="质控合格前不得判读任何样本。每批须有阴性质控和弱阳性质控，与样本一同经过提取和扩增；任一质控不合格，整批无效。",
    rows=QUALITY_ROWS,
    decide=by_verdict("judge_run"),
    cases=(
        Case("QC-1", MEASLES, run(*GOOD), INVALID),
        Case("QC-2", COVID, run(*GOOD[1:]), INVALID),
        Case("QC-2", COVID, run(*NEGATIVES), INVALID),
        Case("QC-3", COVID, run(*GOOD, Control(ControlKind.POSITIVE, "B1", readings(30_000, None)[:1])), INVALID),
        Case("QC-4", COVID, run(*GOOD, control(ControlKind.NEGATIVE, "B1", 39_000, None)), INVALID),
        Case("QC-5", COVID, run(*GOOD, control(ControlKind.POSITIVE, "B1", 25_000, None)), INVALID),
        Case("QC-5", COVID, run(*NEGATIVES, control(ControlKind.WEAK_POSITIVE, "B1", 38_000, 33_000)), INVALID),
        Case("QC-6", COVID, run(*NEGATIVES, control(ControlKind.WEAK_POSITIVE, "B1", 20_000, 33_000)), INVALID),
        Case("QC-7", COVID, run(*GOOD, control(ControlKind.EXTRACTION, "B1", None, None, None)), INVALID),
        Case("QC-8", COVID, run(*GOOD), VALID),
        Case("QC-8", COVID, run(*GOOD, control(ControlKind.POSITIVE, "B1", 25_000, 25_000)), VALID),
        Case("QC-8", COVID, run(*GOOD, control(ControlKind.EXTRACTION, "B1", None, None)), VALID),
        Case("QC-8", COVID, RunFacts(KIT, GOOD, (series(2.5),)), WARNING),
    ),
)

IN_CONTROL, WARNS, REJECTED, NOT_ESTABLISHED = SeriesState
WESTGARD_TABLE = DecisionTable(
    slug="westgard",
    title_en="A control's Ct from run to run",
    title_zh="室内质控规则（Westgard）",
    about_en="The Ct of the weak positive, by reagent lot. A run whose newest value breaks a rejecting rule is invalid.",
    about_zh="按试剂批号记录弱阳性质控的Ct。最新值违反任一失控规则的，该批检测无效。",
    rows=WESTGARD_ROWS,
    decide=by_verdict("judge_series"),
    cases=(
        Case("WG-1", COVID, series(9, baseline=19), NOT_ESTABLISHED),
        Case("WG-1", MEASLES, series(9), NOT_ESTABLISHED),
        Case("WG-2", COVID, series(3.1), REJECTED),
        Case("WG-2", COVID, series(-2.1, -2.1), REJECTED),
        Case("WG-2", COVID, series(2.1, -2.1), REJECTED),
        Case("WG-2", COVID, series(1.1, 1.1, 1.1, 1.1), REJECTED),
        Case("WG-2", COVID, series(*[-0.5] * 10), REJECTED),
        Case("WG-3", COVID, series(0, 2.1), WARNS),
        Case("WG-3", COVID, series(-2.1, 0, 2.1), WARNS),
        Case("WG-4", COVID, series(2.1, 0), IN_CONTROL),
        Case("WG-4", COVID, series(2), IN_CONTROL),
        Case("WG-4", COVID, series(*[-0.5] * 9), IN_CONTROL),
        Case("WG-4", COVID, series(1.1, 1.1, 1.1, 1), IN_CONTROL),
    ),
)

DILUTION_TABLE = DecisionTable(
    slug="dilution",
    title_en="Which samples a laboratory may dilute into one another",
    title_zh="实验室稀释混样",
    about_en="Only in mass screening where positives are rare, and never what is a pool already. It is not swabs that "
    "share a tube from their collection on.",
    about_zh="仅用于阳性率很低的大规模筛查；已是混样的不得再混。与采样现场多人混采不是一回事。",
    rows=DILUTION_ROWS,
    decide=by_verdict("permit_dilution"),
    cases=(
        Case("DI-1", MEASLES, DilutionFacts(2, positives_per_100000=0), outcome=False),
        Case("DI-2", COVID, DilutionFacts(11, positives_per_100000=0), outcome=False),
        Case("DI-2", COVID, DilutionFacts(1, positives_per_100000=0), outcome=False),
        Case("DI-3", COVID, DilutionFacts(2, pooled=1, positives_per_100000=0), outcome=False),
        Case("DI-4", COVID, DilutionFacts(10, singles=1, positives_per_100000=0), outcome=False),
        Case("DI-5", COVID, DilutionFacts(5), outcome=False),
        Case("DI-6", COVID, DilutionFacts(5, positives_per_100000=100), outcome=False),
        Case("DI-7", COVID, DilutionFacts(10, positives_per_100000=99), outcome=True),
    ),
)

LABORATORY_TABLES = (ASSAY_TABLE, QUALITY_TABLE, WESTGARD_TABLE, DILUTION_TABLE)
