"""What happens in the market: shops scan goods in and out, the regulator inspects, seals and fines."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.utils.timezone import localdate

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.goods.models import GoodsEvent, Inspection, Lot, LotStanding, Penalty, Scan, Stock
from lianfang.apps.goods.services import moves
from lianfang.apps.goods.services.handling import register_tubes
from lianfang.apps.goods.services.papers import CENT
from lianfang.apps.goods.services.register import import_lots
from lianfang.apps.goods.services.steps import Act, Line, StepRefused, StockRefused, enter_regime, write
from lianfang.apps.places.selectors import Place
from lianfang.formats.gs1_link import is_trace_code, read_link
from lianfang.rules.codec import to_plain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import PlaceKind
from lianfang.rules.warehouse import GoodsStep

VEHICLES = (PlaceKind.TRUCK, PlaceKind.CAR)


class InspectionNotFound(NotFound):
    """No such inspection, or not in this area."""

    code = "inspection_not_found"


class FindingIncomplete(DomainError):
    """A finding names the goods, a clean visit names none."""

    code = "finding_incomplete"
    http_status = 422


class PenaltyDecided(Conflict):
    """A penalty was decided before, and otherwise."""

    code = "penalty_decided"


def lot_of_code(text: str, place: Place, way: str) -> Lot | None:
    """Return the lot that a read code means here: the part itself, else the part that lies here or is on its way here."""
    link = read_link(text)
    code = link.lot if link else text.strip()
    lots = Lot.objects.select_related("subject")
    named = link.serial if link and link.serial else code
    own = lots.filter(subject__code=named, standing__isnull=False).first()
    if own or not is_trace_code(code):
        return own
    root = LotStanding.objects.filter(trace_code=code).values_list("pk", flat=True).first()
    if root is None:
        return None
    held = Stock.objects.filter(lot__standing__root=root, n_pieces__gt=0)
    at_hand = held.filter(place=place) if way == Scan.Way.OUT else _coming(held, place)
    found = at_hand.order_by("since", "lot").values_list("lot_id", flat=True).first()
    return lots.filter(pk=found or root).first()


def _coming(held: moves.StockRows, place: Place) -> moves.StockRows:
    sent = GoodsEvent.objects.filter(kind=GoodsStep.DISPATCHED, detail__destination=place.code).values("lot")
    return held.filter(place__kind__in=VEHICLES, lot__in=sent)


def scan(*, text: str, way: str, pieces: int, place: Place, act: Act) -> Scan:
    """Take goods in or out by their code. A refusal is kept too, with its reasons, and shows on the desk.

    Raises: NotAllowedHere, PermissionMissing, AreaMissing.
    """
    known = Scan.objects.filter(event__key=act.key).first() if act.key else None
    if known:
        return known
    lot = lot_of_code(text, place, way)
    event, reasons = None, [Reason("GP-11")] if lot is None else []
    moves.require_holder(act.by, place)
    if lot is not None:
        try:
            event = _taken(lot, way, pieces, (place, act))
        except StepRefused as refusal:
            reasons = list(refusal.reasons)
        except StockRefused:
            reasons = [Reason("GP-1", {"pieces": pieces, "in_stock": 0})]
    return _kept_scan(Scan(text=text[:200], lot=lot, place=place, way=way, pieces=pieces, event=event), reasons, act)


def _taken(lot: Lot, way: str, pieces: int, where: tuple[Place, Act]) -> GoodsEvent:
    place, act = where
    if way == Scan.Way.OUT:
        return moves.sell(lot, pieces=pieces, place=place, act=act)
    stock = Stock.objects.filter(lot=lot, place__kind__in=VEHICLES, n_pieces__gt=0).select_related("place").first()
    source = stock.place if stock else None
    if source is None:
        raise StepRefused([Reason("GP-1", {"pieces": pieces, "in_stock": 0})])
    return moves.receive(lot, pieces=pieces, source=source, place=place, act=act)


@transaction.atomic
def _kept_scan(row: Scan, reasons: list[Reason], act: Act) -> Scan:
    row.permitted, row.reasons, row.at, row.by = not reasons, [to_plain(each) for each in reasons], act.at, act.by
    row.save(force_insert=True)
    evidence.record("goods_scan", [row])
    return row


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """What an inspector found at a place; `code` "" numbers the goods; handlers: persons who had them in hand."""

    place: Place
    finding: str
    product: str = ""
    n_pieces: int = 0
    country: str = ""
    note: str = ""
    tubes: tuple[str, ...] = ()


@transaction.atomic
def inspect(entry: FindingEntry, *, act: Act) -> Inspection:
    """Record a visit; goods found without a right to be there are registered, sealed and sampled on the spot.

    Raises: FindingIncomplete, PersonUnknown, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.INSPECT_GOODS, area_code=entry.place.area_code)
    is_clean = entry.finding == Inspection.Finding.CLEAN
    if not is_clean and not (entry.product.strip() and entry.n_pieces > 0):
        raise FindingIncomplete("Name the goods and how many pieces there are.", field="product")
    number = _next_number(act.at)
    lot = None if is_clean else _found(number, entry, act)
    row = Inspection.objects.create(
        number=number, place=entry.place, finding=entry.finding, lot=lot, note=entry.note[:500], at=act.at, by=act.by
    )
    audit.record("goods.inspected", by=act.by, at=act.at, subjects=[lot.pk] if lot else [], inspection=row.pk)
    evidence.record("inspection", [row])
    if lot is not None:
        register_tubes(lot, entry.tubes, act)
        moves.seal(lot, note=number, act=Act(act.at, act.by))
    return row


def _next_number(at: datetime) -> str:
    prefix = f"JC-{localdate(at):%Y%m%d}-"
    last = Inspection.objects.filter(number__startswith=prefix).order_by("-number").first()
    return f"{prefix}{int(last.number.rpartition('-')[2]) + 1 if last else 1:03d}"


def _found(number: str, entry: FindingEntry, act: Act) -> Lot:
    row = {
        "code": f"{number}-W",
        "product": entry.product,
        "country": entry.country or None,
        "n_pieces": entry.n_pieces,
        "area_code": entry.place.area_code,
        "owner_code": entry.place.organisation.code if entry.place.organisation else None,
    }
    schema = {"n_pieces": pl.Int64} | dict.fromkeys(row.keys() - {"n_pieces"}, pl.String)
    import_lots(pl.DataFrame([row], schema=schema), by=None, at=act.at)
    lot = Lot.objects.select_related("subject").get(subject__code=row["code"])
    enter_regime(lot)
    event = GoodsEvent(kind=GoodsStep.FOUND, lot=lot, place=entry.place, detail={"inspection": number})
    write(event, act=Act(act.at, act.by, act.handlers), lines=[Line(lot.pk, entry.place.pk, entry.n_pieces)])
    return lot


@transaction.atomic
def penalise(*, inspection_id: int, amount_yuan: Decimal, basis: str, by: User, at: datetime) -> Penalty:
    """Record what was decided after an inspection. The same again changes nothing.

    Raises: InspectionNotFound, PenaltyDecided, PermissionMissing, AreaMissing.
    """
    found = Inspection.objects.select_for_update(of=("self",)).select_related("place").filter(pk=inspection_id).first()
    if found is None:
        raise InspectionNotFound("There is no such inspection.")
    require(by, Permission.INSPECT_GOODS, area_code=found.place.area_code)
    amount_yuan = amount_yuan.quantize(CENT)
    known = Penalty.objects.filter(inspection=found).first()
    if known:
        if (known.amount_yuan, known.basis) == (amount_yuan, basis):
            return known
        raise PenaltyDecided("A penalty was decided before.")
    row = Penalty.objects.create(inspection=found, amount_yuan=amount_yuan, basis=basis[:300], at=at, by=by)
    audit.record("goods.penalised", by=by, at=at, subjects=[found.lot_id] if found.lot_id else [], inspection=found.pk)
    evidence.record("penalty", [row])
    return row
