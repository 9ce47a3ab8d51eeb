"""Notices by two, versions, withdrawal, advice that follows the lists; campaigns with reach and a contest."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate

from lianfang.apps.command.models import Campaign, Notice, NoticeEvent, NoticeVersion, PageViews
from lianfang.apps.command.selectors import campaigns
from lianfang.apps.command.services import advice
from lianfang.apps.command.services import notices as services
from lianfang.apps.core import outbox
from lianfang.apps.core.models import Role, User
from tests.integration.risk.conftest import nation  # noqa: F401 - a fixture
from tests.integration.risk.lists import LUBEI_WHOLE, LUNAN, ZONE, at_hour, load
from tests.support.staff import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, organisation, signed_in, staff

pytestmark = pytest.mark.django_db
WORDS = {"title_zh": "关于春节返乡的通告", "text_zh": "一、提前报备。\n二、佩戴口罩。", "title_en": "", "text_en": ""}


@pytest.fixture
def author() -> User:
    return staff(Role.EPIDEMIOLOGIST)


@pytest.fixture
def editor() -> User:
    return staff(Role.COMMAND)


def text(path: str, language: str = "en") -> str:
    response = Client().get(path, headers={"Accept-Language": language})
    assert response.status_code == 200, path
    return response.content.decode()


def drafted(author: User) -> int:
    response = signed_in(author).post("/telling/notices/new/", WORDS)
    assert response.status_code == 302
    return NoticeVersion.objects.latest("pk").notice_id


def published(author: User, editor: User) -> int:
    number = drafted(author)
    assert signed_in(editor).post(f"/telling/notices/{number}/publish/", {"version": 1}).status_code == 302
    return number


def test_one_drafts_another_publishes_and_everybody_reads(author: User, editor: User) -> None:
    number = drafted(author)
    assert Client().get(f"/notices/{number}/").status_code == 404
    assert signed_in(author).post(f"/telling/notices/{number}/publish/", {"version": 1}).status_code == 403
    own = signed_in(editor)
    own.post(f"/telling/notices/{number}/revise/", {**WORDS, "read": 1})
    refused = own.post(f"/telling/notices/{number}/publish/", {"version": 2}, headers={"Accept-Language": "en"})
    assert refused.status_code == 403
    assert "Who wrote a draft does not publish it" in refused.content.decode()
    signed_in(author).post(f"/telling/notices/{number}/revise/", {**WORDS, "read": 2})
    for _ in range(2):  # repeated: nothing changes
        assert own.post(f"/telling/notices/{number}/publish/", {"version": 3}).status_code == 302
    assert NoticeEvent.objects.count() == 1
    assert "关于春节返乡的通告" in text("/notices/")
    assert "佩戴口罩" in text(f"/notices/{number}/")
    assert "关于春节返乡的通告" in text("/")
    plain = Client().get(f"/notices/{number}.txt")
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert plain.content.decode().startswith("关于春节返乡的通告\n")


def test_a_withdrawn_notice_stays_readable_and_says_so(author: User, editor: User) -> None:
    number = published(author, editor)
    client = signed_in(editor)
    assert client.post(f"/telling/notices/{number}/withdraw/", {"reason": ""}).status_code == 422
    assert client.post(f"/telling/notices/{number}/withdraw/", {"reason": "已被新通告代替"}).status_code == 302
    assert client.post(f"/telling/notices/{number}/withdraw/", {"reason": "再次"}).status_code == 409
    for path in (f"/notices/{number}/", "/notices/"):
        assert "已被新通告代替" in text(path)
    assert text(f"/notices/{number}.txt").startswith("WITHDRAWN")
    assert "关于春节返乡的通告" not in text("/")
    assert client.post(f"/telling/notices/{number}/publish/", {"version": 1}).status_code == 409
    client.post(f"/telling/notices/{number}/revise/", {**WORDS, "title_zh": "新版通告", "read": 1})
    other = signed_in(staff(Role.COMMAND, username="second"))
    assert other.post(f"/telling/notices/{number}/publish/", {"version": 2}).status_code == 302
    assert "新版通告" in text(f"/notices/{number}/")
    assert "earlier version" in text(f"/notices/{number}/1/")


def test_nobodys_version_is_lost_silently(author: User, editor: User) -> None:
    number = published(author, editor)
    first = signed_in(author).post(f"/telling/notices/{number}/revise/", {**WORDS, "text_zh": "甲", "read": 1})
    second = signed_in(editor).post(f"/telling/notices/{number}/revise/", {**WORDS, "text_zh": "乙", "read": 1})
    assert (first.status_code, second.status_code) == (302, 409)
    assert "乙" in second.content.decode()  # what was typed is kept
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeVersion.objects.filter(number=2).update(text_zh="丙")
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeEvent.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_two_publish_at_once_and_it_happens_once(author: User, editor: User) -> None:
    number = drafted(author)
    start = threading.Barrier(2)

    def publish() -> None:
        start.wait()
        services.publish_notice(number=number, version=1, by=editor, at=timezone.now())
        connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert NoticeEvent.objects.count() == 1


def test_a_change_of_the_lists_drafts_travel_advice_once(nation: None, editor: User) -> None:  # noqa: F811
    load(at_hour(8, high=(LUNAN,)))
    load(at_hour(12, high=(LUNAN, ZONE), middle=(LUBEI_WHOLE,)))
    outbox.deliver_pending()
    notice = Notice.objects.get()
    newest = notice.versions.order_by("-number").first()
    assert newest
    advice.draft_advice(list_id=newest.risk_list_id or 0)  # repeated
    assert notice.versions.count() == 1  # of the list in force; what it overtook needs none
    assert newest.drafted_by is None
    assert "路北区" in newest.text_zh
    assert "14天" in newest.text_zh
    assert "Do not travel there unless you must" in newest.text_en
    assert "旅行" not in text("/notices/")  # a draft only
    client = signed_in(editor)
    assert client.post(f"/telling/notices/{notice.pk}/publish/", {"version": 1}).status_code == 302
    assert "Travel advice" in text("/notices/")
    load(at_hour(16, high=(LUNAN, ZONE)))
    outbox.deliver_pending()
    assert notice.versions.count() == 2
    assert "version 2 waits" in client.get("/telling/", headers={"Accept-Language": "en"}).content.decode()


def campaign(author: User, editor: User) -> Campaign:
    today = localdate()
    days = {"starts_on": today - timedelta(days=2), "ends_on": today + timedelta(days=20)}
    said = {"title_zh": "八个一健康行动", "title_en": "Eight actions", "summary_zh": "人人参与", "has_contest": "on"}
    signed_in(author).post("/telling/campaigns/new/", {**said, **days})
    made = Campaign.objects.latest("pk")
    early = {"kind": "masks", "title_zh": "戴口罩", "starts_on": today - timedelta(days=9), "ends_on": today}
    assert signed_in(author).post(f"/telling/campaigns/{made.pk}/actions/", early).status_code == 422
    assert signed_in(editor).post(f"/telling/campaigns/{made.pk}/publish/").status_code == 422  # no action yet
    for kind, title in (("masks", "戴口罩"), ("study", "知识竞赛")):
        action = {"kind": kind, "title_zh": title, **days}
        assert signed_in(author).post(f"/telling/campaigns/{made.pk}/actions/", action).status_code == 302
    assert Client().get(f"/guidance/{made.pk}/").status_code == 404
    assert signed_in(editor).post(f"/telling/campaigns/{made.pk}/publish/").status_code == 302
    assert signed_in(author).post(f"/telling/campaigns/{made.pk}/actions/", early).status_code == 409
    return made


def test_a_campaign_reaches_people_by_channel_and_organisation(author: User, editor: User) -> None:
    made = campaign(author, editor)
    village = organisation("V-1", "village", "territory", TOWNSHIP + "200", "东关村委会")
    organisation("V-2", "village", "territory", OTHER_TOWNSHIP + "200", "外乡村委会")
    client = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP, organisation=village))
    path = f"/telling/campaigns/{made.pk}/reach/"
    row = {"organisation": "V-1", "channel": "loudspeaker", "day": localdate(), "n_people": 900}
    for n_people in (900, 900, 950):  # again, then corrected
        assert client.post(path, {**row, "n_people": n_people}).status_code == 302
    assert client.post(path, {**row, "channel": "wechat", "n_people": 120}).status_code == 302
    assert client.post(path, {**row, "organisation": "V-2"}).status_code == 422  # not theirs
    assert client.post(path, {**row, "n_people": -1}).status_code == 422
    assert client.post(path, {**row, "day": localdate() + timedelta(days=1)}).status_code == 422
    assert made.reach.count() == 3
    reach = campaigns.reach(made)
    assert dict(reach.by_channel) == {"loudspeaker": 950, "wechat": 120}
    assert [(each.code, n) for each, n in reach.by_organisation] == [("V-1", 1070)]
    page = text(f"/guidance/{made.pk}/")
    assert "Village loudspeaker <strong>950</strong>" in page
    assert campaigns.reach(made).views == 1
    client.get(f"/guidance/{made.pk}/")  # staff are not the public
    assert PageViews.objects.get(page=f"campaign-{made.pk}").n == 1


def test_a_contest_ranks_the_organisations(author: User, editor: User) -> None:
    made = campaign(author, editor)
    for code in ("U-1", "U-2", "U-3"):
        organisation(code, "employer", "unit", COUNTY, f"单位{code}")
    client = signed_in(editor)
    path = f"/telling/campaigns/{made.pk}/result/"
    first, second = made.actions.all()
    for code, points in (("U-1", (80, 10)), ("U-2", (90, 0)), ("U-3", (100, 5))):
        for action, given in zip((first, second), points, strict=True):
            row = {"action": action.pk, "organisation": code, "n_people": 30, "points": given}
            assert client.post(path, row).status_code == 302
    assert (
        client.post(path, {"action": first.pk, "organisation": "U-1", "n_people": 3, "points": 101}).status_code == 422
    )
    ranked = [(each.place, each.organisation.code, each.points) for each in campaigns.ranking(made)]
    assert ranked == [(1, "U-3", 105), (2, "U-1", 90), (2, "U-2", 90)]
    assert "单位U-3" in text(f"/guidance/{made.pk}/")


def test_duty_phones_come_from_the_nearest_area(editor: User) -> None:
    organisation("CMD", "command", "territory", COUNTY, "县指挥部")
    organisation("T-1", "township", "territory", TOWNSHIP, "古绛镇")
    client = signed_in(editor)
    for code, phone in (("CMD", "0359-1234567"), ("T-1", "13800001234"), ("T-1", "13800005678")):
        assert client.post("/telling/contacts/", {"organisation": code, "phone": phone}).status_code == 302
    assert client.post("/telling/contacts/", {"organisation": "T-1", "phone": "12"}).status_code == 422
    near, far = campaigns.contact_for(TOWNSHIP + "200"), campaigns.contact_for(OTHER_TOWNSHIP + "200")
    assert near
    assert far
    assert (near.phone, far.phone) == ("13800005678", "03591234567")
    assert "tel:03591234567" in text("/")
    outside = signed_in(staff(Role.COMMUNITY, area_code=OTHER_TOWNSHIP))
    assert outside.post("/telling/contacts/", {"organisation": "T-1", "phone": "13800001234"}).status_code == 422
