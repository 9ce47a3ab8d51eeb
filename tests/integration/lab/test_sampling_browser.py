"""The sampling point on a phone: ten swabs without a connection, the browser killed among them, handed over once."""

import time
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core.models import Role, Subject
from lianfang.apps.lab.models import Pool, PoolMember
from lianfang.apps.lab.pool_results import record_pool_result
from lianfang.rules.vocabulary import SpecimenResult
from tests.support import axe
from tests.support.browser import Complaints, kill, on_profile
from tests.support.staff import VILLAGE, signed_in, staff

PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
SESSION_S = 3600


def swab(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.locator("input[name=subject]").fill(f"P{number:02d}")
        page.keyboard.press("Enter")  # as a scanner ends


def test_a_tube_is_filled_offline_survives_a_kill_and_its_result_is_signed_by_another(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    for number in range(11):
        Subject.objects.create(kind="person", code=f"P{number:02d}", label="王小明", area_code=VILLAGE)
    technician = staff(Role.LABORATORY, username="technician")
    cookie = {
        "name": "sessionid", "value": signed_in(technician).cookies["sessionid"].value, "url": live_server.url,
        "expires": time.time() + SESSION_S,
    }  # fmt: skip
    phone = on_profile(browser, tmp_path / "phone", **PHONE)
    phone.add_cookies([cookie])  # type: ignore[list-item]
    page = phone.pages[0]
    page.goto(f"{live_server.url}/sampling/")
    expect(page.locator("[data-island=sampling]")).to_have_attribute("data-kept", "")
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.set_offline(True)
    page.get_by_label("管号").fill("TUBE-1")
    swab(page, *range(6))
    expect(page.locator("[data-queue]")).to_contain_text("6")
    kill(tmp_path / "phone")

    phone = on_profile(browser, tmp_path / "phone", offline=True, **PHONE)
    page = phone.pages[0]
    complaints = Complaints(page)
    page.goto(f"{live_server.url}/sampling/")  # as it was kept
    expect(page.locator("[data-swabs] li")).to_have_count(6)
    page.get_by_label("管号").fill("TUBE-1")
    swab(page, *range(6, 10))
    expect(page.locator("[data-error]")).to_have_text("本管已满：请扫描下一管。")
    expect(page.locator("[data-queue]")).to_contain_text("10")
    assert not Pool.objects.exists()
    phone.set_offline(False)
    # Chromium writes cookies down every 30 s: whoever is killed before that signs in again, on another page.
    page.goto(f"{live_server.url}/login/")
    phone.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{live_server.url}/sampling/")
    expect(page.locator("[data-queue]")).to_have_attribute("data-state", "sent", timeout=15_000)
    expect(page.locator("[data-swabs] li", has_text="录入")).to_have_count(10)
    assert list(PoolMember.objects.order_by("position").values_list("subject__code", flat=True)) == [
        f"P{number:02d}" for number in range(10)
    ]
    record_pool_result(code="TUBE-1", value=SpecimenResult.POSITIVE, at=timezone.now(), by=technician)
    signer = staff(Role.LABORATORY, username="signer")
    phone.add_cookies([cookie | {"value": signed_in(signer).cookies["sessionid"].value}])  # type: ignore[list-item]
    page.goto(f"{live_server.url}/pools/")
    page.get_by_role("link", name="TUBE-1").click()
    assert axe.violations(page, axe.LAYOUT) == []
    page.get_by_role("button", name="签发:阳性").click()
    expect(page.get_by_role("heading", name="此结果已签发")).to_be_visible()
    assert complaints.lines == []
    phone.close()
