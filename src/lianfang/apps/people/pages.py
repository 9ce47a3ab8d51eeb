"""Persons as lists and search boxes need them: by name, masked, never by number in an address."""

from collections.abc import Collection

from django.db.models import QuerySet

from lianfang.apps.people.models import Person


def named(name: str, *, area: str) -> QuerySet[Person]:
    """Return the persons of an area whose name begins with the text, in no order: a common name has thousands."""
    if not name:
        return Person.objects.none()
    found = Person.objects.filter(name__startswith=name, area_code__startswith=area, survivor__isnull=True)
    return found.select_related("subject").order_by()


def persons_of(subject_ids: Collection[int]) -> dict[int, Person]:
    """Return the persons among these subjects, by id, with household and work unit."""
    return Person.objects.select_related("subject", "household", "work_unit", "survivor").in_bulk(subject_ids)


def with_phone(phone_hash: bytes) -> QuerySet[Person]:
    """Return the persons registered with a phone: a family often has one."""
    return Person.objects.filter(phone_hash=phone_hash).select_related("subject").order_by("pk")
