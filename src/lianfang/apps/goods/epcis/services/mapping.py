"""What foreign events say of goods, given to the county's own trace: lots, links and stays, through the services of each.

Every identifier of goods becomes a lot of its own, an instance as well as a class: what is known of one box says nothing
of another of the same product. A place is taken only where the register has it; nothing is made up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

import polars as pl
from django.db import transaction

from lianfang.apps.core.imports import ImportOptions, Outcome
from lianfang.apps.core.models import User
from lianfang.apps.goods.epcis.models import Capture, Event
from lianfang.apps.goods.models import LotStanding
from lianfang.apps.goods.services import import_links, import_lots
from lianfang.apps.places.selectors import place_ids
from lianfang.apps.places.services import import_presences
from lianfang.formats.epcis.checks import Problem
from lianfang.formats.epcis.identifiers import RESOLVER, Goods, goods_of
from lianfang.formats.fields import CODE_LENGTH

_STEP_KINDS: Final = {"TransformationEvent": "repack", "AggregationEvent": "merge", "AssociationEvent": "merge"}
_LEAVING: Final = frozenset({"shipping", "departing", "destroying", "decommissioning", "retail_selling", "dispensing"})
_INSTANT: Final = pl.Datetime("us", "UTC")
_LINK: Final[dict[str, Any]] = {"from": pl.String, "to": pl.String, "at": _INSTANT, "kind": pl.String}
_STAY: Final[dict[str, Any]] = {"subject": pl.String, "place": pl.String, "t_in": _INSTANT, "t_out": _INSTANT}
_OWN_LOT: Final = "urn:lianfang:lot:"
_OWN_PLACE: Final = "urn:lianfang:place:"


@dataclass(slots=True)
class Understood:
    """What was read of the events, and what was not: each with its event's id and why."""

    lots: dict[str, tuple[Goods, datetime]] = field(default_factory=dict)
    links: list[tuple[str, str, datetime, str]] = field(default_factory=list)
    seen: list[tuple[str, str, datetime, bool]] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)


def lot_code(key: str) -> str | None:
    """Return the code of the lot that an identifier stands for; None where it is none of goods, or too long."""
    if key.startswith(_OWN_LOT):
        return unquote(key.removeprefix(_OWN_LOT))
    code = f"GS1:{key.removeprefix(RESOLVER + '/')}"
    return code if goods_of(key) and len(code) <= CODE_LENGTH else None


def place_code(key: str) -> str:
    """Return the code under which a place would be registered: of the county's own, or its GLN with extension."""
    if key.startswith(_OWN_PLACE):
        return unquote(key.removeprefix(_OWN_PLACE))
    return key.removeprefix(f"{RESOLVER}/414/").replace("/254/", ".") if key.startswith(RESOLVER) else key


@transaction.atomic
def map_capture(capture_id: Any, *, at: datetime) -> dict[str, Any]:
    """Give the trace what a capture's events say and keep the reconciliation with the capture. Repeatable."""
    kept = Capture.objects.select_for_update(of=("self",)).select_related("by").get(pk=capture_id)
    events = (
        Event.objects.filter(capture=kept, is_error=False)
        .prefetch_related("keys", "links")
        .order_by("event_time", "pk")
    )
    found = understand(events)
    lots = _lots(found, kept.by, at)
    links = _links(found, kept.by, at)
    stays = _stays(found, kept.by, at)
    kept.reading = {
        "lots": _counts(lots),
        "links": _counts(links),
        "stays": _counts(stays),
        "left_out": [list(each) for each in found.left_out[:1000]],
        "n_left_out": len(found.left_out),
    }
    kept.save(update_fields=["reading"])
    return dict(kept.reading)


def _counts(outcome: Outcome | None) -> dict[str, int]:
    if outcome is None:
        return {"stored": 0, "known": 0, "rejected": 0}
    return {"stored": outcome.n_stored, "known": outcome.n_duplicates, "rejected": outcome.n_rejected}


def understand(events: Iterable[Event]) -> Understood:
    """Read lots, links and whereabouts from events in the order of their time."""
    found = Understood()
    for event in events:
        codes: dict[str, str] = {}
        for key in event.keys.all():
            if key.role in {"transact", "source", "dest"}:
                continue
            code = lot_code(key.key)
            if code is None:
                found.left_out.append(Problem(event.event_id, "not_goods"))
                continue
            codes[key.key] = code
            if not key.key.startswith(_OWN_LOT):
                goods = goods_of(key.key)
                assert goods is not None
                found.lots.setdefault(code, (goods, event.event_time))
        _read_links(found, event, codes)
        _read_place(found, event, codes)
    return found


def _read_links(found: Understood, event: Event, codes: Mapping[str, str]) -> None:
    kind = "split" if event.action == "DELETE" else _STEP_KINDS.get(event.type, "merge")
    nodes = dict(codes)
    for link in event.links.all():
        for end in (link.source, link.target):
            if end not in nodes and (made := _node(end, event)):
                nodes[end] = made
                found.lots.setdefault(made, (Goods("", made), event.event_time))
        if link.source in nodes and link.target in nodes:
            found.links.append((nodes[link.source], nodes[link.target], link.at, kind))
        else:
            found.left_out.append(Problem(event.event_id, "link_without_goods"))


def _node(end: str, event: Event) -> str | None:
    """Return the code of a transformation that is told in several events: it stands between its inputs and outputs."""
    code = f"TRF:{end.removeprefix(RESOLVER + '/')}"
    return code if "transformationID" in event.body and len(code) <= CODE_LENGTH else None


def _read_place(found: Understood, event: Event, codes: Mapping[str, str]) -> None:
    place = event.biz_location or event.read_point
    if not place:
        return
    stays_on = bool(event.biz_location) and event.biz_step not in _LEAVING
    emptied = codes.keys() & {key.key for key in event.keys.all() if key.role == "parent" and event.action == "DELETE"}
    present = codes.items() if event.type != "TransformationEvent" else _outputs(event, codes).items()
    found.seen += [
        (code, place_code(place), event.event_time, stays_on and key not in emptied) for key, code in present
    ]


def _outputs(event: Event, codes: Mapping[str, str]) -> dict[str, str]:
    return {key.key: codes[key.key] for key in event.keys.all() if key.role == "output" and key.key in codes}


def _options(name: str) -> ImportOptions:
    return ImportOptions(keep_good=True, source_name=name)


def _lots(found: Understood, by: User, at: datetime) -> Outcome | None:
    if not found.lots:
        return None
    rows = [
        {"code": code, "product": _product(goods), "production_lot": goods.lot[:64]}
        for code, (goods, _first) in found.lots.items()
    ]
    return import_lots(pl.DataFrame(rows), by=by, at=at, options=_options("epcis"))


def _product(goods: Goods) -> str:
    return {"00": f"SSCC {goods.product}", "01": f"GTIN {goods.product}"}.get(goods.key, goods.product)


def _links(found: Understood, by: User, at: datetime) -> Outcome | None:
    if not found.links:
        return None
    return import_links(pl.DataFrame(found.links, _LINK, orient="row"), by=by, at=at, options=_options("epcis"))


def _stays(found: Understood, by: User, at: datetime) -> Outcome | None:
    """A thing is where it was last seen to stay, until it is seen elsewhere; passing a place is one second there.

    Where a lot of the warehouse's regime is, its own steps say.
    """
    kept = LotStanding.objects.filter(lot__subject__code__in={code for code, *_ in found.seen})
    own = set(kept.values_list("lot__subject__code", flat=True))
    found.seen = [each for each in found.seen if each[0] not in own]
    known = set(place_ids(sorted({place for _, place, _, _ in found.seen}))["code"].to_list())
    found.left_out += [Problem(place, "unknown_place") for place in sorted({p for _, p, _, _ in found.seen} - known)]
    by_lot: dict[str, list[tuple[str, datetime, bool]]] = {}
    for code, place, when, stays_on in found.seen:
        by_lot.setdefault(code, []).append((place, when, stays_on))
    rows = []
    for code, seen in by_lot.items():
        for (place, when, stays_on), after in zip(seen, [*seen[1:], None], strict=True):
            if place not in known:
                continue
            until = _second_after(when) if not stays_on else (after[1] if after else None)
            if until is None or until > when:
                rows.append((code, place, when, until))
    if not rows:
        return None
    return import_presences(pl.DataFrame(rows, _STAY, orient="row"), by=by, at=at, options=_options("epcis"))


def _second_after(when: datetime) -> datetime:
    return when + timedelta(seconds=1)
