"""EPCIS over the API: capture, query, refusals with pointers, subscriptions; and the warehouse's steps as events."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import Role
from lianfang.apps.goods.epcis import services, tasks
from lianfang.apps.goods.epcis.models import Capture, Delivery, Event
from lianfang.apps.goods.epcis.selectors.following import follow
from lianfang.apps.goods.epcis.services.subscribing import NotDelivered
from lianfang.apps.goods.lot_trace import way_of
from lianfang.apps.goods.models import GoodsEvent, LotLink
from lianfang.apps.places.models import Presence
from lianfang.formats.epcis import checks
from lianfang.rules.vocabulary import Direction
from tests.support.staff import OTHER_COUNTY, signed_in, staff
from tests.support.warehouse import Warehouse

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.com/"}]
BEEF = "urn:epc:class:lgtin:4012345.012345.998877"
CUTS = "urn:epc:class:lgtin:4012345.055555.A1"
PALLET = "urn:epc:id:sscc:4012345.0000000111"


def event(**changed: Any) -> dict[str, Any]:
    plain = {
        "type": "ObjectEvent", "eventTime": "2020-12-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress",
        "quantityList": [{"epcClass": BEEF, "quantity": 600, "uom": "KGM"}],
        "readPoint": {"id": "urn:lianfang:place:room-1"}, "bizLocation": {"id": "urn:lianfang:place:room-1"},
    }  # fmt: skip
    return {key: value for key, value in {**plain, **changed}.items() if value is not None}


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2020-12-01T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


CUTTING = event(
    type="TransformationEvent", action=None, quantityList=None, eventTime="2020-12-02T08:00:00+08:00",
    inputQuantityList=[{"epcClass": BEEF, "quantity": 600, "uom": "KGM"}],
    outputQuantityList=[{"epcClass": CUTS, "quantity": 580, "uom": "KGM"}],
)  # fmt: skip
PACKING = event(
    type="AggregationEvent", quantityList=None, action="ADD", eventTime="2020-12-03T08:00:00+08:00", parentID=PALLET,
    childQuantityList=[{"epcClass": CUTS, "quantity": 100}], bizStep="packing",
    sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": -18.5, "uom": "CEL"}]}],
)  # fmt: skip


@pytest.fixture
def keeper(db: None) -> Client:
    return signed_in(staff(Role.WAREHOUSE))


def post(client: Client, path: str, content: Any, **headers: str) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(f"/api/epcis/{path}", body, content_type="application/ld+json", headers=headers)


def captured(client: Client, *events: dict[str, Any], behaviour: str = "rollback") -> Any:
    answer = post(client, "capture", document(*events), **{"GS1-Capture-Error-Behaviour": behaviour})
    assert answer.status_code == 202
    services.process(Capture.objects.latest("created_at").pk, at=timezone.now())
    return client.get(answer.headers["Location"]).json()


def found(client: Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/epcis/events", params)
    assert answer.status_code == 200, answer.content
    assert checks.problems_of(answer.json()) == []
    return list(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])


def test_capture_is_idempotent_all_or_nothing_and_says_where_it_is_wrong(keeper: Client) -> None:
    assert captured(keeper, event(), CUTTING)["counts"] == {"events": 2, "stored": 2, "known": 0, "rejected": 0}
    # The same event written otherwise is the same event.
    again = event(eventTime="2020-12-01T00:00:00.000Z", bizStep="https://ref.gs1.org/cbv/BizStep-receiving")
    assert captured(keeper, again)["counts"]["known"] == 1
    wrong = event(eventTime="yesterday", eventID="urn:x:1")
    job = captured(keeper, PACKING, wrong)
    assert (job["success"], job["counts"]["stored"]) == (False, 0)
    assert [(e["pointer"], e["code"]) for e in job["errors"]] == [("/epcisBody/eventList/1/eventTime", "not_time")]
    job = captured(keeper, PACKING, wrong, behaviour="proceed")
    assert job["counts"] == {"events": 2, "stored": 1, "known": 0, "rejected": 1}
    assert captured(keeper, event(eventID="urn:x:2"))["success"]
    job = captured(keeper, event(eventID="urn:x:2", action="DELETE"))
    assert job["errors"][0]["code"] == "id_taken"
    # The declaration of an error repeats the id.
    error = {"declarationTime": "2020-12-05T00:00:00Z", "reason": "did_not_occur"}
    assert captured(keeper, event(eventID="urn:x:2", errorDeclaration=error))["counts"]["stored"] == 1
    assert len(found(keeper, EXISTS_errorDeclaration="")) == 1

    for broken, status in ((b"{", 400), (b"[1]", 202)):
        assert post(keeper, "capture", broken).status_code == status
    assert keeper.post("/api/epcis/capture", "x", content_type="application/xml").status_code == 415
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(body={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Capture.objects.filter(status="done").update(n_known=77)


def test_one_event_at_once(keeper: Client) -> None:
    one = {"@context": CONTEXT, **event()}
    made = post(keeper, "events", one)
    assert made.status_code == 201
    assert keeper.get(made.headers["Location"]).status_code == 200
    repeated = post(keeper, "events", one)
    assert (repeated.status_code, repeated.json()["code"]) == (409, "event_known")
    refused = post(keeper, "events", {**one, "action": "LOOK"})
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert refused.json()["errors"] == [{"pointer": "/action", "code": "not_in_vocabulary"}]
    assert post(keeper, "events", event()).json()["errors"][0]["code"] == "no_context"


def test_queries_answer_what_was_asked(keeper: Client) -> None:
    captured(keeper, event(**{"ex:lane": "north"}), CUTTING, PACKING)
    link = "https://id.gs1.org/01/04012345123456/10/998877"
    by_type = {each["type"] for each in found(keeper, MATCH_anyEPCClass=link)}
    assert by_type == {"ObjectEvent", "TransformationEvent"}
    questions: list[tuple[dict[str, str], int]] = [
        ({"eventType": "ObjectEvent,AggregationEvent"}, 2), ({"MATCH_inputEPCClass": BEEF}, 1),
        ({"MATCH_outputEPCClass": BEEF}, 0), ({"MATCH_parentID": PALLET}, 1), ({"MATCH_anyEPC": PALLET}, 1),
        ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:packing"}, 1), ({"EQ_action": "ADD"}, 1),
        ({"EQ_readPoint": "urn:lianfang:place:room-1"}, 3), ({"WD_bizLocation": "urn:lianfang:place"}, 0),
        ({"GE_eventTime": "2020-12-02T00:00:00Z", "LT_eventTime": "2020-12-03T00:00:00Z"}, 1),
        ({"GT_quantity": "590"}, 2), ({"EQ_ex:lane": "north"}, 1), ({"EXISTS_ex:lane": ""}, 1),
        # Stored in degrees Celsius, asked in kelvin and Fahrenheit.
        ({"GE_value_KEL": "254", "LT_value_KEL": "255"}, 1), ({"LT_value_FAH": "-1.2"}, 1), ({"EQ_value_CEL": "-18.5"}, 1),
        ({"EQ_type": "Temperature"}, 1), ({"eventCountLimit": "2"}, 2),
    ]  # fmt: skip
    for params, n in questions:
        assert len(found(keeper, **params)) == n, params
    for params, code in (({"EQ_INNER_x": "1"}, "query_invalid"), ({"GE_eventTime": "noon"}, "query_invalid")):
        refused = keeper.get("/api/epcis/events", params)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert keeper.get("/api/epcis/events", {"maxEventCount": "2"}).status_code == 413
    seen, address = [], "/api/epcis/events?perPage=2&orderBy=eventTime&orderDirection=ASC"
    while address:
        page = keeper.get(address)
        seen += [e["eventTime"] for e in page.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
        address = page.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert seen == [each["eventTime"] for each in (event(), CUTTING, PACKING)]
    assert keeper.get("/api/epcis/bizSteps").json()["member"] == ["packing", "receiving"]
    assert len(keeper.get("/api/epcis/epcs").json()["member"]) == 3
    assert keeper.get("/api/epcis/eventTypes/ObjectEvent/events").status_code == 200
    assert "EQ_INNER_*" in keeper.options("/api/epcis/events").json()["notSupported"]["queryParameters"]


def test_who_may_and_where(keeper: Client) -> None:
    captured(keeper, event())
    assert post(Client(), "capture", document(event())).status_code == 401
    for path in ("capture", "events", "queries"):
        assert post(signed_in(staff(Role.EPIDEMIOLOGIST, username=path)), path, {}).status_code == 403
    far = signed_in(staff(Role.WAREHOUSE, area_code=OTHER_COUNTY))
    assert found(far) == []
    number = Event.objects.get()
    for address in (f"/api/epcis/capture/{number.capture_id}", f"/epcis/events/{number.pk}/"):
        assert (keeper.get(address).status_code, far.get(address).status_code) == (200, 404)
    assert follow([BEEF], "forward", area=OTHER_COUNTY) == []


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


def test_foreign_events_are_traced(store: Warehouse) -> None:
    client = signed_in(store.keeper)
    captured(client, event(), CUTTING, PACKING, event(epcList=["urn:x:box"], quantityList=None, bizLocation=None))
    tasks.capture_document(str(Capture.objects.get().pk))
    reading = Capture.objects.get().reading
    assert (reading["lots"]["stored"], reading["links"]["stored"], reading["n_left_out"]) == (3, 2, 1)
    assert set(LotLink.objects.values_list("source__code", "target__code")) == {
        ("GS1:01/04012345123456/10/998877", "GS1:01/04012345555554/10/A1"),
        ("GS1:01/04012345555554/10/A1", "GS1:00/040123450000001112"),
    }
    assert Presence.objects.filter(place__code="room-1").count() == reading["stays"]["stored"] >= 3
    assert [each.step for each in follow([PALLET], "backward", area="")] == [1, 2]
    assert services.map_capture(Capture.objects.get().pk, at=timezone.now())["lots"]["stored"] == 0


def test_every_step_of_the_warehouse_is_an_event_once(store: Warehouse) -> None:
    lot = store.released()
    store.in_shop(lot)
    n = GoodsEvent.objects.count()
    assert services.follow_warehouse(at=timezone.now()) == n
    assert services.follow_warehouse(at=timezone.now()) == 0
    client = signed_in(store.keeper)
    events = found(client, perPage=200)
    assert len(events) == n
    assert {"receiving", "sampling", "inspecting"} <= {each["bizStep"] for each in events}
    assert [each.key for each in follow(["urn:lianfang:lot:LOT-1"], "forward", area="")] == [
        "urn:lianfang:lot:LOT-1-S01"
    ]


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(500 if len(got) == 1 else 204)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/events", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_subscribers_are_told_once_signed_and_again_until_it_arrives(
    keeper: Client, receiver: tuple[str, list[tuple[dict[str, str], bytes]]], settings: Any
) -> None:
    address, got = receiver
    query = {"name": "received", "query": {"EQ_bizStep": ["receiving"]}}
    assert [post(keeper, "queries", query).status_code for _ in range(2)] == [201, 201]
    assert post(keeper, "queries", {**query, "query": {"EQ_action": "ADD"}}).status_code == 409
    wanted = {"dest": address, "signatureToken": "a-secret-of-sixteen", "stream": True}
    refused = post(keeper, "queries/received/subscriptions", wanted)
    assert refused.json()["code"] == "receiver_refused"
    settings.EPCIS_RECEIVERS = ["127.0.0.1"]
    made = post(keeper, "queries/received/subscriptions", wanted)
    assert made.status_code == 201
    captured(keeper, event(), PACKING)
    (number,) = services.send_due(at=timezone.now())
    with pytest.raises(NotDelivered):
        services.send(number, at=timezone.now())
    for _ in range(2):
        services.send(number, at=timezone.now())
    assert services.send_due(at=timezone.now()) == []
    assert len(got) == 2
    headers, body = got[1]
    stamp, signature = (part.partition("=")[2] for part in headers["gs1-signature"].split(","))
    expected = hmac.new(b"a-secret-of-sixteen", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == expected
    assert checks.problems_of(json.loads(body)) == []
    assert (Delivery.objects.get().n_attempts, Delivery.objects.get().n_events) == (2, 1)
    assert keeper.delete("/api/epcis/queries/received").status_code == 409
    assert keeper.delete(made.headers["Location"]).status_code == 204
    captured(keeper, event(eventID="urn:x:9"))
    assert services.send_due(at=timezone.now()) == []


def test_pages_show_events_captures_and_subscriptions(keeper: Client) -> None:
    captured(keeper, event(), CUTTING, PACKING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM epcis_event ORDER BY id DESC LIMIT 1")
        (number,) = cursor.fetchone()
    for address in (
        "/epcis/",
        f"/epcis/?q={BEEF}",
        "/epcis/captures/",
        "/epcis/subscriptions/",
        f"/epcis/events/{number}/",
    ):
        assert keeper.get(address).status_code == 200
    assert "GS1:01/04012345555554/10/A1" in keeper.get(f"/epcis/events/{number}/").content.decode()
    assert keeper.post("/epcis/captures/", {"behaviour": "rollback"}).status_code == 422


def test_what_cannot_be_stored_is_refused_with_its_place(keeper: Client) -> None:
    job = captured(
        keeper, PACKING, event(**{"ex:note": "a\0b"}), event(**{"ex:size": [1, 10**400]}), behaviour="proceed"
    )
    assert (job["counts"]["stored"], job["counts"]["rejected"]) == (2, 1)
    assert job["errors"] == [
        {"type": "epcisException:ValidationException", "pointer": "/epcisBody/eventList/1/ex:note", "code": "not_text"}
    ]


@pytest.mark.django_db
def test_nothing_refers_to_an_event_that_is_not_there() -> None:
    for statement in (
        "INSERT INTO epcis_link (event_id, source, target, at) VALUES (-1, 'a', 'b', now())",
        (
            "INSERT INTO epcis_eventkey (event_id, place, role, key, is_class, qualifier, unit)"
            " VALUES (-1, 0, 'epc', 'a', false, '', '')"
        ),
        "INSERT INTO epcis_reading (event_id, type, field, value, dimension) VALUES (-1, 'a', 'value', 1, '')",
    ):
        with (
            pytest.raises(IntegrityError, match="names no row of epcis_event"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_things_of_other_systems_are_on_the_way_of_a_lot(db: None) -> None:
    store = Warehouse()
    lot, box = store.arrived(), "urn:epc:id:sgtin:4012345.011111.77"
    packed = event(
        type="AggregationEvent", action="ADD", parentID=PALLET, childEPCs=[box], quantityList=None, eventID="urn:x:1",
    )  # fmt: skip
    unpacked = event(
        type="AggregationEvent", action="DELETE", parentID=PALLET, quantityList=None, eventID="urn:x:2",
        childQuantityList=[{"epcClass": "urn:lianfang:lot:LOT-1", "quantity": 600}],
        eventTime=store.ago(3.9).isoformat(), bizStep="unpacking",
    )  # fmt: skip
    kept = services.take(json.dumps(document(packed, unpacked)).encode(), at=store.now, by=store.keeper)
    services.process(kept.pk, at=store.now)
    services.map_capture(kept.pk, at=store.now)
    way = way_of(lot.subject, Direction.BACKWARD, at=store.now)
    things = ["GS1:01/04012345111118/21/77", "GS1:00/040123450000001112"]
    assert [each.subject.code for each in way.goods] == things
    # Where the lot is its own steps say, and the pallet that was emptied is no longer there.
    assert [stay.until for stay in way.stays if stay.subject == lot.subject] == [None]
    assert all(stay.until for stay in way.stays if stay.subject.code == things[1])
    page = signed_in(store.regulator).get("/goods/LOT-1/way/").content.decode()
    assert all(thing in page for thing in things)
