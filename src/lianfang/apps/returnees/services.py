"""Declaring a return, correcting it, confirming the arrival, and the screening that follows each of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lianfang.apps.areas.selectors import AreaNotFound, division
from lianfang.apps.areas.selectors.risk import areas_changed_by
from lianfang.apps.core import audit, bulk, clock, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.measures import Owner, hold, keep_in_line, one_at_a_time, source_of
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.permissions import AreaMissing, Permission, covers, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored, text_of
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.registering import PersonEntry, person_for
from lianfang.apps.returnees import selectors
from lianfang.apps.returnees.known import SCREENING, screening_facts
from lianfang.apps.returnees.models import Confirmation, Declaration, Return
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.returnee import screen_return

SOURCE = "return"
MOST_STAYS = 10
CHUNK = 50
VILLAGE_DIGITS = 12
_OPEN = timedelta(days=selectors.OPEN_DAYS)


class DeclarationInvalid(DomainError):
    """Days in the wrong order, a village or place that does not exist, no stay."""

    code = "declaration_invalid"
    http_status = 422


class DeclarationChanged(Conflict):
    """Somebody else has corrected the declaration meanwhile."""

    code = "declaration_changed"


class ArrivalConfirmed(Conflict):
    """The party has confirmed another day already."""

    code = "arrival_confirmed"


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it. by None: the person, `is_phone_proven` if the edge has proof of their phone; else a member of staff."""

    reporter: str
    by: User | None = None
    is_phone_proven: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """Where somebody was, first and last day; area_code: county or finer; community: the rest in words."""

    area_code: str
    community: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Said:
    """What a declaration says; `client_id` is made where it is filled in."""

    client_id: uuid.UUID
    stays: Sequence[Stay]
    expected_on: date
    area_code: str
    transport: str
    transport_number: str = ""
    seat: str = ""
    address: str = ""
    home_unfit: bool = False
    work_unit: Organisation | None = None
    symptoms: Sequence[str] = ()
    tenths_celsius: int | None = None
    negative_on: date | None = None


@transaction.atomic
def declare(*, person: PersonEntry, said: Said, source: Source, at: datetime) -> Return:
    """Take in a declaration; sent again it is stored once. A person with an open return: its next version.

    Raises: DeclarationInvalid, IdentityInvalid, PermissionMissing, AreaMissing.
    """
    _require(source, said.area_code)
    _refuse_impossible(said, at)
    one_at_a_time()
    known = Declaration.objects.filter(client_id=said.client_id).select_related("returned").first()
    if known is not None:
        return known.returned
    found = person_for(person, at=at, by=source.by)
    hold([found.pk])
    returned = (
        Return.objects.filter(subject=found.pk, expected_on__gt=timezone.localdate(at) - _OPEN).order_by("-id").first()
    )
    if returned is None:
        returned = Return(subject_id=found.pk, created_at=at, version=0, is_declared=False)
    _store(returned, said, source, at)
    return returned


@transaction.atomic
def correct(*, returned: Return, said: Said, seen_version: int, source: Source, at: datetime) -> Return:
    """Store a corrected declaration as the next version. The same again: nothing.

    Raises: DeclarationChanged, DeclarationInvalid, PermissionMissing, AreaMissing.
    """
    _require(source, returned.area_code)
    _refuse_impossible(said, at)
    hold([returned.subject_id])
    if Declaration.objects.filter(client_id=said.client_id, returned=returned).exists():
        return returned
    locked = Return.objects.select_for_update().get(pk=returned.pk)
    if locked.version != seen_version:
        raise DeclarationChanged("Somebody has corrected this declaration meanwhile. Look at it again.")
    _store(locked, said, source, at)
    return locked


def _require(source: Source, area_code: str) -> None:
    """A member of staff declares for their own area; a work unit for anybody who comes to it."""
    if source.by is not None:
        is_unit = source.by.role == Role.UNIT
        require(source.by, Permission.FOLLOW_UP, area_code=None if is_unit else area_code)


def _refuse_impossible(said: Said, at: datetime) -> None:
    today = timezone.localdate(at)
    is_village = said.area_code.startswith(settings.COUNTY_CODE) and len(said.area_code) == VILLAGE_DIGITS
    if not is_village or not _exists(said.area_code):
        raise DeclarationInvalid("Choose the village or community.", field="area_code")
    if not said.stays or len(said.stays) > MOST_STAYS:
        raise DeclarationInvalid("Say where you stayed.", field="stays")
    if abs(said.expected_on - today) > timedelta(days=60):
        raise DeclarationInvalid("The day of arrival is too far from today.", field="expected_on")
    for stay in said.stays:
        if not _exists(stay.area_code):
            raise DeclarationInvalid("This place is not known.", field="stays")
        if stay.first > stay.last or stay.last > said.expected_on:
            raise DeclarationInvalid("A stay ends before it begins, or after the arrival.", field="stays")
    if said.negative_on is not None and said.negative_on > today:
        raise DeclarationInvalid("The test cannot be taken in the future.", field="negative_on")


def _exists(area_code: str) -> bool:
    try:
        division(area_code)
    except AreaNotFound:
        return False
    return True


def _store(returned: Return, said: Said, source: Source, at: datetime) -> None:
    returned.area_code, returned.work_unit = said.area_code, said.work_unit
    returned.expected_on, returned.version = said.expected_on, returned.version + 1
    returned.is_declared = returned.is_declared or source.reporter != Declaration.Reporter.FOUND
    returned.save()
    declaration = Declaration.objects.create(
        returned=returned,
        subject_id=returned.subject_id,
        version=returned.version,
        client_id=said.client_id,
        reporter=source.reporter,
        is_phone_proven=source.is_phone_proven,
        stays=[
            {
                "area_code": s.area_code,
                "community": s.community,
                "from": s.first.isoformat(),
                "until": s.last.isoformat(),
            }
            for s in said.stays
        ],
        expected_on=said.expected_on,
        transport=said.transport,
        transport_number=said.transport_number,
        seat=said.seat,
        area_code=said.area_code,
        address=said.address,
        home_unfit=said.home_unfit,
        work_unit=said.work_unit,
        symptoms=sorted(set(said.symptoms)),
        tenths_celsius=said.tenths_celsius,
        negative_on=said.negative_on,
        declared_at=at,
        declared_by=source.by,
    )
    audit.record("returnees.declared", by=source.by, at=at, subjects=[returned.subject_id], version=returned.version)
    evidence.record("declaration", [declaration])
    screen(returned, at=at)
    outbox.add("returnees.screened", return_ids=[returned.pk])


@transaction.atomic
def confirm_arrival(*, returned: Return, arrived_on: date, note: str, at: datetime, by: User) -> Confirmation:
    """Confirm for the actor's party that somebody has arrived; the same again changes nothing.

    Raises: PermissionMissing, AreaMissing, ArrivalConfirmed, DeclarationInvalid.
    """
    require(by, Permission.FOLLOW_UP)
    party = _party_of(returned, by)
    if arrived_on > timezone.localdate(at) or arrived_on < timezone.localdate(at) - _OPEN:
        raise DeclarationInvalid("The day of arrival lies in the future or too long ago.", field="arrived_on")
    hold([returned.subject_id])
    known = Confirmation.objects.filter(returned=returned, party=party).first()
    if known is not None:
        if known.arrived_on != arrived_on:
            raise ArrivalConfirmed("The arrival is confirmed already, with another day.")
        return known
    made = Confirmation.objects.create(
        returned=returned,
        subject_id=returned.subject_id,
        party=party,
        arrived_on=arrived_on,
        note=note.strip()[:300],
        confirmed_at=at,
        confirmed_by=by,
    )
    audit.record("returnees.arrival_confirmed", by=by, at=at, subjects=[returned.subject_id], party=party)
    evidence.record("confirmation", [made])
    screen(returned, at=at)
    outbox.add("returnees.screened", return_ids=[returned.pk])
    return made


def _party_of(returned: Return, by: User) -> str:
    """A work unit speaks for itself, everybody else for the territory."""
    if by.role == Role.UNIT:
        if returned.work_unit_id is None or returned.work_unit_id != by.organisation_id:
            raise AreaMissing("This person does not come to your unit.")
        return Confirmation.Party.UNIT
    if not covers(by, returned.area_code):
        raise AreaMissing("This record lies outside your area.")
    return Confirmation.Party.TERRITORY


def screen(returned: Return, *, at: datetime) -> StoredVerdict | None:
    """Screen a person's newest return from all facts known now; keep the verdict if it says something new.

    Call it inside `hold`. Returns the verdict kept.
    """
    newest = Return.objects.filter(subject=returned.subject_id).order_by("-id").values_list("pk", flat=True).first()
    if newest != returned.pk:
        return None
    profile = profile_in_force(at=at)
    known_seq = evidence.known_seq()
    facts = screening_facts(returned.subject_id, (known_seq, at), profile)
    if facts is None:
        return None
    verdict = screen_return(facts, profile)
    before = _verdicts_of(returned).first()
    if before is not None:
        last = verdict_from_json(text_of(before))
        if (last.outcome, last.reasons) == (verdict.outcome, verdict.reasons):
            return None
    row = stored(verdict, returned.subject_id, Occasion(known_seq, at))
    bulk.allot_ids([row])
    evidence.insert("verdict", [row])
    owner = Owner(returned.subject_id, returned.area_code, returned.work_unit_id)
    keep_in_line(owner, source_of(SOURCE, returned.pk), row, verdict.outcome.orders, profile)
    returned.category = verdict.outcome.category
    returned.save(update_fields=["category"])
    return row


def _verdicts_of(returned: Return) -> QuerySet[StoredVerdict]:
    since = Declaration.objects.filter(returned=returned).order_by("seq").values_list("seq", flat=True).first() or 0
    return StoredVerdict.objects.filter(subject=returned.subject_id, kind=SCREENING, known_seq__gte=since).order_by(
        "-id"
    )


def follow_lists(list_id: int) -> None:
    """After a list changed: have those screened again, in small steps, who were in a province it changed."""
    provinces = {code[:2] for code in areas_changed_by(list_id) if code}
    since = timezone.localdate(clock.now()) - _OPEN
    rows = Declaration.objects.filter(returned__expected_on__gt=since).order_by("returned_id")
    ids = sorted(
        {
            returned
            for returned, stays in rows.values_list("returned_id", "stays")
            if any(stay["area_code"][:2] in provinces for stay in stays)
        }
    )
    for start in range(0, len(ids), CHUNK):
        outbox.add("returnees.to_screen", return_ids=ids[start : start + CHUNK])


def screen_again(return_ids: list[int]) -> None:
    """Screen these returns again from what is known now."""
    returns = list(Return.objects.filter(pk__in=return_ids).order_by("id"))
    hold([returned.subject_id for returned in returns])
    at = clock.now()
    for returned in returns:
        screen(returned, at=at)
    outbox.add("returnees.screened", return_ids=return_ids)


def follow_results(result_ids: list[int]) -> None:
    """Follow results signed together: those of somebody coming back."""
    subjects = lab.subjects_of(result_ids)
    back = set(Return.objects.filter(subject__in=subjects.values()).values_list("subject", flat=True))
    for result_id, subject in subjects.items():
        if subject in back:
            follow_result(result_id)


def follow_result(result_id: int) -> None:
    """A signed result may be the negative that spares somebody coming back a measure."""
    subject = lab.result(result_id).specimen.subject_id
    returned = Return.objects.filter(subject=subject).order_by("-id").first()
    if returned is not None and returned.expected_on > timezone.localdate(clock.now()) - _OPEN:
        outbox.add("returnees.to_screen", return_ids=[returned.pk])
