"""Measures and their causes: any verdict can be one, and a measure is what its standing causes together order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lianfang.apps.core import bulk
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Measure, MeasureCause, Task
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.selectors import Concern, Responsibilities, responsibilities
from lianfang.apps.core.verdicts import instant
from lianfang.apps.core.work import UNFINISHED
from lianfang.rules.measure import MeasureOrder, tasks_for
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import MeasureKind, SubjectKind

INVESTIGATION = "investigation"
_DAY = timedelta(days=1)
# Decisions are made one after the other: each sees the measures the last one left.


def one_at_a_time() -> None:
    """Wait until no other transaction decides about measures. Take it before anything is locked or recorded."""
    wait_for(Lock.DECIDE)


def hold(subject_ids: Collection[int]) -> None:
    """Be the only one to decide, and lock what a decision about these subjects may change: measures and their tasks.

    Whoever finishes a task locks it before the evidence log; so must whoever records a fact and decides on it at once.
    """
    one_at_a_time()
    measures = Measure.objects.filter(subject__in=subject_ids, ended_at__isnull=True).order_by("id")
    ids = list(measures.select_for_update().values_list("pk", flat=True))
    tasks = Task.objects.filter(measure__in=ids, status__in=UNFINISHED).order_by("pk")
    list(tasks.select_for_update().values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a measure stands, and on which days after its start a specimen is due."""

    starts_at: datetime
    ends_at: datetime | None
    test_offsets_days: tuple[int, ...]


def source_of(kind: str, number: int) -> str:
    """Return the name of what a cause's verdict is about, as `return:15`."""
    return f"{kind}:{number}"


def cause(measure: Measure, order: MeasureOrder, verdict: StoredVerdict, source: str) -> MeasureCause:
    """Return the cause (not yet saved) that a verdict is for a measure; an investigation's source also sets the link."""
    kind, _, number = source.partition(":")
    return MeasureCause(
        measure_id=measure.pk,
        verdict_id=verdict.pk,
        source=source,
        investigation_id=int(number) if kind == INVESTIGATION else None,
        row=order.row,
        starts_at=instant(order.starts_at),
        ends_at=None if order.ends_at is None else instant(order.ends_at),
        test_offsets_days=list(order.test_offsets_days),
    )


def order_of(measure: Measure, given: MeasureCause) -> MeasureOrder:
    """Return what one cause orders now, its extensions included."""
    return MeasureOrder(
        kind=MeasureKind(measure.kind),
        starts_at=int(given.starts_at.timestamp()),
        ends_at=None if given.ends_at is None else int(given.ends_at.timestamp()),
        test_offsets_days=tuple(given.test_offsets_days),
        row=given.row,
    )


def together(causes: Sequence[MeasureCause]) -> Span:
    """Return what causes order together: from the first start to the last end, with the tests of all of them."""
    starts_at = min(each.starts_at for each in causes)
    ends = [each.ends_at for each in causes]
    tests = {
        (each.starts_at + offset * _DAY - starts_at) // _DAY for each in causes for offset in each.test_offsets_days
    }
    last = None if None in ends else max(end for end in ends if end is not None)
    return Span(starts_at, last, tuple(sorted(tests)))


def resize(measures: Iterable[Measure]) -> None:
    """Make each standing measure what its standing causes order together. Call it with the measures locked."""
    for measure in measures:
        standing = list(measure.causes.filter(ended_at__isnull=True))
        if standing:
            span = together(standing)
            measure.starts_at, measure.ends_at = span.starts_at, span.ends_at
            measure.test_offsets_days = list(span.test_offsets_days)
            measure.save(update_fields=["starts_at", "ends_at", "test_offsets_days"])


def end_causes(
    measure: Measure, causes: Collection[MeasureCause], *, verdict: StoredVerdict, end: str, at: datetime
) -> bool:
    """End causes of a locked measure, which ends with its last one. Returns whether it ended.

    Its unfinished tasks are then cancelled; else they become those of an investigation that goes on, or of none.
    """
    MeasureCause.objects.filter(pk__in=[each.pk for each in causes]).update(ended_at=at, end=end)
    left = list(measure.causes.filter(ended_at__isnull=True).order_by("id"))
    unfinished = Task.objects.filter(measure=measure, status__in=UNFINISHED)
    if left:
        heir = next((each.investigation_id for each in left if each.investigation_id is not None), None)
        unfinished.filter(investigation__in=[each.investigation_id for each in causes]).update(investigation=heir)
        resize([measure])
        return False
    measure.ended_at, measure.end, measure.ended_by = at, end, verdict
    measure.save(update_fields=["ended_at", "end", "ended_by"])
    unfinished.update(status=Task.Status.CANCELLED, finished_at=at)
    return True


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a measure on a person is about and who answers for it: the area, and the work unit where known."""

    subject_id: int
    area_code: str
    unit_id: int | None = None


def keep_in_line(
    owner: Owner, source: str, verdict: StoredVerdict, orders: Sequence[MeasureOrder], profile: Profile
) -> list[Measure]:
    """Make what stands for one source just what its newest verdict orders; other causes are left alone.

    What was served to its end is not ordered again. Returns the measures that are new. Call it inside `hold`.
    """
    at, wanted = verdict.decided_at, {order.kind: order for order in orders if not _is_served(owner, source, order)}
    standing = Measure.objects.filter(subject=owner.subject_id, place=None, ended_at__isnull=True)
    for measure in standing.order_by("id").select_for_update():
        mine = measure.causes.filter(source=source, ended_at__isnull=True).first()
        order = wanted.pop(MeasureKind(measure.kind), None)
        if order is None and mine is not None:
            is_replaced = any(each.kind != measure.kind for each in orders)
            end = Measure.End.SUPERSEDED if is_replaced else Measure.End.WITHDRAWN
            end_causes(measure, [mine], verdict=verdict, end=end, at=at)
        elif order is not None and (mine is None or not _is_same(measure, mine, order)):
            if mine is not None:
                MeasureCause.objects.filter(pk=mine.pk).update(ended_at=at, end=Measure.End.SUPERSEDED)
            cause(measure, order, verdict, source).save()
            resize([measure])
    new = [_new(owner, source, verdict, order) for order in wanted.values()]
    parties = responsibilities()
    concern = Concern(owner.area_code, subject_kind=SubjectKind.PERSON, unit_id=owner.unit_id)
    for measure, order in zip(new, wanted.values(), strict=True):
        bulk.insert(tasks_of(measure, order, (concern, parties), profile))
    return new


def _is_served(owner: Owner, source: str, order: MeasureOrder) -> bool:
    served = MeasureCause.objects.filter(source=source, end=Measure.End.RELEASED, row=order.row)
    served = served.filter(measure__subject=owner.subject_id, measure__kind=order.kind)
    return served.filter(starts_at=instant(order.starts_at)).exists()


def _is_same(measure: Measure, mine: MeasureCause, order: MeasureOrder) -> bool:
    """Whether a cause is what is ordered; a release rule may have moved its end since."""
    now = order_of(measure, mine)
    return (now.row, now.starts_at, now.test_offsets_days) == (order.row, order.starts_at, order.test_offsets_days)


def _new(owner: Owner, source: str, verdict: StoredVerdict, order: MeasureOrder) -> Measure:
    measure = Measure.objects.create(
        kind=order.kind,
        subject_id=owner.subject_id,
        area_code=owner.area_code,
        starts_at=instant(order.starts_at),
        ends_at=None if order.ends_at is None else instant(order.ends_at),
        test_offsets_days=list(order.test_offsets_days),
        ordered_at=verdict.decided_at,
    )
    cause(measure, order, verdict, source).save()
    return measure


def tasks_of(
    measure: Measure,
    order: MeasureOrder,
    answering: tuple[Concern, Responsibilities],
    profile: Profile,
    investigation_id: int | None = None,
) -> list[Task]:
    """Return the tasks (not yet saved) of one measure; they fall due counted from its start."""
    concern, parties = answering
    starts_at = max(measure.ordered_at, measure.starts_at)
    return [
        Task(
            kind=task.kind,
            measure_id=measure.pk,
            investigation_id=investigation_id,
            subject_id=measure.subject_id,
            place_id=measure.place_id,
            responsible_kind=task.responsible,
            organisation_id=parties.of(task.responsible, concern),
            area_code=concern.area_code,
            created_at=measure.ordered_at,
            due_at=starts_at + timedelta(seconds=task.due_in_s),
        )
        for task in tasks_for(order, profile)
    ]
