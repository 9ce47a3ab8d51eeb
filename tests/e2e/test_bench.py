"""A shared tube from the phone to the investigation: collected offline, run, rerun, signed, re-collected singly."""

from collections.abc import Collection

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Measure, Role, User
from lianfang.apps.lab.bench.models import Plate
from lianfang.apps.lab.models import PoolMember, Result
from lianfang.apps.tracing.models import Investigation
from tests.support import axe
from tests.support.bench import file_of, person
from tests.support.staff import organisation, signed_in, staff

GREY = {"ORF1ab": 38.2, "N": None, "RNase P": None}
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def signed_in_as(context: BrowserContext, live_server: LiveServer, user: User) -> None:
    session = signed_in(user).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def filled(page: Page, live_server: LiveServer, code: str, *tubes: str) -> None:
    page.goto(f"{live_server.url}/bench/new-plate/")
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name="开始").click()
    for tube in tubes:
        page.locator("input[name=tube]").fill(tube)
        page.keyboard.press("Enter")  # as a scanner ends
        expect(page.locator(".lf-plate")).to_contain_text(tube[-7:])
    page.get_by_role("button", name="封板").click()
    expect(page.get_by_role("heading", name="读取文件")).to_be_visible()


def handed_in(page: Page, positive: Collection[str] = (), **cts: dict[str, float | None]) -> None:
    plate = Plate.objects.latest("pk")
    content = file_of(plate, positive=positive, **cts)
    page.locator("input[type=file]").set_input_files({"name": "run.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="读取", exact=True).click()
    expect(page.get_by_role("heading", name="质控")).to_be_visible()


def received(page: Page, live_server: LiveServer, code: str) -> None:
    page.goto(f"{live_server.url}/bench/")
    page.locator("textarea[name=codes]").fill(code)
    page.get_by_role("button", name="接收").click()
    expect(page.get_by_role("status").first).to_contain_text("1")


def signed(page: Page, live_server: LiveServer, signer: User) -> None:
    signed_in_as(page.context, live_server, signer)
    page.reload()
    page.get_by_role("button", name="签发1份结果").click()
    expect(page.get_by_text("签发").first).to_be_visible()
    outbox.deliver_pending()


def collected_offline(page: Page, live_server: LiveServer, tube: str) -> None:
    page.goto(f"{live_server.url}/sampling/")
    expect(page.locator("[data-island=sampling]")).to_have_attribute("data-ready", "")
    page.context.set_offline(True)
    page.get_by_label("管号").fill(tube)
    for number in range(10):
        page.locator("input[name=subject]").fill(f"P{number}")
        page.keyboard.press("Enter")
    page.context.set_offline(False)
    expect(page.locator("[data-queue]")).to_have_attribute("data-state", "sent", timeout=15_000)


def collected_singly(page: Page, live_server: LiveServer, tube: str, subject: str) -> None:
    page.goto(f"{live_server.url}/specimens/new/")
    page.locator("input[name=code]").fill(tube)
    page.locator("input[name=subject_code]").fill(subject)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=tube)).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_from_ten_swabs_collected_offline_to_an_investigation(
    browser: Browser, page: Page, context: BrowserContext, live_server: LiveServer
) -> None:
    laboratory = organisation("LAB", "hospital", "unit", name="县医院实验室")
    technician = staff(Role.LABORATORY, username="technician", organisation=laboratory)
    signer = staff(Role.LABORATORY, username="signer", organisation=laboratory)
    for number in range(10):
        person(f"P{number}")

    phone = browser.new_context(**PHONE)  # type: ignore[arg-type]
    signed_in_as(phone, live_server, technician)
    swabs = phone.new_page()
    collected_offline(swabs, live_server, "TUBE-1")
    assert PoolMember.objects.count() == 10

    signed_in_as(context, live_server, technician)
    page.goto(f"{live_server.url}/reagents/")
    page.locator("input[name=number]").fill("L-2020-12")
    page.locator("input[name=expires_on]").fill("2099-12-31")
    page.get_by_role("button", name="登记", exact=True).click()
    received(page, live_server, "TUBE-1")
    assert axe.violations(page) == []
    filled(page, live_server, "PL-1", "TUBE-1")
    negative = Plate.objects.get().wells.filter(control="negative")[0].position
    handed_in(page, ["TUBE-1"], **{negative: GREY})
    expect(page.locator("body")).to_contain_text("QC-4")
    expect(page.locator("body")).to_contain_text("质控未通过")
    assert not Result.objects.exists()

    page.get_by_role("link", name="复检").click()
    page.locator("input[name=code]").fill("PL-2")
    page.get_by_role("button", name="开始").click()
    page.get_by_role("button", name="封板").click()
    assert axe.violations(page) == []
    handed_in(page, ["TUBE-1"])
    expect(page.get_by_text("须由第二人签发").first).to_be_visible()
    signed(page, live_server, signer)
    assert axe.violations(page) == []
    assert Measure.objects.filter(ended_at__isnull=True).count() == 10
    assert not Investigation.objects.exists()

    collected_singly(swabs, live_server, "ONE-1", "P3")
    phone.close()
    signed_in_as(context, live_server, technician)
    received(page, live_server, "ONE-1")
    filled(page, live_server, "PL-3", "ONE-1")
    handed_in(page, ["ONE-1"])
    signed(page, live_server, signer)
    assert Investigation.objects.get().index_subject.code == "P3"
