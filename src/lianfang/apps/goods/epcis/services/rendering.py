"""What the warehouse does, as EPCIS events: each step one event, in order, once."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from lianfang.apps.goods.epcis.models import Event
from lianfang.apps.goods.epcis.services.storing import Origin, lock_store, store, taken
from lianfang.apps.goods.models import GoodsEvent, Lot
from lianfang.apps.places.selectors import Place
from lianfang.formats.epcis import vocabulary
from lianfang.formats.epcis.documents import CONTEXT
from lianfang.formats.epcis.identifiers import RESOLVER
from lianfang.rules.warehouse import GoodsStep

OWN: Final = "https://lianfang.example/epcis/"  # a namespace, not an address: nothing is fetched from it
OWN_CONTEXT: Final[list[Any]] = [CONTEXT, {"lianfang": OWN}]
_IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, OWN)
_ROWS: Final = 500
# step -> (action, business step, disposition, persistent disposition set, unset)
_STEPS: Final[Mapping[str, tuple[str, str, str, str, str]]] = {
    GoodsStep.BOOKED: ("ADD", f"{OWN}booking", "in_transit", "", ""),
    GoodsStep.ARRIVED: ("OBSERVE", "receiving", "in_progress", "unavailable", ""),
    GoodsStep.ACCEPTED: ("OBSERVE", "accepting", "in_progress", "", ""),
    GoodsStep.STORED: ("OBSERVE", "storing", "in_progress", "", ""),
    GoodsStep.SAMPLED: ("OBSERVE", "sampling", "in_progress", "", ""),
    GoodsStep.TESTED: ("OBSERVE", "inspecting", "in_progress", "", ""),
    GoodsStep.DISINFECTED: ("OBSERVE", f"{OWN}disinfecting", "in_progress", "", ""),
    GoodsStep.RELEASED: ("OBSERVE", f"{OWN}releasing", "available", "available", "unavailable"),
    GoodsStep.DISPATCHED: ("OBSERVE", "shipping", "in_transit", "", ""),
    GoodsStep.RECEIVED: ("OBSERVE", "receiving", "sellable_accessible", "", ""),
    GoodsStep.SOLD: ("OBSERVE", "retail_selling", "retail_sold", "", ""),
    GoodsStep.FOUND: ("OBSERVE", "inspecting", "non_sellable_other", "unavailable", ""),
    GoodsStep.SEALED: ("OBSERVE", "holding", "non_sellable_other", "unavailable", "available"),
    GoodsStep.UNSEALED: ("OBSERVE", "holding", "in_progress", "available", "unavailable"),
    GoodsStep.DESTROYED: ("DELETE", "destroying", "destroyed", "", ""),
    GoodsStep.RETURNED: ("OBSERVE", "shipping", "returned", "", ""),
    GoodsStep.RECALLED: ("OBSERVE", "holding", "recalled", "recalled", "available"),
}
_MAKING: Final = {
    GoodsStep.SPLIT: f"{OWN}splitting",
    GoodsStep.MERGED: f"{OWN}merging",
    GoodsStep.REPACKED: "repackaging",
}


_LOADING: Final = {GoodsStep.PALLETED: ("ADD", "packing"), GoodsStep.UNPALLETED: ("DELETE", "unpacking")}


def pallet_uri(sscc: str) -> str:
    """Return the identifier of a pallet."""
    return f"{RESOLVER}/00/{sscc}"


def lot_uri(code: str) -> str:
    """Return the identifier of a lot of the county: class-level, for it is counted in pieces."""
    return f"urn:lianfang:lot:{_quoted(code)}"


def place_uri(code: str) -> str:
    """Return the identifier of a place of the county."""
    return f"urn:lianfang:place:{_quoted(code)}"


def own_time(at: datetime) -> dict[str, str]:
    """Return an instant as an event of the county has it: by the county's clock, with its offset."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    offset = local.strftime("%z")
    return {
        "eventTime": local.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
    }


def _quoted(code: str) -> str:
    return quote(code, safe="")


@transaction.atomic
def follow_warehouse(*, at: datetime) -> int:
    """Store an event for every step of the warehouse that has none yet; return how many. Safe beside itself."""
    lock_store()
    told = Event.objects.filter(goods_event=OuterRef("pk"))
    steps = list(
        GoodsEvent.objects.filter(~Exists(told)).select_related("lot__subject", "place").order_by("pk")[:_ROWS]
    )
    by_area: dict[str, list[GoodsEvent]] = {}
    for step in steps:
        by_area.setdefault(step.lot.subject.area_code, []).append(step)
    lots, places = _named(steps)
    prefixes = vocabulary.namespaces(OWN_CONTEXT)
    for area, own in by_area.items():
        events = [taken(n, _render(step, lots, places), prefixes) for n, step in enumerate(own)]
        store(events, OWN_CONTEXT, Origin(area, None, at, goods_events=[step.pk for step in own]))
    return len(steps)


def _named(steps: list[GoodsEvent]) -> tuple[dict[int, str], dict[int, str]]:
    lot_ids = {line[0] for step in steps for line in step.quantities} | {step.lot_id for step in steps}
    place_ids = {line[1] for step in steps for line in step.quantities}
    lots = Lot.objects.filter(pk__in=lot_ids).values_list("pk", "subject__code")
    places = Place.objects.filter(pk__in=place_ids).values_list("pk", "code")
    return {pk: lot_uri(code) for pk, code in lots}, {pk: place_uri(code) for pk, code in places}


def _render(step: GoodsEvent, lots: Mapping[int, str], places: Mapping[int, str]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "eventID": f"urn:uuid:{uuid.uuid5(_IDS, str(step.pk))}",
        **own_time(step.at),
        "lianfang:step": step.kind,
        "lianfang:number": step.pk,
    }
    if step.place is not None:
        event["readPoint"] = {"id": place_uri(step.place.code)}
    if step.kind in _LOADING:
        action, biz_step = _LOADING[GoodsStep(step.kind)]
        return {
            **event, "type": "AggregationEvent", "action": action, "bizStep": biz_step, "disposition": "in_progress",
            "parentID": pallet_uri(step.detail["pallet"]),
            "childQuantityList": [{"epcClass": lots[step.lot_id], "quantity": step.detail["pieces"]}],
        }  # fmt: skip
    gone, come = list(_lines(step, lots, -1)), list(_lines(step, lots, 1))
    if step.kind in _MAKING and gone and come:
        return {
            **event, "type": "TransformationEvent", "bizStep": _MAKING[GoodsStep(step.kind)],
            "disposition": "in_progress", "inputQuantityList": gone, "outputQuantityList": come,
        }  # fmt: skip
    action, biz_step, disposition, is_set, unset = _STEPS.get(step.kind, ("OBSERVE", "other", "in_progress", "", ""))
    event |= {"type": "ObjectEvent", "action": action, "bizStep": biz_step, "disposition": disposition}
    event["quantityList"] = come or gone or [{"epcClass": lots[step.lot_id]}]
    if "pallet" in step.detail:
        event["epcList"] = [pallet_uri(step.detail["pallet"])]
    event |= _said(step)
    if is_set or unset:
        event["persistentDisposition"] = {k: [v] for k, v in (("set", is_set), ("unset", unset)) if v}
    return event | _whereabouts(step, places)


def _said(step: GoodsEvent) -> dict[str, Any]:
    """What else was said of a step: agent and coverage of a disinfection, a result, the exit certificate. Nobody's name."""
    detail = step.detail
    said = {f"lianfang:{name}": detail[name] for name in ("coverage", "agent", "pieces", "value") if name in detail}
    if step.kind == GoodsStep.RELEASED:
        number = f"urn:lianfang:exit-certificate:{_quoted(detail['release_no'])}"
        said |= {"certificationInfo": number, "bizTransactionList": [{"type": "cert", "bizTransaction": number}]}
    if step.kind == GoodsStep.TESTED:
        said["bizTransactionList"] = [{"type": "testres", "bizTransaction": f"urn:lianfang:result:{detail['result']}"}]
    return said


def _lines(step: GoodsEvent, lots: Mapping[int, str], sign: int) -> Iterator[dict[str, Any]]:
    for lot, _place, pieces in step.quantities:
        if pieces * sign > 0:
            yield {"epcClass": lots[lot], "quantity": abs(pieces)}


def _whereabouts(step: GoodsEvent, places: Mapping[int, str]) -> dict[str, Any]:
    """Where pieces went from and to, when a step moved them."""
    origins = {places[place] for _, place, pieces in step.quantities if pieces < 0}
    targets = {places[place] for _, place, pieces in step.quantities if pieces > 0}
    found: dict[str, Any] = {}
    if origins:
        found["sourceList"] = [{"type": "location", "source": each} for each in sorted(origins)]
    if targets:
        found["destinationList"] = [{"type": "location", "destination": each} for each in sorted(targets)]
    if len(targets) == 1 and step.kind != GoodsStep.DISPATCHED:
        found["bizLocation"] = {"id": next(iter(targets))}
    return found
