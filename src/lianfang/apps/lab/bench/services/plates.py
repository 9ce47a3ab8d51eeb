"""Filling plates: each tube in one well of one open plate, controls among them, then sealed for the instrument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from lianfang.apps.core import audit
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.models import Plate, ReagentLot, Run, Well
from lianfang.apps.lab.bench.selectors import Tube
from lianfang.apps.lab.bench.services.lots import LotExpired
from lianfang.apps.lab.custody import last_steps
from lianfang.apps.lab.models import PoolMember, PoolResult, Result
from lianfang.formats.instruments.plates import PlateSize, positions, spread
from lianfang.rules.custody import Whereabouts
from lianfang.rules.profile_laboratory import ControlKind


class PlateCodeTaken(Conflict):
    """Another plate has this code."""

    code = "plate_code_taken"


class PlateFixed(Conflict):
    """The plate is sealed or closed: nothing on it can be moved."""

    code = "plate_fixed"


class PlateFull(Conflict):
    """There is no free well."""

    code = "plate_full"


class TubeNotReady(DomainError):
    """The tube was not received here, shares another tube, or has a result."""

    code = "tube_not_ready"
    http_status = 422


class TubeOnPlate(Conflict):
    """The tube is on an open plate already."""

    code = "tube_on_plate"


class PlateIncomplete(DomainError):
    """The plate has no tube, or fewer controls than the rules ask for."""

    code = "plate_incomplete"
    http_status = 422


@dataclass(frozen=True, slots=True)
class NewPlate:
    """What a plate begins with."""

    code: str
    size: PlateSize
    lot: ReagentLot


@transaction.atomic
def begin_plate(*, given: NewPlate, at: datetime, by: User) -> Plate:
    """Begin a plate with the controls the rules ask for, spread among the specimens.

    Raises: PlateCodeTaken, LotExpired, PermissionMissing.
    """
    plate = _plate(given, at, by)
    numbers = profile_in_force(at=at).quality_control
    kinds = [kind for kind, n in numbers.required.items() for _ in range(n)] if numbers else []
    places = spread(given.size, len(kinds)) if kinds else []
    Well.objects.bulk_create(
        Well(plate=plate, position=place, control=kind) for place, kind in zip(places, kinds, strict=True)
    )
    return plate


def _plate(given: NewPlate, at: datetime, by: User) -> Plate:
    require(by, Permission.RECORD_RESULTS)
    if given.lot.expires_on < localdate(at):
        raise LotExpired("This lot is past its date.", field="lot")
    stamp = {"size": given.size, "lot": given.lot, "begun_at": at, "begun_by": by}
    where = {"organisation": selectors.laboratory_of(by), "area_code": by.area_code}
    plate, is_new = Plate.objects.get_or_create(code=given.code, defaults={**stamp, **where})
    if not is_new:
        raise PlateCodeTaken("Another plate has this code.", field="code")
    audit.record("lab.plate_begun", by=by, at=at, plate=plate.pk)
    return plate


@transaction.atomic
def add_tube(*, plate_code: str, tube_code: str, at: datetime, by: User) -> Well:
    """Put a tube into the next free well; scanned again it stays where it is.

    Raises: NotFound, PlateFixed, PlateFull, TubeNotReady, TubeOnPlate, PermissionMissing.
    """
    plate = _locked(plate_code, by)
    tube = selectors.tube_of(tube_code, by=by)
    wells = selectors.contents(plate)
    known = next((well for well in wells.values() if well.tube == tube.code), None)
    if known is not None:
        return known
    _require_ready(tube)
    free = next((place for place in positions(PlateSize(plate.size)) if place not in wells), None)
    if free is None:
        raise PlateFull("Every well of this plate is taken: begin the next plate.")
    return _put(plate, [(free, tube)], at, by)[0]


@transaction.atomic
def fill_plate(*, plate_code: str, at: datetime, by: User) -> list[Well]:
    """Put waiting tubes into the free wells, repeats first, then the oldest. Raises: NotFound, PlateFixed, PermissionMissing."""
    plate = _locked(plate_code, by)
    taken = selectors.contents(plate)
    free = [place for place in positions(PlateSize(plate.size)) if place not in taken]
    tubes = selectors.waiting(by=by, limit=len(free))
    return _put(plate, list(zip(free, tubes, strict=False)), at, by)


@transaction.atomic
def set_control(*, plate_code: str, position: str, kind: ControlKind, at: datetime, by: User) -> Well:
    """Put a control into a free well. Raises: NotFound, PlateFixed, PlateFull, PermissionMissing."""
    plate = _locked(plate_code, by)
    if position not in positions(PlateSize(plate.size)):
        raise NotFound("This plate has no such well.", field="position")
    well, is_new = Well.objects.get_or_create(plate=plate, position=position, defaults={"control": kind})
    if not is_new and well.control != kind:
        raise PlateFull("This well is taken: empty it first.", field="position")
    audit.record("lab.plate_control", by=by, at=at, plate=plate.pk, position=position)
    return well


@transaction.atomic
def empty_well(*, plate_code: str, position: str, at: datetime, by: User) -> None:
    """Take out what a well holds; an empty one stays empty. Raises: NotFound, PlateFixed, PermissionMissing."""
    plate = _locked(plate_code, by)
    if plate.wells.filter(position=position).delete()[0]:
        audit.record("lab.well_emptied", by=by, at=at, plate=plate.pk, position=position)


@transaction.atomic
def seal_plate(*, plate_code: str, at: datetime, by: User) -> Plate:
    """Fix the plate: as it stands it goes into the instrument. Twice changes nothing.

    Raises: NotFound, PlateIncomplete, PermissionMissing.
    """
    plate = _open(plate_code, by)
    if plate.sealed_at is not None:
        return plate
    wells = list(plate.wells.all())
    if all(well.control for well in wells):
        raise PlateIncomplete("No tube is on this plate.")
    numbers = profile_in_force(at=at).quality_control
    for kind, needed in numbers.required.items() if numbers else ():
        if sum(well.control == kind for well in wells) < needed:
            raise PlateIncomplete("This plate has fewer controls than the rules ask for.")
    plate.sealed_at = at
    plate.save(update_fields=["sealed_at"])
    audit.record("lab.plate_sealed", by=by, at=at, plate=plate.pk, n_wells=len(wells))
    return plate


@transaction.atomic
def give_up_plate(*, plate_code: str, at: datetime, by: User) -> None:
    """Close a plate that is not read; its tubes wait again. Twice changes nothing. Raises: NotFound, PermissionMissing."""
    require(by, Permission.RECORD_RESULTS)
    plate = selectors.plate_of(plate_code, by=by)
    if Plate.objects.filter(pk=plate.pk, is_open=True).update(is_open=False, closed_at=at):
        audit.record("lab.plate_given_up", by=by, at=at, plate=plate.pk)


@transaction.atomic
def repeat_plate(*, run: Run, given: NewPlate, at: datetime, by: User) -> Plate:
    """Begin a plate with the controls and the tubes of a run in the same wells, but for tubes that wait no longer.

    Raises: PlateCodeTaken, LotExpired, PermissionMissing.
    """
    plate = _plate(given, at, by)
    old = list(run.wells.select_related("specimen", "pool").order_by("position"))
    controls = [Well(plate=plate, position=well.position, control=well.control) for well in old if well.control]
    Well.objects.bulk_create(controls)
    tubes = [(well.position, Tube(well.tube, well.specimen, well.pool)) for well in old if not well.control]
    _put(plate, [(place, tube) for place, tube in tubes if _unready(tube) is None and not _is_placed(tube)], at, by)
    return plate


def _open(plate_code: str, by: User) -> Plate:
    require(by, Permission.RECORD_RESULTS)
    found = selectors.plate_of(plate_code, by=by)
    plate = Plate.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not plate.is_open:
        raise PlateFixed("This plate is closed.")
    return plate


def _locked(plate_code: str, by: User) -> Plate:
    plate = _open(plate_code, by)
    if plate.sealed_at is not None:
        raise PlateFixed("This plate is sealed: what is on it cannot be moved.")
    return plate


def _require_ready(tube: Tube) -> None:
    refusal = _unready(tube)
    if refusal is not None:
        raise refusal
    if _is_placed(tube):
        raise TubeOnPlate("This tube is on another open plate.", field="tube")


def _is_placed(tube: Tube) -> bool:
    return Well.objects.filter(specimen=tube.specimen, pool=tube.pool, is_open=True).exists()


def _unready(tube: Tube) -> TubeNotReady | None:
    if tube.specimen is not None:
        if PoolMember.objects.filter(specimen=tube.specimen).exists():
            return TubeNotReady("This swab shares a tube: scan the shared tube.", field="tube")
        specimen_id, has_result = tube.specimen.pk, Result.objects.filter(specimen=tube.specimen).exists()
    else:
        member = PoolMember.objects.filter(pool=tube.pool).order_by("position")[0]
        specimen_id, has_result = member.specimen_id, PoolResult.objects.filter(pool=tube.pool).exists()
    if has_result:
        return TubeNotReady("This tube has a result, or one that waits for a signature.", field="tube")
    step = last_steps([specimen_id]).get(specimen_id)
    if step is None or step.kind != Whereabouts.RECEIVED:
        return TubeNotReady("This tube was not received: scan it in first.", field="tube")
    return None


def _put(plate: Plate, placed: Sequence[tuple[str, Tube]], at: datetime, by: User) -> list[Well]:
    wells = [Well(plate=plate, position=place, specimen=tube.specimen, pool=tube.pool) for place, tube in placed]
    try:
        with transaction.atomic():
            Well.objects.bulk_create(wells)
    except IntegrityError as error:
        if "on_one_open_plate" not in str(error):
            raise
        raise TubeOnPlate("This tube is on another open plate.", field="tube") from error
    audit.record("lab.plate_filled", by=by, at=at, plate=plate.pk, n_tubes=len(wells))
    return wells
