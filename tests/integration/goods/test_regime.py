"""A lot through the whole regime by the services: what each step asks for, changes and leaves behind."""

import argparse

import pytest
from django.db import IntegrityError, connection, transaction

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Measure
from lianfang.apps.core.permissions import NotAllowed
from lianfang.apps.goods import services as goods
from lianfang.apps.goods.labelling import link_of
from lianfang.apps.goods.lot_trace import way_of
from lianfang.apps.goods.models import GoodsEvent, RecallNotice, Stock
from lianfang.apps.goods.services.moves import PackageTaken
from lianfang.apps.lab.services import annul_result
from lianfang.apps.places.models import ContactReport, Presence
from lianfang.apps.tracing.models import Exposure
from lianfang.cli import verify
from lianfang.rules.vocabulary import CertificateKind, Direction, SpecimenResult
from tests.support.warehouse import Warehouse


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


def rows(refusal: pytest.ExceptionInfo[goods.StepRefused]) -> set[str]:
    return {reason.code for reason in refusal.value.reasons}


def test_from_booking_to_shelf(store: Warehouse) -> None:
    lot = store.released()
    assert store.stands(lot).stage == "released"
    part = store.in_shop(lot)
    assert part.subject.code == "LOT-1-S01"
    assert store.stock(lot) == {"room-1": 540}
    assert store.stock(part) == {"shop": 60}
    sold = goods.scan(
        text=store.stands(lot).trace_code or "", way="out", pieces=20, place=store.place("shop"),
        act=store.act(1, store.seller, key="once"),
    )  # fmt: skip
    again = goods.scan(
        text="LOT-1-S01", way="out", pieces=20, place=store.place("shop"), act=store.act(1, store.seller, key="once")
    )
    assert sold.permitted
    assert again.pk == sold.pk
    assert store.stock(part) == {"shop": 40}
    assert store.stands(part).stage == "in_trade"
    assert store.kinds(lot) == [
        "booked", "arrived", "sampled", *["tested"] * 6, "disinfected", "disinfected", "released", "split",
    ]  # fmt: skip
    # Whoever had it in hand is tied to it, and it is where its pieces are.
    met = set(ContactReport.objects.values_list("source__code", "exposed__code"))
    assert {("porter", "LOT-1"), ("driver", "LOT-1"), ("driver", "LOT-1-S01"), ("clerk", "LOT-1-S01")} <= met
    stays = Presence.objects.filter(subject=part.subject, place__code="shop")
    assert stays.count() == 1
    assert verify.run(argparse.Namespace(json=False, no_log=False, log=False)) == 0


def test_a_release_says_all_that_is_missing(store: Warehouse) -> None:
    lot = store.arrived()
    with pytest.raises(goods.StepRefused) as refused:
        goods.release(lot, act=store.act(3))
    assert rows(refused) == {"G-4", "G-7", "G-8", "G-11", "G-12"}
    assert set(store.stands(lot).waits_for) == rows(refused)
    with pytest.raises(goods.StepRefused) as early:
        goods.book(store.entry("LOT-2", due_at=store.ago(1)), by=store.keeper, at=store.ago(2))
    assert rows(early) == {"GB-1"}
    with pytest.raises(goods.StepRefused) as sent:
        goods.dispatch(lot, pieces=10, way=store.way(), act=store.act(2))
    assert rows(sent) == {"GP-3"}


def test_what_differs_at_the_gate_waits_for_a_second_person(store: Warehouse) -> None:
    lot = store.arrived(seal_no="CN0000002")
    store.papers(lot, without=CertificateKind.NUCLEIC_ACID)
    assert {"G-4", "G-14"} <= set(store.stands(lot).waits_for)
    with pytest.raises(NotAllowed):
        goods.accept_difference(lot, note="", act=store.act(3))
    goods.accept_difference(lot, note="海关换封,有记录", act=store.act(3, store.regulator))
    assert "G-14" not in store.stands(lot).waits_for


def test_a_positive_stops_every_part_and_asks_every_holder(store: Warehouse) -> None:
    lot = store.released()
    part, other = store.in_shop(lot), store.in_shop(lot, 30, "shop-2")
    goods.sell(part, pieces=20, place=store.place("shop"), act=store.act(1, store.seller))
    store.sampled(lot, ("AGAIN",), days=0.5)
    store.signed("AGAIN", SpecimenResult.POSITIVE, days=0.4)
    stands = store.stands(part)
    assert (stands.is_held, stands.is_recalled, stands.stage) == (True, True, "recalled")
    notices = RecallNotice.objects.order_by("lot")
    assert list(notices.values_list("lot__subject__code", "n_received")) == [("LOT-1-S01", 60), ("LOT-1-S02", 30)]
    with pytest.raises(goods.StepRefused) as refused:
        goods.sell(part, pieces=1, place=store.place("shop"), act=store.act(0.3, store.seller))
    assert rows(refused) == {"GP-4"}
    assert Measure.objects.filter(subject=other.subject, kind="lot_hold", ended_at=None).exists()
    reached = set(Exposure.objects.values_list("subject__code", flat=True))
    assert {"porter", "driver", "clerk"} <= reached
    goods.answer_recall(notice_id=notices[0].pk, pieces=(40, 20, 0), note="", by=store.seller, at=store.ago(0.3))
    goods.destroy(part, pieces=40, place=store.place("shop"), act=store.act(0.2, store.regulator), method="焚烧")
    assert store.stock(part) == {}
    assert verify.run(argparse.Namespace(json=False, no_log=False, log=False)) == 0
    annul_result(specimen_id=lot.subject.specimens.get(code="AGAIN").pk, reason="x", at=store.ago(0.1), by=store.signer)
    outbox.deliver_pending()
    goods.unseal(other, note="结果撤销", act=store.act(0, store.regulator))
    assert not store.stands(other).is_held
    assert store.stands(other).stage == "in_trade"


def test_a_package_goes_its_own_way_and_speaks_for_its_lot(store: Warehouse) -> None:
    lot, room = store.ready(), store.place("room-1")
    made = [goods.single_out(lot, package="BOX-1", place=room, act=store.act(2.9, key="one")) for _ in range(2)]
    box = made[0][1]
    assert made[1] == made[0]
    assert store.stock(lot) == {"room-1": 599}
    assert (store.stock(box), box.n_pieces, box.net_weight_kg) == ({"room-1": 1}, 1, 20)
    for code in ("BOX-1", "LOT-1", "driver", ""):
        with pytest.raises(PackageTaken):
            goods.single_out(lot, package=code, place=room, act=store.act(2.8))
    # What is found of it counts for the lot, and with the lot it is released.
    goods.sample(box, tubes=["BOX-TUBE"], act=store.act(2.8, None, "porter"))
    assert store.stands(lot).waits_for == ["G-5"] == store.stands(box).waits_for
    store.signed("BOX-TUBE", days=2.7)
    goods.release(box, act=store.act(2.5))
    assert (store.stands(lot).is_released, store.stands(box).stage) == (True, "released")
    # Moved, sealed, sent out and scanned by itself.
    goods.store(box, pieces=1, source=room, target=store.place("room-2"), act=store.act(2.4, None, "porter"))
    goods.seal(box, note="破损", act=store.act(2.3, store.regulator))
    way = (store.place("room-2"), store.place("truck"), store.place("shop"))
    with pytest.raises(goods.StepRefused) as refused:
        goods.dispatch(box, pieces=1, way=way, act=store.act(2.2))
    assert rows(refused) == {"GP-4"}
    assert not store.stands(lot).is_sealed
    other = goods.single_out(lot, package="BOX-2", place=room, act=store.act(2.2))[1]
    sold = store.in_shop(other, 1)
    assert sold == other
    code = link_of(other).address("https://example.org/")
    assert goods.scan(
        text=code, way="out", pieces=1, place=store.place("shop"), act=store.act(1, store.seller)
    ).permitted
    # One package is positive: the whole lot is called back, its sibling is found by the trace.
    goods.sample(box, tubes=["BOX-AGAIN"], act=store.act(0.5))
    store.signed("BOX-AGAIN", SpecimenResult.POSITIVE, days=0.4)
    assert [store.stands(each).is_recalled for each in (lot, box, other)] == [True, True, True]
    assert [store.stands(each).is_held for each in (lot, box, other)] == [True, True, True]
    (notice,) = RecallNotice.objects.all()
    assert (notice.lot_id, notice.n_received) == (other.pk, 1)
    back = way_of(box.subject, Direction.BACKWARD, at=store.now)
    assert [each.subject.code for each in back.goods] == ["LOT-1"]
    assert {"BOX-1", "BOX-2"} <= {
        each.subject.code for each in way_of(lot.subject, Direction.FORWARD, at=store.now).goods
    }
    assert sum(Stock.objects.filter(lot__standing__root=lot.pk).values_list("n_pieces", flat=True)) == 599
    assert verify.run(argparse.Namespace(json=False, no_log=False, log=False)) == 0


def test_the_database_refuses_what_the_rules_would(store: Warehouse) -> None:
    lot = store.arrived()
    room, shop = store.place("room-1").pk, store.place("shop").pk

    def insert(kind: str, *lines: list[int]) -> None:
        with transaction.atomic():
            GoodsEvent.objects.create(
                kind=kind,
                lot=lot,
                at=store.now,
                recorded_at=store.now,
                recorded_by=store.keeper,
                quantities=list(lines),
            )

    for kind, lines, constraint in (
        ("sold", [[lot.pk, room, -1]], "goods_only_released_leave"),
        ("stored", [[lot.pk, room, -601], [lot.pk, shop, 601]], "stock_not_overdrawn"),
        ("stored", [[lot.pk, room, -5], [lot.pk, shop, 6]], "goods_balance"),
        ("arrived", [[lot.pk, room, 0]], "goods_balance"),
    ):
        with pytest.raises(IntegrityError) as refused:
            insert(kind, *lines)
        assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]
    goods.seal(lot, note="", act=store.act(3, store.regulator))
    with pytest.raises(IntegrityError):
        insert("split", [lot.pk, room, -1], [lot.pk, shop, 1])
    assert Stock.objects.get(lot=lot, place=room).n_pieces == 600
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE goods_goodsevent SET detail = '{}'")
