"""The public page, the feeds, the pages of the staff, the API and the command."""

import argparse
import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lianfang.apps.areas.models import RiskChange, RiskList, RiskListDecision, RiskPlace, RiskResolution
from lianfang.apps.areas.views import public
from lianfang.apps.core import outbox, rates
from lianfang.apps.core.models import RateWindow, Role, User
from lianfang.cli import imports
from tests.integration.risk.lists import LUBEI_WHOLE, LUNAN, XINJIANG_REST, YANHU, ZONE, at_hour, load
from tests.support.risk_lists import BULLETIN
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db
PUBLIC = ("/risk-areas/", "/risk-areas.json", "/risk-areas.atom")


@pytest.fixture
def lists() -> None:
    load(at_hour(8, high=(LUNAN,)))
    load(at_hour(12, high=(LUNAN, ZONE), middle=(LUBEI_WHOLE,), low=(XINJIANG_REST,)))
    outbox.deliver_pending()


def text(client: Client, address: str) -> str:
    response = client.get(address, headers={"Accept-Language": "en"})
    assert response.status_code == 200, address
    return response.content.decode()


def test_anybody_sees_what_is_at_risk_now(lists: None) -> None:
    page = text(Client(), "/risk-areas/")
    assert "河北省唐山市路南区</strong> 甲小区" in page
    assert "county not yet confirmed; listed under 河北省 唐山市 高新区" in page
    assert "2 added, 0 lifted" not in page
    assert "3 added, 0 lifted, 0 raised, 0 lowered" in page
    assert "out of date" in page
    assert "<script>" not in page


def test_a_place_gets_an_answer_with_its_reasons(lists: None) -> None:
    page = text(Client(), "/risk-areas/?q=唐山市路南区甲小区&day=2022-10-28")
    assert "The place named is listed: high risk" in page
    page = text(Client(), "/risk-areas/?q=新绛县&day=2022-10-28")
    assert "The area is listed but for the parts the entry leaves out: low risk" in page
    page = text(Client(), "/risk-areas/?q=绛县&day=2022-10-27")
    assert "No list is known for that day" in page
    assert "Nothing listed here" in text(Client(), "/risk-areas/?q=月球")
    assert "Enter a valid date" in text(Client(), "/risk-areas/?day=yesterday")


def test_a_level_and_a_day_narrow_the_list(lists: None) -> None:
    page = text(Client(), "/risk-areas/?level=middle&day=2022-10-28")
    assert "路北区" in page
    assert "甲小区" not in page
    assert "No list is known" in text(Client(), "/risk-areas/?day=2022-10-01")


def test_without_any_list_the_page_says_so() -> None:
    assert "No list is known for that day." in text(Client(), "/risk-areas/")
    assert json.loads(text(Client(), "/risk-areas.json")) == {
        "list": None,
        "areas": [],
        "changes": [],
        "page": "http://testserver/risk-areas/",
    }


def test_the_json_feed(lists: None) -> None:
    feed = json.loads(text(Client(), "/risk-areas.json"))
    assert feed["list"]["categories"] == ["high", "middle", "low"]
    assert [(each["level"], each["area_code"], each["extent"]) for each in feed["areas"]] == [
        ("high", "1302", "part"),
        ("high", "130202", "part"),
        ("high", "130202", "part"),
        ("middle", "130203", "whole"),
        ("low", "140825", "rest"),
    ]
    assert [change["added"] for change in feed["changes"]] == [3, 2]
    assert feed["changes"][1]["previous"] is None


def test_the_atom_feed(lists: None) -> None:
    feed = ET.fromstring(text(Client(), "/risk-areas.atom"))
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [entry.findtext("a:title", namespaces=names) for entry in feed.findall("a:entry", names)] == [
        "3 added, 0 lifted, 0 raised, 0 lowered",
        "2 added, 0 lifted, 0 raised, 0 lowered",
    ]
    assert "河北省唐山市路北区 全域: not listed → Medium risk" in ET.tostring(feed, encoding="unicode")


@pytest.mark.parametrize("address", PUBLIC)
def test_answers_are_kept_until_something_changes(lists: None, address: str) -> None:
    client = Client()
    first = client.get(address)
    assert ("private" if address.endswith("/") else "public") in first.headers["Cache-Control"]
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    load(at_hour(16, high=(YANHU,)))
    outbox.deliver_pending()
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_part_for_scripts_has_a_tag_of_its_own(lists: None) -> None:
    whole = Client().get("/risk-areas/")
    part = Client().get("/risk-areas/", headers={"HX-Request": "true"})
    assert whole.headers["ETag"] != part.headers["ETag"]
    assert b"<html" not in part.content


@pytest.mark.parametrize("address", PUBLIC)
def test_whoever_asks_too_often_waits(lists: None, address: str) -> None:
    client = Client()
    # Twice as many and one: even if a new minute begins meanwhile, one of the two sees too many.
    answers = [client.get(address) for _ in range(2 * public.ASKED + 1)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in answers[: public.ASKED]} == {200}
    assert {answer.status_code for answer in refused} == {429}
    assert all(0 < int(answer.headers["Retry-After"]) <= public.WINDOW_S for answer in refused)
    assert Client(REMOTE_ADDR="10.0.0.9").get(address).status_code == 200
    assert signed_in(staff()).get(address).status_code == 200


def test_counting_is_by_window_and_by_whom_and_forgets() -> None:
    now = timezone.now()
    assert [rates.counted("x", "a", window_s=60, now=now) for _ in range(3)] == [1, 2, 3]
    assert rates.counted("x", "b", window_s=60, now=now) == 1
    assert rates.counted("y", "a", window_s=60, now=now) == 1
    assert rates.counted("x", "a", window_s=60, now=now + rates.KEPT * 2) == 1
    assert RateWindow.objects.count() == 1


def test_who_asks_is_told_by_our_own_proxy(rf: object, settings: object) -> None:
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "1.2.3.4, 5.6.7.8"})  # type: ignore[attr-defined]
    assert rates.client_address(request) == "127.0.0.1"
    settings.BEHIND_TLS = True  # type: ignore[attr-defined]
    assert rates.client_address(request) == "5.6.7.8"


def test_staff_see_the_lists_and_one_of_them(lists: None, first: User) -> None:
    load(at_hour(16, high=(YANHU,), hcount=4), by=first)
    client = signed_in(first)
    page = text(client, "/risk-lists/")
    assert "Waiting for a second person" in page
    assert "Import a list" in page
    assert "Import a list" not in text(signed_in(staff(Role.COMMUNITY)), "/risk-lists/")
    page = text(client, f"/risk-lists/{RiskList.objects.latest('stamp').pk}/")
    assert "1 of the list&#x27;s own counts differ from its entries" in page
    assert "A second person confirms this list." in page
    assert client.get("/risk-lists/0/").status_code == 404


def test_staff_are_told_where_they_work(lists: None, first: User) -> None:
    load(at_hour(16, high=(YANHU,), hcount=4), by=first)
    waits, changed = "1 list of risk areas waits for a second person", "The risk areas have changed"
    desk, village = text(signed_in(first), "/desk/"), text(signed_in(staff(Role.COMMUNITY)), "/today/")
    assert waits in desk
    assert changed in desk
    assert changed in village
    assert waits not in village, "not theirs to decide"
    RiskChange.objects.update(published_at=timezone.now() - timedelta(days=2))
    assert changed not in text(signed_in(first), "/desk/")


def test_a_second_person_confirms_on_the_page(lists: None, first: User, second: User) -> None:
    waiting = load(at_hour(16, high=(YANHU,), hcount=4), by=first).risk_list
    client = signed_in(second)
    assert "Your decision" in text(client, f"/risk-lists/{waiting.pk}/")
    assert client.post(f"/risk-lists/{waiting.pk}/confirm/", {"note": ""}).status_code == 422
    assert signed_in(first).post(f"/risk-lists/{waiting.pk}/confirm/", {"note": "x"}).status_code == 403
    response = client.post(f"/risk-lists/{waiting.pk}/confirm/", {"note": "compared with the page"})
    assert response.status_code == 302
    decision = RiskListDecision.objects.get(risk_list=waiting)
    assert (decision.takes_effect, decision.by, decision.note) == (True, second, "compared with the page")
    assert client.post(f"/risk-lists/{waiting.pk}/refuse/", {"note": "no"}).status_code == 409
    assert "Took effect" in text(client, f"/risk-lists/{waiting.pk}/")


def test_a_list_is_handed_in_on_the_page(lists: None, second: User) -> None:
    client = signed_in(second)

    def hand_in(content: bytes, name: str) -> object:
        return client.post("/risk-lists/", {"file": SimpleUploadedFile(name, content)})

    response = hand_in(at_hour(16, high=(LUNAN,)), "new.json")
    newest = RiskList.objects.latest("stamp")
    assert response.headers["Location"] == reverse("risk_list", args=[newest.pk])  # type: ignore[attr-defined]
    assert newest.imported_by == second
    assert hand_in(at_hour(16, high=(LUNAN,)), "again.json").status_code == 302  # type: ignore[attr-defined]
    assert hand_in(b"nothing", "notes.txt").status_code == 422  # type: ignore[attr-defined]
    refused = signed_in(staff(Role.UNIT)).post("/risk-lists/", {"file": SimpleUploadedFile("a", b"")})
    assert refused.status_code == 403


def test_undecided_places_are_decided_from_the_queue(lists: None, second: User) -> None:
    client = signed_in(second)
    place = RiskPlace.objects.get(community="丙小区")
    assert "丙小区" in text(client, "/risk-lists/places/")
    assert "丙小区" in text(client, "/risk-lists/places/?lists=all")
    page = text(client, f"/risk-lists/places/{place.pk}/")
    assert "河北省唐山市路南区" in page
    assert client.post(f"/risk-lists/places/{place.pk}/", {"area_code": "140826"}).status_code == 422
    assert client.post(f"/risk-lists/places/{place.pk}/", {"area_code": "130202"}).status_code == 302
    assert RiskResolution.objects.filter(by=second, area_code="130202").count() == 1
    assert "Nothing to decide" in text(client, "/risk-lists/places/")
    assert "county not yet confirmed" not in text(Client(), "/risk-areas/")


def test_the_api_answers_history_questions(lists: None) -> None:
    client = signed_in(staff(Role.COMMUNITY))
    address = "/api/risk-areas/history"
    answer = client.get(address, {"area_code": "130202", "day": "2022-10-28", "community": "甲小区"}).json()
    assert (answer["standing"], answer["level"]) == ("listed", "high")
    assert [reason["code"] for reason in answer["reasons"]] == ["A-3", "A-5", "A-7"]
    assert [each["source"] for each in answer["lists"]] == ["list.json", "list.json"]
    assert client.get(address, {"area_code": "000000", "day": "2022-10-28"}).status_code == 404
    assert client.get(address, {"area_code": "130202", "day": "soon"}).status_code == 422
    assert Client().get(address, {"area_code": "130202", "day": "2022-10-28"}).status_code == 401


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    imports.add_parser(parser.add_subparsers())
    return imports.run(parser.parse_args(["import", *arguments]))


def test_the_command_takes_many_lists_the_oldest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in {
        "a.json": at_hour(12, high=(LUNAN,)),
        "b.json": at_hour(8, high=(LUNAN,), hcount=9),
        "c.txt": BULLETIN.encode(),
        "d.txt": b"nothing",
    }.items():
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / name) for name in ("a.json", "b.json", "c.txt", "d.txt")]
    assert run("risk-list", *files, "--dry-run") == 5
    assert RiskList.objects.count() == 0
    out, err = capsys.readouterr()
    assert [line.split()[-1] for line in out.splitlines() if not line.startswith("    ")] == [
        "c.txt",
        "b.json",
        "a.json",
    ]
    assert "d.txt: text: says nothing" in err
    assert run("risk-list", *files[:3]) == 0
    out, _ = capsys.readouterr()
    assert "waits for a second person" in out
    assert "1 of the list's own counts differ" in out
    assert run("risk-list", files[0], "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "known"
    assert run("risk-list", str(tmp_path / "missing")) == 2
    assert run("persons", files[0], files[1]) == 2
