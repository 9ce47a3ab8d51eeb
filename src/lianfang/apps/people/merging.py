"""Making two records one person, and undoing it: facts about the records, which themselves stay as they are."""

from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence, identity, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.people.models import MergeWish, Person, PersonMerge
from lianfang.rules.merging import MergeDecision, MergeFacts, decide_merge
from lianfang.rules.verdict import Verdict


class MergeRefused(DomainError):
    """The records contradict each other: two people."""

    code = "merge_refused"
    http_status = 422


class AlreadyMerged(Conflict):
    """One of the records is merged already, or the merge is undone already."""

    code = "already_merged"


class SecondPersonNeeded(DomainError):
    """Who wishes a merge does not confirm it."""

    code = "second_person_needed"
    http_status = 403


@transaction.atomic
def merge_persons(*, merged: Person, survivor: Person, reason: str, at: datetime, by: User) -> MergeDecision:
    """Make `merged` a part of `survivor`, or leave the wish for a second person; return which.

    Raises: MergeRefused, AlreadyMerged, PermissionMissing, AreaMissing.
    """
    first, second = _both(merged.pk, survivor.pk, by)
    verdict = _decided(first, second, at, confirmed=False)
    if verdict.outcome is MergeDecision.REFUSE:
        raise MergeRefused("The identity numbers are two people's.", field="code")
    if verdict.outcome is MergeDecision.ASK_SECOND:
        MergeWish.objects.update_or_create(
            merged_id=first.pk, defaults={"survivor_id": second.pk, "reason": reason, "by": by, "at": at}
        )
        audit.record("people.merge_wished", by=by, at=at, subjects=[first.pk, second.pk])
        return verdict.outcome
    _record(PersonMerge(merged_id=first.pk, survivor_id=second.pk, reason=reason, by=by, at=at), first)
    return verdict.outcome


@transaction.atomic
def confirm_merge(*, merged: Person, at: datetime, by: User) -> None:
    """Merge as another member of staff wished. Raises: AlreadyMerged, SecondPersonNeeded, MergeRefused."""
    wish = MergeWish.objects.select_for_update().filter(merged=merged.pk).first()
    if wish is None:
        raise AlreadyMerged("This was decided meanwhile.")
    if wish.by_id == by.pk:
        raise SecondPersonNeeded("A second person confirms it.")
    first, second = _both(merged.pk, wish.survivor_id, by)
    if _decided(first, second, at, confirmed=True).outcome is not MergeDecision.MERGE:
        raise MergeRefused("The identity numbers are two people's.")
    wish.delete()
    fact = PersonMerge(
        merged_id=first.pk, survivor_id=second.pk, reason=wish.reason, by_id=wish.by_id, confirmed_by=by, at=at
    )
    _record(fact, first)


@transaction.atomic
def unmerge_person(*, merged: Person, reason: str, at: datetime, by: User) -> None:
    """Make the record a person of its own again, exactly as it was. Raises: AlreadyMerged, PermissionMissing."""
    _alone()
    person = Person.objects.select_for_update().get(pk=merged.pk)
    require(by, Permission.MERGE_PERSONS, area_code=person.area_code)
    if person.survivor_id is None:
        raise AlreadyMerged("This record is not merged.")
    _record(PersonMerge(merged_id=person.pk, survivor=None, reason=reason, by=by, at=at), person)


def merges_of(subject_id: int) -> list[PersonMerge]:
    """Return what was merged into or out of a record, the newest first."""
    found = PersonMerge.objects.select_related("merged", "survivor", "by", "confirmed_by")
    return list((found.filter(merged=subject_id) | found.filter(survivor=subject_id)).order_by("-id"))


def wish_of(subject_id: int) -> MergeWish | None:
    """Return the merge of this record that waits for a second person."""
    return MergeWish.objects.select_related("survivor", "by").filter(merged=subject_id).first()


def merged_now(subject_id: int) -> list[Person]:
    """Return the records merged into this one."""
    return list(Person.objects.select_related("subject").filter(survivor=subject_id).order_by("pk"))


def _alone() -> None:
    """One merge at a time: two at once could make a ring."""
    wait_for(Lock.MERGE)


def _both(merged_id: int, survivor_id: int, by: User) -> tuple[Person, Person]:
    _alone()
    locked = Person.objects.select_for_update().in_bulk(sorted({merged_id, survivor_id}))
    if merged_id == survivor_id:
        raise MergeRefused("This is the record itself.", field="code")
    first, second = locked[merged_id], locked[survivor_id]
    for person in (first, second):
        require(by, Permission.MERGE_PERSONS, area_code=person.area_code)
    if first.survivor_id is not None or second.survivor_id is not None:
        raise AlreadyMerged("One of the records is merged already.")
    return first, second


def _decided(first: Person, second: Person, at: datetime, *, confirmed: bool) -> Verdict[MergeDecision]:
    numbers = [identity.decrypt(each.id_number_cipher) for each in (first, second) if each.id_number_cipher]
    differing = sum(a != b for a, b in zip(*numbers, strict=True)) if len(numbers) == 2 else 0
    sexes = {first.sex, second.sex} - {Person.Sex.UNKNOWN.value}
    facts = MergeFacts(len(numbers), differing, len(sexes) > 1, confirmed)
    return decide_merge(facts, profile_in_force(at=at))


def _record(fact: PersonMerge, person: Person) -> None:
    person.survivor_id = fact.survivor_id
    person.save(update_fields=["survivor"])
    fact.save()
    what = "people.merged" if fact.survivor_id else "people.unmerged"
    subjects = [fact.merged_id, *([fact.survivor_id] if fact.survivor_id else [])]
    audit.record(what, by=fact.confirmed_by or fact.by, at=fact.at, subjects=subjects)
    outbox.add("people.merged", subject_ids=subjects)
    evidence.record("person_merge", [fact])
