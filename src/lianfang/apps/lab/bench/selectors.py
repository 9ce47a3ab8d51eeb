"""Reading the bench: what waits for a plate, plates, runs and what they put forward, lots and their first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.lab.bench.models import (
    Content,
    Judgement,
    Plate,
    ReadWell,
    ReagentLot,
    Run,
    RunSignature,
    SetAside,
    Well,
    WellCall,
)
from lianfang.apps.lab.custody_selectors import LABORATORY_KINDS
from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, PoolResult, Result, Specimen
from lianfang.rules.assay import Call
from lianfang.rules.custody import Whereabouts

__all__ = [
    "Judgement", "Plate", "ReadWell", "ReagentLot", "Run", "RunSignature", "SetAside", "Tube", "Well", "WellCall",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tube:
    """One physical tube: somebody's own, or one that several share."""

    code: str
    specimen: Specimen | None = None
    pool: Pool | None = None
    received_at: datetime | None = None
    is_repeat: bool = False


def laboratory_of(user: User) -> Organisation | None:
    """Return the laboratory a member of staff works at; None for one of the whole county."""
    own = user.organisation
    return own if own is not None and own.kind in LABORATORY_KINDS else None


def waiting(*, now: datetime, by: User, limit: int) -> list[Tube]:
    """Return the tubes at the reader's laboratory without a result and on no plate, repeats first, then the oldest."""
    received = _received(by)
    own = received.filter(specimen=OuterRef("pk"), specimen__membership__isnull=True).values("at")[:1]
    singles = _free(
        Specimen.objects.filter(pk__in=received.values("specimen"), membership__isnull=True), Result, "specimen"
    )
    singles = singles.annotate(received_at=Subquery(own)).order_by("-is_repeat", "received_at", "pk")
    first = received.filter(specimen__membership__pool=OuterRef("pk")).values("at")[:1]
    shared = received.filter(specimen__membership__isnull=False).values("specimen__membership__pool")
    pools = _free(Pool.objects.filter(pk__in=shared), PoolResult, "pool")
    pools = pools.annotate(received_at=Subquery(first)).order_by("-is_repeat", "received_at", "pk")
    found = [Tube(each.code, each, None, each.received_at, each.is_repeat) for each in singles[:limit]]
    found += [Tube(each.code, None, each, each.received_at, each.is_repeat) for each in pools[:limit]]
    return sorted(found, key=lambda tube: (not tube.is_repeat, tube.received_at or now, tube.code))[:limit]


def _received(by: User) -> QuerySet[CustodyStep]:
    """The last steps of tubes that await a result and are at the reader's laboratory."""
    later = CustodyStep.objects.filter(specimen=OuterRef("specimen"), number__gt=OuterRef("number"))
    found = CustodyStep.objects.filter(kind=Whereabouts.RECEIVED.value, specimen__awaited__isnull=False)
    found = found.filter(~Exists(later), specimen__subject__area_code__startswith=by.area_code)
    laboratory = laboratory_of(by)
    return found if laboratory is None else found.filter(organisation=laboratory)


def _free(tubes: QuerySet[Any], results: type[Result | PoolResult], key: str) -> QuerySet[Any]:
    """The tubes without a result or draft that stand on no open plate; `is_repeat`: the last run asked for another."""
    has_result = Exists(results._default_manager.filter(**{key: OuterRef("pk")}))
    on_plate = Exists(Well.objects.filter(**{key: OuterRef("pk")}, is_open=True))
    calls = WellCall.objects.filter(**{f"well__{key}": OuterRef("pk")}, call=Call.REPEAT)
    free: QuerySet[Any] = tubes.filter(~has_result, ~on_plate).annotate(is_repeat=Exists(calls))
    return free


def tube_of(code: str, *, by: User) -> Tube:
    """Return a tube of the reader's area by its code. Raises: NotFound."""
    specimen = Specimen.objects.filter(code=code, subject__area_code__startswith=by.area_code).first()
    if specimen is not None:
        return Tube(code, specimen=specimen)
    pool = Pool.objects.filter(code=code).first()
    if pool is None or pool.members.exclude(subject__area_code__startswith=by.area_code).exists():
        raise NotFound("There is no such tube in your area.")
    return Tube(code, pool=pool)


def shared_by(specimen: Specimen) -> str | None:
    """Return the code of the shared tube a specimen is in."""
    membership = PoolMember.objects.filter(specimen=specimen).select_related("pool").first()
    return membership.pool.code if membership else None


def plates(*, by: User) -> QuerySet[Plate]:
    """Return the plates of the reader's area, the newest first."""
    found = Plate.objects.filter(area_code__startswith=by.area_code).select_related("lot", "organisation")
    return found.order_by("-begun_at", "-id")


def plate_of(code: str, *, by: User) -> Plate:
    """Return one plate of the reader's area. Raises: NotFound."""
    found = plates(by=by).filter(code=code).first()
    if found is None:
        raise NotFound("There is no such plate in your area.")
    return found


def contents(plate: Plate) -> dict[str, Well]:
    """Return the filled wells of a plate by position."""
    return {well.position: well for well in plate.wells.select_related("specimen", "pool")}


def runs(*, by: User) -> QuerySet[Run]:
    """Return the runs of the reader's area with what the rule says of each, the newest first."""
    found = Run.objects.filter(plate__area_code__startswith=by.area_code)
    return found.select_related("plate", "lot", "recorded_by", "judgement", "signature").order_by("-recorded_at", "-id")


def to_sign(*, by: User) -> QuerySet[Run]:
    """Return the runs that may be read and wait for somebody's signature, the oldest first."""
    waits = Q(signature__isnull=True) & ~Q(judgement__validity="invalid")
    return runs(by=by).filter(waits).order_by("recorded_at", "id")


def run_of(run_id: int, *, by: User) -> Run:
    """Return one run of the reader's area. Raises: NotFound."""
    found = runs(by=by).filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no such run in your area.")
    return found


def read_wells(run: Run) -> QuerySet[ReadWell]:
    """Return the wells of a run with their calls, down the columns."""
    found = run.wells.select_related("specimen", "pool", "call__verdict", "set_aside")
    return found.order_by("position")


def proposals(wells: Sequence[ReadWell]) -> dict[ReadWell, Result | PoolResult]:
    """Return the draft or the signed result that each well's tube has now."""
    single = Result.objects.filter(specimen__in=[well.specimen_id for well in wells if well.specimen_id])
    shared = PoolResult.objects.filter(pool__in=[well.pool_id for well in wells if well.pool_id])
    of_specimen = {each.specimen_id: each for each in single.order_by("specimen_id", "version")}
    of_pool = {each.pool_id: each for each in shared.order_by("pool_id", "version")}
    found: dict[ReadWell, Result | PoolResult] = {}
    for well in wells:
        result = of_specimen.get(well.specimen_id or 0) or of_pool.get(well.pool_id or 0)
        if result is not None:
            found[well] = result
    return found


def lots() -> QuerySet[ReagentLot]:
    """Return the lots, those that can be used longest first, with the run of their first use."""
    first = Run.objects.filter(lot=OuterRef("pk")).order_by("id")
    return ReagentLot.objects.annotate(
        first_run=Subquery(first.values("pk")[:1]),
        first_used_at=Subquery(first.values("recorded_at")[:1]),
        first_validity=Subquery(first.values("judgement__validity")[:1]),
    ).order_by(F("expires_on").desc(), "kit", "number")


def same_tubes(content: Sequence[Content]) -> Q:
    """Return the wells that hold the same tubes."""
    specimens = [well.specimen_id for well in content if well.specimen_id]
    return Q(specimen__in=specimens) | Q(pool__in=[well.pool_id for well in content if well.pool_id])
