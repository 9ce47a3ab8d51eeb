"""Moving goods: inside the store, into parts, out by vehicle, into shops, to buyers; sealing, destroying, sending back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import polars as pl
from django.db import transaction
from django.db.models import QuerySet

from lianfang.apps.core.errors import Conflict, NotAllowed
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.goods.models import GoodsEvent, Lot, LotLink, LotStanding, Package, Stock
from lianfang.apps.goods.services.register import import_links, import_lots, import_packages
from lianfang.apps.goods.services.steps import (
    HANDLING,
    Act,
    KeyTaken,
    Line,
    asking,
    enter_regime,
    known_step,
    lock,
    permitted,
    write,
)
from lianfang.apps.places.selectors import Place
from lianfang.rules.warehouse import GoodsStep

StockRows = QuerySet[Stock]


class NotAllowedHere(NotAllowed):
    """The place belongs to another unit."""

    code = "place_of_another_unit"


class PackageTaken(Conflict):
    """The code is that of something else, or of a package that is followed by itself already."""

    code = "package_taken"


class SamePlace(Conflict):
    """Goods are there already."""

    code = "same_place"


@transaction.atomic
def store(lot: Lot, *, pieces: int, source: Place, target: Place, act: Act) -> GoodsEvent:
    """Move pieces to another room of the store. Raises: StepRefused, StockRefused, SamePlace, PermissionMissing."""
    _require_inside(act.by, source, target)
    if source.pk == target.pk:
        raise SamePlace("The goods are there already.", field="target")
    return _moved(GoodsStep.STORED, lot, (source, target, pieces), act)


def _require_inside(by: User, *places: Place) -> None:
    for place in places:
        require(by, Permission.HANDLE_GOODS, area_code=place.area_code)


def _moved(kind: GoodsStep, lot: Lot, way: tuple[Place, Place, int], act: Act) -> GoodsEvent:
    source, target, pieces = way
    lock([lot.pk])
    if known := known_step(act, kind, lot.pk):
        return known
    lines = (Line(lot.pk, source.pk, -pieces), Line(lot.pk, target.pk, pieces))
    verdict = permitted(asking(kind, lines[0]), act)
    where = target if kind is GoodsStep.RECEIVED else source
    event = GoodsEvent(kind=kind, lot=lot, place=where, detail={"from": source.code, "to": target.code})
    return write(event, act=act, lines=lines, verdicts=[verdict])


@transaction.atomic
def split(lot: Lot, *, pieces: int, place: Place, act: Act) -> tuple[GoodsEvent, Lot]:
    """Make a part of a lot a lot of its own, at the same place; it shares papers, release and trace code.

    Raises: StepRefused, StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    return _divided(lot, pieces, place, act, lambda: _part([(lot, pieces)], LotLink.Kind.SPLIT, pieces, act))


@transaction.atomic
def single_out(lot: Lot, *, package: str, place: Place, act: Act) -> tuple[GoodsEvent, Lot]:
    """Follow one package of a lot by itself from now on: a part of one piece under its own code.

    What is found of it counts for the lot that arrived, as for any package.
    Raises: PackageTaken, StepRefused, StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    return _divided(lot, 1, place, act, lambda: _package(lot, package.strip(), act))


def _divided(lot: Lot, pieces: int, place: Place, act: Act, make: Callable[[], Lot]) -> tuple[GoodsEvent, Lot]:
    _require_inside(act.by, place)
    lock([lot.pk])
    if known := known_step(act, GoodsStep.SPLIT, lot.pk):
        return known, Lot.objects.select_related("subject").get(pk=known.detail["into"])
    verdict = permitted(asking(GoodsStep.SPLIT, Line(lot.pk, place.pk, pieces)), act)
    part = make()
    lines = (Line(lot.pk, place.pk, -pieces), Line(part.pk, place.pk, pieces))
    event = GoodsEvent(kind=GoodsStep.SPLIT, lot=lot, place=place, detail={"into": part.pk})
    return write(event, act=act, lines=lines, verdicts=[verdict]), part


@transaction.atomic
def merge(lots: Sequence[Lot], *, place: Place, act: Act) -> tuple[GoodsEvent, Lot]:
    """Make one lot of all that parts of one arrival have at a place (a pallet built of rests).

    Lots of different arrivals are not merged: one code cannot stand for two sets of certificates.
    Raises: StepRefused (GP-8 too), StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    _require_inside(act.by, place)
    lots = sorted(lots, key=lambda each: each.pk)
    standings = lock([each.pk for each in lots])
    if known := known_step(act, GoodsStep.MERGED, lots[0].pk):
        return known, Lot.objects.select_related("subject").get(pk=known.detail["into"])
    alike = len({(each.root_id, each.is_released) for each in standings.values()}) == 1 and len(lots) > 1
    taken = {each.pk: _pieces_at(each, place) for each in lots}
    asked = [asking(GoodsStep.MERGED, Line(pk, place.pk, pieces), same_standing=alike) for pk, pieces in taken.items()]
    verdicts = [permitted(each, act) for each in asked]
    whole = _part([(each, taken[each.pk]) for each in lots], LotLink.Kind.MERGE, sum(taken.values()), act)
    lines = [Line(pk, place.pk, -pieces) for pk, pieces in taken.items()]
    lines.append(Line(whole.pk, place.pk, sum(taken.values())))
    event = GoodsEvent(kind=GoodsStep.MERGED, lot=lots[0], place=place, detail={"of": sorted(taken), "into": whole.pk})
    return write(event, act=act, lines=lines, verdicts=verdicts), whole


@transaction.atomic
def repack(lot: Lot, *, pieces: int, grams: tuple[int, int], place: Place, act: Act) -> tuple[GoodsEvent, Lot]:
    """Pack pieces of a lot into others; grams: of one piece before and after. The weight stays.

    Raises: StepRefused (GP-9), StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    _require_inside(act.by, place)
    lock([lot.pk])
    if known := known_step(act, GoodsStep.REPACKED, lot.pk):
        return known, Lot.objects.select_related("subject").get(pk=known.detail["into"])
    before, after = grams
    n_after, rest = divmod(pieces * before, after) if after > 0 else (0, 1)
    asked = asking(GoodsStep.REPACKED, Line(lot.pk, place.pk, pieces), weight_kept=not rest)
    verdict = permitted(asked, act)
    packed = _part([(lot, pieces)], LotLink.Kind.REPACK, n_after, act)
    lines = (Line(lot.pk, place.pk, -pieces), Line(packed.pk, place.pk, n_after))
    detail = {"into": packed.pk, "grams": [before, after]}
    event = GoodsEvent(kind=GoodsStep.REPACKED, lot=lot, place=place, detail=detail)
    return write(event, act=act, lines=lines, verdicts=[verdict]), packed


def _pieces_at(lot: Lot, place: Place) -> int:
    return Stock.objects.filter(lot=lot, place=place).values_list("n_pieces", flat=True).first() or 0


def _part(sources: Sequence[tuple[Lot, int]], kind: LotLink.Kind, pieces: int, act: Act) -> Lot:
    """Register the lot that parts of others become, in the regime and linked for the trace."""
    first = sources[0][0]
    root = LotStanding.objects.get(pk=first.pk).root
    # Parts of one root are numbered under its lock, so that two sessions do not take the same number.
    LotStanding.objects.select_for_update().get(pk=root.pk)
    stem = f"{root.subject.code}-S"
    number = LotStanding.objects.filter(root=root, lot__subject__code__startswith=stem).count() + 1
    weight = sum(_weight(lot, taken) for lot, taken in sources)
    code = f"{stem}{number:02d}"
    row = {name: getattr(first, name) for name in _SHARED} | {
        "code": code,
        "n_pieces": pieces,
        "net_weight_kg": round(weight, 2),
        "area_code": first.subject.area_code,
        "owner_code": first.owner.code if first.owner else None,
    }
    import_lots(pl.DataFrame([row]), by=None, at=act.at)
    part = Lot.objects.select_related("subject", "owner").get(subject__code=code)
    return _entered(part, [lot for lot, _ in sources], root, (kind, act))


def _package(lot: Lot, code: str, act: Act) -> Lot:
    """Register a package, where it is not yet, and make it a part of one piece."""
    root = LotStanding.objects.get(pk=lot.pk).root
    wrapped = Package.objects.filter(lot__standing__root=root, subject__code=code)
    free = wrapped.exclude(pk__in=LotStanding.objects.filter(root=root).values("pk"))
    if not code or Subject.objects.filter(code=code).exclude(pk__in=free.values("pk")).exists():
        raise PackageTaken(
            "Another thing has this code, or the package is followed by itself already.", field="package"
        )
    if not free.exists():
        import_packages(pl.DataFrame([{"code": code, "lot_code": root.subject.code}]), by=None, at=act.at)
    shared = {name: getattr(lot, name) for name in (*_SHARED, "owner", "arrived_at")}
    subject = Subject.objects.get(code=code)
    one = Lot.objects.create(subject=subject, n_pieces=1, net_weight_kg=round(_weight(lot, 1), 2), **shared)
    return _entered(one, [lot], root, (LotLink.Kind.PACKAGE, act))


_SHARED: Final = ("product", "country", "declaration_no", "quarantine_cert_no", "production_lot")


def _weight(lot: Lot, pieces: int) -> float:
    return float(lot.net_weight_kg or 0) * pieces / (lot.n_pieces or 1)


def _entered(part: Lot, sources: Sequence[Lot], root: Lot, how: tuple[LotLink.Kind, Act]) -> Lot:
    """Link a part with what it was made of, for the trace, and bring it into the regime."""
    kind, act = how
    links = [{"from": lot.subject.code, "to": part.subject.code, "at": act.at, "kind": kind.value} for lot in sources]
    import_links(pl.DataFrame(links), by=None, at=act.at)
    enter_regime(part, root=root)
    return part


@transaction.atomic
def dispatch(lot: Lot, *, pieces: int, way: tuple[Place, Place, Place], act: Act) -> GoodsEvent:
    """Send released pieces out; way: from a room, on a vehicle, to a destination. Part of a lot leaves as a lot of its own.

    Raises: StepRefused, StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    source, vehicle, destination = way
    _require_inside(act.by, source)
    lock([lot.pk])
    if act.key and (known := GoodsEvent.objects.filter(key=act.key).first()):
        if known.kind != GoodsStep.DISPATCHED:
            raise KeyTaken("This key belongs to another step.")
        return known
    permitted(asking(GoodsStep.DISPATCHED, Line(lot.pk, source.pk, pieces)), act)
    total = sum(Stock.objects.filter(lot=lot).values_list("n_pieces", flat=True))
    if pieces < total:
        picking = Act(_picked_at(lot, source, act), act.by, pallet=act.pallet)
        lot = split(lot, pieces=pieces, place=source, act=picking)[1]
    verdict = permitted(asking(GoodsStep.DISPATCHED, Line(lot.pk, source.pk, pieces)), act)
    lines = (Line(lot.pk, source.pk, -pieces), Line(lot.pk, vehicle.pk, pieces))
    detail = {"from": source.code, "to": vehicle.code, "destination": destination.code}
    event = GoodsEvent(kind=GoodsStep.DISPATCHED, lot=lot, place=source, detail=detail)
    return write(event, act=act, lines=lines, verdicts=[verdict])


def _picked_at(lot: Lot, place: Place, act: Act) -> datetime:
    """A part is picked before it is loaded, so that whoever loads it had the part in hand and not only the lot."""
    since = Stock.objects.filter(lot=lot, place=place).values_list("since", flat=True).first()
    return max(filter(None, (act.at - HANDLING, since)))


def require_holder(by: User, place: Place) -> None:
    """A shop's own people act for their own places; the warehouse and the regulator for all of their area."""
    require(by, Permission.SCAN_GOODS, area_code=place.area_code)
    if by.organisation_id != place.organisation_id:
        raise NotAllowedHere("This place belongs to another unit.", field="place")


@transaction.atomic
def receive(lot: Lot, *, pieces: int, source: Place, place: Place, act: Act) -> GoodsEvent:
    """Take pieces off a vehicle into a shop; what is missing stays on the vehicle and shows on the desk.

    Raises: StepRefused, StockRefused, NotInRegime, PermissionMissing, AreaMissing.
    """
    require_holder(act.by, place)
    return _moved(GoodsStep.RECEIVED, lot, (source, place, pieces), act)


@transaction.atomic
def sell(lot: Lot, *, pieces: int, place: Place, act: Act, buyer: str = "") -> GoodsEvent:
    """Sell pieces to a buyer (a code, where known). Raises: StepRefused, StockRefused, NotInRegime, PermissionMissing."""
    require_holder(act.by, place)
    return _gone(GoodsStep.SOLD, lot, Line(lot.pk, place.pk, -pieces), act, buyer=buyer)


@transaction.atomic
def destroy(lot: Lot, *, pieces: int, place: Place, act: Act, method: str = "") -> GoodsEvent:
    """Destroy pieces that something condemns, witnessed by the regulator. Raises: StepRefused, StockRefused."""
    require(act.by, Permission.INSPECT_GOODS, area_code=place.area_code)
    return _gone(GoodsStep.DESTROYED, lot, Line(lot.pk, place.pk, -pieces), act, method=method)


@transaction.atomic
def send_back(lot: Lot, *, pieces: int, place: Place, act: Act) -> GoodsEvent:
    """Send unreleased, not positive pieces back to their sender. Raises: StepRefused, StockRefused, PermissionMissing."""
    require(act.by, Permission.INSPECT_GOODS, area_code=place.area_code)
    return _gone(GoodsStep.RETURNED, lot, Line(lot.pk, place.pk, -pieces), act)


def _gone(kind: GoodsStep, lot: Lot, line: Line, act: Act, **detail: str) -> GoodsEvent:
    lock([lot.pk])
    if known := known_step(act, kind, lot.pk):
        return known
    verdict = permitted(asking(kind, line), act)
    said = {name: value[:200] for name, value in detail.items() if value}
    event = GoodsEvent(kind=kind, lot=lot, place_id=line.place_id, detail=said)
    return write(event, act=act, lines=[line], verdicts=[verdict])


@transaction.atomic
def seal(lot: Lot, *, note: str, act: Act) -> GoodsEvent:
    """Seal a lot where it is. Sealing twice changes nothing. Raises: NotInRegime, PermissionMissing, AreaMissing."""
    require(act.by, Permission.INSPECT_GOODS, area_code=lot.subject.area_code)
    standing = lock([lot.pk])[lot.pk]
    if standing.is_sealed:
        return GoodsEvent.objects.filter(lot=lot, kind=GoodsStep.SEALED).latest("pk")
    event = GoodsEvent(kind=GoodsStep.SEALED, lot=lot, place_id=_first_place(lot), detail={"note": note[:300]})
    return write(event, act=act)


@transaction.atomic
def unseal(lot: Lot, *, note: str, act: Act) -> GoodsEvent | None:
    """Lift a seal or recall when nothing condemns the lot any more. Nothing sealed: nothing happens.

    Raises: StepRefused (GP-12), NotInRegime, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.INSPECT_GOODS, area_code=lot.subject.area_code)
    standing = lock([lot.pk])[lot.pk]
    if not (standing.is_sealed or standing.is_recalled):
        return None
    place_id = _first_place(lot) or 0
    pieces = Stock.objects.filter(lot=lot, place=place_id).values_list("n_pieces", flat=True).first() or 0
    verdict = permitted(asking(GoodsStep.UNSEALED, Line(lot.pk, place_id, pieces)), act)
    event = GoodsEvent(kind=GoodsStep.UNSEALED, lot=lot, place_id=place_id or None, detail={"note": note[:300]})
    return write(event, act=act, verdicts=[verdict])


def _first_place(lot: Lot) -> int | None:
    rows = Stock.objects.filter(lot=lot, n_pieces__gt=0).order_by("-n_pieces", "place_id")
    return rows.values_list("place_id", flat=True).first()
