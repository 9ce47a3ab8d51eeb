"""The tubes' page in a real browser: on a phone and at the bench, nothing for axe to object to, a scan moves tubes."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core.models import Role, Subject
from lianfang.apps.lab import services
from tests.support import axe
from tests.support.staff import VILLAGE, organisation, signed_in, staff


@pytest.mark.parametrize(
    ("width", "cookies"),
    [(1360, {"theme": "light", "django_language": "zh-hans"}), (390, {"theme": "dark", "django_language": "en"})],
    ids=["bench", "phone"],
)
def test_a_scan_moves_tubes_and_names_what_it_refuses(
    transactional_db: None, page: Page, live_server: LiveServer, width: int, cookies: dict[str, str]
) -> None:
    technician, now = staff(Role.LABORATORY), timezone.now()
    organisation("H1", "hospital", "unit", name="县人民医院")
    subject = Subject.objects.create(kind="surface", code="S1", label="冷库门把手", area_code=VILLAGE)
    for code, hours in (("T-NEW", 1), ("T-LATE", 30)):
        collected_at = now - timedelta(hours=hours)
        services.register_specimen(code=code, subject=subject, collected_at=collected_at, at=now, by=technician)
    session = {"sessionid": signed_in(technician).cookies["sessionid"].value, **cookies}
    page.context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in session.items()])
    page.set_viewport_size({"width": width, "height": 850})
    page.goto(f"{live_server.url}/custody/")
    page.locator('input[name="kind"][value="received"]').check()
    page.locator('select[name="organisation"]').select_option(label="县人民医院")
    scanner = page.locator('textarea[name="codes"]')
    scanner.focus()
    for code in ("T-NEW", "T-WRONG"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")  # what a scanner ends a code with
    page.locator("main form button.btn-primary").first.click()
    expect(page.get_by_role("alert").filter(has_text="T-WRONG")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("1")
    expect(page.locator('input[name="kind"][value="received"]')).to_be_checked()  # ready for the next box
    axe.settle(page)
    if folder := os.environ.get("SHOT"):
        page.screenshot(path=f"{folder}/tubes-{width}.png", full_page=True)
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
