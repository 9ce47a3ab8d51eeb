"""Telling who is concerned of results: persons by a text without the result and on their page; their work unit on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lianfang.apps.core import clock, identity, sms
from lianfang.apps.core.citizens import Citizen
from lianfang.apps.core.identity import mask_name
from lianfang.apps.core.models import Subject, User
from lianfang.apps.lab import outgoing_selectors as lab
from lianfang.apps.lab import selectors
from lianfang.apps.people.known import same_persons
from lianfang.apps.people.pages import persons_of, with_phone
from lianfang.apps.people.selectors import Person
from lianfang.apps.reporting.models import ResultText
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

TEXT_VALID: Final = timedelta(days=1)  # a text that comes later than that only confuses
SHOWN_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """A person of the citizen's phone and their specimens, the newest first."""

    subject_id: int
    name: str
    specimens: list[lab.OwnSpecimen]


@transaction.atomic
def tell_result(result_id: int) -> None:
    """Queue the text about a signed result of a person with a mobile. Safe to repeat: there is one text."""
    result = selectors.result(result_id)
    subject = result.specimen.subject
    is_told = ResultText.objects.filter(result=result_id).exists()
    if subject.kind != SubjectKind.PERSON or is_told or not sms.is_available():
        return
    person = persons_of([subject.pk]).get(subject.pk)
    if person is not None and person.survivor_id is not None:
        person = persons_of([person.survivor_id]).get(person.survivor_id)
    if person is None or person.phone_cipher is None:
        return
    phone, at = identity.decrypt(person.phone_cipher), clock.now()
    if not phone.startswith("1"):
        return  # a landline takes no texts
    with translation.override(settings.LANGUAGE_CODE):
        words = _(
            "[Lianfang] A result of the nucleic-acid test of %(day)s is there. Read it at “My results” with this phone."
        )
        text = words % {"day": f"{localtime(result.specimen.collected_at):%m-%d}"}
    message = sms.queue(phone=phone, words=text, at=at, expires_at=at + TEXT_VALID)
    ResultText.objects.create(result=result, message=message, at=at)


def tell_results(result_ids: Sequence[int]) -> None:
    """Queue the texts about results signed together. Safe to repeat."""
    for result_id in result_ids:
        tell_result(result_id)


def tell_members(pool_result_id: int) -> None:
    """Queue the texts about a shared tube's signed result. Safe to repeat."""
    for result in lab.member_results(pool_result_id):
        tell_result(result)


def own_results(citizen: Citizen) -> list[OwnPerson]:
    """Return the specimens of the persons of a proven phone, with what is signed of them."""
    return [
        OwnPerson(person.pk, mask_name(person.name), lab.own_specimens(person.pk, most=SHOWN_MOST))
        for person in with_phone(citizen.phone_hash)
    ]


@dataclass(frozen=True, slots=True)
class EmployeeTest:
    """One employee as the unit sees them: name masked; newest: of the records that are this person; says: as `unit_result`."""

    subject: Subject
    name: str
    newest: lab.OwnSpecimen | None
    says: str


def employees_of(by: User) -> QuerySet[Person]:
    """Return the present employees of the reader's unit; of merged records the one that stands."""
    if by.organisation_id is None:
        return Person.objects.none()
    mine = Person.objects.filter(work_unit=by.organisation_id, survivor__isnull=True)
    return mine.select_related("subject").order_by("subject__code")


def told_to_unit(employees: Sequence[Person]) -> list[EmployeeTest]:
    """Return what a unit is told of its employees' newest tests: no diagnosis, and nothing about who may work.

    Anything that is no final answer about one person is under way: nothing signed, a shared tube that is not clear, a
    result that was annulled or has to be repeated.
    """
    same = same_persons([each.pk for each in employees])
    newest = lab.newest_specimens({pk for who in same.values() for pk in who})
    rows = []
    for each in employees:
        own = [newest[pk] for pk in same[each.pk] if pk in newest]
        last = max(own, key=lambda test: (test.specimen.collected_at, test.specimen.pk), default=None)
        rows.append(EmployeeTest(each.subject, mask_name(each.name), last, _said(last)))
    return rows


def _said(newest: lab.OwnSpecimen | None) -> str:
    if newest is None:
        return "none"
    if newest.says == SpecimenResult.POSITIVE and not newest.is_shared:
        return "called"
    return "negative" if newest.says == SpecimenResult.NEGATIVE else "awaited"
