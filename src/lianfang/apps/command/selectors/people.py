"""The list of persons and the answers to a search, with class and measures of each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.timezone import localdate

from lianfang.apps.areas.selectors import paths_of
from lianfang.apps.command.selectors.standing import classes_of, kinds_in_force
from lianfang.apps.core.identity import IdentityInvalid, mask_name
from lianfang.apps.core.models import Measure, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.subjects import subjects_by_prefix
from lianfang.apps.lab.selectors import results_of
from lianfang.apps.people import pages, selectors
from lianfang.apps.people.selectors import Person
from lianfang.apps.tracing.selectors.by_subject import subjects_of_class
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import SpecimenResult

FOUND_MOST: Final = 50
_ID_NUMBER = re.compile(r"\d{17}[\dXx]")
_PHONE = re.compile(r"(\+?86)?[\d\s-]{10,16}")


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Which persons; empty means all. `measure`: a kind in force, or "any"."""

    area: str = ""
    cls: str = ""
    measure: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list, the name masked."""

    person: Person
    name: str
    area: str
    cls: str
    measures: Sequence[str]


@dataclass(frozen=True, slots=True)
class Search:
    """The answer to a search: rows, whether there are more, and the one person a number or code named."""

    persons: Sequence[Person]
    has_more: bool
    exact: Person | None


def listed(query: PeopleQuery, *, by: User) -> QuerySet[Person]:
    """Return the persons of the reader's area that match, by id."""
    area = query.area if query.area.startswith(by.area_code) else by.area_code
    found = selectors.standing_persons(area=area)
    if query.cls:
        # As a list: the planner then looks these few up instead of reading the register along its key.
        found = found.filter(pk__in=list(subjects_of_class(query.cls, Reader(by))))
    if query.measure:
        standing = Measure.objects.filter(ended_at__isnull=True, subject__isnull=False)
        standing = standing if query.measure == "any" else standing.filter(kind=query.measure)
        found = found.filter(pk__in=standing.values("subject"))
    return found


def rows_of(persons: Iterable[Person], *, by: User) -> list[PersonRow]:
    """Return persons as rows, with three queries."""
    persons = list(persons)
    ids = [person.pk for person in persons]
    classes, measures = classes_of(ids), kinds_in_force(ids)
    areas = paths_of({person.area_code for person in persons}, below=by.area_code[:6])
    return [
        PersonRow(
            person=person,
            name=mask_name(person.name) or person.subject.code,
            area=areas[person.area_code],
            cls=classes.get(person.pk, ""),
            measures=measures.get(person.pk, ()),
        )
        for person in persons
    ]


def search(text: str, *, by: User) -> Search:
    """Find persons by identity number or phone (exactly, through its keyed hash), by code or by the name's beginning."""
    text = text.strip()
    if found := _by_number(text, by.area_code):
        return Search(found[:FOUND_MOST], len(found) > FOUND_MOST, found[0] if len(found) == 1 else None)
    coded = list(selectors.persons(area=by.area_code).filter(subject__code=text)[:1])
    if coded:
        return Search(coded, has_more=False, exact=coded[0])
    coded_alike = subjects_by_prefix(text, area=by.area_code, limit=FOUND_MOST + 1)
    begins = selectors.persons(area=by.area_code).filter(pk__in=[subject.pk for subject in coded_alike])
    named = pages.named(text, area=by.area_code)[: FOUND_MOST + 1]
    persons = list({person.pk: person for person in [*begins, *sorted(named, key=_by_name)]}.values())
    return Search(persons[:FOUND_MOST], len(persons) > FOUND_MOST, None)


def _by_number(text: str, area: str) -> list[Person]:
    try:
        if _ID_NUMBER.fullmatch(text):
            return [selectors.person_by_id_number(text, area=area)]
        if _PHONE.fullmatch(text):
            return list(selectors.persons_by_phone(text, area=area)[: FOUND_MOST + 1])
    except (IdentityInvalid, selectors.PersonNotFound):
        return []
    return []


def _by_name(person: Person) -> tuple[str, int]:
    return person.name, person.pk


def earliest_onset(subject_id: int, at: datetime) -> date:
    """Return the first day an onset may have: so long before the first positive's sampling, or now without one."""
    limit = timedelta(seconds=profile_in_force(at=at).window.onset_before_sampling_max_s)
    positives = [each for each in results_of([subject_id]).get(subject_id, []) if each.value is SpecimenResult.POSITIVE]
    return localdate((positives[0].collected_at if positives else at) - limit)


def masked_names(subject_ids: Sequence[int]) -> dict[int, str]:
    """Return the masked name of each person among these subjects, in one query."""
    return {pk: mask_name(person.name) for pk, person in pages.persons_of(subject_ids).items()}
