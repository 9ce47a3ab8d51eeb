"""Taking another system's report: it becomes a proposed result that a second person signs, or is refused with the reason."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lianfang.apps.core import audit, identity
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.lab import pool_results, services
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.pages import persons_of
from lianfang.apps.reporting.judging import Refusal, proposed_value
from lianfang.apps.reporting.models import ReceivedReport
from lianfang.formats.lab_report import LabReport
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

State = ReceivedReport.State


class MessageNumberReused(Conflict):
    """The sender used this number before, for another message."""

    code = "message_number_reused"


@dataclass(frozen=True, slots=True)
class Handed:
    """A report as it came: `form` is HL7, R4B or R5."""

    report: LabReport
    form: str
    content: bytes


@transaction.atomic
def receive(*, handed: Handed, at: datetime, by: User) -> ReceivedReport:
    """Propose what a report says, or keep why not; the same message again changes nothing and gets the same answer.

    Raises: MessageNumberReused, PermissionMissing.
    """
    require(by, Permission.EXCHANGE_REPORTS)
    report, digest = handed.report, hashlib.sha256(handed.content).digest()
    sender, message_id = report.sender[:120], report.message_id[:200]
    _lock(sender, message_id)
    known = ReceivedReport.objects.filter(sender=sender, message_id=message_id).first()
    if known is not None:
        if bytes(known.content_sha256) != digest:
            raise MessageNumberReused("This sender used this message number before, for another message.")
        return known
    state, refusal = _taken(report, at=at, by=by)
    made = ReceivedReport.objects.create(
        sender=sender,
        message_id=message_id,
        form=handed.form,
        content_sha256=digest,
        content_cipher=identity.encrypt_bytes(handed.content),
        tube_code=report.specimen.code[:64],
        state=state,
        reason=refusal.code[:40] if refusal else "",
        detail=refusal.detail[:200] if refusal else "",
        received_at=at,
        received_by=by,
    )
    audit.record("reporting.received", by=by, at=at, report=made.pk, state=state.value)
    return made


def _taken(report: LabReport, *, at: datetime, by: User) -> tuple[State, Refusal | None]:
    value = proposed_value(report)
    if isinstance(value, Refusal):
        return State.REFUSED, value
    try:
        with transaction.atomic():
            found = _propose(report, value, at=at, by=by)
    except DomainError as error:
        found = Refusal(error.code)
    if isinstance(found, Refusal):
        return State.REFUSED, found
    return found, None


def _propose(report: LabReport, value: SpecimenResult, *, at: datetime, by: User) -> State | Refusal:
    tube = report.specimen
    shared = lab.pools(by=by).filter(code=tube.code).first()
    if tube.pooled > 1 or shared is not None:
        if shared is None:
            return Refusal("unknown_tube")
        if shared.members.count() != tube.pooled:
            return Refusal("pool_size_differs", f"{tube.pooled}")
        settled = _settled(shared, value)
        if settled is None:
            pool_results.record_pool_result(code=shared.code, value=value, at=at, by=by)
        return settled or State.PROPOSED
    specimen = lab.specimens(by=by).filter(code=tube.code).first()
    if specimen is None:
        return Refusal("unknown_tube")
    if not _is_of(specimen.subject_id, specimen.subject.kind, specimen.subject.code, report.patient.identifier):
        return Refusal("patient_differs")
    settled = _settled(specimen, value)
    if settled is None:
        services.record_result(specimen_id=specimen.pk, value=value, at=at, by=by)
    return settled or State.PROPOSED


def _settled(tube: Any, value: SpecimenResult) -> State | Refusal | None:
    """What follows from a result that is there already, by the annotations of the selectors; None: nothing is."""
    status, present = tube.current_status, tube.current_value
    if status is None:
        return None
    if status == lab.Result.Status.ANNULLED or present != value:
        return Refusal("draft_differs" if status == lab.Result.Status.DRAFT else "already_signed")
    return State.KNOWN


def _is_of(subject_id: int, kind: str, code: str, identifier: str) -> bool:
    """Whether a report names whose tube it is: by the county's code or by the identity number."""
    if identifier == code:
        return True
    person = persons_of([subject_id]).get(subject_id) if kind == SubjectKind.PERSON else None
    if person is None or person.id_number_hash is None:
        return False
    try:
        return identity.search_hash(identity.clean_id_number(identifier)) == bytes(person.id_number_hash)
    except identity.IdentityInvalid:
        return False


def _lock(sender: str, message_id: str) -> None:
    wait_for(Lock.RECEIVED_REPORT, f"{sender}\n{message_id}")
