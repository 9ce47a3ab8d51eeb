"""Coming back, on a phone: declare, both sides confirm, records survive a dead connection, the poster can be read."""

import os
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.areas.services import import_divisions
from lianfang.apps.core import outbox
from lianfang.apps.core.models import Measure, Role, User
from lianfang.apps.followup.models import HealthRecord
from lianfang.apps.followup.services import HealthEntry, record_health
from lianfang.apps.lab import services as lab
from lianfang.apps.returnees.models import Confirmation, Return
from lianfang.apps.returnees.services import confirm_arrival
from lianfang.apps.tracing.services import review_measures
from lianfang.rules.vocabulary import SpecimenResult
from tests.support import axe
from tests.support.browser import Complaints
from tests.support.divisions import FILES, write_lists
from tests.support.returnees import list_of, unit
from tests.support.staff import COUNTY, PASSWORD, VILLAGE, staff

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "has_touch": True,
}


@pytest.fixture
def story(transactional_db: None, tmp_path: Path) -> None:
    now = timezone.now()
    lists = write_lists(
        tmp_path,
        provinces=FILES["provinces"] + '13,"河北省"\n',
        cities=FILES["cities"] + '1301,"石家庄市",13\n',
        areas=FILES["areas"] + '130109,"藁城区",1301,13\n',
    )
    import_divisions(lists, county_code=COUNTY, by=None, at=now)
    list_of(now - timedelta(days=2), middle=("增村镇小果庄村",))
    staff(Role.COMMUNITY, area_code=VILLAGE, username="villager")
    staff(Role.UNIT, username="clerk", organisation=unit())


@pytest.fixture
def context_options() -> dict[str, object]:
    return PHONE


def shot(page: Page, name: str) -> None:
    """Keep a picture where SHOTS names a directory, to be looked at."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def log_in(page: Page, live_server: LiveServer, username: str) -> None:
    page.goto(f"{live_server.url}/login/?next={quote('/today/')}")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/today/")


def declare(page: Page, live_server: LiveServer) -> None:
    today = timezone.localdate()
    page.goto(f"{live_server.url}/back/?village={VILLAGE}")
    next_step = page.get_by_role("button", name="下一步")
    page.get_by_label("姓名").fill("李返乡")
    page.get_by_label("电话").fill("13800000001")
    shot(page, "1-declare")
    assert axe.violations(page) == []
    next_step.click()
    next_step.click()  # the step's required fields are empty: it stays
    page.locator("[name=place_1]").fill("河北省石家庄市藁城区增村镇小果庄村")
    page.locator("[name=from_1]").fill(f"{today - timedelta(days=20):%Y-%m-%d}")
    page.locator("[name=until_1]").fill(f"{today:%Y-%m-%d}")
    next_step.click()
    page.locator("[name=expected_on]").fill(f"{today:%Y-%m-%d}")
    page.locator("[name=transport_number]").fill("G625")
    next_step.click()
    assert page.locator("[name=area_code]").input_value() == VILLAGE
    page.locator("[name=work_unit]").fill("绛县铸造厂")
    next_step.click()
    shot(page, "2-last-step")
    page.locator("[data-submit] button").click()
    page.wait_for_url("**/back/*-*/")
    expect(page.locator("main")).to_contain_text("居家隔离")
    expect(page.locator("main")).to_contain_text("有中风险地区旅居史")
    shot(page, "3-own")
    assert axe.violations(page) == []


def work_offline(page: Page, live_server: LiveServer, returned: Return) -> None:
    """Open the kept list without a connection, confirm and record, close, open again, and be back on the network."""
    page.locator("[data-island=queue][data-kept]").wait_for()
    page.context.set_offline(offline=True)
    page.goto("about:blank")
    page.goto(f"{live_server.url}/today/")  # opened without a connection
    expect(page.locator(".lf-today")).to_contain_text("李返乡")
    page.locator("[data-island=queue][data-ready]").wait_for()
    page.get_by_text("已到达", exact=False).first.click()
    page.get_by_role("button", name="确认到达").click()
    expect(page.locator("[data-queue]")).to_contain_text("1")
    if not page.get_by_label("体温(℃)").is_visible():
        page.locator(".lf-today summary", has_text="体温").click()
    page.get_by_label("体温(℃)").fill("36.6")
    page.locator("[data-health] button").click()
    expect(page.locator("[data-queue]")).to_contain_text("2")
    page.reload()
    expect(page.locator("[data-outcome]")).to_have_count(2)  # still there after the page was closed
    shot(page, "5-offline")
    assert (HealthRecord.objects.count(), Confirmation.objects.count()) == (0, 0)
    page.context.set_offline(offline=False)
    expect(page.locator("[data-queue][data-state=sent]")).to_be_visible()
    assert HealthRecord.objects.get().tenths_celsius == 366
    assert Confirmation.objects.get(returned=returned).party == "territory"


def sign_out(page: Page, live_server: LiveServer) -> None:
    """Sign out: names and phones do not stay on the phone."""
    page.goto(f"{live_server.url}/today/")
    page.locator("[data-island=queue][data-kept]").wait_for()
    page.evaluate("document.querySelector('form[action$=\"/logout/\"]').requestSubmit()")
    page.wait_for_url(lambda url: "/today/" not in url)
    assert page.evaluate("caches.keys()") == []


def test_from_the_poster_to_confirmed_arrival_and_records_kept_offline(
    page: Page, browser: Browser, live_server: LiveServer, story: None, tmp_path: Path
) -> None:
    declare(page, live_server)
    own = page.url
    returned = Return.objects.get()

    log_in(page, live_server, "villager")
    expect(page.locator(".lf-today")).to_contain_text("李返乡")
    assert axe.violations(page) == []
    shot(page, "4-today")
    work_offline(page, live_server, returned)
    page.goto(f"{live_server.url}/returnees/{returned.handle}/")
    expect(page.locator("main")).to_contain_text("36.6")
    shot(page, "6-return")
    assert axe.violations(page) == []
    page.goto(f"{live_server.url}/returnees/")
    shot(page, "7-list")
    assert axe.violations(page) == []

    page.goto(f"{live_server.url}/returnees/poster/")
    page.locator(".lf-poster-code").screenshot(path=tmp_path / "code.png")
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"))
    assert code.text == f"{live_server.url}/back/?village={VILLAGE}"
    shot(page, "8-poster")
    page.goto(f"{live_server.url}/returnees/paper-form/")
    shot(page, "9-paper")
    assert axe.violations(page) == []
    sign_out(page, live_server)

    unit_page = browser.new_context(
        **{**PHONE, "viewport": {"width": 1360, "height": 850}, "locale": "en-US"}
    ).new_page()
    complaints = Complaints(unit_page)
    log_in(unit_page, live_server, "clerk")
    unit_page.goto(f"{live_server.url}/returnees/{returned.handle}/")
    expect(unit_page.locator("h1")).to_contain_text("李**")
    unit_page.get_by_role("button", name="Confirm the arrival").click()
    expect(unit_page.locator("main")).to_contain_text("Arrived")
    shot(unit_page, "10-unit")
    assert axe.violations(unit_page) == []
    assert complaints.lines == []
    unit_page.context.close()

    page.goto(own)
    expect(page.locator("main")).to_contain_text("工作单位已确认")


@pytest.fixture
def clock_moves(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], datetime]:
    """Let time pass for the server, which no browser can pass an instant to."""
    moved, real = timedelta(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + moved)

    def move(by: timedelta) -> datetime:
        nonlocal moved
        moved += by
        return timezone.now()

    return move


def negative(returned: Return, code: str) -> None:
    """A negative result of now, entered by one and signed by another."""
    at = timezone.now()
    enters, signs = (User.objects.get(username=name) for name in ("enters", "signs"))
    tube = lab.register_specimen(code=code, subject=returned.subject, collected_at=at, at=at, by=enters).pk
    lab.record_result(specimen_id=tube, value=SpecimenResult.NEGATIVE, at=at, by=enters)
    lab.sign_result(specimen_id=tube, at=at, by=signs)
    while outbox.deliver_pending():
        pass


def called(page: Page) -> None:
    """The village's call of the day, entered on its phone page."""
    page.locator("[data-island=queue][data-ready]").wait_for()
    page.get_by_label("体温(℃)").fill("36.5")
    page.locator("[data-health] button").click()
    expect(page.locator("[data-queue][data-state=sent]")).to_be_visible()


def test_quarantine_runs_late_is_made_up_and_ends_by_the_rule_on_its_last_day(
    page: Page, live_server: LiveServer, story: None, clock_moves: Callable[[timedelta], datetime]
) -> None:
    morning = timezone.localtime().replace(hour=10, minute=0) + timedelta(days=1)  # whatever the time of day now
    page.clock.set_system_time(clock_moves(morning - timezone.now()))
    for name in ("enters", "signs"):
        staff(Role.LABORATORY, username=name)
    declare(page, live_server)
    own, returned = page.url, Return.objects.get()
    for username in ("villager", "clerk"):
        user = User.objects.get(username=username)
        confirm_arrival(returned=returned, arrived_on=timezone.localdate(), note="", at=timezone.now(), by=user)
    (home,) = Measure.objects.filter(subject=returned.subject_id, kind="home_quarantine", ended_at=None)
    negative(returned, "RT000001")

    evening = timezone.localtime().replace(hour=20, minute=0) + timedelta(days=2)
    page.clock.set_system_time(clock_moves(evening - timezone.now()))
    log_in(page, live_server, "villager")
    expect(page.locator(".lf-task-late")).to_contain_text("李返乡")
    expect(page.locator(".lf-today .lf-late").first).to_contain_text("1")
    shot(page, "11-late")
    called(page)
    expect(page.locator(".lf-today")).to_have_count(1)  # the card stays until the page is opened again
    page.goto(f"{live_server.url}/today/")
    expect(page.locator("main")).to_contain_text("36.5")

    assert home.ends_at is not None
    villager = User.objects.get(username="villager")

    def told() -> None:
        at = timezone.now()
        entry = HealthEntry(uuid.uuid4(), returned.subject_id, "call", taken_at=at, tenths_celsius=366)
        record_health(entry=entry, at=at, by=villager)

    def is_over() -> bool:
        review_measures(at=timezone.now())
        home.refresh_from_db()
        return home.ended_at is not None

    while timezone.now() + timedelta(days=1) < home.ends_at:
        clock_moves(timedelta(days=1))
        told()
        assert not is_over()
    clock_moves(home.ends_at - timedelta(hours=1) - timezone.now())
    negative(returned, "RT000002")
    clock_moves(timedelta(hours=2))
    assert not is_over(), "a missed day is made up at the end, not forgotten"
    page.goto(own)
    expect(page.locator("main")).to_contain_text("居家隔离")
    told()
    clock_moves(home.ends_at - timezone.now())  # extended by the rule
    assert is_over()
    assert home.end == "released"
    page.goto(own)
    expect(page.locator("main")).not_to_contain_text("第15天")
    shot(page, "12-released")
