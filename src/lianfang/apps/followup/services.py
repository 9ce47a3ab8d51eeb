"""Recording how people under a measure are, and where they were moved; fever and symptoms order a test at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.measures import Owner, hold, keep_in_line, source_of
from lianfang.apps.core.models import Measure, MeasureCause, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.followup.models import HealthRecord, Symptom, Transfer
from lianfang.apps.followup.selectors import NotFollowed, followed_measure
from lianfang.rules.follow_up import SymptomFacts, watch_symptoms

SYMPTOMS = "symptoms"
# A phone's clock may run ahead of ours a little; what was noted offline may come days later.
CLOCK_AHEAD = timedelta(minutes=10)
OLDEST = timedelta(days=14)


class RecordTaken(Conflict):
    """This client id belongs to something else that was recorded."""

    code = "record_taken"


class RecordInvalid(DomainError):
    """The time lies ahead or too far back, or nothing at all is said."""

    code = "record_invalid"
    http_status = 422


@dataclass(frozen=True, slots=True)
class HealthEntry:
    """What is recorded about one person; `client_id` is made where it is entered."""

    client_id: uuid.UUID
    subject_id: int
    way: str
    taken_at: datetime
    tenths_celsius: int | None = None
    symptoms: Sequence[str] = ()
    is_reached: bool = True
    note: str = ""


@transaction.atomic
def record_health(*, entry: HealthEntry, at: datetime, by: User | None) -> HealthRecord:
    """Record it once; sent again it changes nothing. by None: the person themselves, whom the edge has recognised.

    Raises: PermissionMissing, NotFollowed, RecordTaken, RecordInvalid.
    """
    if by is not None:
        require(by, Permission.FOLLOW_UP)
    hold([entry.subject_id])
    known = HealthRecord.objects.filter(client_id=entry.client_id).first()
    if known is not None:
        # Told apart from what another person's entry would answer: whoever may not see it learns nothing.
        if known.subject_id != entry.subject_id or known.recorded_by_id != (by.pk if by else None):
            raise RecordTaken("This entry's id was used before.")
        return known
    measure = followed_measure(entry.subject_id, by=by)
    _refuse_impossible(entry, measure, at)
    record = HealthRecord.objects.create(
        subject_id=entry.subject_id,
        client_id=entry.client_id,
        way=entry.way,
        is_reached=entry.is_reached,
        tenths_celsius=entry.tenths_celsius,
        symptoms=sorted(set(entry.symptoms)),
        note=entry.note.strip()[:300],
        taken_at=min(entry.taken_at, at),
        recorded_at=at,
        recorded_by=by,
    )
    audit.record("followup.health_recorded", by=by, at=at, subjects=[entry.subject_id])
    evidence.record("health_record", [record])
    if record.is_reached:
        _watch(record, measure, at)
    return record


def _refuse_impossible(entry: HealthEntry, measure: Measure, at: datetime) -> None:
    if entry.taken_at > at + CLOCK_AHEAD:
        raise RecordInvalid("The time lies in the future.", field="taken_at")
    if entry.taken_at < max(at - OLDEST, measure.starts_at - timedelta(days=1)):
        raise RecordInvalid("The time lies before the measure or too long ago.", field="taken_at")
    says = entry.tenths_celsius is not None or bool(entry.symptoms)
    if entry.is_reached and not says:
        raise RecordInvalid("Enter a temperature or symptoms.", field="temperature")
    if not entry.is_reached and says:
        raise RecordInvalid("Who was not reached has no temperature.", field="is_reached")
    if not set(entry.symptoms) <= set(Symptom.values):
        raise RecordInvalid("This symptom is not on the list.", field="symptoms")


def _watch(record: HealthRecord, measure: Measure, at: datetime) -> None:
    """Let the rule look at a record; a concern is kept, and orders a test unless one stands for symptoms already."""
    profile = profile_in_force(at=at)
    facts = SymptomFacts(record.tenths_celsius, len(record.symptoms), int(record.taken_at.timestamp()))
    verdict = watch_symptoms(facts, profile)
    if not verdict.outcome.is_concern:
        return
    row = stored(verdict, record.subject_id, Occasion(evidence.known_seq(), at))
    bulk.allot_ids([row])
    source = source_of(SYMPTOMS, record.subject_id)
    evidence.insert("verdict", [row])
    outbox.add("followup.concern_found")
    standing = MeasureCause.objects.filter(source=source, ended_at__isnull=True)
    if not standing.exists():
        keep_in_line(Owner(record.subject_id, measure.area_code), source, row, verdict.outcome.orders, profile)


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer of one person to another place of quarantine."""

    client_id: uuid.UUID
    subject_id: int
    site: str
    reason: str
    moved_at: datetime


@transaction.atomic
def record_transfer(*, move: Move, at: datetime, by: User) -> Transfer:
    """Record it once. Raises: PermissionMissing, NotFollowed, RecordTaken, RecordInvalid."""
    require(by, Permission.FOLLOW_UP)
    hold([move.subject_id])
    known = Transfer.objects.filter(client_id=move.client_id).first()
    if known is not None:
        if known.subject_id != move.subject_id or known.recorded_by_id != by.pk:
            raise RecordTaken("This entry's id was used before.")
        return known
    measure = followed_measure(move.subject_id, by=by)
    if move.moved_at > at + CLOCK_AHEAD or move.moved_at < measure.starts_at - timedelta(days=1):
        raise RecordInvalid("The time lies in the future or before the measure.", field="moved_at")
    made = Transfer.objects.create(
        subject_id=move.subject_id,
        client_id=move.client_id,
        site=move.site.strip(),
        reason=move.reason.strip(),
        moved_at=min(move.moved_at, at),
        recorded_at=at,
        recorded_by=by,
    )
    audit.record("followup.transferred", by=by, at=at, subjects=[move.subject_id])
    evidence.record("transfer", [made])
    return made


__all__ = ["HealthEntry", "Move", "NotFollowed", "RecordInvalid", "RecordTaken", "record_health", "record_transfer"]
