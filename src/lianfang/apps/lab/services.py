"""Registering specimens, recording and signing results, correcting and annulling them."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from lianfang.apps.core import audit, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.lab.models import Pool, Result, Specimen
from lianfang.formats.reasons import RECORDS_BEGIN
from lianfang.rules.custody import ENDED
from lianfang.rules.vocabulary import SpecimenResult

_CODE_LOCK = 0x11A7FA31


class SpecimenCodeTaken(Conflict):
    """The tube code already belongs to another specimen."""

    code = "specimen_code_taken"


class ResultAlreadySigned(Conflict):
    """The specimen has a signed result; it can only be corrected or annulled, with a reason."""

    code = "result_already_signed"


class SpecimenRejected(Conflict):
    """The laboratory rejected the tube: it gives no result."""

    code = "specimen_rejected"


class NothingToSign(Conflict):
    """There is no draft result, or nothing signed that could be corrected."""

    code = "nothing_to_sign"


class ResultChanged(Conflict):
    """The draft is no longer what the signer saw."""

    code = "result_changed"


class SignerIsRecorder(DomainError):
    """A result is signed by a second person, not by the one who recorded it."""

    code = "signer_is_recorder"
    http_status = 403


class ReasonMissing(DomainError):
    """A correction or annulment says why."""

    code = "reason_missing"
    http_status = 422


class TimeOrderInvalid(DomainError):
    """Collected after it was registered or before records begin, or signed before it was collected."""

    code = "time_order_invalid"
    http_status = 422


def require_possible(collected_at: datetime, at: datetime) -> None:
    """Raises: TimeOrderInvalid."""
    if collected_at > at:
        raise TimeOrderInvalid("The specimen cannot be collected in the future.", field="collected_at")
    if collected_at < RECORDS_BEGIN:
        raise TimeOrderInvalid("The specimen cannot be older than the system's records.", field="collected_at")


def lock_code(code: str) -> None:
    """Be the only one to register this tube code, as a tube of one's own or a shared one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CODE_LOCK, code])


@transaction.atomic
def register_specimen(*, code: str, subject: Subject, collected_at: datetime, at: datetime, by: User) -> Specimen:
    """Register a tube once; repeating the same facts changes nothing.

    Raises: SpecimenCodeTaken, TimeOrderInvalid, PermissionMissing, AreaMissing.
    """
    require(by, Permission.COLLECT_SPECIMENS, area_code=subject.area_code)
    require_possible(collected_at, at)
    lock_code(code)
    if Pool.objects.filter(code=code).exists():
        raise SpecimenCodeTaken("This tube is shared: choose a tube of one's own.", field="code")
    specimen, created = Specimen.objects.get_or_create(
        code=code,
        defaults={"subject": subject, "collected_at": collected_at, "collected_by": by, "registered_at": at},
    )
    if not created:
        if (specimen.subject_id, specimen.collected_at) != (subject.pk, collected_at):
            raise SpecimenCodeTaken("This tube code belongs to another specimen.", field="code")
        return specimen
    audit.record("lab.specimen_registered", by=by, at=at, subjects=[subject.pk], specimen=specimen.pk)
    evidence.record("specimen", [specimen])
    return specimen


@transaction.atomic
def record_result(*, specimen_id: int, value: SpecimenResult, at: datetime, by: User) -> Result:
    """Write or rewrite the draft of a specimen's first result.

    Raises: ResultAlreadySigned, SpecimenRejected, PermissionMissing, AreaMissing.
    """
    specimen = _lock(specimen_id)
    require(by, Permission.RECORD_RESULTS, area_code=specimen.subject.area_code)
    if specimen.results.exclude(status=Result.Status.DRAFT).exists():
        raise ResultAlreadySigned("This result is signed; correct or annul it instead.")
    if specimen.custody_steps.filter(kind__in=ENDED).exists():
        raise SpecimenRejected("This tube was rejected or destroyed; collect another specimen.")
    result, _ = Result.objects.update_or_create(
        specimen=specimen,
        version=1,
        defaults={"status": Result.Status.DRAFT, "value": value, "recorded_at": at, "recorded_by": by},
    )
    audit.record("lab.result_recorded", by=by, at=at, subjects=[specimen.subject_id], specimen=specimen.pk)
    return result


@transaction.atomic
def sign_result(*, specimen_id: int, at: datetime, by: User, seen: SpecimenResult | None = None) -> Result:
    """Sign the draft: from now on it is a fact. Signing twice changes nothing.

    seen: the value the signer read; a draft rewritten meanwhile is not signed unseen.
    Raises: NothingToSign, ResultChanged, SignerIsRecorder, TimeOrderInvalid, PermissionMissing, AreaMissing.
    """
    specimen = _lock(specimen_id)
    require(by, Permission.SIGN_RESULTS, area_code=specimen.subject.area_code)
    latest = specimen.results.order_by("-version").first()
    if latest is None:
        raise NothingToSign("There is no result to sign.")
    if latest.status != Result.Status.DRAFT:
        return latest
    if latest.recorded_by_id == by.pk:
        raise SignerIsRecorder("A result is signed by a second person.")
    if seen is not None and latest.value != seen:
        raise ResultChanged("The result was changed after you saw it.")
    return _sign(specimen, latest, Result.Status.FINAL, at=at, by=by)


@transaction.atomic
def correct_result(*, specimen_id: int, value: SpecimenResult, reason: str, at: datetime, by: User) -> Result:
    """Replace a signed result by another value, as a new version. The same value again changes nothing.

    Raises: NothingToSign, ReasonMissing, PermissionMissing, AreaMissing.
    """
    return _supersede(specimen_id, Result.Status.CORRECTED, value, reason, (at, by))


@transaction.atomic
def annul_result(*, specimen_id: int, reason: str, at: datetime, by: User) -> Result:
    """Declare that the specimen has no valid result, as a new version. Annulling twice changes nothing.

    Raises: NothingToSign, ReasonMissing, PermissionMissing, AreaMissing.
    """
    return _supersede(specimen_id, Result.Status.ANNULLED, None, reason, (at, by))


def _supersede(
    specimen_id: int, status: Result.Status, value: SpecimenResult | None, reason: str, signature: tuple[datetime, User]
) -> Result:
    at, by = signature
    specimen = _lock(specimen_id)
    require(by, Permission.SIGN_RESULTS, area_code=specimen.subject.area_code)
    if not reason.strip():
        raise ReasonMissing("Say why the result is changed.", field="reason")
    latest = specimen.results.exclude(status=Result.Status.DRAFT).order_by("-version").first()
    if latest is None:
        raise NothingToSign("There is no signed result to change.")
    value = value or SpecimenResult(latest.value)
    was_annulled = latest.status == Result.Status.ANNULLED
    is_same = latest.status == status if status == Result.Status.ANNULLED else latest.value == value
    if is_same and was_annulled == (status == Result.Status.ANNULLED):
        return latest
    version = (specimen.results.aggregate(last=Max("version"))["last"] or 0) + 1
    result = Result(
        specimen=specimen, version=version, value=value, reason=reason.strip(), recorded_at=at, recorded_by=by
    )
    return _sign(specimen, result, status, at=at, by=by)


def _lock(specimen_id: int) -> Specimen:
    """Lock the specimen, so that versions of its result are written one after the other."""
    return Specimen.objects.select_for_update(of=("self",)).select_related("subject").get(pk=specimen_id)


def _sign(specimen: Specimen, result: Result, status: Result.Status, *, at: datetime, by: User) -> Result:
    if at < specimen.collected_at:
        raise TimeOrderInvalid("A result cannot be signed before its specimen was collected.")
    result.status, result.signed_at, result.signed_by = status, at, by
    result.save()
    audit.record(f"lab.result_{status}", by=by, at=at, subjects=[specimen.subject_id], specimen=specimen.pk)
    outbox.add("lab.result_signed", result_id=result.pk)
    evidence.record("result", [result])
    return result
