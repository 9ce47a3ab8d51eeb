"""Diluting single specimens into one tube at the laboratory: a shared tube from then on, with the same rules for its result."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Measure, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.bench.models import Well
from lianfang.apps.lab.custody import last_steps
from lianfang.apps.lab.models import Pool, PoolMember, Result, SamplingOrder, Specimen
from lianfang.apps.lab.services import SpecimenCodeTaken, lock_code
from lianfang.rules.custody import Whereabouts
from lianfang.rules.dilution import DilutionFacts, permit_dilution
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind


class NotDiluted(DomainError):
    """The rules do not allow these specimens in one tube; the message is their sentence."""

    code = "not_diluted"
    http_status = 422


@transaction.atomic
def dilute(*, code: str, tubes: Sequence[str], at: datetime, by: User) -> Pool:
    """Put portions of received single specimens into one tube; the same again changes nothing.

    A specimen is in one shared tube only, so that pools are never pooled again: the database refuses it.
    Raises: NotFound, NotDiluted, SpecimenCodeTaken, PermissionMissing.
    """
    require(by, Permission.RECORD_RESULTS)
    lock_code(code)
    mine = Specimen.objects.filter(code__in=set(tubes), subject__area_code__startswith=by.area_code)
    found = list(mine.select_related("subject").select_for_update(of=("self",), no_key=True).order_by("pk"))
    if len(found) < len(set(tubes)):
        raise NotFound("One of these tubes is not a single specimen of your area.", field="tubes")
    pool = Pool.objects.filter(code=code).first()
    if pool is not None and {each.specimen_id for each in pool.members.all()} == {each.pk for each in found}:
        return pool
    if pool is not None or Specimen.objects.filter(code=code).exists():
        raise SpecimenCodeTaken("This code is of another tube.", field="code")
    profile = profile_in_force(at=at)
    _require_permitted(found, profile, at, by)
    _require_ready(found)
    given = {each.code: each for each in found}
    return _pool(code, [given[tube] for tube in dict.fromkeys(tubes)], profile, at, by)


def _require_permitted(found: Sequence[Specimen], profile: Profile, at: datetime, by: User) -> None:
    shared = PoolMember.objects.filter(specimen__in=found).count()
    watched = Measure.objects.filter(subject__in=[each.subject_id for each in found], ended_at__isnull=True)
    ordered = SamplingOrder.objects.filter(subject__in=[each.subject_id for each in found], revocation__isnull=True)
    ordered = ordered.filter(due_until__gte=min(each.collected_at for each in found) if found else at)
    singly = {*watched.values_list("subject_id", flat=True), *ordered.values_list("subject_id", flat=True)}
    singly |= {each.subject_id for each in found if each.subject.kind != SubjectKind.PERSON}
    facts = DilutionFacts(len(found), shared, len(singly), positives_per_100000(profile, at, by))
    verdict = permit_dilution(facts, profile)
    if not verdict.outcome:
        raise NotDiluted(" ".join(explain(reason, spoken()) for reason in verdict.reasons), field="tubes")


def positives_per_100000(profile: Profile, at: datetime, by: User) -> int | None:
    """Return how many of the area's signed results of one incubation period are positive; None where there is none."""
    since = at - timedelta(seconds=profile.window.incubation_max_s)
    signed = Result.objects.filter(signed_at__gte=since, specimen__subject__area_code__startswith=by.area_code)
    signed = signed.exclude(status=Result.Status.ANNULLED)
    n = signed.count()
    return -(-100_000 * signed.filter(value=SpecimenResult.POSITIVE).count() // n) if n else None


def _require_ready(found: Sequence[Specimen]) -> None:
    steps = last_steps([each.pk for each in found])
    busy = {
        *Result.objects.filter(specimen__in=found).values_list("specimen_id", flat=True),
        *Well.objects.filter(specimen__in=found, is_open=True).values_list("specimen_id", flat=True),
    }
    for each in found:
        step = steps.get(each.pk)
        if step is None or step.kind != Whereabouts.RECEIVED or each.pk in busy:
            raise NotDiluted(
                "Only tubes that were received and have no result and no plate can be diluted.", field="tubes"
            )


def _pool(code: str, specimens: Sequence[Specimen], profile: Profile, at: datetime, by: User) -> Pool:
    limit = profile.dilution.size_max if profile.dilution else 0
    pool = Pool.objects.create(code=code, size_limit=limit, begun_at=at, begun_by=by, registered_at=at)
    members = [
        PoolMember(pool=pool, specimen=each, subject_id=each.subject_id, position=number, size_limit=limit)
        for number, each in enumerate(specimens, start=1)
    ]
    evidence.record("pool", [pool])
    evidence.insert("pool_member", members)
    audit.record("lab.specimens_diluted", by=by, at=at, subjects=[each.subject_id for each in specimens], pool=pool.pk)
    return pool
