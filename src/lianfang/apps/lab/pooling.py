"""Shared tubes: swabs put together where they are taken, and what the tube's result means for each of them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.language import spoken
from lianfang.apps.core.measures import Owner, hold, keep_in_line, source_of
from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, PoolResult, Result, Specimen
from lianfang.apps.lab.services import (
    NothingToSign,
    ReasonMissing,
    ResultAlreadySigned,
    ResultChanged,
    SignerIsRecorder,
    SpecimenCodeTaken,
    lock_code,
    require_possible,
)
from lianfang.rules.pooling import Meaning, SharedFacts, SharingFacts, Tube, decide_sharing, read_shared
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

POOL = "pool"


class PoolClosed(Conflict):
    """The shared tube has left the sampling point or has a result: nothing can be added."""

    code = "pool_closed"


class NotShared(DomainError):
    """This swab needs a tube of its own, or the tube is full."""

    code = "not_shared"
    http_status = 422


@transaction.atomic
def add_to_pool(*, tube: str, subject: Subject, collected_at: datetime, at: datetime, by: User) -> PoolMember:
    """Put one person's swab into a shared tube, which its first swab begins; sent again it changes nothing.

    Raises: NotShared, PoolClosed, SpecimenCodeTaken, TimeOrderInvalid, PermissionMissing, AreaMissing.
    """
    require(by, Permission.COLLECT_SPECIMENS, area_code=subject.area_code)
    require_possible(collected_at, at)
    lock_code(tube)
    if Specimen.objects.filter(code=tube).exists():
        raise SpecimenCodeTaken("This tube is somebody's own: choose another.", field="tube")
    profile = profile_in_force(at=at)
    pool = Pool.objects.select_for_update(no_key=True).filter(code=tube).first()
    members = list(pool.members.order_by("position")) if pool else []
    known = next((member for member in members if member.subject_id == subject.pk), None)
    if known is not None:
        return known
    if pool is not None and _is_closed(pool):
        raise PoolClosed("This tube was sent off already: take another.", field="tube")
    _require_shared(subject, len(members), profile)
    if pool is None:
        limit = profile.laboratory.pool_most if profile.laboratory else 0
        pool = Pool.objects.create(code=tube, size_limit=limit, begun_at=collected_at, begun_by=by, registered_at=at)
        evidence.record("pool", [pool])
    return _member(pool, len(members) + 1, subject, (collected_at, at, by))


def _require_shared(subject: Subject, members: int, profile: Profile) -> None:
    is_watched = Measure.objects.filter(subject=subject, ended_at__isnull=True).exists()
    verdict = decide_sharing(SharingFacts(SubjectKind(subject.kind), members, is_watched), profile)
    if verdict.outcome is not Tube.SHARED:
        language = spoken()
        raise NotShared(explain(verdict.reasons[0], language), field="tube" if members else "subject")


def _is_closed(pool: Pool) -> bool:
    moved = CustodyStep.objects.filter(specimen__membership__pool=pool)
    return moved.exists() or pool.results.exists()


def _member(pool: Pool, position: int, subject: Subject, taken: tuple[datetime, datetime, User]) -> PoolMember:
    collected_at, at, by = taken
    code = f"{pool.code}/{position:02d}"
    if Specimen.objects.filter(code=code).exists():
        raise SpecimenCodeTaken("This tube code belongs to another specimen.", field="tube")
    specimen = Specimen.objects.create(
        code=code, subject=subject, collected_at=collected_at, collected_by=by, registered_at=at
    )
    member = PoolMember.objects.create(
        pool=pool, specimen=specimen, subject=subject, position=position, size_limit=pool.size_limit
    )
    audit.record("lab.swab_shared", by=by, at=at, subjects=[subject.pk], specimen=specimen.pk, pool=pool.pk)
    evidence.record("specimen", [specimen])
    evidence.record("pool_member", [member])
    return member


def most_per_tube(at: datetime) -> int:
    """Return how many swabs a tube may hold by the profile; 1: none are shared."""
    laboratory = profile_in_force(at=at).laboratory
    return laboratory.pool_most if laboratory else 1


def pool_of(code: str, *, by: User) -> Pool:
    """Return a shared tube all of whose swabs are of the reader's area. Raises: NotFound."""
    pool = Pool.objects.filter(code=code).first()
    if pool is None or pool.members.exclude(subject__area_code__startswith=by.area_code).exists():
        raise NotFound("There is no such tube in your area.")
    return pool


@transaction.atomic
def record_pool_result(*, code: str, value: SpecimenResult, at: datetime, by: User) -> PoolResult:
    """Write or rewrite the draft of a shared tube's first result.

    Raises: NotFound, ResultAlreadySigned, PermissionMissing.
    """
    require(by, Permission.RECORD_RESULTS)
    pool = _locked(code, by)
    if pool.results.exclude(status=PoolResult.Status.DRAFT).exists():
        raise ResultAlreadySigned("This result is signed; correct or annul it instead.")
    draft = {"status": PoolResult.Status.DRAFT, "value": value, "recorded_at": at, "recorded_by": by}
    result, _ = PoolResult.objects.update_or_create(pool=pool, version=1, defaults=draft)
    audit.record("lab.pool_recorded", by=by, at=at, subjects=_subjects(pool), pool=pool.pk)
    return result


@transaction.atomic
def sign_pool_result(*, code: str, at: datetime, by: User, seen: SpecimenResult) -> PoolResult:
    """Sign the draft; what it means for each member follows at once. Signing twice changes nothing.

    seen: the value the signer read; a draft rewritten meanwhile is not signed unseen.
    Raises: NotFound, NothingToSign, ResultChanged, SignerIsRecorder, PermissionMissing.
    """
    require(by, Permission.SIGN_RESULTS)
    hold(_subjects(pool_of(code, by=by)))
    pool = _locked(code, by)
    latest = pool.results.order_by("-version").first()
    if latest is None:
        raise NothingToSign("There is no result to sign.")
    if latest.status != PoolResult.Status.DRAFT:
        return latest
    if latest.recorded_by_id == by.pk:
        raise SignerIsRecorder("A result is signed by a second person.")
    if latest.value != seen:
        raise ResultChanged("The result was changed after you saw it.")
    return _sign(pool, latest, PoolResult.Status.FINAL, at=at, by=by)


@transaction.atomic
def change_pool_result(*, code: str, value: SpecimenResult | None, reason: str, at: datetime, by: User) -> PoolResult:
    """Correct a signed result, or annul it (value None), as a new version. The same again changes nothing.

    Raises: NotFound, NothingToSign, ReasonMissing, PermissionMissing.
    """
    require(by, Permission.SIGN_RESULTS)
    hold(_subjects(pool_of(code, by=by)))
    pool = _locked(code, by)
    if not reason.strip():
        raise ReasonMissing("Say why the result is changed.", field="reason")
    latest = pool.results.exclude(status=PoolResult.Status.DRAFT).order_by("-version").first()
    if latest is None:
        raise NothingToSign("There is no signed result to change.")
    if value == valid_value(latest):
        return latest
    status = PoolResult.Status.CORRECTED if value else PoolResult.Status.ANNULLED
    new = PoolResult(pool=pool, version=latest.version + 1, value=value or latest.value, reason=reason.strip())
    new.recorded_at, new.recorded_by = at, by
    return _sign(pool, new, status, at=at, by=by)


def valid_value(result: PoolResult) -> SpecimenResult | None:
    """Return what a signed version says; None if it annuls."""
    return None if result.status == PoolResult.Status.ANNULLED else SpecimenResult(result.value)


def _locked(code: str, by: User) -> Pool:
    return Pool.objects.select_for_update(no_key=True).get(pk=pool_of(code, by=by).pk)


def _subjects(pool: Pool) -> Sequence[int]:
    return list(pool.members.order_by("position").values_list("subject_id", flat=True))


def _sign(pool: Pool, result: PoolResult, status: PoolResult.Status, *, at: datetime, by: User) -> PoolResult:
    result.status, result.signed_at, result.signed_by = status, at, by
    result.save()
    audit.record(f"lab.pool_{status}", by=by, at=at, subjects=_subjects(pool), pool=pool.pk)
    outbox.add("lab.pool_result_signed", pool_result_id=result.pk)
    evidence.record("pool_result", [result])
    members = list(pool.members.select_related("specimen", "subject").order_by("position"))
    profile, occasion = profile_in_force(at=at), Occasion(evidence.known_seq(), at)
    facts = [SharedFacts(valid_value(result), int(each.specimen.collected_at.timestamp())) for each in members]
    verdicts = [read_shared(each, profile) for each in facts]
    rows = [stored(verdict, each.subject_id, occasion) for verdict, each in zip(verdicts, members, strict=True)]
    bulk.allot_ids(rows)
    evidence.insert("verdict", rows)
    _keep_results(members, [verdict.outcome for verdict in verdicts], result)
    for member, row, verdict in zip(members, rows, verdicts, strict=True):
        owner = Owner(member.subject_id, member.subject.area_code)
        keep_in_line(owner, source_of(POOL, pool.pk), row, verdict.outcome.orders, profile)
    return result


def _keep_results(members: Sequence[PoolMember], meanings: Sequence[Meaning], result: PoolResult) -> None:
    """Give each member's specimen the version that the tube's result means for it."""
    results = [
        Result(
            specimen=member.specimen,
            version=result.version,
            status=result.status,
            value=meaning.value or result.value,
            reason=result.reason,
            recorded_at=result.recorded_at,
            recorded_by=result.recorded_by,
            signed_at=result.signed_at,
            signed_by=result.signed_by,
        )
        for member, meaning in zip(members, meanings, strict=True)
    ]
    evidence.insert("result", results)
