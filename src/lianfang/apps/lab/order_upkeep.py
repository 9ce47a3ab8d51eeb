"""Keeping the list of tests that are left: the rules are asked again about each subject of whom something changed.

Triggers note the subjects (see the migration), so that no way of writing measures or specimens can forget to.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.apps.core import bulk
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Measure, Subject
from lianfang.apps.core.verdicts import instant
from lianfang.apps.lab.models import CustodyStep, OpenTest, PoolMember, Result, SamplingChange, SamplingOrder, Specimen
from lianfang.rules.custody import Whereabouts
from lianfang.rules.measure import MeasureOrder, specimen_windows, specimens_for
from lianfang.rules.vocabulary import MeasureKind, SpecimenResult

AT_ONCE: Final = 2_000  # changes worked in before a page is shown: some tenths of a second


def keep_up(*, most: int = AT_ONCE) -> int:
    """Work in changes, the oldest first; return how many are left, of which none is lost. Safe beside itself."""
    if not SamplingChange.objects.exists():
        return 0
    with transaction.atomic():
        wait_for(Lock.OPEN_TESTS)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM lab_samplingchange WHERE id IN (SELECT id FROM lab_samplingchange ORDER BY id LIMIT %s)"
                " RETURNING subject_id",
                [most],
            )
            subjects = {subject for (subject,) in cursor.fetchall()}
        OpenTest.objects.filter(subject__in=subjects).delete()
        bulk.insert(list(_open_tests(subjects)))
    return SamplingChange.objects.count()


def keep_all() -> None:
    """Work in every change."""
    while keep_up():
        pass


def _open_tests(subject_ids: Collection[int]) -> Iterator[OpenTest]:
    measures = Measure.objects.filter(subject__in=subject_ids, ended_at__isnull=True, test_offsets_days__len__gt=0)
    ordered = SamplingOrder.objects.filter(subject__in=subject_ids, revocation__isnull=True)
    collected = _collected(subject_ids)
    areas = dict(Subject.objects.filter(pk__in=subject_ids).values_list("pk", "area_code"))
    for measure in measures.order_by("id"):
        subject_id = measure.subject_id
        assert subject_id is not None
        for due_from, due_until in _left(measure, collected.get(subject_id, ())):
            span = {"due_from": due_from, "due_until": due_until}
            yield OpenTest(subject_id=subject_id, area_code=areas[subject_id], measure=measure.kind, **span)
    for order in ordered.order_by("id"):
        if not any(at >= order.due_from.timestamp() for at in collected.get(order.subject_id, ())):
            span = {"due_from": order.due_from, "due_until": order.due_until}
            area = areas[order.subject_id]
            yield OpenTest(subject_id=order.subject_id, area_code=area, measure="", order=order, **span)


def _left(measure: Measure, collected: Collection[float]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of a measure's tests that no specimen answers."""
    ends_at = None if measure.ends_at is None else int(measure.ends_at.timestamp())
    starts_at, offsets = int(measure.starts_at.timestamp()), tuple(measure.test_offsets_days)
    order = MeasureOrder(MeasureKind(measure.kind), starts_at, ends_at, offsets, row="")
    answers = specimens_for(order, [int(at) for at in collected])
    for (start, until), answer in zip(specimen_windows(order), answers, strict=True):
        if answer is None:
            yield instant(start), instant(until)


def _collected(subject_ids: Collection[int]) -> Mapping[int, list[float]]:
    """When specimens that answer an order were taken, by subject, in order of time."""
    found: dict[int, list[float]] = {}
    rows = _answering().filter(subject__in=subject_ids).order_by("collected_at", "id")
    for subject_id, collected_at in rows.values_list("subject_id", "collected_at"):
        found.setdefault(subject_id, []).append(collected_at.timestamp())
    return found


def _answering() -> QuerySet[Specimen]:
    """Return the specimens that answer an order: in a tube of their own, neither rejected nor without a clear result."""
    later = Result.objects.filter(specimen=OuterRef("specimen"), version__gt=OuterRef("version"), seq__isnull=False)
    newest = Result.objects.filter(~Exists(later), specimen=OuterRef("pk"), seq__isnull=False)
    unclear = newest.filter(Q(status=Result.Status.ANNULLED) | Q(value=SpecimenResult.INDETERMINATE))
    shared = PoolMember.objects.filter(specimen=OuterRef("pk"))
    return Specimen.objects.filter(~Exists(rejected()), ~Exists(shared), ~Exists(unclear))


def rejected() -> QuerySet[CustodyStep]:
    """Return the step that rejected a specimen, if any."""
    return CustodyStep.objects.filter(specimen=OuterRef("pk"), kind=Whereabouts.REJECTED)
