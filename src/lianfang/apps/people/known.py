"""Reports about persons as known at one entry of the evidence log."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q
from django.db.models.functions import Coalesce

from lianfang.apps.people.models import CaseReport, Person


def onsets_known(subject_id: int, seq: int) -> list[date]:
    """Return the days of symptom onset reported, the last report first: it corrects an earlier one of the same episode."""
    known = CaseReport.objects.filter(Q(seq__lte=seq) | Q(batch__seq__lte=seq), subject_id=subject_id)
    reported = known.filter(onset_date__isnull=False).order_by(Coalesce("seq", "batch__seq").desc(), "-id")
    return [day for day in reported.values_list("onset_date", flat=True) if day is not None]


def last_onsets_known(subject_ids: Collection[int], seq: int) -> dict[int, date]:
    """Return the last reported onset of each person of whom one is known."""
    known = CaseReport.objects.filter(Q(seq__lte=seq) | Q(batch__seq__lte=seq), subject_id__in=subject_ids)
    reported = known.filter(onset_date__isnull=False).order_by(Coalesce("seq", "batch__seq"), "id")
    return {subject: day for subject, day in reported.values_list("subject_id", "onset_date") if day is not None}


def work_units(subject_ids: list[int]) -> dict[int, int]:
    """Return the work unit of each person who has one, by subject id."""
    return dict(
        Person.objects.filter(pk__in=subject_ids, work_unit__isnull=False).values_list("subject_id", "work_unit_id")
    )
