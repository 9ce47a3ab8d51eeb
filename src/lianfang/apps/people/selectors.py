"""Reading persons and what was reported about them."""

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl
from django.db.models import QuerySet

from lianfang.apps.core import identity
from lianfang.apps.core.copying import fetch
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.walking import within
from lianfang.apps.people.models import CaseReport, Person

__all__ = ["CaseReport", "Person"]


class PersonNotFound(NotFound):
    """No such person, or not in this area (we do not tell which)."""

    code = "person_not_found"


def persons(*, area: str) -> QuerySet[Person]:
    """Return the persons of an area (a division code covers all that start with it), by id."""
    return Person.objects.filter(area_code__startswith=area).select_related("subject").order_by("subject_id")


def standing_persons(*, area: str) -> QuerySet[Person]:
    """Return the persons of an area by village and id, without the records that are merged into another one."""
    found = Person.objects.filter(within(area), survivor__isnull=True)
    return found.select_related("subject").order_by("area_code", "subject_id")


def person_by_code(code: str, *, area: str) -> Person:
    """Return a person by public code. Raises: PersonNotFound."""
    return _one(persons(area=area).filter(subject__code=code))


def person_by_subject(subject_id: int, *, area: str) -> Person:
    """Return a person by subject. Raises: PersonNotFound."""
    return _one(persons(area=area).filter(pk=subject_id))


def person_by_id_number(number: str, *, area: str) -> Person:
    """Return a person by identity number, through its keyed hash. Raises: PersonNotFound, IdentityInvalid."""
    return _one(persons(area=area).filter(id_number_hash=identity.search_hash(identity.clean_id_number(number))))


def persons_by_phone(phone: str, *, area: str) -> QuerySet[Person]:
    """Return the persons with a phone number, through its keyed hash. Raises: IdentityInvalid."""
    return persons(area=area).filter(phone_hash=identity.search_hash(identity.clean_phone(phone)))


def case_reports(subject_ids: Collection[int]) -> QuerySet[CaseReport]:
    """Return the line-list rows about these persons, oldest first."""
    return CaseReport.objects.filter(subject_id__in=subject_ids).order_by("id")


def reported_exposure_periods(subject_ids: Sequence[int]) -> dict[int, tuple[date, date]]:
    """Return per person the newest reported exposure period with both ends (first day, last day)."""
    rows = (
        CaseReport.objects.filter(
            subject_id__in=subject_ids, exposure_start_date__isnull=False, exposure_end_date__isnull=False
        )
        .order_by("id")
        .values_list("subject_id", "exposure_start_date", "exposure_end_date")
    )
    return {subject: (start, end) for subject, start, end in rows if start and end}


def reported_settings(*, area: str) -> list[tuple[int, str]]:
    """Return (subject, setting as written) of every case report in an area that names one, oldest first."""
    rows = CaseReport.objects.filter(subject__area_code__startswith=area).exclude(setting="").order_by("id")
    return list(rows.values_list("subject_id", "setting"))


_STORED = {
    "subject_id": pl.Int64, "code": pl.String, "name": pl.String, "sex": pl.String, "birth_date": pl.Date,
    "age_years": pl.Int64, "id_hash": pl.String, "phone_hash": pl.String, "area_code": pl.String,
    "household_code_id": pl.Int64, "work_unit_code_id": pl.Int64,
}  # fmt: skip


def stored_persons(codes: list[str], id_hashes: list[str]) -> pl.DataFrame:
    """Return the register's rows with one of these codes or identity hashes (hex), for comparison with a file."""
    query = """
        SELECT p.subject_id, s.code, p.name, p.sex, p.birth_date, p.age_years, encode(p.id_number_hash, 'hex'),
               encode(p.phone_hash, 'hex'), p.area_code, p.household_id, p.work_unit_id
        FROM people_person p JOIN core_subject s ON s.id = p.subject_id
        WHERE s.code = ANY(%s)
           OR p.id_number_hash IN (SELECT decode(hash, 'hex') FROM unnest(%s::text[]) AS given(hash))
    """
    return fetch(query, [codes, id_hashes], _STORED)


_REPORT_DATES = dict.fromkeys(("onset_date", "exposure_start_date", "exposure_end_date", "confirmed_date"), pl.Date)


def stored_case_reports(subject_ids: list[int]) -> pl.DataFrame:
    """Return subject_id, the four dates and setting of the case reports about these persons."""
    query = """
        SELECT subject_id, onset_date, exposure_start_date, exposure_end_date, confirmed_date, setting
        FROM people_casereport WHERE subject_id = ANY(%s)
    """
    return fetch(query, [subject_ids], {"subject_id": pl.Int64, **_REPORT_DATES, "setting": pl.String})


def _one(found: QuerySet[Person]) -> Person:
    person = found.first()
    if person is None:
        raise PersonNotFound("There is no such person in your area.")
    return person
