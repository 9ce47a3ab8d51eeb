"""Investigations in a real browser: filter and order without losing the address, drawings that draw, axe content."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import axe
from tests.support.case import Case, investigation_of
from tests.support.staff import signed_in

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1360, "height": 850}
PARTS = ("", "places/", "network/", "work/", "runs/", "exposures/child/", "?q=zzz")


@pytest.fixture
def base(transactional_db: None, live_server: LiveServer, page: Page) -> str:
    """The investigation's address, signed in as the duty officer."""
    case = Case().cast()
    case.signed("LOT")
    cookie = signed_in(case.command).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return f"{live_server.url}/investigations/{investigation_of('LOT').number}/"


def test_filter_order_and_reasons(page: Page, base: str) -> None:
    page.goto(base)
    rows = page.locator("#exposure-rows tbody tr")
    expect(rows).to_have_count(6)
    page.get_by_label("编码、物品或地点").fill("wang")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=wang"))
    rows.locator("summary").click()
    expect(rows).to_contain_text("C-6")
    rows.get_by_role("link", name="证据链 wang").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("W***")
    page.go_back()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="清除").click()
    expect(rows).to_have_count(6)
    page.get_by_role("link", name="首次暴露").first.click()
    page.get_by_role("link", name="首次暴露").first.click()
    page.get_by_role("combobox", name="种类").select_option("person")
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile(r"sort=-first.*kind=person|kind=person.*sort=-first"))
    expect(rows.first).to_contain_text("zhao")
    page.get_by_role("link", name=re.compile("货物 3")).click()
    expect(rows).to_have_count(3)
    expect(rows.first).not_to_contain_text("zhao")


def test_the_funnel_opens_the_rows_that_are_missing(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_role("link", name=re.compile("缺")).nth(1).click()
    expect(page).to_have_url(re.compile("state=uncontrolled#exposure-rows"))
    expect(page.locator("#exposure-rows tbody tr").first).to_be_visible()
    expect(page.get_by_label("处置", exact=True)).to_have_value("uncontrolled")


def test_the_drawings_draw(page: Page, base: str) -> None:
    page.goto(f"{base}exposures/child/")
    timeline = page.locator("[data-island=timeline]")
    expect(timeline.locator("svg [data-step]").first).to_be_visible()
    expect(timeline).to_contain_text("2")
    page.goto(f"{base}network/")
    expect(page.locator("[data-island=graph]")).to_contain_text("人员 3")


def test_nothing_for_axe_to_object_to_and_no_sideways_scrolling(page: Page, base: str, live_server: LiveServer) -> None:
    """Each page as a whole on the desk's screen; dark and on a phone for what those change (see axe.LAYOUT)."""
    for address in (f"{live_server.url}/investigations/", *(base + part for part in PARTS)):
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(address)
        axe.settle(page)
        assert axe.violations(page) == [], address
        assert sideways(page) <= 0, address
        axe.switch_theme(page)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto(address)  # drawn for this size; the theme is kept in its cookie
        axe.settle(page)
        assert axe.violations(page, axe.LAYOUT) == [], f"{address}, dark on a phone"
        assert sideways(page) <= 0, f"{address}, on a phone"
        axe.switch_theme(page)  # for the next page


def sideways(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
