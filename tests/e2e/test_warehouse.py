"""The warehouse in a real browser: from booking to shelf, a missing certificate, a positive, the public's page by a label."""

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.goods import services as goods
from lianfang.apps.goods.models import Booking
from lianfang.rules.vocabulary import CertificateKind, SpecimenResult
from tests.support import axe
from tests.support.staff import PASSWORD
from tests.support.warehouse import TUBES, Warehouse


@pytest.fixture
def store(transactional_db: None) -> Warehouse:
    return Warehouse()


def log_in(page: Page, live_server: LiveServer, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/login/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/desk/")


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def test_from_booking_to_shelf_and_back(page: Page, live_server: LiveServer, store: Warehouse) -> None:
    log_in(page, live_server, "keeper")
    page.goto(f"{live_server.url}/warehouse/book/")
    fill(page, product="冻南美白虾", country="EC", n_pieces="600", net_weight_kg="12000", declaration_no="D1",
         quarantine_cert_no="Q1", production_lot="200901A", owner="owner", vehicle="津A12345", driver="driver",
         container_no="MSKU1234565", seal_no="CN1", destination="商超", due_at="2031-01-01T09:00")  # fmt: skip
    page.get_by_role("button", name="预约").click()
    lot = Booking.objects.get().lot
    code = lot.subject.code
    page.get_by_role("link", name="收货").click()
    fill(page, vehicle="津A12345", driver="driver", container_no="MSKU1234565", seal_no="CN1", n_pieces="600",
         handlers="porter")  # fmt: skip
    page.locator("[name=seal_intact]").check()
    page.get_by_role("button", name="收货").click()
    expect(page.locator("body")).to_contain_text("在库待检")
    # Papers, samples and disinfection by the services; the release by the page, which names what is missing.
    store.now = store.stands(lot).arrived_at or store.now
    store.papers(lot, without=CertificateKind.QUARANTINE, days=0)
    store.sampled(lot, days=-0.0001)
    for tube in TUBES:
        store.signed(tube, days=-0.0002)
    store.disinfected(lot, days=-0.0003)
    page.goto(f"{live_server.url}/warehouse/lots/{code}/release/")
    page.get_by_role("button", name="放行").click()
    expect(page.locator(".lf-alert")).to_contain_text("检验检疫证明")
    store.papers(lot, days=-0.0004)
    page.get_by_role("button", name="放行").click()
    expect(page.locator("body")).to_contain_text("已放行")
    assert axe.violations(page) == []

    pdf = page.request.get(f"{live_server.url}/warehouse/lots/{code}/label-50x30.pdf").body()
    (label,) = zxingcpp.read_barcodes(pypdfium2.PdfDocument(pdf)[0].render(scale=300 / 72).to_pil())
    page.context.clear_cookies()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(label.text)
    expect(page.locator("h1")).to_contain_text("冻南美白虾")
    expect(page.locator("body")).to_contain_text("已放行")

    store.in_shop(lot)
    log_in(page, live_server, "seller")
    page.goto(f"{live_server.url}/shop/")
    fill(page, text=label.text, pieces="20")
    page.get_by_role("button", name="销售").click()
    expect(page.locator("[role=alert]")).to_contain_text("已售")
    goods.sample(lot, tubes=["AGAIN"], act=store.act(-0.001))
    store.signed("AGAIN", SpecimenResult.POSITIVE, days=-0.0011)
    page.goto(f"{live_server.url}/shop/")
    page.get_by_role("link", name="召回").click()
    fill(page, found="40", sold="20", destroyed="0")
    page.get_by_role("button", name="答复").click()
    expect(page.locator("body")).to_contain_text("全部去向已查明")
    page.goto(label.text)
    expect(page.locator("body")).to_contain_text("请勿食用或销售")
    log_in(page, live_server, "regulator")
    page.goto(f"{live_server.url}/goods/{code}/")
    expect(page.locator("body")).to_contain_text("召回中")
