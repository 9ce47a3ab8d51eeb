"""A signed result as a report for another system, and the county's results of some days as a table for the province."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings

from lianfang.apps.core import audit, identity
from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.selectors import day_span
from lianfang.apps.lab import outgoing_selectors as lab
from lianfang.apps.lab import selectors
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person
from lianfang.formats.lab_report import (
    NAMES,
    PRESENCE,
    Finality,
    Finding,
    LabReport,
    Observation,
    Patient,
    ReportedSpecimen,
)
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

FINDINGS: Final = {
    SpecimenResult.POSITIVE: Finding.DETECTED,
    SpecimenResult.NEGATIVE: Finding.NOT_DETECTED,
    SpecimenResult.INDETERMINATE: Finding.INCONCLUSIVE,
}
FINALITY: Final = {"final": Finality.FINAL, "corrected": Finality.CORRECTED, "annulled": Finality.ANNULLED}
SEXES: Final = {"male": "M", "female": "F"}
LONGEST_PERIOD_DAYS: Final = 31
CHUNK: Final = 2_000
HEAD: Final = (
    "tube_code", "collected_at", "sampled", "person_code", "name", "id_number", "phone", "area_code", "persons_in_tube",
    "result", "status", "version", "signed_at", "laboratory_code", "laboratory",
)  # fmt: skip


class NotAPersonsSpecimen(DomainError):
    """The codes of these reports are of specimens of persons."""

    code = "not_a_persons_specimen"
    http_status = 422


class PeriodInvalid(DomainError):
    """The period ends before it begins, or is too long for one table."""

    code = "period_invalid"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the county's calendar, both inclusive."""

    first: date
    last: date


def report_of(code: str, *, at: datetime, by: User) -> LabReport:
    """Return the newest signed version of a specimen's result as a report. Audited as a reading.

    Raises: NotFound, NotAPersonsSpecimen, PermissionMissing.
    """
    require(by, Permission.EXCHANGE_REPORTS)
    specimen = selectors.specimen_of(code, by=by)
    if specimen.subject.kind != SubjectKind.PERSON:
        raise NotAPersonsSpecimen("Only results of persons are reported in this form.")
    signed = lab.signed_version(specimen.pk)
    if signed is None:
        raise NotFound("This specimen has no signed result.")
    audit.record("reporting.report_read", by=by, at=at, subjects=[specimen.subject_id], specimen=specimen.pk)
    result = signed.result
    finality = FINALITY[result.status]
    finding = None if finality is Finality.ANNULLED else FINDINGS[SpecimenResult(result.value)]
    observation = Observation(PRESENCE, NAMES[PRESENCE], finality, finding, None, specimen.collected_at)
    organisation = result.signed_by.organisation if result.signed_by else None
    return LabReport(
        message_id=f"{specimen.code}-{result.version}",  # the same report has the same number however often it is asked for
        sent_at=signed.signed_at,
        sender=organisation.code if organisation else settings.COUNTY_CODE,
        receiver="",
        is_test=False,
        patient=_patient(specimen.subject_id, specimen.subject.code),
        specimen=ReportedSpecimen(specimen.code, specimen.collected_at, pooled=max(signed.members, 1)),
        order_id=specimen.code,
        observations=(observation,),
    )


def _patient(subject_id: int, code: str) -> Patient:
    """Whom it is about, by the county's code; the identity number does not leave in messages."""
    person = persons_of([subject_id]).get(subject_id)
    if person is None:
        return Patient(code)
    return Patient(code, person.name, person.birth_date, SEXES.get(person.sex, "U"))


def province_csv(period: Period, *, at: datetime, by: User) -> Iterator[bytes]:
    """Yield the table of every version signed in a period, UTF-8 with a mark; each part is audited before it leaves.

    Raises: PeriodInvalid, PermissionMissing.
    """
    require(by, Permission.EXPORT_RESULTS)
    require(by, Permission.VIEW_IDENTITY)
    days = (period.last - period.first).days
    if not 0 <= days < LONGEST_PERIOD_DAYS:
        raise PeriodInvalid("Choose a period of 1 to 31 days that ends after it begins.", field="last")
    return _parts(period, at, by)


def _parts(period: Period, at: datetime, by: User) -> Iterator[bytes]:
    span = day_span(period.first)[0], day_span(period.last)[1]
    first, last = period.first.isoformat(), period.last.isoformat()
    audit.record("reporting.exported", by=by, at=at, first=first, last=last)
    yield "\ufeff".encode() + _written([HEAD])
    after = (span[0], 0)
    while found := lab.signed_between(after, span[1], by=by, most=CHUNK):
        subjects = [row.subject_id for row in found if row.subject_kind == SubjectKind.PERSON]
        audit.record("reporting.rows_exported", by=by, at=at, subjects=subjects, first=first, last=last)
        persons = persons_of(subjects)
        yield _written([_row(row, persons.get(row.subject_id)) for row in found])
        after = (found[-1].signed_at, found[-1].result_id)


def _row(row: lab.SignedRow, person: Person | None) -> tuple[object, ...]:
    name = person.name if person else ""
    number = identity.decrypt(person.id_number_cipher) if person and person.id_number_cipher else ""
    phone = identity.decrypt(person.phone_cipher) if person and person.phone_cipher else ""
    return (
        row.code, row.collected_at.isoformat(), row.subject_kind, row.subject_code, name, number, phone, row.area_code,
        row.members, "" if row.status == "annulled" else row.value, row.status, row.version, row.signed_at.isoformat(),
        row.laboratory_code, row.laboratory,
    )  # fmt: skip


def _written(rows: Iterable[Sequence[object]]) -> bytes:
    """Return CSV lines; no cell begins as a formula would."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
