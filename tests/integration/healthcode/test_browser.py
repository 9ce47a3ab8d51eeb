"""Health codes in a real browser, both sizes and languages: nothing for axe to object to, nothing off the screen."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core import outbox
from lianfang.apps.core.models import User
from lianfang.apps.healthcode import services
from lianfang.apps.healthcode.models import Appeal
from tests.support import axe
from tests.support.case import Case
from tests.support.staff import signed_in


@pytest.fixture
def appeal(transactional_db: None, case: Case, community: User) -> Appeal:
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
    for name, address in (
        ("codes", "/health-codes/"),
        ("code", "/health-codes/passer/"),
        ("appeal", f"/health-codes/appeals/{appeal.pk}/"),
        ("none", "/health-codes/?colour=yellow"),
    ):
        page.goto(f"{live_server.url}{address}")
        page.wait_for_load_state("networkidle")
        assert axe.violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
