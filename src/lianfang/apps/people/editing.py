"""Changing a person's record: on the version that was seen, with what stood before kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from lianfang.apps.areas.selectors import division
from lianfang.apps.core import audit, evidence, identity
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.people.models import Person, PersonEdit


class PersonChanged(Conflict):
    """Somebody saved the record since it was opened: `current` stands now, `seen` stood when it was opened."""

    code = "person_changed"

    def __init__(self, current: "PersonValues", seen: "PersonValues", version: int, by: str) -> None:
        super().__init__("Somebody changed this record since you opened it.")
        self.current, self.seen, self.version, self.by = current, seen, version, by


class NameMissing(DomainError):
    """A person keeps a name once it is known."""

    code = "name_missing"
    http_status = 422


class WorkUnitUnknown(DomainError):
    """No organisation has this code."""

    code = "work_unit_unknown"
    http_status = 422


@dataclass(frozen=True, slots=True)
class PersonValues:
    """What staff can change, as they read and type it."""

    name: str
    phone: str
    area_code: str
    household: str
    work_unit: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change: the version that was seen, the values wanted, and the id of the household they name."""

    version: int
    values: PersonValues
    household_id: int | None


def values_of(person: Person) -> PersonValues:
    """Return a record's values as they are edited; unmasked, so that the caller audits the reading."""
    return PersonValues(
        name=person.name,
        phone=identity.decrypt(person.phone_cipher) if person.phone_cipher else "",
        area_code=person.area_code,
        household=person.household.code if person.household else "",
        work_unit=person.work_unit.code if person.work_unit else "",
    )


@transaction.atomic
def edit_person(*, subject_id: int, wanted: Wanted, at: datetime, by: User) -> Person:
    """Save the values unless somebody saved others meanwhile. Saving what stands already changes nothing.

    Raises: PersonChanged, NameMissing, WorkUnitUnknown, IdentityInvalid, AreaNotFound, PermissionMissing, AreaMissing.
    """
    locked = Person.objects.select_for_update(of=("self",)).select_related("subject", "household", "work_unit")
    person = locked.get(pk=subject_id)
    require(by, Permission.EDIT_PERSONS, area_code=person.area_code)
    before, values = values_of(person), _clean(wanted.values)
    if values == before:
        return person
    if wanted.version != person.version:
        raise PersonChanged(before, _seen(subject_id, wanted.version, before), person.version, _last_by(subject_id))
    if not values.name and before.name:
        raise NameMissing("A person keeps a name.", field="name")
    require(by, Permission.EDIT_PERSONS, area_code=division(values.area_code).code)
    edit = PersonEdit(
        subject_id=subject_id,
        version=person.version + 1,
        fields=[name for name, value in asdict(values).items() if value != getattr(before, name)],
        before_cipher=identity.encrypt(json.dumps(asdict(before), ensure_ascii=False)),
        after_cipher=identity.encrypt(json.dumps(asdict(values), ensure_ascii=False)),
        area_before=person.area_code,
        household_before=person.household_id,
        work_unit_before=person.work_unit_id,
        by=by,
        at=at,
    )
    edit.save()
    _apply(person, values, wanted.household_id)
    audit.record("people.edited", by=by, at=at, subjects=[subject_id], fields=edit.fields, version=edit.version)
    evidence.record("person_edit", [edit])
    return person


def history_of(subject_id: int) -> list[PersonEdit]:
    """Return who changed which fields of a record, the newest first."""
    return list(PersonEdit.objects.filter(subject_id=subject_id).select_related("by").order_by("-version"))


def _clean(values: PersonValues) -> PersonValues:
    phone = identity.clean_phone(values.phone) if values.phone.strip() else ""
    said: Mapping[str, str] = {name: value.strip() for name, value in asdict(values).items()} | {"phone": phone}
    return PersonValues(**said)


def _seen(subject_id: int, version: int, current: PersonValues) -> PersonValues:
    """What stood at a version: what the change after it found."""
    after = PersonEdit.objects.filter(subject_id=subject_id, version=version + 1).first()
    return current if after is None else PersonValues(**json.loads(identity.decrypt(after.before_cipher)))


def _last_by(subject_id: int) -> str:
    last = PersonEdit.objects.filter(subject_id=subject_id).select_related("by").order_by("-version").first()
    return last.by.display_name if last else ""


def _apply(person: Person, values: PersonValues, household_id: int | None) -> None:
    unit = Organisation.objects.filter(code=values.work_unit).first() if values.work_unit else None
    if values.work_unit and unit is None:
        raise WorkUnitUnknown("No organisation has this code.", field="work_unit")
    person.name, person.area_code, person.work_unit = values.name, values.area_code, unit
    person.household_id, person.version = household_id, person.version + 1
    person.phone_cipher = identity.encrypt(values.phone) if values.phone else None
    person.phone_hash = identity.search_hash(values.phone) if values.phone else None
    person.save()
    person.subject.label = identity.mask_name(values.name) or person.subject.code
    person.subject.area_code = values.area_code
    person.subject.save(update_fields=["label", "area_code"])
