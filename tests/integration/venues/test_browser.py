"""A key place's desk in a real browser, on a phone and on a wide screen."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.places.services import import_presences
from lianfang.apps.venues import services
from tests.integration.venues.test_venues import PICTURE, Town
from tests.support import axe
from tests.support.staff import signed_in


@pytest.mark.django_db(transaction=True)
def test_the_desk_in_a_browser(settings: Settings, tmp_path: Path, page: Page, live_server: LiveServer) -> None:
    settings.MEDIA_ROOT = tmp_path
    town = Town()
    services.watch(at=town.noon + timedelta(hours=25))
    stays = [{"subject": code, "place": "mall", "t_in": town.case.ago(0), "t_out": None} for code in ("wang", "child")]
    import_presences(
        pl.DataFrame(stays, schema_overrides={"t_out": pl.Datetime("us", "UTC")}), by=None, at=timezone.now()
    )
    cookie = signed_in(town.keeper).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    for width in (390, 1360):
        page.set_viewport_size({"width": width, "height": 844})
        for address in ("/venues/", "/venues/mall/"):
            page.goto(f"{live_server.url}{address}")
            assert axe.violations(page) == []
            assert page.get_by_text("2 / 2").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture = tmp_path / "hall.jpg"
    picture.write_bytes(PICTURE)
    page.set_input_files("input[name=photo]", picture)
    page.select_option("select[name=kind]", "ventilation")
    page.fill("input[name=note]", "开窗半小时")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"{live_server.url}/venues/mall/")
    assert page.get_by_text("开窗半小时").is_visible()
