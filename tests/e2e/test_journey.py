"""The main journey in a real browser: log in, sign a positive, see what it reached and why, finish a task, switch language."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Task
from lianfang.apps.lab import services as lab
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case, investigation_of
from tests.support.staff import PASSWORD


@pytest.fixture
def story(transactional_db: None) -> Case:
    """The cast, with a package's positive recorded and waiting for its second signature."""
    case = Case().cast()
    specimen = case.specimen("LOT-P1")
    lab.record_result(specimen_id=specimen, value=SpecimenResult.POSITIVE, at=case.now, by=case.technician)
    return case


def log_in(page: Page, live_server: LiveServer, username: str) -> None:
    page.goto(f"{live_server.url}/login/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/desk/")


def test_from_signature_to_proof_to_a_finished_task(page: Page, live_server: LiveServer, story: Case) -> None:
    log_in(page, live_server, "signer")
    page.goto(f"{live_server.url}/results/")
    page.get_by_role("link", name="核对并签发").click()
    page.get_by_role("button", name="签发:阳性").click()
    expect(page.locator("#response")).to_contain_text("正在下达措施")
    outbox.deliver_pending()
    number = investigation_of("LOT-P1").number
    expect(page.locator("#response")).to_contain_text(number)

    page.context.clear_cookies()
    log_in(page, live_server, "duty")
    page.goto(f"{live_server.url}/investigations/{number}/")
    rows = page.locator("#exposure-rows")
    for found in ("LOT-a", "wang", "zhao", "child"):
        expect(rows).to_contain_text(found)
    expect(rows).to_contain_text("密切接触者")
    expect(rows).to_contain_text("涉疫")
    expect(page.locator("[data-island=timeline]").first).to_be_visible()

    page.goto(f"{live_server.url}/investigations/{number}/exposures/child/")
    expect(page.locator("body")).to_contain_text("C-8")  # a contact of a close contact, by its decision-table row
    expect(page.locator("body")).to_contain_text("covid19-2020-12")

    task = Task.objects.filter(kind="transfer", subject__code="wang").latest("pk")
    page.goto(f"{live_server.url}/tasks/{task.pk}/")
    page.locator("details.lf-confirm summary").first.click()
    page.get_by_label("完成情况").fill("已送达隔离点")
    page.get_by_role("button", name="完成", exact=True).click()
    expect(page.locator("body")).to_contain_text("已完成")
    task.refresh_from_db()
    assert task.status == "done"

    page.goto(f"{live_server.url}/desk/")
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    menu = page.locator("header details.lf-menu")
    menu.locator("summary").click()
    menu.locator("button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Investigations").first).to_be_visible()
