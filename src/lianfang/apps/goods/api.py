"""API of the total warehouse: the same services, permissions and rules as on the pages (docs/goods-api.md).

A step that could be taken twice asks for an `Idempotency-Key`: the same key is the same step. Refusals are problem details
(RFC 9457) with the rule's reasons.
"""

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Router

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.middleware import note_attempt
from lianfang.apps.core.models import Organisation
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.goods import selectors, services
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, Stock
from lianfang.apps.goods.schemas import (
    ArrivalIn,
    BookingIn,
    CertificateIn,
    DisinfectionIn,
    LoadIn,
    LotOut,
    MoveIn,
    PackageIn,
    PalletMoveIn,
    PalletOut,
    SampleIn,
    SplitIn,
    StepOut,
    StockOut,
)
from lianfang.apps.goods.services.bulk_entry import OwnerUnknown
from lianfang.apps.places.selectors import Place, place_by_code
from lianfang.rules.reasons import explain

PREFIX: Final = "/api/goods/"
router = Router(tags=["total warehouse"])
P = Permission


class KeyMissing(DomainError):
    """A step that would be taken again by a repeated call names a key."""

    code = "idempotency_key_missing"
    http_status = 400


def problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return a refusal as problem details; `reasons`: the rule's rows, where a rule refused."""
    note_attempt(request, error)
    content: dict[str, Any] = {
        "type": f"urn:lianfang:problem:{error.code}",
        "title": error.message,
        "status": error.http_status,
        "code": error.code,
    }
    if error.field:
        content["errors"] = [{"pointer": f"/{error.field}", "code": error.code}]
    if isinstance(error, services.StepRefused):
        content["reasons"] = [
            {"row": each.code, "params": dict(each.params or {}), "text": explain(each, "en")} for each in error.reasons
        ]
    return problem_answer(content)


def malformed(errors: list[dict[str, Any]]) -> HttpResponse:
    """Return what is wrong with the shape of a call: a JSON pointer each, never the value."""
    found = [{"pointer": "/" + "/".join(map(str, each["loc"][2:])), "code": each["type"]} for each in errors]
    title = "The call is not of the documented shape."
    return problem_answer(
        {"type": "urn:lianfang:problem:malformed", "title": title, "status": 422, "code": "malformed", "errors": found}
    )


def problem_answer(content: dict[str, Any]) -> HttpResponse:
    """Return problem details as an answer of their status."""
    body = json.dumps(content, ensure_ascii=False, default=str).encode()
    return HttpResponse(body, status=content["status"], content_type="application/problem+json")


def _act(request: HttpRequest, key: str, handlers: list[str], *, is_needed: bool = True) -> services.Act:
    if is_needed and not key:
        raise KeyMissing("Name an Idempotency-Key.")
    by = actor(request)
    own = f"api:{by.pk}:{key}"[:64] if key else ""
    return services.Act(timezone.now(), by, tuple(handlers), own)


def _lot(request: HttpRequest, code: str) -> Lot:
    return selectors.lot_by_code(code, area=actor(request).area_code)


def _place(request: HttpRequest, code: str) -> Place:
    return place_by_code(code, area=actor(request).area_code)


def _shown(lot: Lot) -> LotOut:
    standing = LotStanding.objects.select_related("root__subject").get(pk=lot.pk)
    stock = Stock.objects.filter(lot=lot, n_pieces__gt=0).select_related("place").order_by("place_id")
    names = ("stage", "is_released", "is_held", "is_sealed", "is_recalled", "waits_for", "arrived_at")
    return LotOut(
        code=lot.subject.code,
        product=lot.product,
        root_code=standing.root.subject.code,
        release_no=standing.release_no,
        trace_code=standing.trace_code,
        stock=[StockOut(place_code=row.place.code, n_pieces=row.n_pieces, since=row.since) for row in stock],
        **{name: getattr(standing, name) for name in names},
    )


def _taken(event: GoodsEvent, lot: Lot, made: Lot | None = None) -> StepOut:
    return StepOut(
        event=event.pk,
        kind=event.kind,
        at=event.at,
        differences=event.detail.get("differences", []),
        made_code=made.subject.code if made else None,
        lot=_shown(lot),
    )


@router.post("/goods/bookings", response=LotOut, url_name="goods_bookings")
@needs(P.BOOK_GOODS)
def book(request: HttpRequest, payload: BookingIn) -> LotOut:
    """Announce a lot; the same booking again changes nothing. Refuses: step_refused (GB), lot_code_taken, person_unknown."""
    by = actor(request)
    said = payload.dict(exclude={"owner_code", "warehouse_code", "driver_code", "crew_codes"})
    owner = Organisation.objects.filter(code=payload.owner_code).first()
    if owner is None:
        raise OwnerUnknown("No organisation has this code.", field="owner_code")
    entry = services.BookingEntry(
        **said,
        owner=owner,
        warehouse=_place(request, payload.warehouse_code),
        driver=payload.driver_code,
        crew=tuple(payload.crew_codes),
    )
    booking = services.book(entry, by=by, at=timezone.now())
    return _shown(_lot(request, booking.lot.subject.code))


@router.get("/goods/lots/{path:code}/standing", response=LotOut, url_name="goods_lot")
@needs(P.VIEW_GOODS)
def standing(request: HttpRequest, code: str) -> LotOut:
    """Return what stands of a lot and where its pieces are. Refuses: lot_not_found, not_in_regime."""
    lot = _lot(request, code)
    if not LotStanding.objects.filter(pk=lot.pk).exists():
        raise selectors.LotNotFound("This lot never entered the warehouse's regime.")
    return _shown(lot)


@router.post("/goods/lots/{path:code}/arrival", response=StepOut, url_name="goods_arrival")
@needs(P.HANDLE_GOODS)
def arrive(request: HttpRequest, code: str, payload: ArrivalIn) -> StepOut:
    """Take a booked lot in, once; `differences` hold it. Refuses: not_booked, already_arrived, person_unknown."""
    lot = _lot(request, code)
    said = payload.dict(exclude={"driver_code", "room_code", "handlers"})
    entry = services.ArrivalEntry(**said, driver=payload.driver_code, room=_place(request, payload.room_code))
    act = _act(request, "", payload.handlers, is_needed=False)
    return _taken(services.arrive(lot, entry, act=act), lot)


@router.post("/goods/lots/{path:code}/certificates", response=LotOut, url_name="goods_certificates")
@needs(P.BOOK_GOODS)
def certificate(request: HttpRequest, code: str, payload: CertificateIn) -> LotOut:
    """Enter what a certificate says; the same again changes nothing. Refuses: certificate_number_taken."""
    lot = _lot(request, code)
    services.enter_certificate(lot, services.CertificateEntry(**payload.dict()), by=actor(request), at=timezone.now())
    return _shown(lot)


@router.post("/goods/lots/{path:code}/samples", response=StepOut, url_name="goods_samples")
@needs(P.COLLECT_SPECIMENS)
def sample(request: HttpRequest, code: str, payload: SampleIn) -> StepOut:
    """Register tubes taken of a lot; the same tubes again change nothing. Refuses: not_arrived, specimen_code_taken."""
    lot = _lot(request, code)
    act = _act(request, "", payload.handlers, is_needed=False)
    return _taken(services.sample(lot, tubes=payload.tubes, act=act), lot)


@router.post("/goods/lots/{path:code}/disinfections", response=StepOut, url_name="goods_disinfections")
@needs(P.HANDLE_GOODS)
def disinfect(request: HttpRequest, code: str, payload: DisinfectionIn, idempotency_key: Header[str] = "") -> StepOut:
    """Record a disinfection. Refuses: idempotency_key_missing, key_taken, not_arrived, pieces_wrong."""
    lot = _lot(request, code)
    act = _act(request, idempotency_key, payload.handlers)
    said = payload.dict(exclude={"handlers"})
    return _taken(services.disinfect(lot, **said, act=act), lot)


@router.post("/goods/lots/{path:code}/release", response=StepOut, url_name="goods_release")
@needs(P.RELEASE_GOODS)
def release(request: HttpRequest, code: str) -> StepOut:
    """Let a lot into trade, once. Refuses: step_refused with what is still open (G rows), not_arrived."""
    lot = _lot(request, code)
    return _taken(services.release(lot, act=_act(request, "", [], is_needed=False)), lot)


@router.post("/goods/lots/{path:code}/moves", response=StepOut, url_name="goods_moves")
@needs(P.HANDLE_GOODS)
def move(request: HttpRequest, code: str, payload: MoveIn, idempotency_key: Header[str] = "") -> StepOut:
    """Move pieces inside, or send them out. Refuses: idempotency_key_missing, key_taken, step_refused (GP), same_place."""
    lot, act = _lot(request, code), _act(request, idempotency_key, payload.handlers)
    source, target = _place(request, payload.source_code), _place(request, payload.target_code)
    if not payload.destination_code:
        return _taken(services.store(lot, pieces=payload.pieces, source=source, target=target, act=act), lot)
    way = (source, target, _place(request, payload.destination_code))
    sent = services.dispatch(lot, pieces=payload.pieces, way=way, act=act)
    return _taken(sent, lot, sent.lot if sent.lot_id != lot.pk else None)


@router.post("/goods/lots/{path:code}/splits", response=StepOut, url_name="goods_splits")
@needs(P.HANDLE_GOODS)
def split(request: HttpRequest, code: str, payload: SplitIn, idempotency_key: Header[str] = "") -> StepOut:
    """Make a part a lot of its own. Refuses: idempotency_key_missing, key_taken, step_refused (GP)."""
    lot, act = _lot(request, code), _act(request, idempotency_key, [])
    event, made = services.split(lot, pieces=payload.pieces, place=_place(request, payload.place_code), act=act)
    return _taken(event, lot, made)


@router.post("/goods/lots/{path:code}/packages", response=StepOut, url_name="goods_packages")
@needs(P.HANDLE_GOODS)
def single_out(request: HttpRequest, code: str, payload: PackageIn, idempotency_key: Header[str] = "") -> StepOut:
    """Follow one package by itself. Refuses: idempotency_key_missing, key_taken, package_taken, step_refused (GP)."""
    lot, act = _lot(request, code), _act(request, idempotency_key, payload.handlers)
    place = _place(request, payload.place_code)
    event, made = services.single_out(lot, package=payload.package_code, place=place, act=act)
    return _taken(event, lot, made)


@router.post("/goods/lots/{path:code}/pallets/{sscc}", response=StepOut, url_name="goods_loads")
@needs(P.HANDLE_GOODS)
def load(request: HttpRequest, code: str, sscc: str, payload: LoadIn, idempotency_key: Header[str] = "") -> StepOut:
    """Put pieces on a pallet, or take them off. Refuses: sscc_wrong, pallet_elsewhere, on_pallet, key_taken, step_refused."""
    lot, act = _lot(request, code), _act(request, idempotency_key, payload.handlers)
    service = services.take_off_pallet if payload.taken_off else services.put_on_pallet
    place = _place(request, payload.place_code)
    return _taken(service(lot, pieces=payload.pieces, pallet=sscc, place=place, act=act), lot)


@router.post("/goods/pallets/{sscc}/moves", response=PalletOut, url_name="goods_pallet_moves")
@needs(P.HANDLE_GOODS)
def move_pallet(request: HttpRequest, sscc: str, payload: PalletMoveIn, idempotency_key: Header[str] = "") -> PalletOut:
    """Move a pallet with all that is on it, or send it out. Refuses: pallet_empty, step_refused (GP), same_place."""
    act, target = _act(request, idempotency_key, payload.handlers), _place(request, payload.target_code)
    destination = _place(request, payload.destination_code) if payload.destination_code else None
    events = services.move_pallet(sscc, target=target, destination=destination, act=act)
    return PalletOut(events=[each.pk for each in events], lots=[each.lot.subject.code for each in events])
