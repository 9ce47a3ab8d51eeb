"""Registering specimens, recording and signing results, correcting and annulling them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from lianfang.apps.core import audit, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, Result, Specimen
from lianfang.formats.reasons import RECORDS_BEGIN
from lianfang.rules.custody import ENDED
from lianfang.rules.vocabulary import SpecimenResult

TOLD_TOGETHER = 100  # results whose consequences follow in one step


class SpecimenCodeTaken(Conflict):
    """The tube code already belongs to another specimen."""

    code = "specimen_code_taken"


class ResultAlreadySigned(Conflict):
    """The specimen has a signed result; it can only be corrected or annulled, with a reason."""

    code = "result_already_signed"


class SpecimenRejected(Conflict):
    """The laboratory rejected the tube: it gives no result."""

    code = "specimen_rejected"


class SpecimenShared(Conflict):
    """The swab is in a shared tube, which has the result."""

    code = "specimen_shared"


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
    wait_for(Lock.TUBE_CODE, code)


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

    Raises: ResultAlreadySigned, SpecimenRejected, SpecimenShared, PermissionMissing, AreaMissing.
    """
    (specimen,) = _lock([specimen_id])
    require(by, Permission.RECORD_RESULTS, area_code=specimen.subject.area_code)
    if specimen.results.exclude(status=Result.Status.DRAFT).exists():
        raise ResultAlreadySigned("This result is signed; correct or annul it instead.")
    if specimen.custody_steps.filter(kind__in=ENDED).exists():
        raise SpecimenRejected("This tube was rejected or destroyed; collect another specimen.")
    if PoolMember.objects.filter(specimen=specimen).exists():
        raise SpecimenShared("This swab shares a tube: record the tube's result.")
    return _draft({specimen: value}, at=at, by=by)[0]


@transaction.atomic
def put_forward(*, values: Mapping[int, SpecimenResult], at: datetime, by: User) -> None:
    """Write or rewrite the drafts of many specimens of tubes of their own; what is signed, rejected or destroyed stays as it is.

    Raises: PermissionMissing, AreaMissing.
    """
    specimens = _lock(list(values))
    for area in {specimen.subject.area_code for specimen in specimens}:
        require(by, Permission.RECORD_RESULTS, area_code=area)
    signed = Result.objects.filter(specimen__in=specimens).exclude(status=Result.Status.DRAFT)
    ended = CustodyStep.objects.filter(specimen__in=specimens, kind__in=ENDED)
    closed = {*signed.values_list("specimen_id", flat=True), *ended.values_list("specimen_id", flat=True)}
    _draft({each: values[each.pk] for each in specimens if each.pk not in closed}, at=at, by=by)


def _draft(values: Mapping[Specimen, SpecimenResult], *, at: datetime, by: User) -> list[Result]:
    drafts = [
        Result(specimen=each, version=1, status=Result.Status.DRAFT, value=value, recorded_at=at, recorded_by=by)
        for each, value in values.items()
    ]
    if drafts:
        drafts = Result.objects.bulk_create(
            drafts,
            update_conflicts=True,
            unique_fields=["specimen", "version"],
            update_fields=["value", "recorded_at", "recorded_by"],
        )
        audit.record("lab.result_recorded", by=by, at=at, **_named(values))
    return drafts


@transaction.atomic
def sign_result(*, specimen_id: int, at: datetime, by: User, seen: SpecimenResult | None = None) -> Result:
    """Sign the draft: from now on it is a fact. Signing twice changes nothing.

    seen: the value the signer read; a draft rewritten meanwhile is not signed unseen.
    Raises: NothingToSign, ResultChanged, SignerIsRecorder, TimeOrderInvalid, PermissionMissing, AreaMissing.
    """
    return sign_results(seen={specimen_id: seen}, at=at, by=by)[0]


@transaction.atomic
def sign_results(*, seen: Mapping[int, SpecimenResult | None], at: datetime, by: User) -> list[Result]:
    """Sign many specimens' drafts, all or none; those signed before stay as they are. Raises as `sign_result` does."""
    specimens = _lock(list(seen))
    for area in {specimen.subject.area_code for specimen in specimens}:
        require(by, Permission.SIGN_RESULTS, area_code=area)
    newest = Result.objects.filter(specimen__in=specimens).order_by("specimen_id", "-version").distinct("specimen_id")
    latest = {result.specimen_id: result for result in newest}
    drafts = []
    for specimen in specimens:
        result = latest.get(specimen.pk)
        if result is None:
            raise NothingToSign("There is no result to sign.")
        if result.status == Result.Status.DRAFT:
            result.specimen = specimen
            drafts.append(result)
            _require_signable(result, seen[specimen.pk], by)
    _sign(drafts, Result.Status.FINAL, at=at, by=by)
    return list(latest.values())


def _require_signable(draft: Result, seen: SpecimenResult | None, by: User) -> None:
    if draft.recorded_by_id == by.pk:
        raise SignerIsRecorder("A result is signed by a second person.")
    if seen is not None and draft.value != seen:
        raise ResultChanged("The result was changed after you saw it.")


@transaction.atomic
def withdraw_draft(*, specimen_id: int, at: datetime, by: User) -> None:
    """Throw away what was put forward and is not signed. Raises: PermissionMissing, AreaMissing."""
    (specimen,) = _lock([specimen_id])
    require(by, Permission.SIGN_RESULTS, area_code=specimen.subject.area_code)
    if specimen.results.filter(status=Result.Status.DRAFT).delete()[0]:
        audit.record("lab.draft_withdrawn", by=by, at=at, **_named([specimen]))


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
    (specimen,) = _lock([specimen_id])
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
    _sign([result], status, at=at, by=by)
    return result


def _lock(specimen_ids: Sequence[int]) -> list[Specimen]:
    """Lock specimens in the order of their keys, so that versions of a result are written one after the other."""
    rows = Specimen.objects.select_for_update(of=("self",)).select_related("subject").filter(pk__in=specimen_ids)
    return list(rows.order_by("pk"))


def _named(specimens: Iterable[Specimen]) -> dict[str, Any]:
    """Whom a step is about, for the audit trail."""
    specimens = list(specimens)
    about = {"specimen": specimens[0].pk} if len(specimens) == 1 else {"n_specimens": len(specimens)}
    return {"subjects": [specimen.subject_id for specimen in specimens], **about}


def _sign(results: Sequence[Result], status: Result.Status, *, at: datetime, by: User) -> None:
    """Sign drafts, or new versions that are not yet stored."""
    if not results:
        return
    if any(at < result.specimen.collected_at for result in results):
        raise TimeOrderInvalid("A result cannot be signed before its specimen was collected.")
    for result in results:
        result.status, result.signed_at, result.signed_by = status, at, by
    Result.objects.bulk_create([result for result in results if result._state.adding])
    drafts = Result.objects.filter(pk__in=[result.pk for result in results], status=Result.Status.DRAFT)
    drafts.update(status=status, signed_at=at, signed_by=by)
    audit.record(f"lab.result_{status}", by=by, at=at, **_named(result.specimen for result in results))
    _tell(results)
    evidence.record("result", results)


def _tell(results: Sequence[Result]) -> None:
    """Have everything follow: of each positive by itself and first, of many others in groups."""
    alone = {each.pk for each in results if len(results) == 1 or each.value == SpecimenResult.POSITIVE}
    outbox.add_many("lab.result_signed", [{"result_id": each.pk} for each in results if each.pk in alone])
    others = [each.pk for each in results if each.pk not in alone]
    groups = [{"result_ids": others[start : start + TOLD_TOGETHER]} for start in range(0, len(others), TOLD_TOGETHER)]
    outbox.add_many("lab.results_signed", groups)
