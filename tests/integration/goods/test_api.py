"""The warehouse's API: the services of the pages, each step once, refusals as problem details."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianfang.apps.core.models import Role
from lianfang.apps.goods.models import GoodsEvent
from tests.support.staff import OTHER_COUNTY, signed_in, staff
from tests.support.warehouse import Warehouse


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


@pytest.fixture
def keeper(store: Warehouse) -> Client:
    return signed_in(store.keeper)


def post(client: Client, path: str, said: Any, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = said if isinstance(said, str) else json.dumps(said)
    return client.post(f"/api/goods/{path}", body, content_type="application/json", headers=headers)


def booking(store: Warehouse, **changed: Any) -> dict[str, Any]:
    return {
        "code": "A/1", "product": "冻南美白虾", "country": "EC", "n_pieces": 600, "net_weight_kg": "12000",
        "declaration_no": "D1",
        "quarantine_cert_no": "Q1", "production_lot": "200901A",
        "owner_code": "owner", "warehouse_code": "room-1",
        "due_at": (store.now + timedelta(days=3)).isoformat(), "vehicle": "津A12345", "container_no": "MSKU1234565",
        "seal_no": "CN1", "driver_code": "driver", "destination": "县城各商超", **changed,
    }  # fmt: skip


def test_a_lot_from_its_booking_to_another_room(store: Warehouse, keeper: Client) -> None:
    assert post(keeper, "bookings", booking(store)).json()["stage"] == "booked"
    assert post(keeper, "bookings", booking(store)).status_code == 200
    assert post(keeper, "bookings", booking(store, n_pieces=5)).json()["code"] == "lot_code_taken"
    gate = {"vehicle": "津A12345", "container_no": "MSKU1234565", "seal_no": "CN9", "driver_code": "driver", "n_pieces": 600,
            "room_code": "room-1", "seal_intact": True, "handlers": ["porter"]}  # fmt: skip
    taken = post(keeper, "lots/A/1/arrival", gate).json()
    assert (taken["differences"], taken["lot"]["stock"][0]["n_pieces"]) == (["GA-1"], 600)
    paper = {
        "kind": "nucleic_acid",
        "number": "N1",
        "issuer": "天津海关",
        "issued_on": "2020-12-01",
        "product": "冻南美白虾",
    }
    assert post(keeper, "lots/A/1/certificates", paper).status_code == 200
    assert post(keeper, "lots/A/1/samples", {"tubes": ["T1", "T2"]}).json()["kind"] == "sampled"

    packages = {"coverage": "packages", "pieces": 400, "agent": "含氯500mg/L"}
    assert post(keeper, "lots/A/1/disinfections", packages).json()["code"] == "idempotency_key_missing"
    events = {post(keeper, "lots/A/1/disinfections", packages, "k1").json()["event"] for _ in range(2)}
    assert len(events) == 1
    assert post(keeper, "lots/A/1/disinfections", packages, "k2").json()["code"] == "pieces_wrong"

    refused = post(keeper, "lots/A/1/release", {})
    assert (refused.status_code, refused.headers["Content-Type"]) == (422, "application/problem+json")
    assert {"G-4", "G-14"} <= {reason["row"] for reason in refused.json()["reasons"]}
    inside = {"pieces": 100, "source_code": "room-1", "target_code": "room-2"}
    for _ in range(2):
        assert post(keeper, "lots/A/1/moves", inside, "m1").status_code == 200
    assert post(keeper, "lots/A/1/splits", {"pieces": 1, "place_code": "room-1"}, "m1").json()["code"] == "key_taken"
    rooms = keeper.get("/api/goods/lots/A/1/standing").json()["stock"]
    assert {row["place_code"]: row["n_pieces"] for row in rooms} == {"room-1": 500, "room-2": 100}
    assert GoodsEvent.objects.filter(kind="stored").count() == 1
    out = {**inside, "target_code": "truck", "destination_code": "shop"}
    assert "GP-3" in {reason["row"] for reason in post(keeper, "lots/A/1/moves", out, "m2").json()["reasons"]}


def test_who_may_and_what_is_malformed(store: Warehouse, keeper: Client) -> None:
    store.booked("B1")
    wrong = post(keeper, "bookings", booking(store, n_pieces=0, due_at="noon"))
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert {"/n_pieces", "/due_at"} == {error["pointer"] for error in wrong.json()["errors"]}
    assert post(keeper, "bookings", booking(store, owner_code="?")).json()["errors"][0]["pointer"] == "/owner_code"
    assert post(Client(), "lots/B1/release", {}).status_code == 401
    assert post(signed_in(store.seller), "lots/B1/release", {}).status_code == 403
    elsewhere = signed_in(staff(Role.WAREHOUSE, username="elsewhere", area_code=OTHER_COUNTY))
    assert elsewhere.get("/api/goods/lots/B1/standing").status_code == 404
    assert keeper.get("/api/goods/lots/none/standing").status_code == 404
