"""What an investigation does: it answers to signed results, decides again when facts change, and ends measures."""

import contextlib
import time
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.utils import timezone

from lianfang.apps.core import audit, clock, evidence
from lianfang.apps.core.measures import one_at_a_time
from lianfang.apps.core.models import FactBatch, Measure, MeasureCause, Subject, Task, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force, profile_of
from lianfang.apps.core.verdicts import Occasion
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.known import merged_with
from lianfang.apps.places.segments import reading
from lianfang.apps.places.store import Known
from lianfang.apps.tracing import releases, writing
from lianfang.apps.tracing.concern import TRACED_BATCHES, concerns
from lianfang.apps.tracing.decision import decide
from lianfang.apps.tracing.known import Facts, seconds
from lianfang.apps.tracing.measures import Stored, bring_into_line
from lianfang.apps.tracing.models import Investigation, Run
from lianfang.apps.tracing.standing import causes_of, earlier_causes, order, other_causes
from lianfang.rules.vocabulary import SpecimenResult
from lianfang.rules.window import episode


def respond_to_result(result_id: int) -> None:
    """Answer a signed, corrected or annulled result: open, decide again or annul; then review its measures."""
    result = lab.result(result_id)
    subject, signed_at = result.specimen.subject, result.signed_at
    assert signed_at is not None
    at = max(clock.now(), signed_at)
    one_at_a_time()
    investigation = _of_episode(result.specimen)
    if (
        investigation is None
        and result.value == SpecimenResult.POSITIVE
        and result.status != lab.Result.Status.ANNULLED
    ):
        investigation = _open(subject, result.specimen, at=at)
    if investigation is not None:
        cause = "result_signed" if result.version == 1 else "result_corrected"
        _decide(investigation, cause, at=at, signed_at=signed_at)
    releases.review([subject.pk], at=at)


def respond_to_results(result_ids: list[int]) -> None:
    """Answer results signed together, none of them a positive: only those of subjects that anything stands for."""
    one_at_a_time()
    subjects = lab.subjects_of(result_ids)
    indices = Investigation.objects.filter(index_subject__in=subjects.values())
    measured = Measure.objects.filter(subject__in=subjects.values(), ended_at__isnull=True)
    concerned = {*indices.values_list("index_subject", flat=True), *measured.values_list("subject", flat=True)}
    for result_id, subject in subjects.items():
        if subject in concerned:
            respond_to_result(result_id)


def follow_tasks(task_ids: list[int]) -> None:
    """Put the measures of the tasks' subjects to the release rule: a task may have been the last thing missing."""
    proving = Task.objects.filter(
        pk__in=task_ids, kind__in=releases.PROVING_TASKS.values(), subject__isnull=False, finished_at__isnull=False
    )
    done = [(task.subject_id, task.finished_at) for task in proving if task.subject_id and task.finished_at]
    if done:
        one_at_a_time()
        releases.review({subject for subject, _ in done}, at=max(clock.now(), *(at for _, at in done)))


def follow_report(subject_id: int) -> None:
    """Decide an index's open investigation again once its onset is reported: the windows begin with the onset."""
    one_at_a_time()
    at = clock.now()
    reported = Investigation.objects.filter(index_subject=subject_id, status=Investigation.Status.OPEN)
    for investigation in reported.order_by("id"):
        _decide(investigation, "new_facts", at=at, signed_at=at)


def follow_merge(subject_ids: list[int]) -> None:
    """Decide every open investigation again once two records are one person, or no longer, and review their measures."""
    one_at_a_time()
    at = clock.now()
    for investigation in Investigation.objects.filter(status=Investigation.Status.OPEN).order_by("id"):
        _decide(investigation, "new_facts", at=at, signed_at=at)
    releases.review(subject_ids, at=at)


@transaction.atomic
def review_measures(*, at: datetime) -> int:
    """Put every measure whose planned end has come to the release rule; return how many ended or were extended.

    An investigation none of whose measures stands any more is closed. A late result of its episode opens it again.
    """
    one_at_a_time()
    n_kept = len(releases.review(None, at=at))
    for investigation in _finished():
        investigation.status, investigation.ended_at = Investigation.Status.CLOSED, at
        investigation.save(update_fields=["status", "ended_at"])
        audit.record("tracing.closed", by=None, at=at, investigation=investigation.number)
    return n_kept


def _finished() -> QuerySet[Investigation]:
    """Open investigations that ordered measures, of which none stands."""
    ordered = MeasureCause.objects.filter(investigation=OuterRef("pk"))
    standing = ordered.filter(ended_at__isnull=True, measure__ended_at__isnull=True)
    return Investigation.objects.filter(Exists(ordered), ~Exists(standing), status=Investigation.Status.OPEN)


@transaction.atomic
def decide_again(*, investigation_id: int, at: datetime, by: User) -> Run:
    """Decide an investigation from all facts known now. Raises: PermissionMissing, AreaMissing."""
    investigation = Investigation.objects.get(pk=investigation_id)
    require(by, Permission.ASSIGN_TASKS, area_code=investigation.area_code)
    one_at_a_time()
    audit.record("tracing.decided_again", by=by, at=at, investigation=investigation.number)
    return _decide(investigation, "new_facts", at=at, signed_at=at)


def follow_batch(*, batch_id: int, kind: str) -> None:
    """After facts arrived that a trace reads: have every open investigation decided again, once for many batches."""
    if kind not in TRACED_BATCHES or not Investigation.objects.filter(status=Investigation.Status.OPEN).exists():
        return
    if FactBatch.objects.filter(pk=batch_id, seq__gt=_decided_seq()).exists():
        queue_decisions()


def queue_decisions() -> None:
    """Queue one job for all, unless one is waiting already; results that were signed go before it."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("lianfang.decide_open", queueing_lock="decide-open").defer()


def _decided_seq() -> int:
    """Return up to where every open investigation has been decided, or has nothing to decide."""
    looked = Investigation.objects.filter(status=Investigation.Status.OPEN).aggregate(first=Min("checked_seq"))
    return looked["first"] or 0


@transaction.atomic
def decide_next_again(*, at: datetime) -> bool:
    """Decide the open investigation again that waits longest for facts that concern it; return whether another may wait.

    One at a time, so that a positive signed meanwhile is answered before the next of them.
    """
    one_at_a_time()
    last = FactBatch.objects.filter(kind__in=TRACED_BATCHES).aggregate(last=Max("seq"))["last"] or 0
    stale = Investigation.objects.filter(status=Investigation.Status.OPEN, checked_seq__lt=last)
    waiting = list(stale.select_related("index_subject").order_by("checked_seq", "id"))
    for number, investigation in enumerate(waiting, start=1):
        new = FactBatch.objects.filter(kind__in=TRACED_BATCHES, seq__gt=investigation.checked_seq, seq__lte=last)
        if concerns(list(new), investigation):
            _decide(investigation, "new_facts", at=at, signed_at=at)
            return number < len(waiting)
        investigation.checked_seq = last
        investigation.save(update_fields=["checked_seq"])
    return False


def _of_episode(specimen: lab.Specimen) -> Investigation | None:
    """Return the investigation of the episode a specimen belongs to; a positive after a long pause has none yet."""
    records = merged_with(specimen.subject_id, evidence.known_seq())
    results = [each for own in lab.results_of(records).values() for each in own]
    moments = sorted(seconds(each.collected_at) for each in results if each.value is SpecimenResult.POSITIVE)
    for investigation in (
        Investigation.objects.filter(index_subject__in=records).select_related("specimen").order_by("-id")
    ):
        profile = profile_of(investigation.edition, at=clock.now())
        first, last = episode(moments, seconds(investigation.specimen.collected_at), profile)
        gap = profile.window.episode_gap_s
        if first - gap <= seconds(specimen.collected_at) <= last + gap:
            return investigation
    return None


def _open(subject: Subject, specimen: lab.Specimen, *, at: datetime) -> Investigation:
    year = timezone.localtime(at).year
    number = Investigation.objects.filter(number__startswith=f"{year}-").count() + 1
    investigation = Investigation.objects.create(
        number=f"{year}-{number:03d}",
        index_subject=subject,
        specimen=specimen,
        area_code=subject.area_code,
        edition=profile_in_force(at=at).edition,
        opened_at=at,
    )
    audit.record("tracing.opened", by=None, at=at, subjects=[subject.pk], investigation=investigation.number)
    return investigation


def _decide(investigation: Investigation, cause: str, *, at: datetime, signed_at: datetime) -> Run:
    """Trace, classify, order measures and tasks; all of it commits together."""
    started = time.perf_counter()
    profile = profile_of(investigation.edition, at=at)
    seq = evidence.known_seq()
    current = reading.current(seq)
    facts = Facts(Known(seq=seq, horizon=seconds(at)), None if current is None else current.index)
    decision = decide(investigation.index, facts, profile)
    traced = time.perf_counter()
    run = Run.objects.create(
        investigation=investigation,
        ordinal=investigation.runs.count() + 1,
        cause=cause,
        known_seq=facts.known.seq,
        decided_at=at,
        edition=profile.edition,
        stands=decision is not None,
        signed_at=signed_at,
        recorded_at=at,
    )
    occasion = Occasion(facts.known.seq, at, run)
    causes = {} if decision is None else causes_of(decision.found, investigation.number)
    before = earlier_causes(investigation, None, facts.known.seq)
    everyone = {subject: [causes.get(subject) or before[subject]] for subject in causes.keys() | before.keys()}
    others = other_causes(everyone.keys(), without=investigation.pk, known_seq=facts.known.seq)
    ordered = order({subject: own + others.get(subject, []) for subject, own in everyone.items()}, facts, profile)
    rows = writing.write(decision, ordered, occasion)
    counts = bring_into_line(
        [Stored(item, rows.measures[item.subject]) for item in ordered], occasion, profile, _by_number()
    )
    stages = {"trace_ms": traced - started, "write_ms": time.perf_counter() - traced}
    read = {} if current is None else {"segments_seq": current.seq, "days_reread": len(current.reread)}
    _finish(investigation, run, {**counts, **read, **{name: round(value * 1000) for name, value in stages.items()}})
    evidence.record("run", [run])
    evidence.insert("verdict", rows.all)
    return run


def _by_number() -> Mapping[str, Investigation]:
    return {investigation.number: investigation for investigation in Investigation.objects.all()}


def _finish(investigation: Investigation, run: Run, stats: dict[str, int]) -> None:
    run.stats, run.recorded_at = stats, clock.now()
    run.save(update_fields=["stats", "recorded_at"])
    investigation.current_run, investigation.checked_seq = run, run.known_seq
    investigation.status = Investigation.Status.OPEN if run.stands else Investigation.Status.ANNULLED
    investigation.ended_at = None if run.stands else run.decided_at
    investigation.save(update_fields=["current_run", "checked_seq", "status", "ended_at"])
