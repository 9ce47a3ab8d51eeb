"""The whole way of a lot: what it became, where it is, who had it in hand, and the same backward from the shop."""

import pytest
from django.test import Client

from lianfang.apps.core.models import AuditEvent
from lianfang.apps.goods import services as goods
from lianfang.apps.goods.lot_trace import way_of
from lianfang.apps.places.models import ContactReport
from lianfang.rules.vocabulary import Direction
from tests.support.staff import OTHER_COUNTY, Role, signed_in, staff
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.django_db


def test_forward_and_backward_lead_to_each_other_with_people_and_places() -> None:
    store = Warehouse()
    lot = store.released()
    part = store.in_shop(lot)
    goods.scan(text=part.subject.code, way="out", pieces=20, place=store.place("shop"), act=store.act(1, store.seller))

    forward = way_of(lot.subject, Direction.FORWARD, at=store.now)
    assert [each.subject.code for each in forward.goods] == [part.subject.code]
    assert [each.via.pk for each in forward.goods] == [lot.pk]
    assert {stay.place.code for stay in forward.stays} == {"room-1", "truck", "shop"}
    assert (forward.in_stock, forward.n_sold) == (580, 20)
    assert {each.subject.code for each in forward.people} == {"driver", "porter", "clerk"}
    # Each person hangs on the goods they had in hand, as an independent reading of the contacts says.
    pairs = set(ContactReport.objects.values_list("source_id", "exposed_id"))
    assert all({(each.subject.pk, each.via.pk), (each.via.pk, each.subject.pk)} & pairs for each in forward.people)

    backward = way_of(part.subject, Direction.BACKWARD, at=store.now)
    assert [each.subject.code for each in backward.goods] == ["LOT-1"]
    assert "driver" in {each.subject.code for each in backward.people}
    assert backward.n_places >= 2
    assert not way_of(lot.subject, Direction.BACKWARD, at=store.now).goods

    page = signed_in(store.keeper).get("/goods/LOT-1/way/")
    assert page.status_code == 200
    assert part.subject.code in page.content.decode()
    assert AuditEvent.objects.filter(action="lot.way_read").exists()
    assert Client().get("/goods/LOT-1/way/").status_code == 302
    elsewhere = signed_in(staff(Role.WAREHOUSE, username="elsewhere", area_code=OTHER_COUNTY))
    assert elsewhere.get("/goods/LOT-1/way/").status_code == 404
