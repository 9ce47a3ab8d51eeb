"""Reading the bench: what waits for a plate, plates, runs and what they put forward, lots and their first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
from lianfang.apps.lab.models import Awaited, Pool, PoolMember, PoolResult, Result, Specimen
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


def waiting(*, by: User, limit: int) -> list[Tube]:
    """Return the tubes at the reader's laboratory without a result and on no plate, repeats first, then the oldest."""
    here = Awaited.objects.filter(
        position=1, whereabouts=Whereabouts.RECEIVED.value, area_code__startswith=by.area_code
    )
    laboratory = laboratory_of(by)
    if laboratory is not None:
        here = here.filter(organisation=laboratory)
    specimen, pool = OuterRef("specimen"), OuterRef("specimen__membership__pool")
    free = here.filter(
        ~Exists(Result.objects.filter(specimen=specimen)),
        ~Exists(PoolResult.objects.filter(pool=pool)),
        ~Exists(Well.objects.filter(specimen=specimen, is_open=True)),
        ~Exists(Well.objects.filter(pool=pool, is_open=True)),
    )
    repeats = WellCall.objects.filter(call=Call.REPEAT)
    is_repeat = Exists(repeats.filter(well__specimen=specimen)) | Exists(repeats.filter(well__pool=pool))
    rows = free.annotate(is_repeat=is_repeat).select_related("specimen__membership__pool")
    return [_waiting(row) for row in rows.order_by("-is_repeat", "since", "specimen")[:limit]]


def _waiting(row: Awaited) -> Tube:
    membership: PoolMember | None = getattr(row.specimen, "membership", None)
    is_repeat: bool = row.is_repeat  # type: ignore[attr-defined]
    if membership is None:
        return Tube(row.specimen.code, row.specimen, None, row.since, is_repeat)
    return Tube(membership.pool.code, None, membership.pool, row.since, is_repeat)


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


def lot_of(lot_id: int) -> ReagentLot:
    """Return one lot. Raises: NotFound."""
    found = ReagentLot.objects.filter(pk=lot_id).first()
    if found is None:
        raise NotFound("There is no such lot of reagent.")
    return found


def same_tubes(content: Sequence[Content]) -> Q:
    """Return the wells that hold the same tubes."""
    specimens = [well.specimen_id for well in content if well.specimen_id]
    return Q(specimen__in=specimens) | Q(pool__in=[well.pool_id for well in content if well.pool_id])
