"""Ending and extending measures: each measure whose time or facts have come is put to the release rule."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, Q

from lianfang.apps.core import bulk, evidence
from lianfang.apps.core.models import Measure, MeasureCause, Task, TaskEvent
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.core.verdicts import Occasion, instant, stored
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.known import merged_with
from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.measures import order_aftercare_of
from lianfang.rules.measure import AftercareFacts, MeasureOrder, order_aftercare
from lianfang.rules.profile import Profile
from lianfang.rules.release import ReleaseDecision, ReleaseFacts, ReleaseOutcome, TestResult, decide_release
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, TaskKind

# The task whose completion proves that the work of a measure is done.
PROVING_TASKS = {
    MeasureKind.DISINFECTION: TaskKind.CHECK_DISINFECTION,
    MeasureKind.PLACE_CLOSURE: TaskKind.CHECK_DISINFECTION,
    MeasureKind.LOT_DESTRUCTION: TaskKind.WITNESS_DESTRUCTION,
    MeasureKind.RECALL: TaskKind.RECALL_GOODS,
}


def review(subjects: Collection[int] | None, *, at: datetime) -> list[StoredVerdict]:
    """Put the standing measures of the subjects (None: all whose planned end has come) to the release rule.

    A verdict is kept when it ends or extends a measure. Returns those kept; call inside a transaction.
    """
    standing = Measure.objects.filter(ended_at__isnull=True).order_by("id").select_for_update(of=("self",))
    chosen = Q(ends_at__lte=at) if subjects is None else Q(subject__in=subjects)
    known_seq = evidence.known_seq()
    kept = []
    for measure in standing.filter(chosen, subject__isnull=False):
        cause = measure.causes.filter(ended_at__isnull=True).select_related("verdict").order_by("id").first()
        if cause is None:
            continue
        facts = release_facts(measure.subject_id or 0, order_of(measure, cause), cause.verdict, (known_seq, at))
        profile = profile_of(cause.verdict.edition, at=at)
        verdict = decide_release(facts, profile)
        if verdict.outcome.decision is ReleaseDecision.CONTINUE:
            continue
        occasion = Occasion(known_seq, at, None)
        kept.append(_apply(measure, verdict, occasion))
        if verdict.outcome.decision is ReleaseDecision.RELEASE and _is_case(facts):
            kept.append(_aftercare(measure, cause, occasion, profile))
    evidence.insert("verdict", kept)
    return kept


def order_of(measure: Measure, cause: MeasureCause) -> MeasureOrder:
    """Return a stored measure as the order that it is now."""
    return MeasureOrder(
        kind=MeasureKind(measure.kind),
        starts_at=seconds(measure.starts_at),
        ends_at=None if measure.ends_at is None else seconds(measure.ends_at),
        test_offsets_days=tuple(measure.test_offsets_days),
        row=cause.row,
    )


def release_facts(
    subject_id: int, order: MeasureOrder, ordered_by: StoredVerdict, known: tuple[int, datetime]
) -> ReleaseFacts:
    """Return what a release depends on, as known at an evidence entry and an instant."""
    known_seq, at = known
    records = merged_with(subject_id, known_seq)
    found = lab.results_of(records, known_seq=known_seq).values()
    results = sorted((each for own in found for each in own), key=lambda each: (each.collected_at, each.specimen_id))
    return ReleaseFacts(
        order=order,
        exposure_class=_class_of(ordered_by),
        results=tuple(TestResult(seconds(r.collected_at), r.value) for r in results),
        now=seconds(at),
        done_at=_done_at(records, order.kind, known_seq),
    )


def _class_of(ordered_by: StoredVerdict) -> ExposureClass:
    """The class a measure was ordered for; aftercare is a case's."""
    return ExposureClass(ordered_by.facts.get("exposure_class", ExposureClass.INDEX))


def _is_case(facts: ReleaseFacts) -> bool:
    return facts.order.kind is MeasureKind.ISOLATION and facts.exposure_class is ExposureClass.INDEX


def _aftercare(measure: Measure, released: MeasureCause, occasion: Occasion, profile: Profile) -> StoredVerdict:
    verdict = order_aftercare(AftercareFacts(seconds(occasion.decided_at)), profile)
    row = stored(verdict, measure.subject_id, occasion)
    bulk.allot_ids([row])
    order_aftercare_of(released, (row, verdict.outcome), occasion, profile)
    return row


def _done_at(records: list[int], kind: MeasureKind, known_seq: int) -> int | None:
    task_kind = PROVING_TASKS.get(kind)
    if task_kind is None:
        return None
    done = TaskEvent.objects.filter(
        task__subject__in=records, task__kind=task_kind, action="done", seq__lte=known_seq
    ).aggregate(last=Max("at"))["last"]
    return None if done is None else seconds(done)


def _apply(measure: Measure, verdict: Verdict[ReleaseOutcome], occasion: Occasion) -> StoredVerdict:
    row = stored(verdict, measure.subject_id, occasion)
    bulk.allot_ids([row])
    if verdict.outcome.decision is ReleaseDecision.EXTEND:
        assert verdict.outcome.ends_at is not None
        measure.ends_at = instant(verdict.outcome.ends_at)
        measure.save(update_fields=["ends_at"])
        return row
    measure.ended_at, measure.end, measure.ended_by = occasion.decided_at, Measure.End.RELEASED, row
    measure.save(update_fields=["ended_at", "end", "ended_by"])
    measure.causes.filter(ended_at__isnull=True).update(ended_at=occasion.decided_at)
    measure.tasks.filter(status__in=UNFINISHED).update(status=Task.Status.CANCELLED, finished_at=occasion.decided_at)
    return row
