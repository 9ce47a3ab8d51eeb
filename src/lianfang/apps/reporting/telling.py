"""Telling persons that a result is there: a text without the result, and their page behind the proof of their phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lianfang.apps.core import clock, identity, sms
from lianfang.apps.core.citizens import Citizen
from lianfang.apps.core.identity import mask_name
from lianfang.apps.lab import outgoing_selectors as lab
from lianfang.apps.lab import selectors
from lianfang.apps.people.pages import persons_of, with_phone
from lianfang.apps.reporting.models import ResultText
from lianfang.rules.vocabulary import SubjectKind

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
