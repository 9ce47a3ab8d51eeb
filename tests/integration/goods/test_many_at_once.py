"""Eight real sessions on one lot: nothing is overdrawn, nothing leaves after its hold, each step is there once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import Measure
from lianfang.apps.goods import services as goods
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, Stock
from tests.support.warehouse import Warehouse

SESSIONS = 8
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf() -> tuple[Warehouse, Lot]:
    """A lot of 50 pieces, released and in the shop; written by events, so that the races are all that takes time."""
    store = Warehouse()
    lot = store.booked()
    shop = store.place("shop").pk
    for kind, lines in (("arrived", [[lot.pk, shop, 50]]), ("released", [])):
        GoodsEvent.objects.create(
            kind=kind, lot=lot, at=store.ago(3), recorded_at=store.ago(3), quantities=lines,
            detail={"said": {}, "differences": []}, seq=1,
        )  # fmt: skip
    return store, lot


def at_once(work: Callable[[int], str]) -> Counter[str]:
    def run(number: int) -> str:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(SESSIONS) as pool:
        return Counter(pool.map(run, range(SESSIONS)))


def test_services_sell_no_piece_twice(shelf: tuple[Warehouse, Lot]) -> None:
    store, lot = shelf

    def sell(number: int) -> str:
        act = store.act(1, store.seller, key="same" if number < 2 else f"k{number}")
        return (
            "yes"
            if goods.scan(text="LOT-1", way="out", pieces=10, place=store.place("shop"), act=act).permitted
            else "no"
        )

    counts = at_once(sell)
    # Two sessions share a key: one of their scans may lose the race for it and is told so, never sold twice.
    assert GoodsEvent.objects.filter(kind="sold").count() == 5
    assert Stock.objects.get(lot=lot).n_pieces == 0
    assert counts["yes"] in {5, 6}


def test_the_database_alone_refuses_too_much_and_what_is_held(shelf: tuple[Warehouse, Lot]) -> None:
    store, lot = shelf
    shop = store.place("shop").pk

    def take(number: int) -> str:
        try:
            with transaction.atomic():
                if number == 4:
                    Measure.objects.create(
                        kind="lot_hold", subject_id=lot.pk, area_code="14", starts_at=store.now, ordered_at=store.now
                    )
                    return "held"
                GoodsEvent.objects.create(
                    kind="sold",
                    lot=lot,
                    at=store.now,
                    recorded_at=store.now + timedelta(0),
                    quantities=[[lot.pk, shop, -20]],
                )
                return "sold"
        except IntegrityError as refused:
            return str(refused.__cause__.diag.constraint_name)  # type: ignore[union-attr]

    counts = at_once(take)
    left = Stock.objects.get(lot=lot).n_pieces
    assert counts["held"] == 1
    assert counts["sold"] <= 2
    assert left == 50 - 20 * counts["sold"] >= 0
    assert counts.keys() <= {"sold", "held", "stock_not_overdrawn", "goods_held_stay"}
    assert LotStanding.objects.get(pk=lot.pk).is_held
    with pytest.raises(IntegrityError), transaction.atomic():
        GoodsEvent.objects.create(
            kind="sold", lot=lot, at=store.now, recorded_at=store.now, quantities=[[lot.pk, shop, -1]]
        )


def test_no_package_is_singled_out_twice_or_beyond_the_pieces(shelf: tuple[Warehouse, Lot]) -> None:
    store, lot = shelf
    shop = store.place("shop")
    with transaction.atomic():
        GoodsEvent.objects.create(
            kind="sold", lot=lot, at=store.now, recorded_at=store.now, quantities=[[lot.pk, shop.pk, -46]]
        )

    def take(number: int) -> str:
        try:
            goods.single_out(lot, package=f"BOX-{number // 2}", place=shop, act=store.act(1))
        except DomainError as refused:
            return refused.code
        return "out"

    counts = at_once(take)
    assert counts["out"] == 4  # four codes, each asked for twice, and four pieces
    assert counts.keys() <= {"out", "package_taken", "step_refused"}
    assert set(Stock.objects.values_list("lot__subject__code", "n_pieces")) == {
        ("LOT-1", 0), *((f"BOX-{number}", 1) for number in range(4)),
    }  # fmt: skip
