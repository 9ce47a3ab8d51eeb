"""What is ordered for somebody coming back, by where they stayed. Table: docs/rules/returnee.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.rules.measure import MeasureFacts, MeasureOrder, orders_of
from lianfang.rules.profile import MeasureNumbers, Profile, Reach, ReturneeNumbers, When
from lianfang.rules.verdict import Reason, Verdict, distinct
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, ReturnCategory, RiskLevel, SubjectKind

ROWS: Mapping[ReturnCategory, str] = {
    ReturnCategory.HIGH: "RT-1",
    ReturnCategory.MIDDLE: "RT-2",
    ReturnCategory.LOW: "RT-3",
    ReturnCategory.NEARBY: "RT-4",
    ReturnCategory.OTHER: "RT-5",
}
_BY_LEVEL: Mapping[RiskLevel, ReturnCategory] = {
    RiskLevel.HIGH: ReturnCategory.HIGH,
    RiskLevel.MIDDLE: ReturnCategory.MIDDLE,
    RiskLevel.LOW: ReturnCategory.LOW,
}
_STRICTEST_FIRST = tuple(ReturnCategory)


@dataclass(frozen=True, slots=True)
class StayRisk:
    """One stay and what the lists say of it, from its begin until some days after its end.

    level: of the place itself; parts_level: of anything inside it, which counts where the stay names no community.
    city_level, province_level: the highest anywhere in them. is_known: some list was in force then.
    """

    area_code: str
    left_at: int
    level: RiskLevel | None = None
    parts_level: RiskLevel | None = None
    city_level: RiskLevel | None = None
    province_level: RiskLevel | None = None
    names_community: bool = True
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class ScreeningFacts:
    """What a screening depends on; instants in seconds since the epoch.

    arrived_at: confirmed, else expected. instructed_at: when the person was first told what now applies.
    negative_at: when the newest negative specimen was taken. has_symptoms: fever included.
    """

    stays: tuple[StayRisk, ...]
    arrived_at: int
    instructed_at: int
    negative_at: int | None = None
    has_symptoms: bool = False
    home_unfit: bool = False


@dataclass(frozen=True, slots=True)
class Screening:
    """What somebody coming back is taken for, and what that orders."""

    category: ReturnCategory
    orders: tuple[MeasureOrder, ...]


def screen_return(facts: ScreeningFacts, profile: Profile) -> Verdict[Screening]:
    """The measures for somebody coming back. Source: docs/rules/returnee.md RT-1..RT-10."""
    numbers = profile.returnees
    if numbers is None:
        nothing = Screening(ReturnCategory.OTHER, ())
        return Verdict(nothing, (Reason("RT-9"),), facts, profile.edition, "screen_return")
    recent = [stay for stay in facts.stays if stay.left_at >= facts.arrived_at - numbers.lookback_s]
    found = [(_category(stay, numbers), stay) for stay in recent]
    category = min((each for each, _ in found), key=_STRICTEST_FIRST.index, default=ReturnCategory.OTHER)
    giving = [stay for each, stay in found if each is category]
    reasons = [Reason(ROWS[category]), *_doubts(category, giving, recent)]
    start = max(facts.arrived_at, facts.instructed_at)
    left_at = max((stay.left_at for stay in giving), default=facts.arrived_at)
    entries, why = _applying(numbers.measures.get(category, ()), facts, numbers, start)
    measure_facts = MeasureFacts(
        SubjectKind.PERSON, ExposureClass.NOT_EXPOSED, left_at, start, home_unfit=facts.home_unfit
    )
    orders, more = orders_of(entries, ROWS[category], measure_facts)
    reasons += [*why, *more[1:]]
    if facts.has_symptoms:
        reasons.append(Reason("RT-7"))
        if not any(0 in order.test_offsets_days for order in orders):
            orders = (*orders, MeasureOrder(MeasureKind.TEST_SCHEDULE, start, None, (0,), "RT-7"))
    outcome = Screening(category, orders)
    return Verdict(outcome, distinct(reasons), facts, profile.edition, "screen_return")


def level_of(stay: StayRisk) -> RiskLevel | None:
    """The level a stay counts with: of the place, or of its worst part where the stay names no community."""
    levels = (stay.level, None if stay.names_community else stay.parts_level)
    return min((level for level in levels if level is not None), key=tuple(RiskLevel).index, default=None)


def _category(stay: StayRisk, numbers: ReturneeNumbers) -> ReturnCategory:
    level = level_of(stay)
    if level is not None:
        return _BY_LEVEL[level]
    around = stay.city_level if numbers.nearby is Reach.CITY else stay.province_level
    is_nearby = around in {RiskLevel.HIGH, RiskLevel.MIDDLE}
    return ReturnCategory.NEARBY if is_nearby else ReturnCategory.OTHER


def _doubts(category: ReturnCategory, giving: list[StayRisk], recent: list[StayRisk]) -> list[Reason]:
    doubts = []
    if category in _BY_LEVEL.values() and all(stay.level is None for stay in giving):
        doubts.append(Reason("RT-10"))
    if any(not stay.is_known for stay in recent):
        doubts.append(Reason("RT-8"))
    return doubts


def _applying(
    entries: tuple[MeasureNumbers, ...], facts: ScreeningFacts, numbers: ReturneeNumbers, start: int
) -> tuple[tuple[MeasureNumbers, ...], list[Reason]]:
    """Leave out what a negative test of the last days spares."""
    is_valid = facts.negative_at is not None and facts.negative_at >= start - numbers.certificate_s
    spared = [entry for entry in entries if entry.when is When.NO_CERTIFICATE and is_valid]
    left = tuple(entry for entry in entries if entry not in spared)
    return left, [Reason("RT-6", {"certificate_s": numbers.certificate_s})] if spared else []
