"""Pallets: loads follow the steps, palleted pieces do not move as loose ones, and every step is an EPCIS event."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from lianfang.apps.goods import services as goods
from lianfang.apps.goods.epcis.models import Event
from lianfang.apps.goods.epcis.services import follow_papers, follow_rooms, follow_warehouse
from lianfang.apps.goods.models import GoodsEvent, Lot, PalletLoad
from lianfang.apps.goods.services.pallets import PalletElsewhere, PalletEmpty, SsccWrong, sscc_of
from lianfang.apps.goods.services.steps import OnPallet
from lianfang.apps.places.models import Presence
from lianfang.formats.epcis import checks
from tests.support.warehouse import Warehouse

PALLET = "040123450000001112"


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


def loads() -> dict[tuple[str, str], int]:
    rows = PalletLoad.objects.filter(n_pieces__gt=0).values_list("lot__subject__code", "place__code", "n_pieces")
    return {(lot, place): pieces for lot, place, pieces in rows}


def test_an_sscc_is_read_however_it_is_scanned() -> None:
    for text in (PALLET, f"(00){PALLET}", "urn:epc:id:sscc:4012345.0000000111", f"https://id.gs1.org/00/{PALLET}"):
        assert sscc_of(text) == PALLET
    for text in ("040123450000001113", "4012345", "", "x" * 18):
        with pytest.raises(SsccWrong):
            sscc_of(text)


def test_a_pallet_is_loaded_moved_sent_out_and_taken_in(store: Warehouse) -> None:
    lot, other = store.released(), store.arrived("LOT-2")
    room, cold, truck, shop = (store.place(code) for code in ("room-1", "room-2", "truck", "shop"))
    pack = store.act(2.4, None, "porter", key="p1")
    for _ in range(2):
        goods.put_on_pallet(lot, pieces=100, pallet=PALLET, place=room, act=pack)
    goods.put_on_pallet(other, pieces=40, pallet=f"(00){PALLET}", place=room, act=store.act(2.39, None, "porter"))
    assert loads() == {("LOT-1", "room-1"): 100, ("LOT-2", "room-1"): 40}
    with pytest.raises(OnPallet):
        goods.put_on_pallet(lot, pieces=501, pallet="040123450000001129", place=room, act=store.act(2.3))
    with pytest.raises(OnPallet):  # 500 are loose
        goods.store(lot, pieces=501, source=room, target=cold, act=store.act(2.3))
    with pytest.raises(OnPallet):
        goods.take_off_pallet(lot, pieces=101, pallet=PALLET, place=room, act=store.act(2.3))

    moved = [goods.move_pallet(PALLET, target=cold, act=store.act(2.2, None, "porter", key="m1")) for _ in range(2)]
    assert next([each.pk for each in events] for events in moved) == [each.pk for each in moved[1]]
    assert loads() == {("LOT-1", "room-2"): 100, ("LOT-2", "room-2"): 40}
    assert store.stock(lot) == {"room-1": 500, "room-2": 100}
    with pytest.raises(PalletElsewhere):
        goods.put_on_pallet(lot, pieces=1, pallet=PALLET, place=room, act=store.act(2.1))
    # One lot on it is not released: the whole pallet stays, nothing of it is written.
    with pytest.raises(goods.StepRefused):
        goods.move_pallet(PALLET, target=truck, destination=shop, act=store.act(2.1, None, "porter"))
    assert loads() == {("LOT-1", "room-2"): 100, ("LOT-2", "room-2"): 40}
    goods.take_off_pallet(other, pieces=40, pallet=PALLET, place=cold, act=store.act(2.05, None, "porter"))

    (sent,) = goods.move_pallet(PALLET, target=truck, destination=shop, act=store.act(2, None, "porter", "driver"))
    part = Lot.objects.get(pk=sent.lot_id)
    assert loads() == {(part.subject.code, "truck"): 100}
    goods.receive(part, pieces=60, source=truck, place=shop, act=store.act(1.9, store.seller, "clerk"))
    assert loads() == {(part.subject.code, "truck"): 40}
    goods.receive(part, pieces=40, source=truck, place=shop, act=store.act(1.8, store.seller, "clerk"))
    assert loads() == {}
    with pytest.raises(PalletEmpty):
        goods.move_pallet(PALLET, target=cold, act=store.act(1.7))
    assert Presence.objects.filter(subject__code="driver", place__kind="contact").exists()
    warm = [(store.ago(1) + timedelta(minutes=10 * n), -30 if 3 < n < 20 else -190) for n in range(30)]
    goods.store_readings(warm, place=cold, source="logger.csv", by=store.keeper, at=store.now)
    _events_tell_of_it()
    _the_database_alone_refuses(store, lot)


def _events_tell_of_it() -> None:
    at = GoodsEvent.objects.latest("pk").at
    for follow in (follow_warehouse, follow_papers, follow_rooms):
        while follow(at=at):
            pass
        assert follow(at=at) == 0
    told = {each.body["lianfang:step"]: each.body for each in Event.objects.exclude(goods_event=None).order_by("pk")}
    put, taken = told["palleted"], told["unpalleted"]
    assert (put["type"], put["action"], taken["action"]) == ("AggregationEvent", "ADD", "DELETE")
    assert put["parentID"] == f"https://id.gs1.org/00/{PALLET}"
    assert put["childQuantityList"] == [{"epcClass": "urn:lianfang:lot:LOT-2", "quantity": 40}]
    assert told["dispatched"]["epcList"] == [put["parentID"]]
    assert told["disinfected"]["lianfang:agent"] == "含氯500mg/L"
    assert told["released"]["certificationInfo"].startswith("urn:lianfang:exit-certificate:CK140826")
    beside = [each.body for each in Event.objects.filter(goods_event=None).order_by("pk")]
    assert [each["bizStep"].rpartition("/")[2] for each in beside].count("certifying") == 4
    (sensed,) = (each for each in beside if "sensorElementList" in each)
    reports = [element["sensorReport"][0] for element in sensed["sensorElementList"]]
    assert (reports[0]["uom"], reports[-1]["exception"]) == ("CEL", "ALARM_CONDITION")
    assert max(report["maxValue"] for report in reports[:-1]) == -3.0  # of one day, or of two past midnight
    assert all(checks.event(each.body) == [] for each in Event.objects.all())


def _the_database_alone_refuses(store: Warehouse, lot: Lot) -> None:
    room, cold = store.place("room-1").pk, store.place("room-2").pk
    for kind, detail, lines in (
        ("palleted", {"pallet": PALLET, "pieces": 501}, []),
        ("unpalleted", {"pallet": PALLET, "pieces": 1}, []),
        ("stored", {"pallet": PALLET}, [[lot.pk, room, -1], [lot.pk, cold, 1]]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            GoodsEvent.objects.create(
                kind=kind, lot=lot, place_id=room, at=store.now, recorded_at=store.now, quantities=lines, detail=detail
            )
