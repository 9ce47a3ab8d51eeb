"""Random lives of two lots on two pallets: after every step the database has what a readable twin says, or refused with it."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.apps.goods.models import GoodsEvent, Lot, PalletLoad, Stock
from tests.support.warehouse import Warehouse

PIECES = 20
LOTS, PALLETS = ("LOT-1", "LOT-2"), ("040123450000001112", "040123450000001129")
PLACES = ("room-1", "room-2", "truck", "shop")
ENDED = {"sold", "destroyed"}


@dataclass
class Twin:
    """Pieces by lot and place, and by pallet, lot and place."""

    stock: Counter[tuple[str, str]] = field(default_factory=lambda: Counter({(lot, "room-1"): PIECES for lot in LOTS}))
    loads: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def take(self, kind: str, lot: str, way: tuple[str, str], pieces: int, pallet: str) -> bool:
        """Take a step, or say that it is refused and change nothing."""
        here, there = way
        stock, loads = self.stock.copy(), self.loads.copy()
        moved = {"palleted": [], "unpalleted": []}.get(
            kind, [(here, -pieces)] + [(there, pieces)] * (kind not in ENDED)
        )
        for place, delta in moved:
            stock[lot, place] += delta
            loads[pallet, lot, place] += delta if pallet else 0
        loads[pallet, lot, here] += {"palleted": pieces, "unpalleted": -pieces}.get(kind, 0)
        for place in {here, there}:
            excess = sum(loads[each, lot, place] for each in PALLETS) - stock[lot, place]
            if excess > 0 and kind not in ENDED | {"received"}:
                return False
            for each in sorted(PALLETS, reverse=True):
                off = max(0, min(excess, loads[each, lot, place]))
                loads[each, lot, place] -= off
                excess -= off
        if min([*stock.values(), *loads.values()]) < 0:
            return False
        self.stock, self.loads = stock, loads
        return True


steps = st.tuples(
    st.sampled_from(["palleted", "unpalleted", "stored", "dispatched", "received", "sold", "destroyed"]),
    st.sampled_from(LOTS), st.permutations(PLACES).map(lambda places: (places[0], places[1])),
    st.integers(1, PIECES + 1), st.sampled_from(PALLETS), st.booleans(),
)  # fmt: skip


@pytest.fixture
def store(db: None) -> Warehouse:
    made = Warehouse()
    for code in LOTS:
        lot, room = made.booked(code), made.place("room-1").pk
        for kind, lines in (("arrived", [[lot.pk, room, PIECES]]), ("released", [])):
            detail = {"said": {}, "differences": []}
            GoodsEvent.objects.create(
                kind=kind, lot=lot, at=made.now, recorded_at=made.now, quantities=lines, detail=detail
            )
    return made


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(steps, max_size=25))
def test_quantities_balance_on_and_off_pallets(store: Warehouse, script: list[tuple]) -> None:  # type: ignore[type-arg]
    lots = {lot.subject.code: lot for lot in Lot.objects.select_related("subject")}
    places = {code: store.place(code).pk for code in PLACES}
    twin = Twin()
    with transaction.atomic():
        for kind, lot, way, pieces, pallet, whole in script:
            loading = kind in {"palleted", "unpalleted"}
            named = pallet if whole or loading else ""
            ends = [(way[0], -pieces)] + [(way[1], pieces)] * (kind not in ENDED)
            lines = [] if loading else [[lots[lot].pk, places[place], delta] for place, delta in ends]
            detail = {"pallet": named, "pieces": pieces} if named else {}
            expected = twin.take(kind, lot, way, pieces, named)
            try:
                with transaction.atomic():
                    GoodsEvent.objects.create(
                        kind=kind, lot=lots[lot], at=store.now, recorded_at=store.now, quantities=lines,
                        detail=detail, place_id=places[way[0]],
                    )  # fmt: skip
            except IntegrityError:
                assert not expected
            else:
                assert expected
            stock = Stock.objects.values_list("lot__subject__code", "place__code", "n_pieces")
            assert {row[:2]: row[2] for row in stock if row[2]} == +twin.stock
            loads = PalletLoad.objects.values_list("sscc", "lot__subject__code", "place__code", "n_pieces")
            assert {row[:3]: row[3] for row in loads if row[3]} == +twin.loads
        transaction.set_rollback(True)
