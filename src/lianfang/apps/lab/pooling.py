"""Shared tubes: swabs put together where they are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, PoolResult, Specimen
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


@dataclass(frozen=True, slots=True)
class Swab:
    """One person's swab on its way into a shared tube."""

    subject: Subject
    collected_at: datetime


def add_to_pool(*, tube: str, subject: Subject, collected_at: datetime, at: datetime, by: User) -> PoolMember:
    """Put one person's swab into a shared tube, which its first swab begins; sent again it changes nothing.

    Raises: NotShared, PoolClosed, SpecimenCodeTaken, TimeOrderInvalid, PermissionMissing, AreaMissing.
    """
    ((outcome,),) = fill_pools(swabs={tube: [Swab(subject, collected_at)]}, at=at, by=by).values()
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@transaction.atomic
def fill_pools(
    *, swabs: Mapping[str, Sequence[Swab]], at: datetime, by: User
) -> dict[str, list[PoolMember | DomainError]]:
    """Put swabs into shared tubes, by tube and in their order; each is stored, known before, or told why it is refused.

    Raises: PermissionMissing.
    """
    require(by, Permission.COLLECT_SPECIMENS)
    for code in sorted(swabs):
        lock_code(code)
    subjects = [swab.subject for given in swabs.values() for swab in given]
    tubes = _tubes(sorted(swabs), subjects, profile_in_force(at=at))
    outcomes = {code: [_added(swab, tubes[code], at, by) for swab in given] for code, given in swabs.items()}
    _store(list(tubes.values()), at, by)
    return outcomes


@dataclass(slots=True)
class _Tube:
    """A shared tube that is being filled. `members`: by subject; `taken`: codes of specimens; `new`: not yet stored."""

    pool: Pool
    is_closed: bool
    profile: Profile
    watched: set[int]
    taken: set[str]
    members: dict[int, PoolMember] = field(default_factory=dict)
    new: list[PoolMember] = field(default_factory=list)


def _tubes(codes: Sequence[str], subjects: Sequence[Subject], profile: Profile) -> dict[str, _Tube]:
    """Lock the tubes that are begun, and read what decides about more swabs."""
    limit = profile.laboratory.pool_most if profile.laboratory else 0
    pools = {
        pool.code: pool for pool in Pool.objects.select_for_update(no_key=True).filter(code__in=codes).order_by("pk")
    }
    watched = Measure.objects.filter(subject__in=subjects, ended_at__isnull=True).values_list("subject_id", flat=True)
    own = [_code(code, position) for code in codes for position in range(1, limit + 1)]
    taken = Specimen.objects.filter(code__in=[*codes, *own]).values_list("code", flat=True)
    moved = CustodyStep.objects.filter(specimen__membership__pool__code__in=codes)
    closed = {
        *moved.values_list("specimen__membership__pool", flat=True),
        *PoolResult.objects.filter(pool__code__in=codes).values_list("pool", flat=True),
    }
    known = set(watched), set(taken)
    tubes = {
        code: _Tube(pools.get(code) or Pool(code=code, size_limit=limit), False, profile, *known) for code in codes
    }
    for code, pool in pools.items():
        tubes[code].is_closed = pool.pk in closed
    for member in PoolMember.objects.filter(pool__in=pools.values()).select_related("pool"):
        tubes[member.pool.code].members[member.subject_id] = member
    return tubes


def _added(swab: Swab, tube: _Tube, at: datetime, by: User) -> PoolMember | DomainError:
    known = tube.members.get(swab.subject.pk)
    if known is not None:
        return known
    try:
        _require_addable(swab, tube, at, by)
    except DomainError as error:
        return error
    return _member(tube, swab, at, by)


def _require_addable(swab: Swab, tube: _Tube, at: datetime, by: User) -> None:
    """Raises: NotShared, PoolClosed, SpecimenCodeTaken, TimeOrderInvalid, AreaMissing."""
    require(by, Permission.COLLECT_SPECIMENS, area_code=swab.subject.area_code)
    require_possible(swab.collected_at, at)
    if tube.pool.code in tube.taken:
        raise SpecimenCodeTaken("This tube is somebody's own: choose another.", field="tube")
    if tube.is_closed:
        raise PoolClosed("This tube was sent off already: take another.", field="tube")
    n_members = len(tube.members)
    is_watched = swab.subject.pk in tube.watched
    verdict = decide_sharing(SharingFacts(SubjectKind(swab.subject.kind), n_members, is_watched), tube.profile)
    if verdict.outcome is not Tube.SHARED:
        language = spoken()
        raise NotShared(explain(verdict.reasons[0], language), field="tube" if n_members else "subject")
    if _code(tube.pool.code, n_members + 1) in tube.taken:
        raise SpecimenCodeTaken("This tube code belongs to another specimen.", field="tube")


def _code(tube: str, position: int) -> str:
    """A swab's own number in a shared tube."""
    return f"{tube}/{position:02d}"


def _member(tube: _Tube, swab: Swab, at: datetime, by: User) -> PoolMember:
    """Place a swab behind the others; nothing is stored yet."""
    position, pool = len(tube.members) + 1, tube.pool
    if pool._state.adding and position == 1:
        pool.begun_at, pool.begun_by, pool.registered_at = swab.collected_at, by, at
    specimen = Specimen(
        code=_code(pool.code, position),
        subject=swab.subject,
        collected_at=swab.collected_at,
        collected_by=by,
        registered_at=at,
    )
    member = PoolMember(specimen=specimen, subject=swab.subject, position=position, size_limit=pool.size_limit)
    tube.members[swab.subject.pk] = member
    tube.new.append(member)
    return member


def _store(tubes: Sequence[_Tube], at: datetime, by: User) -> None:
    """Store the new swabs of tubes, and each tube with its first."""
    filled = [tube for tube in tubes if tube.new]
    if not filled:
        return
    evidence.insert("pool", [tube.pool for tube in filled if tube.pool._state.adding])
    evidence.insert("specimen", [member.specimen for tube in filled for member in tube.new])
    for tube in filled:
        for member in tube.new:
            member.pool, member.specimen = tube.pool, member.specimen  # their numbers are known now
        subjects = [member.subject_id for member in tube.new]
        audit.record("lab.swab_shared", by=by, at=at, subjects=subjects, n_swabs=len(tube.new), pool=tube.pool.pk)
    evidence.insert("pool_member", [member for tube in filled for member in tube.new])


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
