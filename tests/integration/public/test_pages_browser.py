"""The public pages in a real browser at phone width, both languages: find a place, prove the phone, read what applies."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.command.models import Campaign, Notice
from lianfang.apps.core import outbox
from lianfang.apps.core.identity import encrypt, search_hash
from lianfang.apps.core.models import Role, User
from lianfang.apps.people.models import Person
from tests.integration.public.conftest import PHONE, Phones
from tests.integration.risk.conftest import nation  # noqa: F401 - a fixture
from tests.integration.risk.lists import LUNAN, ZONE, at_hour, load
from tests.support import axe
from tests.support.case import Case
from tests.support.staff import COUNTY, organisation, signed_in, staff

SMALL = {"width": 390, "height": 844}


@pytest.fixture
def told(transactional_db: None, nation: None) -> Client:  # noqa: F811
    """Lists, a published notice, a campaign under way, a duty phone, and the porter under a measure."""
    load(at_hour(8, high=(LUNAN,)))
    load(at_hour(12, high=(LUNAN, ZONE)))
    outbox.deliver_pending()
    editor, author = staff(Role.COMMAND, username="editor"), staff(Role.EPIDEMIOLOGIST, username="author")
    desk, writer = signed_in(editor), signed_in(author)
    today = timezone.localdate()
    days = {"starts_on": today, "ends_on": today + timedelta(days=30)}
    writer.post("/telling/campaigns/new/", {"title_zh": "八个一健康行动", "summary_zh": "人人参与", **days})
    campaign, notice = Campaign.objects.get(), Notice.objects.get()
    writer.post(f"/telling/campaigns/{campaign.pk}/actions/", {"kind": "masks", "title_zh": "出门戴口罩", **days})
    desk.post(f"/telling/campaigns/{campaign.pk}/publish/")
    desk.post(f"/telling/notices/{notice.pk}/publish/", {"version": 1})
    organisation("CMD", "command", "territory", COUNTY, "县疫情防控指挥部")
    desk.post("/telling/contacts/", {"organisation": "CMD", "phone": "0359-6522222", "hours": "24小时"})
    Case().cast().signed("LOT")
    Person.objects.filter(subject__code="wang").update(phone_hash=search_hash(PHONE), phone_cipher=encrypt(PHONE))
    return desk


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing_on_a_phone(
    told: Client, phones: Phones, page: Page, live_server: LiveServer, language: str
) -> None:
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    stay = "?place=唐山市路南区&first=2022-10-26&last=2022-10-30"
    for address in (
        "/",
        "/applies/",
        f"/applies/{stay}",
        "/notices/",
        f"/notices/{Notice.objects.get().pk}/",
        "/guidance/",
        f"/guidance/{Campaign.objects.get().pk}/",
        "/citizen/phone/",
    ):
        page.goto(f"{live_server.url}{address}")
        assert axe.violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"], address


def test_a_citizen_proves_the_phone_and_reads_what_applies_and_why(
    told: Client, phones: Phones, page: Page, live_server: LiveServer
) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.goto(live_server.url)
    expect(page.get_by_role("heading", name="公告")).to_be_visible()
    page.get_by_label("某地有没有风险？").fill("唐山市路南区甲小区")
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**/risk-areas/?q=**")
    page.go_back()
    page.get_by_role("link", name="我的管控措施").click()
    page.get_by_label("手机号码").fill(PHONE)
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_role("heading", name="输入验证码")).to_be_visible()
    assert axe.violations(page) == []
    code = phones.code()
    page.get_by_label("短信验证码").fill("000000" if code != "000000" else "000001")
    page.get_by_role("button", name="继续").click()
    expect(page.locator(".lf-field-errors")).to_contain_text("验证码错误或已失效")
    page.get_by_label("短信验证码").fill(code)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", name="我的管控措施")).to_be_visible()
    section = page.get_by_role("region", name="W***")
    expect(section).to_contain_text("集中隔离")
    expect(section).to_contain_text("M-2")
    expect(section.get_by_role("link", name="03596522222")).to_be_visible()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    page.get_by_role("button", name="关闭页面，防止他人查看").click()
    page.goto(f"{live_server.url}/applies/mine/")
    expect(page.get_by_label("手机号码")).to_be_visible()


def test_two_tell_the_public_from_their_phones(transactional_db: None, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]

    def shown(user: User, address: str) -> None:
        cookie = {"name": "sessionid", "value": signed_in(user).cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{live_server.url}{address}")
        good()

    def good() -> None:
        assert axe.violations(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"], page.url

    author, editor = staff(Role.EPIDEMIOLOGIST, username="author"), staff(Role.COMMAND, username="editor")
    shown(author, "/telling/")
    page.get_by_role("link", name="起草公告").click()
    good()
    page.get_by_label("中文标题").fill("冬季防控公告" * 12)
    page.get_by_label("中文正文").fill("返乡人员请提前报备。")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("须由他人审核发布")).to_be_visible()
    good()
    shown(editor, "/telling/")
    page.get_by_role("link", name="冬季防控公告").click()
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_role("link", name="查看公开页面").click()
    expect(page.get_by_text("返乡人员请提前报备。")).to_be_visible()
    good()
    for address in ("/telling/campaigns/new/", "/telling/contacts/"):
        shown(editor, address)
