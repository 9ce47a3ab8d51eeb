"""Registering one person at a time: somebody who declares or is found, not a row of a list."""

from dataclasses import dataclass
from datetime import date, datetime

from lianfang.apps.core import audit, identity
from lianfang.apps.core.copying import next_ids
from lianfang.apps.core.models import Subject, User
from lianfang.apps.people.models import Person
from lianfang.rules.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Who somebody says they are. Numbers as typed, "" if unknown; area_code: where they are to be registered."""

    name: str
    phone: str
    area_code: str
    id_number: str = ""
    birth_date: date | None = None
    work_unit_id: int | None = None
    sex: str = "unknown"


def person_for(entry: PersonEntry, *, at: datetime, by: User | None) -> Person:
    """Return the person known by this identity number and name, or by this phone and name; else register them.

    A number that is known under another name says nothing to who typed it: they are registered without the number, and
    the two are for staff to compare. Call it inside a transaction. Raises: IdentityInvalid.
    """
    name = "".join(entry.name.split())
    phone = identity.clean_phone(entry.phone) if entry.phone else ""
    number = identity.clean_id_number(entry.id_number) if entry.id_number else ""
    numbered = Person.objects.filter(id_number_hash=identity.search_hash(number)).first() if number else None
    if numbered is not None and numbered.name == name:
        return numbered
    if phone and not number:
        alike = list(Person.objects.filter(phone_hash=identity.search_hash(phone), name=name)[:2])
        if len(alike) == 1:
            return alike[0]
    return _register(entry, (name, phone, "" if numbered else number), at=at, by=by)


def _register(entry: PersonEntry, said: tuple[str, str, str], *, at: datetime, by: User | None) -> Person:
    name, phone, number = said
    (pk,) = next_ids("core_subject", 1)
    subject = Subject.objects.create(
        pk=pk,
        kind=SubjectKind.PERSON,
        code=f"P{pk:09d}",
        label=identity.mask_name(name),
        area_code=entry.area_code,
    )
    person = Person.objects.create(
        subject=subject,
        name=name,
        sex=entry.sex,
        birth_date=entry.birth_date or _birth_date(number),
        phone_cipher=identity.encrypt(phone) if phone else None,
        phone_hash=identity.search_hash(phone) if phone else None,
        id_number_cipher=identity.encrypt(number) if number else None,
        id_number_hash=identity.search_hash(number) if number else None,
        area_code=entry.area_code,
        work_unit_id=entry.work_unit_id,
    )
    audit.record("people.registered", by=by, at=at, subjects=[subject.pk])
    return person


def _birth_date(number: str) -> date | None:
    return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}") if len(number) == 18 else None
