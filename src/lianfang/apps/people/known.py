"""Reports about persons as known at one entry of the evidence log."""

from datetime import date

from django.db.models import Q
from django.db.models.functions import Coalesce

from lianfang.apps.people.models import CaseReport, Person


def onset_known(subject_id: int, seq: int) -> date | None:
    """Return the day of symptom onset as last reported: a later report corrects an earlier one, which is kept."""
    known = CaseReport.objects.filter(Q(seq__lte=seq) | Q(batch__seq__lte=seq), subject_id=subject_id)
    return (
        known.filter(onset_date__isnull=False)
        .order_by(Coalesce("seq", "batch__seq").desc(), "-id")
        .values_list("onset_date", flat=True)
        .first()
    )


def work_units(subject_ids: list[int]) -> dict[int, int]:
    """Return the work unit of each person who has one, by subject id."""
    return dict(
        Person.objects.filter(pk__in=subject_ids, work_unit__isnull=False).values_list("subject_id", "work_unit_id")
    )
