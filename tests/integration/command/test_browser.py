"""The pages in a real browser: nothing for axe to object to, and the hands' work: scan, sign, take, finish, look up."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Role, Task, User
from lianfang.apps.lab.models import Result, Specimen
from tests.support import axe
from tests.support.case import Case, investigation_of
from tests.support.staff import TOWNSHIP, signed_in, staff

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1360, "height": 850}

Open = Callable[[User, str], Page]


@pytest.fixture
def story(transactional_db: None) -> Case:
    case = Case().cast()
    case.signed("LOT")
    return case


@pytest.fixture
def open_as(story: Case, page: Page, context: BrowserContext, live_server: LiveServer) -> Open:
    def go(user: User, path: str) -> Page:
        cookie = signed_in(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}{path}")
        return page

    return go


def paths(case: Case) -> dict[str, list[str]]:
    task = Task.objects.filter(kind="locate", subject__code="wang").latest("pk")
    return {
        Role.COMMAND: [
            "/desk/",
            "/desk/positives/",
            "/search/",
            "/tasks/",
            "/tasks/?segment=mine",
            f"/tasks/{task.pk}/",
            "/people/",
            "/people/?cls=index",
            "/people/wang/",
            "/goods/",
            "/goods/LOT/",
            "/places/",
            "/places/home/",
        ],
        Role.LABORATORY: ["/desk/", "/results/", "/results/?state=annulled", "/results/T0001/", "/responses/T0001/"],
        Role.COMMUNITY: ["/desk/", "/specimens/new/?subject=wang"],
        Role.AUDITOR: ["/desk/"],
    }


def test_axe_finds_nothing_and_nothing_runs_out_of_the_screen(
    open_as: Open, story: Case, context: BrowserContext
) -> None:
    """Each page is looked at whole on the desk's screen in Chinese; on a phone, dark and in English, its width.

    The phone's own navigation and colours are the same on all pages of a role: its first page is looked at whole there too.
    """
    users = {Role.COMMAND: story.command, Role.LABORATORY: story.signer}
    for role, addresses in paths(story).items():
        page = open_as(users.get(role) or staff(role, area_code=TOWNSHIP), addresses[0])
        root = page.url[: page.url.index("/", 8)]
        for size, language in ((DESK, "zh-hans"), (PHONE, "en")):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            context.add_cookies([{"name": "django_language", "value": language, "url": root}])
            context.add_cookies([{"name": "theme", "value": "light" if size == DESK else "dark", "url": root}])
            for path in addresses:
                page.goto(f"{root}{path}")
                axe.settle(page)
                if size == DESK or path == addresses[0]:
                    assert axe.violations(page) == [], (path, size)
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (path, size)


def test_a_tube_is_scanned_recorded_and_signed_and_the_answer_appears(open_as: Open, story: Case) -> None:
    page = open_as(story.technician, "/results/")
    tube, subject = page.locator("#id_code"), page.locator("#id_subject_code")
    expect(tube).to_be_focused()
    page.keyboard.type("TUBE-9\n")  # a scanner ends with Enter
    expect(subject).to_be_focused()
    with page.expect_response("**/specimens/suggestions/"):
        page.keyboard.type("wang")
    expect(page.locator("#subject-options option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/TUBE-9/")
    page.get_by_label("阳性").check()
    page.get_by_role("button", name="录入").click()
    page.wait_for_url("**/results/")
    assert Result.objects.filter(specimen__code="TUBE-9", status="draft").exists()
    page = open_as(story.signer, "/results/")
    page.get_by_role("link", name="核对并签发").click()
    page.get_by_role("button", name="签发:阳性").click()
    expect(page.locator("#response")).to_contain_text("正在下达措施")
    outbox.deliver_pending()
    expect(page.locator("#response")).to_contain_text(investigation_of("wang").number)
    assert Specimen.objects.get(code="TUBE-9").collected_by == story.technician


def test_a_task_is_taken_and_finished_with_one_thumb(open_as: Open, story: Case) -> None:
    user = staff(Role.COMMUNITY, area_code=TOWNSHIP)
    task = Task.objects.filter(kind="locate", subject__code="wang").latest("pk")
    page = open_as(user, "/tasks/?kind=locate&subject=wang")
    page.set_viewport_size(PHONE)
    card = page.locator(f"#task-{task.pk}")
    card.get_by_role("button", name="领取").click()
    expect(card).to_contain_text(user.display_name)
    card.get_by_role("button", name="姓名电话").click()
    expect(card.locator(".lf-identity")).to_contain_text("Wang")
    card.get_by_role("link", name="完成").click()
    card.get_by_role("button", name="完成", exact=True).click()
    expect(card.locator(".lf-field-errors, .lf-alert")).to_be_visible()
    card.get_by_label("完成情况").fill("在家中")
    card.get_by_role("button", name="完成", exact=True).click()
    expect(card).to_contain_text("已完成")
    task.refresh_from_db()
    assert task.status == "done"


def test_finished_by_somebody_else_is_told_and_not_overwritten(open_as: Open, story: Case) -> None:
    task = Task.objects.filter(kind="locate", subject__code="wang").latest("pk")
    page = open_as(story.command, f"/tasks/{task.pk}/")
    client: Client = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP))
    client.post(f"/tasks/{task.pk}/done/", {"note": "by telephone"})
    page.get_by_role("button", name="领取").click()
    expect(page.locator(".lf-toast")).to_contain_text("该任务已经结束")


def test_a_desk_that_gets_no_answer_says_so(open_as: Open, story: Case) -> None:
    page = open_as(story.command, "/desk/")
    notice = page.locator(".lf-stale")
    expect(notice).to_be_hidden()
    page.evaluate("document.querySelector('#desk').dataset.staleAfter = '0'")
    expect(notice).to_be_visible()


def test_the_search_of_the_bar_finds_a_person_without_a_name_in_the_address(open_as: Open, story: Case) -> None:
    page = open_as(story.command, "/desk/")
    page.locator("#lf-search").fill("Wang")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/")
    page.get_by_role("link", name="W***").click()
    page.wait_for_url("**/people/wang/")
    expect(page.locator("[data-island=timeline] [data-bar]").first).to_be_visible()
