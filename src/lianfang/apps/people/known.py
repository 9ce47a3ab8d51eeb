"""Reports about persons as known at one entry of the evidence log."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q
from django.db.models.functions import Coalesce

from lianfang.apps.people.models import CaseReport, Person, PersonMerge


def onsets_known(subject_ids: Collection[int], seq: int) -> list[date]:
    """Return the days of symptom onset reported of one person's records, the last report first.

    A later report corrects an earlier one of the same episode.
    """
    known = CaseReport.objects.filter(Q(seq__lte=seq) | Q(batch__seq__lte=seq), subject_id__in=subject_ids)
    reported = known.filter(onset_date__isnull=False).order_by(Coalesce("seq", "batch__seq").desc(), "-id")
    return [day for day in reported.values_list("onset_date", flat=True) if day is not None]


def survivors_known(seq: int) -> dict[int, int]:
    """Return every record that was merged into another one as known at an entry: merged subject -> the one that stands."""
    into: dict[int, int | None] = dict(
        PersonMerge.objects.filter(seq__lte=seq).order_by("seq").values_list("merged_id", "survivor_id")
    )

    def standing(subject: int) -> int:
        found = into.get(subject)
        return subject if found is None else standing(found)  # no ring: merging into oneself is refused

    return {merged: standing(merged) for merged, survivor in into.items() if survivor is not None}


def merged_with(subject_id: int, seq: int) -> list[int]:
    """Return a record and all that are the same person as known at an entry, by id."""
    survivors = survivors_known(seq)
    standing = survivors.get(subject_id, subject_id)
    return sorted({standing, *(merged for merged, survivor in survivors.items() if survivor == standing)})


def survivors_now() -> dict[int, int]:
    """Return every record that is merged now: merged subject -> the one that stands."""
    into = dict(Person.objects.filter(survivor__isnull=False).values_list("pk", "survivor_id"))

    def standing(subject: int) -> int:
        found = into.get(subject)
        return subject if found is None else standing(found)  # no ring: merging into oneself is refused

    return {merged: standing(merged) for merged in into}


def same_persons(subject_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return each record with all that are the same person now, itself among them."""
    survivors = survivors_now()
    together: dict[int, list[int]] = {}
    for merged, survivor in survivors.items():
        together.setdefault(survivor, [survivor]).append(merged)
    return {subject: together.get(survivors.get(subject, subject), [subject]) for subject in subject_ids}


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
