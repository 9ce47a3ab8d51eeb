"""What a citizen does about the codes of the own phone's persons: fetch one for this phone, withdraw it, appeal."""

from datetime import datetime

from django.db import transaction

from lianfang.apps.core.citizens import Citizen
from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.healthcode import issuing, services
from lianfang.apps.healthcode.models import Appeal, CodeWithdrawal, IssuedCode, RiskStay
from lianfang.apps.people.pages import with_phone
from lianfang.apps.people.selectors import Person
from lianfang.wire.keys import Algorithm, Verifier


class NotOfThisPhone(NotFound):
    """Nobody of this number is registered with the phone."""

    code = "not_of_this_phone"


class NoHolderKey(DomainError):
    """What the phone sent is no P-256 public key."""

    code = "no_holder_key"
    http_status = 422


def person_of(citizen: Citizen, code: str) -> Person:
    """Return one of the persons of a proven phone. Raises: NotOfThisPhone."""
    found = with_phone(citizen.phone_hash).filter(subject__code=code).first()
    if found is None:
        raise NotOfThisPhone("Nobody of this number is registered with your phone.")
    return found


@transaction.atomic
def code_for_phone(*, citizen: Citizen, person_code: str, holder: bytes | None, at: datetime) -> IssuedCode:
    """Return a code bound to the phone's key: the last one while it is good for half its time and its colour stands.

    `holder`: the compressed P-256 key that the browser keeps; None where it cannot keep one (staff then look at the
    identity card). Raises: NotOfThisPhone, NoHolderKey, CodesNotKnown, ListFull.
    """
    person = person_of(citizen, person_code)
    if holder is not None:
        _require_key(holder)
    colour = services.decided(person.pk, at=at).colour
    valid = IssuedCode.objects.filter(subject=person.pk, colour=colour, issued_by=None, withdrawal__isnull=True)
    own = valid.filter(holder__public=holder) if holder else valid.filter(holder__isnull=True)
    last = own.filter(expires_at__gt=at).select_related("holder").order_by("-expires_at").first()
    if last is not None and at - last.issued_at < (last.expires_at - last.issued_at) / 2:
        return last
    return issuing.issue_to(person.pk, at=at, by=None, holder=holder)


def _require_key(holder: bytes) -> None:
    try:
        Verifier(Algorithm.ES256, holder)
    except ValueError as error:
        raise NoHolderKey("This is no key of a phone.") from error


def withdraw_own(*, citizen: Citizen, person_code: str, at: datetime) -> int:
    """Withdraw all codes of one of the own persons: the phone or the paper is lost. Raises: NotOfThisPhone."""
    person = person_of(citizen, person_code)
    return issuing.withdraw(person.pk, why=CodeWithdrawal.Why.LOST, at=at, by=None)


@transaction.atomic
def appeal_own(*, citizen: Citizen, stay_id: int, statement: str, at: datetime) -> Appeal:
    """Contest evidence about one of the own persons. Raises: NotOfThisPhone, AlreadyAppealed."""
    persons = [person.pk for person in with_phone(citizen.phone_hash)]
    stay = RiskStay.objects.filter(pk=stay_id, subject__in=persons).first()
    if stay is None:
        raise NotOfThisPhone("There is no such evidence about a person of your phone.")
    return services.contest(stay, statement=statement, at=at, by=None)
