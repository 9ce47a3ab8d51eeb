"""The sampling point on a phone: ten swabs without a connection, handed over once when it is back."""

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core.models import Role, Subject
from lianfang.apps.lab.models import Pool, PoolMember
from lianfang.apps.lab.pool_results import record_pool_result
from lianfang.rules.vocabulary import SpecimenResult
from tests.support import axe
from tests.support.staff import VILLAGE, signed_in, staff

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def context_options() -> dict[str, object]:
    return {"viewport": PHONE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def test_a_tube_is_filled_offline_and_its_result_signed_by_another(
    page: Page, context: BrowserContext, live_server: LiveServer
) -> None:
    for number in range(11):
        Subject.objects.create(kind="person", code=f"P{number:02d}", label="王小明", area_code=VILLAGE)
    technician = staff(Role.LABORATORY, username="technician")
    cookie = {"name": "sessionid", "value": signed_in(technician).cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{live_server.url}/sampling/")
    expect(page.locator("[data-island=sampling]")).to_have_attribute("data-ready", "")
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.set_offline(True)
    page.get_by_label("管号").fill("TUBE-1")
    for number in range(10):
        page.locator("input[name=subject]").fill(f"P{number:02d}")
        page.keyboard.press("Enter")  # as a scanner ends
    expect(page.locator("[data-error]")).to_have_text("本管已满：请扫描下一管。")
    expect(page.locator("[data-queue]")).to_contain_text("10")
    assert not Pool.objects.exists()
    context.set_offline(False)
    expect(page.locator("[data-queue]")).to_have_attribute("data-state", "sent", timeout=15_000)
    expect(page.locator("[data-swabs] li", has_text="录入")).to_have_count(10)
    assert list(PoolMember.objects.order_by("position").values_list("subject__code", flat=True)) == [
        f"P{number:02d}" for number in range(10)
    ]
    record_pool_result(code="TUBE-1", value=SpecimenResult.POSITIVE, at=timezone.now(), by=technician)
    signer = staff(Role.LABORATORY, username="signer")
    context.add_cookies([cookie | {"value": signed_in(signer).cookies["sessionid"].value}])  # type: ignore[list-item]
    page.goto(f"{live_server.url}/pools/")
    page.get_by_role("link", name="TUBE-1").click()
    assert axe.violations(page, axe.LAYOUT) == []
    page.get_by_role("button", name="签发:阳性").click()
    expect(page.get_by_role("heading", name="此结果已签发")).to_be_visible()
