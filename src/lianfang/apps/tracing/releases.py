"""Ending and extending measures: each measure whose time or facts have come is put to the release rule."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, Max, OuterRef

from lianfang.apps.core import bulk, evidence
from lianfang.apps.core.measures import end_causes, order_of, resize
from lianfang.apps.core.models import Measure, MeasureCause, TaskEvent
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.core.verdicts import Occasion, instant, stored
from lianfang.apps.followup.known import has_symptoms, missed_of
from lianfang.apps.followup.selectors import ordered_until
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.known import merged_with
from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.measures import order_aftercare_of
from lianfang.rules.measure import AftercareFacts, MeasureOrder, order_aftercare
from lianfang.rules.profile import Profile
from lianfang.rules.release import ReleaseDecision, ReleaseFacts, TestResult, decide_release
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
    due = MeasureCause.objects.filter(measure=OuterRef("pk"), ended_at__isnull=True)
    if subjects is None:
        due = due.filter(ends_at__lte=at)
    standing = Measure.objects.filter(Exists(due), ended_at__isnull=True, subject__isnull=False)
    if subjects is not None:
        standing = standing.filter(subject__in=subjects)
    known_seq = evidence.known_seq()
    kept: list[StoredVerdict] = []
    for measure in standing.order_by("id").select_for_update(of=("self",)):
        for causes in _alike(measure):
            kept += _review(measure, causes, Occasion(known_seq, at, None))
    evidence.insert("verdict", kept)
    return kept


def _alike(measure: Measure) -> list[list[MeasureCause]]:
    """Return the standing causes of a measure, those that order the same span together."""
    groups: dict[MeasureOrder, list[MeasureCause]] = defaultdict(list)
    for cause in measure.causes.filter(ended_at__isnull=True).select_related("verdict").order_by("id"):
        groups[order_of(measure, cause)].append(cause)
    return list(groups.values())


def _review(measure: Measure, causes: Sequence[MeasureCause], occasion: Occasion) -> list[StoredVerdict]:
    """Release, extend or leave one cause; the measure ends when none is left. Returns the verdicts to keep."""
    ordered_by, order, at = causes[0].verdict, order_of(measure, causes[0]), occasion.decided_at
    profile = profile_of(ordered_by.edition, at=at)
    facts = release_facts(measure.subject_id or 0, order, ordered_by, (occasion.known_seq, at), profile)
    verdict = decide_release(facts, profile)
    if verdict.outcome.decision is ReleaseDecision.CONTINUE:
        return []
    row = stored(verdict, measure.subject_id, occasion)
    bulk.allot_ids([row])
    if verdict.outcome.decision is ReleaseDecision.EXTEND:
        assert verdict.outcome.ends_at is not None
        MeasureCause.objects.filter(pk__in=[c.pk for c in causes]).update(ends_at=instant(verdict.outcome.ends_at))
        resize([measure])
        return [row]
    has_ended = end_causes(measure, causes, verdict=row, end=Measure.End.RELEASED, at=at)
    if has_ended and _is_case(facts):
        return [row, _aftercare(measure, causes[0], occasion, profile)]
    return [row]


def release_facts(
    subject_id: int, order: MeasureOrder, ordered_by: StoredVerdict, known: tuple[int, datetime], profile: Profile
) -> ReleaseFacts:
    """Return what a release depends on, as known at an evidence entry and an instant."""
    known_seq, at = known
    until = ordered_until((order.kind, order.row), order.ends_at, ordered_by.outcome)
    records = merged_with(subject_id, known_seq)
    found = lab.results_of(records, known_seq=known_seq).values()
    results = sorted((each for own in found for each in own), key=lambda each: (each.collected_at, each.specimen_id))
    return ReleaseFacts(
        order=order,
        exposure_class=_class_of(ordered_by),
        results=tuple(TestResult(seconds(r.collected_at), r.value) for r in results),
        now=seconds(at),
        missed_follow_ups=missed_of(subject_id, order, until, known, profile),
        has_symptoms=has_symptoms(subject_id, order.starts_at, known, profile),
        done_at=_done_at(records, order.kind, known_seq),
    )


def _class_of(ordered_by: StoredVerdict) -> ExposureClass:
    """The class a measure was ordered for: aftercare is a case's, a measure without exposure has none."""
    if ordered_by.kind == "order_aftercare":
        return ExposureClass.INDEX
    return ExposureClass(ordered_by.facts.get("exposure_class", ExposureClass.NOT_EXPOSED))


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
