"""Key places: registered, logged by phone, chased when a log is missed, noticed when they fall silent."""

import argparse
import json
import uuid
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from lianfang.apps.core.models import Role, Task
from lianfang.apps.places.services import import_places
from lianfang.apps.venues import services
from lianfang.apps.venues.models import LogEntry, Registration, VenueState
from lianfang.cli import verify
from lianfang.rules.vocabulary import LogKind
from tests.support.case import VILLAGE, Case
from tests.support.kept import made_once
from tests.support.staff import OTHER_COUNTY, organisation, signed_in, staff

pytestmark = pytest.mark.django_db
PICTURE = b"\xff\xd8\xff\xe0" + bytes(60)


class Town:
    """A market with its owner and its regulator; registered two days ago."""

    def __init__(self) -> None:
        self.case = Case().cast()
        shop = organisation("SHOP", "venue", "unit", name="绛县农贸市场")
        self.bureau = organisation("SAMR", "regulator", "regulator", name="县市场监管局")
        mall = {
            "code": "mall",
            "kind": "market",
            "name": "绛县购物中心",
            "area_code": VILLAGE,
            "organisation_code": "SHOP",
        }
        import_places(pl.DataFrame([mall]), by=None, at=self.case.now)
        self.keeper = staff(Role.UNIT, organisation=shop)
        self.regulator = staff(Role.REGULATOR, organisation=self.bureau)
        self.noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.register(at=self.noon)

    def register(self, *, at: datetime, is_open: bool = True, limit: int | None = 2) -> Registration:
        terms = services.Terms(is_open, limit, 8 * 60, 21 * 60, self.bureau.pk)
        return services.register(place_code="mall", terms=terms, at=at, by=self.regulator)

    def log(self, kind: LogKind, at: datetime, **said: object) -> LogEntry:
        counts = {"n_staff": 3, "n_unwell": 0} if kind is LogKind.STAFF_HEALTH else {}
        report = services.LogReport(**{"client_id": uuid.uuid4(), "kind": kind, **counts, **said})  # type: ignore[arg-type]
        return services.keep_log(place_code="mall", report=report, at=at, by=self.keeper)

    def standing(self, at: datetime) -> str:
        services.watch(at=at)
        return VenueState.objects.get().standing

    def tasks(self) -> set[tuple[str, str]]:
        open_ = Task.objects.filter(place__code="mall", status="open")
        return set(open_.values_list("kind", "organisation__code"))


kept_case = made_once(Town)


@pytest.fixture
def town(kept_case: Town, db: None, settings: Settings, tmp_path: Path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return deepcopy(kept_case)


def test_a_missed_log_is_the_places_task_and_a_long_missed_one_its_regulators(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    noon = town.noon
    for kind in LogKind:
        town.log(kind, noon)
    evening = noon + timedelta(hours=9)  # after closing: nobody is expected to be scanned
    assert town.standing(evening) == "in_order"
    assert services.watch(at=evening) == 0, "nothing changed, nothing is stored"
    assert town.standing(evening + timedelta(hours=3)) == "missing"
    assert town.tasks() == {("keep_logs", "SHOP")}
    assert town.standing(evening + timedelta(hours=32)) == "unwatched"
    assert town.tasks() == {("keep_logs", "SHOP"), ("check_venue", "SAMR")}
    for kind in LogKind:
        town.log(kind, evening + timedelta(hours=33))
    assert town.standing(evening + timedelta(hours=34)) == "in_order"
    assert town.tasks() == set()
    capsys.readouterr()
    verify.run(argparse.Namespace(json=True, no_log=False, log=False))
    outcome = json.loads(capsys.readouterr().out)
    assert (outcome["problems"], outcome["mismatched"]) == ([], 0)


def test_a_place_that_stops_scanning_is_noticed_and_a_closed_one_left_alone(town: Town) -> None:
    for kind in LogKind:
        town.log(kind, town.noon)
    assert town.standing(town.noon + timedelta(hours=3)) == "in_order"
    assert town.standing(town.noon + timedelta(hours=4)) == "unwatched"
    assert ("check_venue", "SAMR") in town.tasks()
    town.register(at=town.noon + timedelta(hours=4, minutes=5), is_open=False)
    assert town.standing(town.noon + timedelta(hours=5)) == "closed"
    assert town.tasks() == set()
    reopened = town.register(at=town.noon + timedelta(days=9), is_open=True)
    assert reopened.since == reopened.recorded_at, "the logs count from the reopening"
    assert town.standing(town.noon + timedelta(days=9, hours=1)) == "in_order"


def test_terms_are_versions_and_the_same_again_is_none(town: Town) -> None:
    assert town.register(at=timezone.now()).version == 1
    changed = town.register(at=timezone.now(), limit=50)
    assert (changed.version, changed.since) == (2, town.noon)
    with pytest.raises(IntegrityError, match="venue_opens_before_closing"), transaction.atomic():
        Registration.objects.create(
            place=changed.place, version=3, is_open=True, opens_minute=600, closes_minute=600, since=town.noon,
            regulator=town.bureau, recorded_at=town.noon, recorded_by=town.regulator,
        )  # fmt: skip


def entry(kind: str = "cleaning", **values: object) -> dict[str, object]:
    return {"client_id": str(uuid.uuid4()), "kind": kind, "note": "大厅", **values}


def test_the_keeper_records_by_phone_once(town: Town) -> None:
    client = signed_in(town.keeper)
    photo = SimpleUploadedFile("<b>.exe", PICTURE, content_type="text/html")
    given = entry(photo=photo)
    assert client.post("/venues/mall/", given).status_code == 302
    assert client.post("/venues/mall/", entry(client_id=given["client_id"])).status_code == 302
    made = LogEntry.objects.get()
    answer = client.get(f"/venues/photos/{made.pk}/")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == PICTURE  # type: ignore[attr-defined]
    assert str(made.photo.name).startswith("proofs/venues/")
    assert str(made.photo.name).endswith(".jpg")
    assert (
        client.post(
            "/venues/mall/", entry("staff_health", client_id=given["client_id"], n_staff=1, n_unwell=0)
        ).status_code
        == 422
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"photo": SimpleUploadedFile("a.jpg", b"<script>", content_type="image/jpeg")}, "picture"),
        ({"photo": SimpleUploadedFile("a.jpg", PICTURE + bytes(5 << 20))}, "MiB"),
        ({"kind": "staff_health"}, "checked"),
        ({"kind": "staff_health", "n_staff": 2, "n_unwell": 3}, "checked"),
        ({"kind": "staff_health", "n_staff": 3, "n_unwell": 1, "note": ""}, "stays at home"),
        ({"kind": "colour"}, "colour"),
    ],
)
def test_what_says_nothing_sensible_is_refused_at_the_field(town: Town, values: dict[str, object], field: str) -> None:
    client = signed_in(town.keeper)
    client.cookies["django_language"] = "en"
    answer = client.post("/venues/mall/", {**entry(), **values})
    assert answer.status_code == 422
    assert field in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_who_sees_and_who_keeps(town: Town) -> None:
    other = organisation("OTHER", "venue", "unit", name="别家")
    stranger = signed_in(staff(Role.UNIT, organisation=other, username="stranger"))
    assert stranger.get("/venues/mall/").status_code == 404
    assert stranger.post("/venues/mall/", entry()).status_code == 404
    elsewhere = signed_in(staff(Role.REGULATOR, area_code=OTHER_COUNTY))
    assert elsewhere.get("/venues/mall/").status_code == 404
    made = town.log(LogKind.CLEANING, timezone.now(), photo=PICTURE)
    assert stranger.get(f"/venues/photos/{made.pk}/").status_code == 404
    bureau = signed_in(town.regulator)
    assert bureau.get("/venues/mall/").status_code == 200
    assert bureau.post("/venues/mall/", entry()).status_code == 403
    terms = {"place": "class", "opens": "08:00", "closes": "07:00", "regulator": town.bureau.pk}
    assert bureau.post("/venues/register/", terms).status_code == 422
    assert bureau.post("/venues/register/", {**terms, "closes": "20:00"}).status_code == 302
    assert bureau.post("/venues/register/", {**terms, "closes": "20:00", "place": "nowhere"}).status_code == 422
    assert Registration.objects.get(place__code="class").is_open is False
