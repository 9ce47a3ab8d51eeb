"""People coming back in the demo county: lists of risk areas, declarations, confirmed arrivals, daily records."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timezone import localdate, localtime

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.areas.services import import_risk_list
from lianfang.apps.core import clock, outbox
from lianfang.apps.core.identity import decrypt
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.followup.services import HealthEntry, NotFollowed, record_health
from lianfang.apps.people.registering import PersonEntry
from lianfang.apps.people.selectors import Person
from lianfang.apps.returnees import services
from lianfang.apps.returnees.selectors import Return
from lianfang.sim import County

Report = Callable[[str], None]
MOST = 40
EXPECTED = 6  # so many more are expected in the next days, in the demo village
_NAMESPACE = uuid.UUID("5f0c7b57-2a5e-4a51-9d0c-0b5b7d0f5a10")


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who acts, and until when."""

    command: User
    end: datetime


def play_returnees(county: County, *, at: datetime, report: Report) -> None:
    """Let the simulated returnees declare, arrive and be followed up until `at`; some are late, some never declared."""
    rows = [row for row in county.persons.to_pylist() if row["returned_at"] is not None]
    rows.sort(key=lambda row: (row["returned_at"], row["code"]))
    rows = rows[:: max(1, len(rows) // MOST)][:MOST]
    origins = sorted({row["returned_from"] for row in rows})
    if len(origins) < 2:
        return
    scene = _Scene(User.objects.filter(role=Role.COMMAND).order_by("id")[0], at)
    begin = datetime.fromtimestamp(rows[0]["returned_at"], tz=UTC) - timedelta(days=3)
    _publish(origins[0], origins[1:2], at=begin)
    for number, row in enumerate(rows):
        _return(row, number, scene)
    _expect(origins, scene)
    _publish(origins[0], origins[1:3], at=at - timedelta(hours=6))
    with clock.playing(at):
        outbox.deliver_pending()
    report(f"  {Return.objects.count()} people coming back")


def _publish(high: str, middle: list[str], *, at: datetime) -> None:
    """Let a list of the demonstration take effect, and all that follows from it."""
    codes = [high, *middle]
    names = names_of({code[:digits] for code in codes for digits in (2, 4, 6)})

    def entry(code: str) -> dict[str, Any]:
        parts = {"province": names[code[:2]], "city": names[code[:4]], "county": names[code]}
        return {"type": "2", **parts, "area_name": " ".join(parts.values()), "communitys": ["全域"]}

    stamp = localtime(at)
    listed = {"highlist": [entry(high)], "middlelist": [entry(code) for code in middle]}
    data = {"end_update_time": f"{stamp:%Y-%m-%d} {stamp.hour}时", "hcount": 1, "mcount": len(middle), **listed}
    content = json.dumps({"data": data, "code": 0, "msg": ""}, ensure_ascii=False).encode()
    with clock.playing(at):
        import_risk_list(content, name="演示名单.json", by=None, at=at)
        while outbox.deliver_pending():
            pass


def _return(row: dict[str, Any], number: int, scene: _Scene) -> None:
    """Play one person: every ninth was found by staff, every seventh is not confirmed, every fifth misses reports."""
    arrived = datetime.fromtimestamp(row["returned_at"], tz=UTC)
    is_found = number % 9 == 4
    said_at = min(arrived + timedelta(days=2), scene.end) if is_found else arrived - timedelta(days=1)
    source = services.Source("found", by=scene.command) if is_found else services.Source("citizen")
    with clock.playing(said_at):
        returned = _declare(row, arrived, source, said_at)
    if number % 7 != 3:
        at = min(max(arrived, said_at) + timedelta(hours=5), scene.end)
        day = localdate(arrived)
        services.confirm_arrival(returned=returned, arrived_on=day, note="", at=at, by=scene.command)
        _follow(returned, number, at, scene)


def _declare(row: dict[str, Any], arrived: datetime, source: services.Source, at: datetime) -> Return:
    day = localdate(arrived)
    unit = Organisation.objects.filter(code=row["work_unit_code"] or "").first()
    unit = unit or Organisation.objects.filter(kind="employer").order_by("code").first()
    said = services.Said(
        client_id=uuid.uuid5(_NAMESPACE, row["code"]),
        stays=(services.Stay(row["returned_from"], "城区", day - timedelta(days=40), day),),
        expected_on=day,
        area_code=Person.objects.get(subject__code=row["code"]).area_code,
        transport="train",
        transport_number="G625",
        seat="08车12F",
        work_unit=unit,
    )
    who = PersonEntry(row["name"], row["phone"], said.area_code, row["id_number"])
    return services.declare(person=who, said=said, source=source, at=at)


def _follow(returned: Return, number: int, since: datetime, scene: _Scene) -> None:
    """Record a temperature on most days; one of them reports a fever."""
    at = localtime(since).replace(hour=9, minute=10) + timedelta(days=1)
    while at < scene.end:
        is_today = at.date() == localdate(scene.end)
        missed = number % 5 == 1 and at.day % 3 == 0
        if not missed and not (is_today and number % 2):
            hot = number == 6 and is_today
            entry = HealthEntry(
                client_id=uuid.uuid5(_NAMESPACE, f"{returned.pk}:{at:%Y-%m-%d}"),
                subject_id=returned.subject_id,
                way="call",
                taken_at=at,
                tenths_celsius=378 if hot else 361 + (number + at.day) % 8,
                symptoms=("cough",) if hot else (),
            )
            try:
                with clock.playing(at):
                    record_health(entry=entry, at=at, by=scene.command)
            except NotFollowed:
                return  # nothing is ordered, or no longer
        at += timedelta(days=1)


def _expect(origins: list[str], scene: _Scene) -> None:
    """Some who will come in the next days, to the village whose worker has a demo account."""
    worker = User.objects.filter(role=Role.COMMUNITY, username="village").first()
    if worker is None:
        return
    persons = Person.objects.filter(area_code=worker.area_code, phone_cipher__isnull=False).order_by("pk")[:EXPECTED]
    for number, person in enumerate(persons):
        arrives = scene.end + timedelta(days=number - 2)
        day = localdate(arrives)
        said = services.Said(
            client_id=uuid.uuid5(_NAMESPACE, f"expected:{person.pk}"),
            stays=(services.Stay(origins[number % len(origins)], "城区", day - timedelta(days=40), day),),
            expected_on=day,
            area_code=worker.area_code,
            transport="car" if number % 2 else "bus",
            transport_number="晋M12345" if number % 2 else "",
        )
        who = PersonEntry(person.name, decrypt(person.phone_cipher or b""), person.area_code)
        at = min(arrives - timedelta(days=1), scene.end - timedelta(hours=7))
        with clock.playing(at):
            services.declare(person=who, said=said, source=services.Source("citizen"), at=at)
