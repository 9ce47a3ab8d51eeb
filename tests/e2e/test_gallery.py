"""The gallery in a real browser: every component, both themes, desk and phone, and the islands under the content policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import axe
from tests.support.staff import signed_in, staff

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1360, "height": 850}


def opened(page: Page, live_server: LiveServer) -> Page:
    cookie = signed_in(staff()).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/gallery/")
    expect(page.locator(".lf-tl-plot [data-bar]").first).to_be_visible(timeout=20_000)
    return page


@pytest.fixture
def gallery(page: Page, live_server: LiveServer) -> Page:
    return opened(page, live_server)


@pytest.fixture
def troubled(context: BrowserContext, live_server: LiveServer) -> Page:
    """The gallery where requests fail on purpose: HTMX writes each failure to the console."""
    return opened(context.new_page(), live_server)


def test_nothing_for_axe_to_object_to_and_no_sideways_scrolling(gallery: Page) -> None:
    """Whole in light on the desk's screen; dark and on a phone for what those change (see axe.LAYOUT)."""
    for theme in ("light", "dark"):
        if theme == "dark":
            gallery.locator("details[data-menu] summary", has=gallery.locator(".lf-menu-name")).click()
            gallery.locator("[data-theme-toggle]").click()
            gallery.reload()  # the server renders the theme it was told: nothing flashes
            gallery.wait_for_selector(".lf-tl-plot [data-bar]")
        expect(gallery.locator("html")).to_have_attribute("data-bs-theme", theme)
        for size in (PHONE, DESK) if theme == "dark" else (DESK, PHONE):
            gallery.set_viewport_size(size)  # type: ignore[arg-type]
            assert gallery.evaluate("document.documentElement.scrollWidth") <= size["width"], (theme, size)
            is_whole = theme == "light" and size == DESK
            assert axe.violations(gallery, None if is_whole else axe.LAYOUT) == [], (theme, size)
        gallery.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_the_proof_path_is_walked_by_buttons_and_keys(gallery: Page) -> None:
    timeline = gallery.locator("[data-island=timeline]").first
    said = timeline.locator(".lf-tl-said strong")
    timeline.locator(".lf-tl-walk button").nth(1).click()
    expect(said).to_have_text("第 1 步,共 3 步")
    timeline.locator(".lf-tl-scroll").focus()
    gallery.keyboard.press("n")
    expect(said).to_have_text("第 2 步,共 3 步")
    expect(timeline.locator(".lf-tl-mark.lf-tl-current text")).to_have_text("2")
    gallery.keyboard.press("p")
    expect(said).to_have_text("第 1 步,共 3 步")


def test_a_stay_tells_itself_under_the_pointer(gallery: Page) -> None:
    card = gallery.locator(".lf-tl-card").first
    gallery.locator(".lf-tl-plot rect.lf-tl-overlap").first.hover()
    expect(card).to_contain_text("同处时段")
    gallery.locator(".lf-tl-plot rect.lf-tl-overlap").first.click()
    expect(card.get_by_role("link", name="打开页面")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_the_network_is_searched_opened_and_read_by_keyboard_alone(gallery: Page) -> None:
    island = gallery.locator("[data-island=graph]")
    if not island.locator("details").evaluate("one => one.open"):
        island.locator("summary").click()
    island.get_by_role("searchbox").fill("横水")
    row = island.locator(".lf-net-list > li")
    expect(row).to_have_count(1)
    row.locator("button").first.press("Enter")
    expect(island.locator(".lf-net-card strong")).to_have_text("横水农贸市场 冷鲜区")
    row.locator("button").nth(1).press("Enter")
    expect(island.locator(".lf-net-note")).to_have_text("新增 0 个")


def answering(status: int) -> Callable[[Route], None]:
    """Answer a request with a status, as the login's guard does; 0 as a cut line does."""
    if not status:
        return lambda route: route.abort()
    return lambda route: route.fulfill(status=status, body="<p>not to be shown</p>", headers={"X-Login": "/login/"})


def test_an_island_says_why_it_is_empty_and_tries_again(gallery: Page) -> None:
    refusals = {403: "您的角色或辖区不包含此内容。", 500: "系统未能响应。", 401: "登录已过期。", 0: "网络未连接。"}
    for status, says in refusals.items():
        gallery.route("**/gallery/bar.json", answering(status))
        gallery.reload()
        chart = gallery.locator("[data-island=chart]").first
        expect(chart.locator(".lf-empty-title")).to_have_text(says)
        gallery.unroute("**/gallery/bar.json")
        if status == 401:
            expect(chart.get_by_role("link", name="登录")).to_have_attribute("href", "/login/?next=%2Fgallery%2F")
        elif status != 403:
            chart.get_by_role("button", name="重试").click()
            expect(chart.locator("canvas")).to_be_visible()


def test_a_failed_request_is_told_and_changes_nothing(troubled: Page) -> None:
    rows = troubled.locator("#gallery-rows")
    before = rows.inner_text()
    refusals = {403: "您无权执行此操作", 409: "内容已被他人更改", 500: "系统出错", 401: "登录已过期", 0: "网络未连接"}
    for status, says in refusals.items():
        troubled.route("**/gallery/?sort=first", answering(status))
        rows.get_by_role("link", name="首次暴露").click()
        expect(troubled.locator(".lf-toast", has_text=says)).to_be_visible()
        assert rows.inner_text() == before
        troubled.unroute("**/gallery/?sort=first")


def test_sorting_swaps_the_rows_and_the_address(gallery: Page) -> None:
    header = gallery.locator("#gallery-rows th", has_text="首次暴露")
    header.get_by_role("link").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert gallery.url.endswith("?sort=first")
    header.get_by_role("link").click()
    expect(header).to_have_attribute("aria-sort", "descending")


def test_slash_goes_to_the_search(gallery: Page) -> None:
    gallery.keyboard.press("/")
    # Whichever is first then: the drawing of a network brings a search of its own along, sooner or later.
    expect(gallery.locator("main input[type=search]:focus")).to_have_count(1)
