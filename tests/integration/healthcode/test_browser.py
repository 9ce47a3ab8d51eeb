# ruff: noqa: F811 - a fixture of a neighbour
"""Health codes in a real browser, both sizes and languages: nothing for axe to object to, nothing off the screen."""

import io
from datetime import timedelta

import pytest
import zxingcpp
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core import outbox
from lianfang.apps.core.models import User
from lianfang.apps.healthcode import issuing, services
from lianfang.apps.healthcode.models import Appeal
from tests.integration.healthcode.conftest import with_risk_list
from tests.integration.healthcode.test_my_code import at_a_door, codes_of, mine, proven, stay  # noqa: F401 - a fixture
from tests.integration.public.conftest import Phones, phones  # noqa: F401 - a fixture
from tests.support import axe
from tests.support.case import Case
from tests.support.staff import signed_in


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for others than this test's session to see."""
    return with_risk_list()


@pytest.fixture
def appeal(case: Case, community: User) -> Appeal:
    case.signed("wang")
    day = timezone.localdate() - timedelta(days=1)
    report = services.StayReport("130202", day, day, "telecom", community="甲小区")
    stay = services.record_stay(person_code="passer", report=report, at=timezone.now(), by=community)
    made = services.appeal(stay_id=stay.pk, statement="当天在家，未外出", at=timezone.now(), by=community)
    outbox.deliver_pending()
    return made


@pytest.mark.parametrize("window", [(1360, 850, "zh-hans"), (390, 844, "en")])
def test_every_page_is_accessible_and_fits(
    appeal: Appeal, cdc: User, page: Page, live_server: LiveServer, window: tuple[int, int, str]
) -> None:
    width, height, language = window
    cookie = signed_in(cdc).cookies["sessionid"].value
    values = {"sessionid": cookie, "django_language": language}
    page.context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in values.items()])
    page.set_viewport_size({"width": width, "height": height})
    made = issuing.issue(person_code="passer", at=timezone.now(), by=cdc)
    for name, address in (
        ("codes", "/health-codes/"),
        ("code", "/health-codes/passer/"),
        ("appeal", f"/health-codes/appeals/{appeal.pk}/"),
        ("none", "/health-codes/?colour=yellow"),
        ("printed", f"/health-codes/issued/{made.pk}/"),
    ):
        page.goto(f"{live_server.url}{address}")
        page.wait_for_load_state("networkidle")
        assert language == "en" or axe.violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.locator(".lf-qr svg").wait_for()
    picture = Image.open(io.BytesIO(page.locator(".lf-qr").screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [issuing.text_of(made)]


def test_the_phone_shows_the_code_with_and_without_a_network(
    mine: Case,
    phones: Phones,
    community: User,
    page: Page,
    live_server: LiveServer,
) -> None:
    stay(community)
    cookies = proven(phones).cookies.items()
    page.context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in cookies]
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/my-code/")
    page.locator("[data-island=mycode][data-ready]").wait_for()
    text = page.locator("[data-qr]").get_attribute("data-shown") or ""
    picture = Image.open(io.BytesIO(page.locator("[data-qr]").screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]
    assert codes_of(at_a_door(text)) == ["E-5"]
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-island=mycode][data-kept][data-seen=kept]").wait_for()
    head = Client().get("/gate/head").json()
    page.route("**/gate/head", lambda route: route.fulfill(json=head | {"size": head["size"] + 1}))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-log=unsigned]")).to_be_visible()
    page.unroute("**/gate/head")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.reload()
    page.locator("[data-island=mycode][data-ready]").wait_for()
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "offline")
    offline = page.locator("[data-qr]").get_attribute("data-shown") or ""
    assert codes_of(at_a_door(offline)) == ["E-5"]
    page.context.set_offline(False)
    page.locator("[data-forget] button").click()
    page.wait_for_url(f"{live_server.url}/")
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("indexedDB.databases()") == []
