"""Reporting what a person says of their illness: a fact, never an edit."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from lianfang.apps.core import audit, evidence, outbox
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.people.known import onsets_known
from lianfang.apps.people.models import CaseReport, Person


class OnsetInFuture(DomainError):
    """Symptoms cannot begin after today."""

    code = "onset_in_future"
    http_status = 422


class OnsetTooEarly(DomainError):
    """The onset lies longer before the positive's sampling than the profile holds possible."""

    code = "onset_too_early"
    http_status = 422


@transaction.atomic
def report_onset(*, person: Person, onset_date: date, earliest: date, at: datetime, by: User) -> CaseReport | None:
    """Record the first day of symptoms; it replaces what was reported before. Returns None if that was the same day.

    earliest: the first day that the profile holds possible.
    Raises: OnsetInFuture, OnsetTooEarly, PermissionMissing, AreaMissing.
    """
    require(by, Permission.REPORT_ONSET, area_code=person.area_code)
    if onset_date > localdate(at):
        raise OnsetInFuture("Symptoms cannot begin after today.", field="onset_date")
    if onset_date < earliest:
        raise OnsetTooEarly("This onset is too long before the sampling to belong to this illness.", field="onset_date")
    Person.objects.select_for_update().get(pk=person.pk)  # two reports at once are one after the other
    if onsets_known([person.subject_id], evidence.known_seq())[:1] == [onset_date]:
        return None
    report = CaseReport.objects.create(
        subject_id=person.subject_id, onset_date=onset_date, reported_at=at, reported_by=by
    )
    audit.record("people.onset_reported", by=by, at=at, subjects=[person.subject_id])
    outbox.add("people.case_reported", subject_id=person.subject_id)
    evidence.record("case_report", [report])
    return report
