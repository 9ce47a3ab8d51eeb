"""Measures and their causes: any verdict can be one, and a measure is what its standing causes together order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lianfang.apps.core.models import Measure, MeasureCause, Task
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.verdicts import instant
from lianfang.apps.core.work import UNFINISHED
from lianfang.rules.measure import MeasureOrder
from lianfang.rules.vocabulary import MeasureKind

INVESTIGATION = "investigation"
_DAY = timedelta(days=1)


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
