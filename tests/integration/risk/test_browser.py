"""The risk areas in a real browser: a citizen's phone, the desk's screen, nothing for axe to object to."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.areas.models import RiskList, RiskPlace
from lianfang.apps.core import outbox
from lianfang.apps.core.models import Role, User
from tests.integration.risk.lists import LUBEI_WHOLE, LUNAN, XINJIANG_REST, YANHU, ZONE, at_hour, load
from tests.support import axe
from tests.support.staff import signed_in, staff

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1360, "height": 850}


@pytest.fixture
def lists(transactional_db: None, nation: None) -> None:
    load(at_hour(8, high=(LUNAN, YANHU)))
    load(at_hour(12, high=(LUNAN, ZONE), middle=(LUBEI_WHOLE,), low=(XINJIANG_REST,)))
    load(at_hour(16, high=(YANHU,), hcount=7))
    outbox.deliver_pending()


def sign_in(user: User, context: BrowserContext, live_server: LiveServer) -> None:
    cookie = signed_in(user).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


@pytest.mark.parametrize(
    ("size", "cookies"),
    [(DESK, {"theme": "light", "django_language": "zh-hans"}), (PHONE, {"theme": "dark", "django_language": "en"})],
    ids=["desk", "phone"],
)
def test_axe_finds_nothing_and_nothing_runs_out_of_the_screen(
    lists: None,
    page: Page,
    live_server: LiveServer,
    size: dict[str, int],
    cookies: dict[str, str],
) -> None:
    context = page.context
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page.set_viewport_size(size)  # type: ignore[arg-type]
    waiting, undecided = RiskList.objects.latest("stamp"), RiskPlace.objects.get(community="丙小区")
    public = ["/risk-areas/", "/risk-areas/?q=唐山市路南区甲小区&day=2022-10-28", "/risk-areas/?q=月球"]
    inside = [
        "/risk-lists/",
        f"/risk-lists/{waiting.pk}/",
        "/risk-lists/places/",
        f"/risk-lists/places/{undecided.pk}/",
    ]
    for address in [*public, *inside]:
        if address == inside[0]:
            sign_in(staff(Role.COMMAND), context, live_server)
        page.goto(f"{live_server.url}{address}")
        axe.settle(page)
        assert axe.violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address


def test_a_citizen_asks_about_a_place_on_the_phone(lists: None, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{live_server.url}/risk-areas/")
    expect(page.get_by_role("heading", name="风险地区")).to_be_visible()
    page.get_by_role("searchbox").fill("唐山市路北区")
    expect(page.get_by_role("heading", name="河北省唐山市路北区")).to_be_visible()
    expect(page.get_by_text("所在地区全域列为中风险")).to_be_visible()
    assert "q=" in page.url
    page.goto(f"{live_server.url}/risk-areas/")
    page.get_by_text("本次名单变动").click()
    expect(page.get_by_text("解除", exact=True)).to_be_visible()


def test_a_second_person_confirms_and_everybody_sees_it(
    lists: None, page: Page, context: BrowserContext, live_server: LiveServer
) -> None:
    sign_in(staff(Role.COMMAND), context, live_server)
    page.goto(f"{live_server.url}/risk-lists/")
    page.get_by_role("link", name="2022-10-28 16:00").first.click()
    page.get_by_label("理由").fill("与原文一致")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("曾生效")).to_be_visible()
    context.clear_cookies()
    page.goto(f"{live_server.url}/risk-areas/")
    expect(page.get_by_text("龙兴镇朝殿社区").first).to_be_visible()
    expect(page.get_by_text("甲小区")).to_have_count(0)
