"""Signed results as they leave: for the person, for another system, for the province. Drafts are never among them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from lianfang.apps.core.models import User
from lianfang.apps.lab.models import PoolMember, PoolResult, Result, Specimen


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """The newest signed version of a specimen's result; `members`: how many share its tube, 0 in one's own."""

    result: Result
    signed_at: datetime
    members: int


@dataclass(frozen=True, slots=True)
class OwnSpecimen:
    """One of a person's specimens; `result` None: nothing is signed yet."""

    specimen: Specimen
    result: Result | None
    is_shared: bool

    @property
    def says(self) -> str:
        """What a citizen reads: awaited, annulled, or the signed value."""
        if self.result is None:
            return "awaited"
        return "annulled" if self.result.status == Result.Status.ANNULLED else self.result.value


class SignedRow(NamedTuple):
    """One signed version with its specimen, for a table."""

    result_id: int
    version: int
    status: str
    value: str
    signed_at: datetime
    code: str
    collected_at: datetime
    subject_id: int
    subject_kind: str
    subject_code: str
    area_code: str
    members: int
    laboratory_code: str
    laboratory: str


def signed_version(specimen_id: int) -> SignedVersion | None:
    """Return the newest signed version of a specimen's result."""
    signed = Result.objects.filter(specimen=specimen_id, signed_at__isnull=False)
    result = signed.select_related("signed_by__organisation").order_by("-version").first()
    if result is None or result.signed_at is None:
        return None
    members = PoolMember.objects.filter(pool__members__specimen=specimen_id).count()
    return SignedVersion(result, result.signed_at, members)


def own_specimens(subject_id: int, *, most: int) -> list[OwnSpecimen]:
    """Return a person's specimens, the newest first, each with its newest signed version."""
    return _with_results(Specimen.objects.filter(subject=subject_id).order_by("-collected_at", "-id")[:most])


def newest_specimens(subject_ids: Collection[int]) -> dict[int, OwnSpecimen]:
    """Return the newest specimen of each subject that has one, with its newest signed version."""
    found = Specimen.objects.filter(subject__in=subject_ids).order_by("subject", "-collected_at", "-id")
    return {each.specimen.subject_id: each for each in _with_results(found.distinct("subject"))}


def _with_results(specimens: QuerySet[Specimen]) -> list[OwnSpecimen]:
    versions = Result.objects.filter(signed_at__isnull=False).order_by("-version")
    rows = specimens.select_related("membership").prefetch_related(Prefetch("results", versions, to_attr="signed"))
    return [OwnSpecimen(row, next(iter(row.signed), None), hasattr(row, "membership")) for row in rows]


def member_results(pool_result_id: int) -> Sequence[int]:
    """Return the versions that a shared tube's version gave its members' specimens, in order."""
    given = PoolResult.objects.get(pk=pool_result_id)
    members = Result.objects.filter(specimen__membership__pool=given.pool_id, version=given.version)
    return list(members.order_by("specimen__membership__position").values_list("pk", flat=True))


def signed_between(after: tuple[datetime, int], until: datetime, *, by: User, most: int) -> list[SignedRow]:
    """Return the versions of the reader's area signed before `until`, from the row after (instant, number) on."""
    at, number = after
    shared = PoolMember.objects.filter(pool__members__specimen=OuterRef("specimen")).order_by()
    members = Subquery(shared.values("pool").annotate(n=Count("pk", distinct=True)).values("n")[:1])
    found = Result.objects.filter(
        Q(signed_at__gt=at) | Q(signed_at=at, pk__gt=number),
        signed_at__lt=until,
        specimen__subject__area_code__startswith=by.area_code,
    ).annotate(
        code=F("specimen__code"),
        collected_at=F("specimen__collected_at"),
        subject_id=F("specimen__subject"),
        kind=F("specimen__subject__kind"),
        subject_code=F("specimen__subject__code"),
        area=F("specimen__subject__area_code"),
        members=members,
        laboratory_code=F("signed_by__organisation__code"),
        laboratory=F("signed_by__organisation__name"),
    )
    fields = ("pk", "version", "status", "value", "signed_at", "code", "collected_at", "subject_id", "kind")
    rows = found.order_by("signed_at", "pk").values_list(
        *fields, "subject_code", "area", "members", "laboratory_code", "laboratory"
    )
    return [SignedRow._make((*row[:11], row[11] or 1, row[12] or "", row[13] or "")) for row in rows[:most]]
