"""A shared tube's result: put forward, signed by a second person, corrected, annulled; and what it means for each swab."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence, outbox
from lianfang.apps.core.measures import Owner, hold, keep_in_line, source_of
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.lab.models import Pool, PoolMember, PoolResult, Result
from lianfang.apps.lab.pooling import POOL, pool_of, pools_of
from lianfang.apps.lab.services import (
    NothingToSign,
    ReasonMissing,
    ResultAlreadySigned,
    ResultChanged,
    SignerIsRecorder,
)
from lianfang.rules.pooling import Meaning, SharedFacts, read_shared
from lianfang.rules.vocabulary import SpecimenResult


@transaction.atomic
def record_pool_result(*, code: str, value: SpecimenResult, at: datetime, by: User) -> PoolResult:
    """Write or rewrite the draft of a shared tube's first result.

    Raises: NotFound, ResultAlreadySigned, PermissionMissing.
    """
    require(by, Permission.RECORD_RESULTS)
    (pool,) = _locked([code], by)
    if pool.results.exclude(status=PoolResult.Status.DRAFT).exists():
        raise ResultAlreadySigned("This result is signed; correct or annul it instead.")
    return _draft({pool: value}, at=at, by=by)[0]


@transaction.atomic
def put_pools_forward(*, values: Mapping[str, SpecimenResult], at: datetime, by: User) -> None:
    """Write or rewrite the drafts of many shared tubes, by code; what is signed stays. Raises: NotFound, PermissionMissing."""
    require(by, Permission.RECORD_RESULTS)
    pools = _locked(list(values), by)
    signed = PoolResult.objects.filter(pool__in=pools).exclude(status=PoolResult.Status.DRAFT)
    closed = set(signed.values_list("pool_id", flat=True))
    _draft({pool: values[pool.code] for pool in pools if pool.pk not in closed}, at=at, by=by)


def _draft(values: Mapping[Pool, SpecimenResult], *, at: datetime, by: User) -> list[PoolResult]:
    drafts = [
        PoolResult(pool=pool, version=1, status=PoolResult.Status.DRAFT, value=value, recorded_at=at, recorded_by=by)
        for pool, value in values.items()
    ]
    if drafts:
        drafts = PoolResult.objects.bulk_create(
            drafts,
            update_conflicts=True,
            unique_fields=["pool", "version"],
            update_fields=["value", "recorded_at", "recorded_by"],
        )
        audit.record("lab.pool_recorded", by=by, at=at, **_named(list(values)))
    return drafts


@transaction.atomic
def sign_pool_result(*, code: str, at: datetime, by: User, seen: SpecimenResult) -> PoolResult:
    """Sign the draft; what it means for each member follows at once. Signing twice changes nothing.

    seen: the value the signer read; a draft rewritten meanwhile is not signed unseen.
    Raises: NotFound, NothingToSign, ResultChanged, SignerIsRecorder, PermissionMissing.
    """
    return sign_pool_results(seen={code: seen}, at=at, by=by)[0]


@transaction.atomic
def sign_pool_results(*, seen: Mapping[str, SpecimenResult], at: datetime, by: User) -> list[PoolResult]:
    """Sign many shared tubes' drafts, all or none; those signed before stay as they are. Raises as `sign_pool_result` does."""
    require(by, Permission.SIGN_RESULTS)
    reacting = [code for code, value in seen.items() if value is not SpecimenResult.NEGATIVE]
    if reacting:  # a first negative orders nothing: it keeps nobody waiting who decides about measures
        hold(_subjects(pools_of(reacting, by)))
    pools = _locked(list(seen), by)
    newest = PoolResult.objects.filter(pool__in=pools).order_by("pool_id", "-version").distinct("pool_id")
    latest = {result.pool_id: result for result in newest}
    drafts = []
    for pool in pools:
        result = latest.get(pool.pk)
        if result is None:
            raise NothingToSign("There is no result to sign.")
        if result.status == PoolResult.Status.DRAFT:
            result.pool = pool
            drafts.append(result)
            _require_signable(result, seen[pool.code], by)
    _sign(drafts, PoolResult.Status.FINAL, at=at, by=by)
    return list(latest.values())


def _require_signable(draft: PoolResult, seen: SpecimenResult, by: User) -> None:
    if draft.recorded_by_id == by.pk:
        raise SignerIsRecorder("A result is signed by a second person.")
    if draft.value != seen:
        raise ResultChanged("The result was changed after you saw it.")


@transaction.atomic
def withdraw_pool_draft(*, code: str, at: datetime, by: User) -> None:
    """Throw away what was put forward and is not signed. Raises: NotFound, PermissionMissing."""
    require(by, Permission.SIGN_RESULTS)
    (pool,) = _locked([code], by)
    if pool.results.filter(status=PoolResult.Status.DRAFT).delete()[0]:
        audit.record("lab.pool_draft_withdrawn", by=by, at=at, **_named([pool]))


@transaction.atomic
def change_pool_result(*, code: str, value: SpecimenResult | None, reason: str, at: datetime, by: User) -> PoolResult:
    """Correct a signed result, or annul it (value None), as a new version. The same again changes nothing.

    Raises: NotFound, NothingToSign, ReasonMissing, PermissionMissing.
    """
    require(by, Permission.SIGN_RESULTS)
    hold(_subjects([pool_of(code, by=by)]))
    (pool,) = _locked([code], by)
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
    _sign([new], status, at=at, by=by)
    return new


def valid_value(result: PoolResult) -> SpecimenResult | None:
    """Return what a signed version says; None if it annuls."""
    return None if result.status == PoolResult.Status.ANNULLED else SpecimenResult(result.value)


def _locked(codes: Sequence[str], by: User) -> list[Pool]:
    """Lock shared tubes of the reader's area in the order of their keys. Raises: NotFound."""
    pools = [pool.pk for pool in pools_of(codes, by)]
    return list(Pool.objects.select_for_update(no_key=True).filter(pk__in=pools).order_by("pk"))


def _subjects(pools: Sequence[Pool]) -> Sequence[int]:
    members = PoolMember.objects.filter(pool__in=pools).order_by("pool_id", "position")
    return list(members.values_list("subject_id", flat=True))


def _named(pools: Sequence[Pool]) -> dict[str, Any]:
    """Whom a step is about, for the audit trail."""
    about = {"pool": pools[0].pk} if len(pools) == 1 else {"n_pools": len(pools)}
    return {"subjects": _subjects(pools), **about}


def _sign(results: Sequence[PoolResult], status: PoolResult.Status, *, at: datetime, by: User) -> None:
    """Sign drafts, or new versions that are not yet stored, and give each member what the tube's result means."""
    if not results:
        return
    for result in results:
        result.status, result.signed_at, result.signed_by = status, at, by
        result.save()
    of_pool = {result.pool_id: result for result in results}
    audit.record(f"lab.pool_{status}", by=by, at=at, **_named([result.pool for result in results]))
    outbox.add_many("lab.pool_result_signed", [{"pool_result_id": result.pk} for result in results])
    evidence.record("pool_result", results)
    found = PoolMember.objects.filter(pool__in=of_pool).select_related("specimen", "subject")
    members = list(found.order_by("pool_id", "position"))
    profile, occasion = profile_in_force(at=at), Occasion(evidence.known_seq(), at)
    verdicts = [
        read_shared(
            SharedFacts(valid_value(of_pool[each.pool_id]), int(each.specimen.collected_at.timestamp())), profile
        )
        for each in members
    ]
    rows = [stored(verdict, each.subject_id, occasion) for verdict, each in zip(verdicts, members, strict=True)]
    bulk.allot_ids(rows)
    evidence.insert("verdict", rows)
    _keep_results(members, [verdict.outcome for verdict in verdicts], of_pool)
    for member, row, verdict in zip(members, rows, verdicts, strict=True):
        if of_pool[member.pool_id].version == 1 and not verdict.outcome.orders:
            continue  # nothing stands for this tube yet, and nothing is ordered
        owner = Owner(member.subject_id, member.subject.area_code)
        keep_in_line(owner, source_of(POOL, member.pool_id), row, verdict.outcome.orders, profile)


def _keep_results(
    members: Sequence[PoolMember], meanings: Sequence[Meaning], of_pool: Mapping[int, PoolResult]
) -> None:
    """Give each member's specimen the version that its tube's result means for it."""
    evidence.insert(
        "result",
        [_own(member, meaning, of_pool[member.pool_id]) for member, meaning in zip(members, meanings, strict=True)],
    )


def _own(member: PoolMember, meaning: Meaning, result: PoolResult) -> Result:
    return Result(
        specimen=member.specimen,
        version=result.version,
        status=result.status,
        value=meaning.value or result.value,
        reason=result.reason,
        recorded_at=result.recorded_at,
        recorded_by_id=result.recorded_by_id,
        signed_at=result.signed_at,
        signed_by_id=result.signed_by_id,
    )
