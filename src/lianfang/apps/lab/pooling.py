"""Shared tubes: swabs put together where they are taken."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, Specimen
from lianfang.apps.lab.services import SpecimenCodeTaken, lock_code, require_possible
from lianfang.rules.pooling import SharingFacts, Tube, decide_sharing
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SubjectKind

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
    return pools_of([code], by)[0]


def pools_of(codes: Sequence[str], by: User) -> list[Pool]:
    """Return shared tubes all of whose swabs are of the reader's area, by key. Raises: NotFound."""
    pools = list(Pool.objects.filter(code__in=codes).order_by("pk"))
    outside = PoolMember.objects.filter(pool__in=pools).exclude(subject__area_code__startswith=by.area_code)
    if len(pools) < len(set(codes)) or outside.exists():
        raise NotFound("There is no such tube in your area.")
    return pools
