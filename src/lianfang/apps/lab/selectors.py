"""Reading specimens and results; `known_seq` limits a read to the facts known at that entry of the evidence log."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.selectors import day_span
from lianfang.apps.lab.models import Pool, PoolMember, PoolResult, Result, Specimen
from lianfang.rules.vocabulary import SpecimenResult

__all__ = [
    "Result",
    "SignedResult",
    "Specimen",
    "SpecimenQuery",
    "drafts",
    "found_specimens",
    "pools",
    "positives",
    "result",
    "results_of",
    "specimen_of",
    "specimens",
    "specimens_of",
    "subjects_of",
]


@dataclass(frozen=True, slots=True)
class SignedResult:
    """The valid version of one specimen's result as known at some entry; `value` None when annulled."""

    specimen_id: int
    subject_id: int
    collected_at: datetime
    signed_at: datetime
    value: SpecimenResult | None


@dataclass(frozen=True, slots=True)
class SpecimenQuery:
    """What to look for; None means all. `state`: pending, or a Result.Status; `day`: the county's, of collection."""

    q: str | None = None
    state: str | None = None
    value: str | None = None
    day: date | None = None


def result(result_id: int) -> Result:
    """Return one result with its specimen and subject. Raises: NotFound."""
    found = Result.objects.select_related("specimen__subject").filter(pk=result_id).first()
    if found is None:
        raise NotFound("There is no such result.")
    return found


def specimen_of(code: str, *, by: User) -> Specimen:
    """Return a specimen by tube code inside the reader's area. Raises: NotFound."""
    found = specimens(by=by).filter(code=code).first()
    if found is None:
        raise NotFound("There is no such specimen in your area.")
    return found


def specimens(*, by: User) -> QuerySet[Specimen]:
    """Return the specimens of the reader's area, newest first, with versions of their results."""
    versions = Result.objects.select_related("recorded_by", "signed_by").order_by("-version")
    newest = Result.objects.filter(specimen=OuterRef("pk")).order_by("-version")
    return (
        Specimen.objects.filter(subject__area_code__startswith=by.area_code)
        .select_related("subject")
        .annotate(
            current_status=Subquery(newest.values("status")[:1]), current_value=Subquery(newest.values("value")[:1])
        )
        .prefetch_related(Prefetch("results", versions, to_attr="versions"))
        .order_by("-collected_at", "-id")
    )


def pools(*, by: User) -> QuerySet[Pool]:
    """Return the shared tubes of the reader's area, those without a signed result first, then the newest."""
    outside = PoolMember.objects.filter(pool=OuterRef("pk")).exclude(subject__area_code__startswith=by.area_code)
    newest = PoolResult.objects.filter(pool=OuterRef("pk")).order_by("-version")
    signed = PoolResult.objects.filter(pool=OuterRef("pk"), signed_at__isnull=False)
    return (
        Pool.objects.filter(~Exists(outside))
        .annotate(
            n_members=Count("members"),
            current_status=Subquery(newest.values("status")[:1]),
            current_value=Subquery(newest.values("value")[:1]),
            is_signed=Exists(signed),
        )
        .order_by("is_signed", "-begun_at", "-id")
    )


def found_specimens(query: SpecimenQuery, *, by: User) -> QuerySet[Specimen]:
    """Return the specimens of the reader's area that match, newest first (see `specimens`)."""
    found = specimens(by=by)
    if query.q:
        begins = Q()
        for text in {query.q.strip(), query.q.strip().upper()}:  # as typed or in capitals: both use the index
            begins |= Q(code__startswith=text) | Q(subject__code__startswith=text)
        found = found.filter(begins)
    if query.day:
        start, end = day_span(query.day)
        found = found.filter(collected_at__gte=start, collected_at__lt=end)
    if query.state == "pending":
        found = found.filter(awaited__isnull=False, results__isnull=True)
    elif query.state:
        found = found.filter(pk__in=_newest().filter(status=query.state).values("specimen"))
    if query.value:
        valid = _newest().filter(value=query.value).exclude(status=Result.Status.ANNULLED)
        found = found.filter(pk__in=valid.values("specimen"))
    return found


def _newest() -> QuerySet[Result]:
    """Return the newest version of every specimen's result."""
    newer = Result.objects.filter(specimen=OuterRef("specimen"), version__gt=OuterRef("version"))
    return Result.objects.filter(~Exists(newer))


def subjects_of(result_ids: Collection[int]) -> dict[int, int]:
    """Return the subject of each result."""
    return dict(Result.objects.filter(pk__in=result_ids).order_by("pk").values_list("pk", "specimen__subject"))


def drafts(*, by: User) -> QuerySet[Result]:
    """Return the results of the reader's area that wait for a second person's signature, oldest first."""
    waiting = Result.objects.filter(status=Result.Status.DRAFT, specimen__subject__area_code__startswith=by.area_code)
    return waiting.select_related("specimen__subject", "recorded_by").order_by("recorded_at", "id")


def positives(*, since: datetime, area: str) -> QuerySet[Result]:
    """Return the positives of an area signed since then that still are the valid version, newest first."""
    newer = Result.objects.filter(
        specimen=OuterRef("specimen"), version__gt=OuterRef("version"), signed_at__isnull=False
    )
    signed = Result.objects.filter(
        signed_at__gte=since, value=SpecimenResult.POSITIVE, specimen__subject__area_code__startswith=area
    ).exclude(status=Result.Status.ANNULLED)
    found = signed.exclude(Exists(newer)).select_related("specimen__subject", "signed_by")
    return found.order_by("-signed_at", "-id")


def specimens_of(subject_id: int) -> QuerySet[Specimen]:
    """Return one subject's specimens, newest first, with all versions of their results as `versions`."""
    versions = Result.objects.select_related("recorded_by", "signed_by").order_by("-version")
    found = Specimen.objects.filter(subject=subject_id).select_related("collected_by")
    return found.prefetch_related(Prefetch("results", versions, to_attr="versions")).order_by("-collected_at", "-id")


def results_of(subject_ids: Collection[int], *, known_seq: int | None = None) -> Mapping[int, list[SignedResult]]:
    """Return each subject's specimens with the version valid at `known_seq`, by time of collection.

    A specimen whose newest known version is annulled is listed with value None. Swabs in shared tubes are left out: they
    neither diagnose nor release anybody (docs/rules/pooling.md).
    """
    known = Q() if known_seq is None else Q(seq__lte=known_seq)
    rows = (
        Result.objects.filter(known, specimen__subject_id__in=subject_ids, seq__isnull=False)
        .filter(specimen__membership__isnull=True)
        .exclude(status=Result.Status.DRAFT)
        .order_by("specimen_id", "-version")
        .distinct("specimen_id")
        .select_related("specimen")
    )
    found: dict[int, list[SignedResult]] = defaultdict(list)
    for row in rows:
        assert row.signed_at is not None
        value = None if row.status == Result.Status.ANNULLED else SpecimenResult(row.value)
        specimen = row.specimen
        found[specimen.subject_id].append(
            SignedResult(specimen.pk, specimen.subject_id, specimen.collected_at, row.signed_at, value)
        )
    for results in found.values():
        results.sort(key=lambda item: (item.collected_at, item.specimen_id))
    return found
