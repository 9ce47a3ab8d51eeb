"""What is ordered for a subject of a class, and who must do what by when. Tables: docs/rules/measure.md, task.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lianfang.rules.profile import CountedFrom, MeasureNumbers, Profile, When
from lianfang.rules.profile_reader import SECONDS
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, ResponsibleKind, SubjectKind, TaskKind

DAY_S = SECONDS["days"]


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What the measures depend on; instants in seconds since the epoch.

    `last_exposure_at`: the end of the last exposure; for an index its onset, or its sampling without symptoms.
    `immune`: proven immunity (None: unknown, treated as susceptible). `pieces_out`: goods of it have left the store.
    `home_unfit`: the person cannot be quarantined at home.
    """

    subject_kind: SubjectKind
    exposure_class: ExposureClass
    last_exposure_at: int
    decided_at: int
    immune: bool | None = None
    pieces_out: bool = False
    home_unfit: bool = False


@dataclass(frozen=True, slots=True)
class MeasureOrder:
    """One measure: [starts_at, ends_at), open-ended when `ends_at` is None.

    `test_offsets_days`: whole days after `starts_at` on which a specimen is due (day 1 of a plan is offset 0).
    `row`: the decision-table row that ordered it.
    """

    kind: MeasureKind
    starts_at: int
    ends_at: int | None
    test_offsets_days: tuple[int, ...]
    row: str


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """One step of a measure for one responsible party, due so many seconds after it is given."""

    kind: TaskKind
    responsible: ResponsibleKind
    due_in_s: int
    row: str


PERSON_ROWS = {
    ExposureClass.INDEX: "M-1",
    ExposureClass.CLOSE_CONTACT: "M-2",
    ExposureClass.SECONDARY_CONTACT: "M-3",
    ExposureClass.GENERAL_CONTACT: "M-4",
    ExposureClass.POSSIBLE_SOURCE: "M-5",
}
GOODS_ROWS = {
    ExposureClass.INDEX: "M-6",
    ExposureClass.POSITIVE_LOT: "M-7",
    ExposureClass.IMPLICATED_LOT: "M-8",
    ExposureClass.POSSIBLE_SOURCE: "M-9",
}
SURFACE_ROWS = {
    ExposureClass.INDEX: "M-10",
    ExposureClass.IMPLICATED_LOT: "M-11",
    ExposureClass.POSSIBLE_SOURCE: "M-12",
}


def order_measures(facts: MeasureFacts, profile: Profile) -> Verdict[tuple[MeasureOrder, ...]]:
    """The measures for one subject, in the order they follow each other. Source: docs/rules/measure.md M-1..M-20."""
    rows, by_class = _table_of(facts.subject_kind, profile)
    if facts.exposure_class is ExposureClass.NOT_EXPOSED:
        return _verdict((), [Reason("M-13")], facts, profile)
    if facts.subject_kind is not SubjectKind.PERSON and profile.goods is None:
        return _verdict((), [Reason("M-14")], facts, profile)
    numbers = by_class.get(facts.exposure_class, ())
    if not numbers:
        return _verdict((), [Reason("M-15", {"exposure_class": facts.exposure_class.value})], facts, profile)
    return _verdict(*orders_of(numbers, rows[facts.exposure_class], facts), facts, profile)


def _verdict(
    orders: tuple[MeasureOrder, ...], reasons: list[Reason], facts: MeasureFacts, profile: Profile
) -> Verdict[tuple[MeasureOrder, ...]]:
    return Verdict(orders, tuple(reasons), facts, profile.edition, "order_measures")


def _table_of(
    kind: SubjectKind, profile: Profile
) -> tuple[Mapping[ExposureClass, str], Mapping[ExposureClass, tuple[MeasureNumbers, ...]]]:
    if kind is SubjectKind.PERSON:
        return PERSON_ROWS, profile.person_measures
    if kind is SubjectKind.SURFACE:
        return SURFACE_ROWS, profile.surface_measures
    return GOODS_ROWS, profile.goods_measures


def orders_of(
    numbers: tuple[MeasureNumbers, ...], row: str, facts: MeasureFacts
) -> tuple[tuple[MeasureOrder, ...], list[Reason]]:
    """A class's measures as orders of one decision-table row, with the reasons: the row first."""
    orders: list[MeasureOrder] = []
    reasons: list[Reason] = []
    previous_end = facts.decided_at
    over = []
    for entry in numbers:
        unmet = _unmet_condition(entry, facts)
        if unmet is not None:
            reasons.append(unmet)
            continue
        starts_at, ends_at = _span(entry, previous_end, facts)
        if ends_at is not None:
            previous_end = ends_at
            if ends_at <= starts_at:
                over.append(entry)
                continue
        order, why = _order(entry, (starts_at, ends_at), row, facts)
        orders.append(order)
        reasons.extend(why)
    if any(entry.test_days for entry in over) and not any(order.test_offsets_days for order in orders):
        orders.append(MeasureOrder(MeasureKind.TEST_SCHEDULE, facts.decided_at, None, (0,), row))
    if over:
        reasons.append(Reason("M-16", {"last_exposure_at": facts.last_exposure_at}))
    return tuple(orders), [Reason(row), *reasons]


def _unmet_condition(entry: MeasureNumbers, facts: MeasureFacts) -> Reason | None:
    if entry.when is When.SUSCEPTIBLE and facts.immune is True:
        return Reason("M-19", {"measure": entry.kind.value})
    if entry.when is When.PIECES_OUT and not facts.pieces_out:
        return Reason("M-20", {"measure": entry.kind.value})
    return None


def _span(entry: MeasureNumbers, previous_end: int, facts: MeasureFacts) -> tuple[int, int | None]:
    if entry.span_s is None:
        return facts.decided_at, None
    counted_from = {
        CountedFrom.LAST_EXPOSURE: facts.last_exposure_at,
        CountedFrom.ORDER: facts.decided_at,
        CountedFrom.PREVIOUS: previous_end,
    }[entry.counted_from]
    starts_at = facts.decided_at
    if entry.counted_from is CountedFrom.PREVIOUS:
        starts_at = max(facts.decided_at, previous_end)
    return starts_at, counted_from + entry.span_s


def _order(
    entry: MeasureNumbers, span: tuple[int, int | None], row: str, facts: MeasureFacts
) -> tuple[MeasureOrder, list[Reason]]:
    starts_at, ends_at = span
    kind, reasons = entry.kind, []
    if kind is MeasureKind.HOME_QUARANTINE and facts.home_unfit:
        kind = MeasureKind.CENTRAL_QUARANTINE
        reasons.append(Reason("M-17"))
    offsets = tuple(day - 1 for day in entry.test_days)
    if ends_at is not None and offsets and starts_at + offsets[-1] * DAY_S >= ends_at:
        last = (ends_at - starts_at - 1) // DAY_S
        offsets = tuple(sorted({min(offset, last) for offset in offsets}))
        reasons.append(Reason("M-18", {"day": last + 1}))
    return MeasureOrder(kind, starts_at, ends_at, offsets, row), reasons


def specimen_windows(order: MeasureOrder) -> tuple[tuple[int, int], ...]:
    """The half-open day (from, until) of each test of a measure, seconds since the epoch, cut to its end."""
    days = (
        (order.starts_at + offset * DAY_S, order.starts_at + (offset + 1) * DAY_S) for offset in order.test_offsets_days
    )
    return tuple((start, until if order.ends_at is None else min(until, order.ends_at)) for start, until in days)


def specimens_for(order: MeasureOrder, collected: Sequence[int]) -> tuple[int | None, ...]:
    """The specimen that answers each test of a measure, None where there is none.

    Each test has one of its own, not from before its day; a later specimen makes up for a missed one.
    `collected`: instants of collection, seconds since the epoch, in order of time.
    """
    left, found = list(collected), []
    for start, _ in reversed(specimen_windows(order)):
        found.append(left.pop() if left and left[-1] >= start else None)
    return tuple(reversed(found))


TASK_ROWS = {kind: f"T-{number}" for number, kind in enumerate(MeasureKind, start=1)}


def tasks_for(order: MeasureOrder, profile: Profile) -> tuple[TaskOrder, ...]:
    """The tasks of a measure, for each responsible party that has one. Source: docs/rules/task.md T-1..T-10."""
    row = TASK_ROWS[order.kind]
    return tuple(
        TaskOrder(task.kind, task.responsible, task.due_in_s, row) for task in profile.tasks.get(order.kind, ())
    )


@dataclass(frozen=True, slots=True)
class AftercareFacts:
    """A case released from isolation, seconds since the epoch."""

    released_at: int


def order_aftercare(facts: AftercareFacts, profile: Profile) -> Verdict[tuple[MeasureOrder, ...]]:
    """What a case owes after its release from isolation. Source: docs/rules/measure.md M-21, M-22."""
    if not profile.aftercare:
        return Verdict((), (Reason("M-22"),), facts, profile.edition, "order_aftercare")
    case = MeasureFacts(SubjectKind.PERSON, ExposureClass.INDEX, facts.released_at, facts.released_at)
    orders, reasons = orders_of(profile.aftercare, "M-21", case)
    return Verdict(orders, tuple(reasons), facts, profile.edition, "order_aftercare")


# The rules whose verdicts order measures.
ORDERING_RULES = ("order_measures", "order_aftercare", "screen_return", "watch_symptoms", "read_shared")


def orders_in(verdict: Verdict[Any]) -> tuple[MeasureOrder, ...]:
    """The measures a verdict of one of the ordering rules orders."""
    outcome = verdict.outcome
    return outcome if isinstance(outcome, tuple) else outcome.orders
