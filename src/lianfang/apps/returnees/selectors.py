"""Returns as staff and the person themselves may see them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.people.known import survivors_now
from lianfang.apps.people.selectors import Person
from lianfang.apps.returnees.models import Confirmation, Declaration, Return

__all__ = ["Confirmation", "Declaration", "Return"]

# A return is over for lists and re-screening so long after the expected arrival.
OPEN_DAYS = 35


class ReturnNotFound(NotFound):
    """No such return, or not for this actor (we do not tell which)."""

    code = "return_not_found"


@dataclass(frozen=True, slots=True)
class ReturnQuery:
    """Which returns; empty means all. state: expected, overdue, half, arrived, undeclared."""

    area: str = ""
    unit: str = ""
    category: str = ""
    state: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One return in a list."""

    returned: Return
    person: Person
    area: str
    unit: str
    state: str


def returns_for(by: User) -> QuerySet[Return]:
    """Return those the member of staff may see: of their area; a work unit those who come to it. Newest first."""
    found = _with_arrival()
    if by.role == Role.UNIT:
        found = found.filter(work_unit=by.organisation_id) if by.organisation_id else found.none()
    else:
        found = found.filter(area_code__startswith=by.area_code)
    return found.order_by("-id")


def _with_arrival() -> QuerySet[Return]:
    """Return all returns with who has confirmed them."""
    found = Return.objects.annotate(
        at_territory=Exists(_confirmed(Confirmation.Party.TERRITORY)),
        at_unit=Exists(_confirmed(Confirmation.Party.UNIT)),
    )
    return found.select_related("subject", "work_unit")


def _confirmed(party: str) -> QuerySet[Confirmation]:
    return Confirmation.objects.filter(returned=OuterRef("pk"), party=party)


def listed(query: ReturnQuery, *, by: User, at: datetime) -> QuerySet[Return]:
    """Return the visible returns that match."""
    found = returns_for(by)
    if query.area:
        found = found.filter(area_code__startswith=query.area)
    if query.unit:
        found = found.filter(work_unit__code=query.unit)
    if query.category:
        found = found.filter(category=query.category)
    if query.q:
        found = found.filter(subject__in=Person.objects.filter(name__startswith=query.q).values("pk"))
    return _in_state(found, query.state, at)


def declared_records(since: datetime) -> QuerySet[Person, Any]:
    """Return the records (`pk`; of merged ones those that stand) of who declared a return expected after an instant.

    Of the whole country's: who declared elsewhere has declared.
    """
    said = Return.objects.filter(is_declared=True, expected_on__gt=timezone.localdate(since)).values("subject_id")
    survivors = survivors_now()
    merged = set(Person.objects.filter(pk__in=said, survivor__isnull=False).values_list("pk", flat=True))
    standing = {survivors[each] for each in merged}
    return Person.objects.filter(Q(pk__in=said, survivor__isnull=True) | Q(pk__in=standing)).values("pk")


def _in_state(found: QuerySet[Return], state: str, at: datetime) -> QuerySet[Return]:
    today = timezone.localdate(at)
    nobody = Q(at_territory=False, at_unit=False)
    both = Q(at_territory=True) & (Q(at_unit=True) | Q(work_unit=None))
    if state == "expected":
        return found.filter(nobody, expected_on__gte=today)
    if state == "overdue":
        return found.filter(nobody, expected_on__lt=today)
    if state == "half":
        return found.exclude(nobody).exclude(both)
    if state == "arrived":
        return found.filter(both)
    if state == "undeclared":
        return found.filter(is_declared=False)
    return found


def state_of(returned: Return, at: datetime) -> str:
    """Return the arrival's state of a return from `returns_for`."""
    territory, unit = returned.at_territory, returned.at_unit  # type: ignore[attr-defined]
    if territory and (unit or returned.work_unit_id is None):
        return "arrived"
    if territory or unit:
        return "half"
    return "overdue" if returned.expected_on < timezone.localdate(at) else "expected"


def rows_of(returns: Iterable[Return], *, at: datetime) -> list[ReturnRow]:
    """Return returns as rows, with two queries."""
    returns = list(returns)
    persons = Person.objects.select_related("subject").in_bulk([each.subject_id for each in returns])
    names = names_of(each.area_code for each in returns)
    return [
        ReturnRow(
            returned=each,
            person=persons[each.subject_id],
            area=names[each.area_code],
            unit=each.work_unit.name if each.work_unit else "",
            state=state_of(each, at),
        )
        for each in returns
    ]


def return_for(handle: uuid.UUID, *, by: User) -> Return:
    """Return one visible return. Raises: ReturnNotFound."""
    found = returns_for(by).filter(handle=handle).first()
    if found is None:
        raise ReturnNotFound("There is no such return for you.")
    return found


def own_return(handle: uuid.UUID) -> Return:
    """Return the return that a person holds the receipt of. Raises: ReturnNotFound."""
    found = _with_arrival().filter(handle=handle).first()
    if found is None:
        raise ReturnNotFound("There is no such declaration.")
    return found


def newest_return(subject_id: int) -> Return | None:
    """Return the newest return of a person who has proven to be asking about themselves."""
    return _with_arrival().filter(subject=subject_id).order_by("-id").first()


def has_open_return(subject_id: int, *, at: datetime) -> bool:
    """Say whether a return of the person is known that is not over yet."""
    since = timezone.localdate(at) - timedelta(days=OPEN_DAYS)
    return Return.objects.filter(subject=subject_id, expected_on__gt=since).exists()


def returns_of(subject_id: int, *, by: User) -> QuerySet[Return]:
    """Return a person's returns that the member of staff may see, newest first."""
    return returns_for(by).filter(subject=subject_id)


def declarations_of(returned: Return) -> list[Declaration]:
    """Return all versions, the newest first."""
    rows = returned.declarations.select_related("declared_by", "work_unit").order_by("-version")
    return list(rows)


def confirmations_of(returned: Return) -> dict[str, Confirmation]:
    """Return what each party confirmed."""
    return {each.party: each for each in returned.confirmations.select_related("confirmed_by")}


def arrivals_due(by: User, *, at: datetime) -> QuerySet[Return]:
    """Return those expected by today whom the actor's party has not confirmed yet, the earliest first."""
    mine = {"at_unit": False} if by.role == Role.UNIT else {"at_territory": False}
    today = timezone.localdate(at)
    open_ones = returns_for(by).filter(expected_on__lte=today, expected_on__gt=today - timedelta(days=OPEN_DAYS))
    return open_ones.filter(**mine).order_by("area_code", "expected_on", "id")


def in_walking_order(subject_ids: QuerySet[Any]) -> QuerySet[Person, int]:
    """Return the ids of persons in the order in which they are visited: village, household, code."""
    order = ("area_code", F("household_id").asc(nulls_first=True), "subject__code")
    return Person.objects.filter(pk__in=subject_ids).order_by(*order).values_list("pk", flat=True)


def units_known(by: User) -> QuerySet[Organisation]:
    """Return the work units that anybody visible comes to, for a filter."""
    return Organisation.objects.filter(pk__in=returns_for(by).values("work_unit")).order_by("name")
