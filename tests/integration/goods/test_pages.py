"""The pages of the warehouse: who may open them, what they take, what they refuse, what everybody sees."""

import pypdfium2
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lianfang.apps.core.models import Role
from lianfang.apps.goods import desk, services
from lianfang.apps.goods.models import Booking, GoodsEvent, Inspection, Scan
from lianfang.formats.gs1_link import read_link
from tests.support.staff import OTHER_COUNTY, signed_in, staff
from tests.support.warehouse import Warehouse


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


def post(client: Client, name: str, *args: object, **data: object) -> int:
    return client.post(reverse(name, args=args), data).status_code


def test_a_lot_by_its_forms(store: Warehouse) -> None:
    keeper, regulator = signed_in(store.keeper), signed_in(store.regulator)
    plain = store.entry()
    due = {"due_at": "2031-01-01T09:00"}
    said = {name: getattr(plain, name) for name in (
        "product", "country", "n_pieces", "net_weight_kg", "declaration_no", "quarantine_cert_no", "production_lot",
        "vehicle", "container_no", "seal_no", "driver", "destination",
    )} | {"owner": "owner", "warehouse": "room-1"}  # fmt: skip
    assert post(keeper, "warehouse_book", **said, due_at="2020-01-01T09:00") == 422  # booked too late
    assert post(keeper, "warehouse_book", **{**said, **due, "driver": "nobody"}) == 422
    assert not Booking.objects.exists()
    assert post(keeper, "warehouse_book", **said, **due) == 302
    code = Booking.objects.get().lot.subject.code
    gate = {name: said[name] for name in ("vehicle", "driver", "container_no", "seal_no", "n_pieces")}
    arrive = {**gate, "room": "room-1", "seal_intact": "on", "handlers": "porter"}
    assert post(regulator, "lot_step", code, "arrive", **arrive) == 403
    assert post(keeper, "lot_step", code, "arrive", **arrive) == 302
    assert post(keeper, "lot_step", code, "release") == 422
    assert post(keeper, "lot_step", code, "sample", tubes="A1\nA2\nA1") == 302
    assert post(keeper, "lot_step", code, "dance") == 404
    paper = {"kind": "quarantine", "number": "120000010401001", "issuer": "天津海关", "issued_on": "2020-11-01",
             "product": plain.product, "production_lot": "200901A", "net_weight_kg": "12000"}  # fmt: skip
    assert post(keeper, "lot_step", code, "certificate", **paper) == 302
    number = desk.unchecked_papers(area="14").get().pk
    assert post(keeper, "warehouse_certificate", number, confirmed="yes") == 403
    assert post(regulator, "warehouse_certificate", number, confirmed="yes") == 302
    page = keeper.get(reverse("lot", args=[code])).content.decode()
    assert "G-11" in page
    assert "quarantine" not in page.split("G-4")[0][-300:]
    assert keeper.get(reverse("warehouse")).status_code == 200
    for name in desk.COMPLETES:
        one = next(each for each in desk.completes(area="14", at=store.now) if each.name == name)
        listed = keeper.get(reverse("warehouse_incomplete", args=[name])).context["page"].paginator.count
        assert one.missing == listed, name
    elsewhere = signed_in(staff(Role.WAREHOUSE, area_code=OTHER_COUNTY))
    assert elsewhere.get(reverse("lot_step", args=[code, "release"])).status_code == 404
    assert Client().get(reverse("lot_step", args=[code, "release"])).status_code == 302


def test_a_label_leads_everybody_to_what_stands(store: Warehouse) -> None:
    lot = store.released()
    part = store.in_shop(lot)
    keeper = signed_in(store.keeper)
    for size in ("70x50", "50x30"):
        pdf = keeper.get(reverse("lot_labels", args=[part.subject.code, size, "pdf"]))
        picture = pypdfium2.PdfDocument(pdf.content)[0].render(scale=203 / 72).to_pil()
        (found,) = zxingcpp.read_barcodes(picture)
        link = read_link(found.text)
        assert link is not None
        assert link.serial == part.subject.code
        zpl = keeper.get(reverse("lot_labels", args=[part.subject.code, size, "zpl"])).content.decode()
        assert f"^FDMA,{found.text}^FS" in zpl
    address = found.text.removeprefix("http://testserver")
    page = Client().get(address, headers={"accept-language": "zh-hans"}).content.decode()
    for said in ("冻南美白虾", lot.production_lot, "NAT-1", "过氧乙酸", "阴性", "已放行"):
        assert said in page
    for private in ("Porter", "porter", "Driver", "晋M88888", "津A12345", "王值班"):
        assert private not in page
    assert Client().get(address.replace("/10/1", "/10/2")).status_code == 404
    scanned = signed_in(store.seller)
    assert "不准" not in scanned.post(reverse("shop"), {
        "text": found.text, "pieces": 60, "place": "shop", "way": "out", "key": "k1"}).content.decode()  # fmt: skip
    assert store.stock(part) == {}


def test_a_shop_that_sells_what_was_never_released_shows_on_the_desk(store: Warehouse) -> None:
    lot = store.arrived()
    seller, keeper = signed_in(store.seller), signed_in(store.keeper)
    for text in (lot.subject.code, "69012345", "14082620120700000158"):
        answer = seller.post(reverse("shop"), {"text": text, "pieces": 1, "place": "shop", "way": "out"})
        assert answer.status_code == 200
    assert set(Scan.objects.values_list("permitted", flat=True)) == {False}
    page = keeper.get(reverse("warehouse")).content.decode()
    assert page.count("GP-11") == 2
    assert "GP-3" in page
    assert seller.get(reverse("warehouse")).status_code == 403
    assert post(seller, "shop", text="x", pieces=1, place="shop-2", way="out") == 422  # another unit's place


def test_found_goods_are_sealed_sampled_and_fined(store: Warehouse) -> None:
    client = signed_in(store.regulator)
    found = {"place_code": "shop", "finding": "unregistered", "product": "冻鸡爪", "n_pieces": 12, "tubes": "F1 F2",
             "handlers": "clerk"}  # fmt: skip
    assert post(client, "inspect", **{**found, "product": ""}) == 422
    answer = client.post(reverse("inspect"), found)
    assert answer.status_code == 302, answer.context["form"].errors
    row = Inspection.objects.get()
    assert row.lot is not None
    assert store.stands(row.lot).is_sealed
    assert store.kinds(row.lot) == ["found", "sampled", "sealed"]
    assert desk.incomplete("traced", area="14", at=store.now).get().pk == row.lot.pk
    assert post(client, "lot_step", row.lot.subject.code, "unseal", note="?") == 422  # it failed inspection
    for _ in range(2):  # the same again changes nothing
        assert post(client, "inspection", row.number, amount_yuan="5000", basis="食品安全法第一百二十四条") == 302
    assert client.get(reverse("inspection", args=[row.number])).content.decode().count("5000.00") == 1
    assert GoodsEvent.objects.filter(kind="found").count() == 1


def test_rooms_take_logs_and_show_what_was_too_warm(store: Warehouse) -> None:
    client = signed_in(store.keeper)
    lines = ["时间,温度"]
    lines += [
        f"2020-12-01 {8 + minute // 60:02d}:{minute % 60:02d},{-15.5 if 30 < minute < 90 else -19}"
        for minute in range(0, 120, 10)
    ]
    lines += ["2020-12-01 12:00,warm", "2020-12-01 08:00,-19"]
    for _ in range(2):
        upload = SimpleUploadedFile("log.csv", "\n".join(lines).encode())
        assert client.post(reverse("warehouse_room", args=["room-1"]), {"file": upload}).status_code == 302
    rows, warm, _limit = desk.readings_of(store.place("room-1"), since=store.ago(9000), at=store.now)
    assert len(rows) == 12
    assert [each.warmest_tenths for each in warm] == [-155]
    assert post(client, "warehouse_room", "room-1", celsius="-18.5") == 302
    chart = client.get(reverse("warehouse_room_chart", args=["room-1"])).json()
    assert chart["series"][0]["data"] == [-18.5]


def test_a_holder_answers_its_own_recall_only(store: Warehouse) -> None:
    lot = store.released()
    store.in_shop(lot)
    services.recall(lot, note="", act=store.act(1, store.regulator))
    notice = desk.notices(by=store.seller).get()
    other = staff(Role.UNIT, username="other", organisation=store.org("shop-2"))
    assert post(signed_in(other), "recall_notice", notice.pk, found=60, sold=0, destroyed=0) == 404
    seller = signed_in(store.seller)
    assert post(seller, "recall_notice", notice.pk, found=50, sold=0, destroyed=0) == 302
    (line,) = desk.notice_lines([notice], at=store.now)
    assert not line.is_closed
    assert post(seller, "recall_notice", notice.pk, found=60, sold=0, destroyed=0) == 302
    (line,) = desk.notice_lines([desk.notices(by=store.seller).get()], at=store.now)
    assert line.is_closed
    assert signed_in(store.regulator).get(reverse("recalls")).context["n_open"] == 0
