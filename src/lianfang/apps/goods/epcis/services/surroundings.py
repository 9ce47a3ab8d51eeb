"""What the warehouse does besides steps of lots, as EPCIS events: certificates entered and checked, temperatures read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import localdate

from lianfang.apps.core import profiles
from lianfang.apps.core.models import FactBatch
from lianfang.apps.goods.epcis.models import Event
from lianfang.apps.goods.epcis.services.rendering import OWN, OWN_CONTEXT, lot_uri, own_time, place_uri
from lianfang.apps.goods.epcis.services.storing import Origin, lock_store, store, taken
from lianfang.apps.goods.models import Certificate, CertificateCheck, Temperature
from lianfang.formats.epcis import vocabulary
from lianfang.rules.warehouse import Excursion, excursions

_ROWS: Final = 200
_CERTIFICATE, _CHECK, _READINGS = (f"urn:lianfang:{name}:" for name in ("certificate", "certificate-check", "readings"))
Told = tuple[str, dict[str, Any]]  # area, event


@transaction.atomic
def follow_papers(*, at: datetime) -> int:
    """Store an event for every certificate entered or checked that has none yet; return how many."""
    lock_store()
    papers = _untold(Certificate.objects.select_related("lot__subject"), _CERTIFICATE)
    checks = _untold(CertificateCheck.objects.select_related("certificate__lot__subject"), _CHECK)
    return _tell([*map(_entered, papers), *map(_checked, checks)], at)


@transaction.atomic
def follow_rooms(*, at: datetime) -> int:
    """Store an event for every logger's file, or reading by hand, that has none yet; return how many."""
    lock_store()
    batches = _untold(FactBatch.objects.filter(kind="temperatures", seq__isnull=False), _READINGS)
    return _tell([_read(batch) for batch in batches], at)


def _untold(rows: QuerySet[Any], prefix: str) -> list[Any]:
    name = Concat(Value(prefix), Cast(F("pk"), CharField()))
    told = Event.objects.filter(event_id=OuterRef("event_name"))
    return list(rows.annotate(event_name=name).filter(~Exists(told)).order_by("pk")[:_ROWS])


def _tell(told: Sequence[Told], at: datetime) -> int:
    prefixes = vocabulary.namespaces(OWN_CONTEXT)
    for area in sorted({area for area, _ in told}):
        events = [taken(n, event, prefixes) for n, (own, event) in enumerate(told) if own == area]
        store(events, OWN_CONTEXT, Origin(area, None, at))
    return len(told)


def _of_paper(paper: Certificate, name: str, when: datetime, said: Mapping[str, Any]) -> Told:
    number = f"{_CERTIFICATE}{paper.pk}"
    event = {
        "eventID": name, **own_time(when), "type": "ObjectEvent", "action": "OBSERVE", **said,
        "quantityList": [{"epcClass": lot_uri(paper.lot.subject.code)}],
        "certificationInfo": number, "bizTransactionList": [{"type": "cert", "bizTransaction": number}],
        "lianfang:certificate": paper.kind, "lianfang:certificateNumber": paper.number, "lianfang:issuer": paper.issuer,
    }  # fmt: skip
    return paper.lot.subject.area_code, event


def _entered(paper: Certificate) -> Told:
    said = {"bizStep": f"{OWN}certifying", "disposition": "in_progress"}
    return _of_paper(paper, f"{_CERTIFICATE}{paper.pk}", paper.entered_at, said)


def _checked(check: CertificateCheck) -> Told:
    said = {"bizStep": "inspecting", "disposition": "conformant" if check.confirmed else "non_conformant"}
    return _of_paper(check.certificate, f"{_CHECK}{check.pk}", check.at, said)


def _read(batch: FactBatch) -> Told:
    """Tell of the readings of one file: lowest, highest and mean of each day, and every excursion as an alarm."""
    rows = list(Temperature.objects.filter(batch=batch).select_related("place").order_by("at"))
    by_day: dict[Any, list[Temperature]] = {}
    for row in rows:
        by_day.setdefault(localdate(row.at), []).append(row)
    warm = excursions(
        tuple((int(row.at.timestamp()), row.tenths_celsius) for row in rows), profiles.profile_in_force(at=rows[-1].at)
    )
    place = {"id": place_uri(rows[0].place.code)}
    event = {
        "eventID": f"{_READINGS}{batch.pk}", **own_time(rows[-1].at), "type": "ObjectEvent", "action": "OBSERVE",
        "bizStep": "sensor_reporting", "readPoint": place, "bizLocation": place,
        "sensorElementList": [*map(_day, by_day.values()), *map(_alarm, warm)],
    }  # fmt: skip
    return rows[0].place.area_code, event


def _sensed(start: datetime, end: datetime, report: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: own_time(when)["eventTime"] for name, when in (("startTime", start), ("endTime", end))}
    return {"sensorMetadata": metadata, "sensorReport": [{"type": "Temperature", "uom": "CEL", **report}]}


def _day(rows: Sequence[Temperature]) -> dict[str, Any]:
    tenths = [row.tenths_celsius for row in rows]
    mean = round(sum(tenths) / len(tenths)) / 10
    report = {"minValue": min(tenths) / 10, "maxValue": max(tenths) / 10, "meanValue": mean}
    return _sensed(rows[0].at, rows[-1].at, report)


def _alarm(warm: Excursion) -> dict[str, Any]:
    start, end = (datetime.fromtimestamp(each, UTC) for each in (warm.starts_at, warm.ends_at))
    return _sensed(start, end, {"exception": "ALARM_CONDITION", "maxValue": warm.warmest_tenths / 10})
