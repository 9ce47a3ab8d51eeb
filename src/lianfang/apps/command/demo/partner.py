"""The demo's partner: an overseas plant whose EPCIS document tells where a lot of the warehouse came from."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lianfang.apps.core.models import User
from lianfang.apps.goods.epcis import services
from lianfang.apps.goods.epcis.services.rendering import lot_uri, own_time, place_uri
from lianfang.formats.epcis.documents import CONTEXT, document_of

_POND: Final = "urn:epc:class:lgtin:7861234.000010.POND-17"
_PACKED: Final = "urn:epc:class:lgtin:7861234.012345.200901A"
_PALLET: Final = "urn:epc:id:sscc:7861234.0000000117"
_SAMPLE: Final = "urn:epc:id:sgtin:7861234.012345.0001"
_PLANT: Final = "urn:epc:id:sgln:7861234.00001.0"


def capture_partner_document(code: str, pieces: int, *, arrived_at: datetime, by: User) -> None:
    """Capture what the plant tells of a lot of the warehouse: harvest, packing, pallet, voyage, and what became of the pallet."""
    document = document_of(list(_events(code, pieces, arrived_at)), [CONTEXT], arrived_at)
    kept = services.take(json.dumps(document, ensure_ascii=False).encode(), at=arrived_at, by=by)
    services.process(kept.pk, at=arrived_at)
    services.map_capture(kept.pk, at=arrived_at)


def _events(code: str, pieces: int, arrived_at: datetime) -> list[dict[str, Any]]:
    def event(kind: str, days: float, place: str, step: str, **said: Any) -> dict[str, Any]:
        when = own_time(arrived_at - timedelta(days=days))
        return {"type": kind, **when, "readPoint": {"id": place}, "bizLocation": {"id": place}, "bizStep": step, **said}

    here = place_uri("ZC-DJ")
    packed = {"epcClass": _PACKED, "quantity": pieces}
    return [
        event("ObjectEvent", 95, _PLANT, "commissioning", action="ADD", quantityList=[_kilograms(_POND, 5400)]),
        event(
            "TransformationEvent", 94, _PLANT, "packing", inputQuantityList=[_kilograms(_POND, 5400)],
            outputQuantityList=[packed], outputEPCList=[_SAMPLE],
        ),
        event("AggregationEvent", 93, _PLANT, "packing", action="ADD", parentID=_PALLET, childQuantityList=[packed]),
        event(
            "ObjectEvent", 90, _PLANT, "shipping", action="OBSERVE", epcList=[_PALLET],
            sensorElementList=[{"sensorReport": [{"type": "Temperature", "minValue": -21.4, "maxValue": -18.2, "uom": "CEL"}]}],
        ),
        event("ObjectEvent", 0, here, "receiving", action="OBSERVE", epcList=[_PALLET]),
        event(
            "AggregationEvent", -0.01, here, "unpacking", action="DELETE", parentID=_PALLET,
            childQuantityList=[{"epcClass": lot_uri(code), "quantity": pieces}],
        ),
    ]  # fmt: skip


def _kilograms(name: str, weight: float) -> Mapping[str, Any]:
    return {"epcClass": name, "quantity": weight, "uom": "KGM"}
