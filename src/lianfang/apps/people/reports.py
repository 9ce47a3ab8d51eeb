"""Reporting what a person says of their illness: a fact, never an edit."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from lianfang.apps.core import audit, evidence, outbox
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.people.models import CaseReport, Person


class OnsetInFuture(DomainError):
    """Symptoms cannot begin after today."""

    code = "onset_in_future"
    http_status = 422


@transaction.atomic
def report_onset(*, person: Person, onset_date: date, at: datetime, by: User) -> CaseReport:
    """Record the first day of symptoms. Reporting the same day again changes nothing.

    Raises: OnsetInFuture, PermissionMissing, AreaMissing.
    """
    require(by, Permission.REPORT_ONSET, area_code=person.area_code)
    if onset_date > localdate(at):
        raise OnsetInFuture("Symptoms cannot begin after today.", field="onset_date")
    report, created = CaseReport.objects.get_or_create(
        subject_id=person.subject_id,
        onset_date=onset_date,
        exposure_start_date=None,
        exposure_end_date=None,
        confirmed_date=None,
        setting="",
        defaults={"reported_at": at, "reported_by": by},
    )
    if created:
        audit.record("people.onset_reported", by=by, at=at, subjects=[person.subject_id])
        outbox.add("people.case_reported", subject_id=person.subject_id)
        evidence.record("case_report", [report])
    return report
