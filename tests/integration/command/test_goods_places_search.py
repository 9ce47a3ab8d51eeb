"""Goods, places and the one search box."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from lianfang.apps.core.models import AuditEvent, Role, Subject
from lianfang.apps.goods.models import LotLink
from lianfang.apps.goods.pages import tree_of
from tests.support.case import Case, investigation_of
from tests.support.staff import OTHER_COUNTY, TOWNSHIP, signed_in, staff

HX = {"HX-Request": "true"}


def codes(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"/goods/{query}", headers=HX)
    assert answer.status_code == 200
    return {row.subject.code for row in answer.context["rows"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"LOT", "LOT-a", "OTHER", "LOT-P1"}),
        ("?kind=package", {"LOT-P1"}),
        ("?q=lot-", {"LOT-a", "LOT-P1"}),
        ("?q=shrimp&kind=lot", {"LOT", "LOT-a", "OTHER"}),
        ("?state=destruction", {"LOT", "LOT-a", "LOT-P1"}),
        ("?state=held", {"OTHER"}),
        ("?state=released", set()),
        ("?state=free", set()),
    ],
)
def test_goods_are_listed_by_code_product_and_state(case: Case, command: Client, query: str, found: set[str]) -> None:
    assert codes(command, query) == found


def test_goods_of_another_area_are_not_there(case: Case) -> None:
    far = signed_in(staff(Role.COMMAND, area_code=OTHER_COUNTY))
    assert codes(far) == set()
    assert far.get("/goods/LOT/").status_code == 404
    assert far.get("/goods/LOT/timeline.json").status_code == 404
    assert signed_in(staff(Role.COMMUNITY)).get("/goods/LOT/").status_code == 403


def test_a_lot_says_what_it_became_where_it_was_and_who_had_it(case: Case, command: Client) -> None:
    page = command.get("/goods/LOT/").content.decode()
    for wanted in ('href="/goods/LOT-a/"', 'href="/goods/LOT-P1/"', 'href="/people/wang/"', "/goods/LOT/timeline.json"):
        assert wanted in page
    wang = Subject.objects.get(code="wang")
    assert AuditEvent.objects.filter(action="lot.read", subject_ids__contains=[wang.pk]).exists()
    assert 'href="/goods/LOT/"' in command.get("/goods/LOT-a/").content.decode()
    package = command.get("/goods/LOT-P1/").content.decode()
    assert 'href="/goods/LOT/"' in package
    line = command.get("/goods/LOT/timeline.json").json()
    assert "cold_room" in {lane["kind"] for lane in line["lanes"]}


def test_who_may_not_open_persons_gets_no_link_to_them(case: Case) -> None:
    keeper = signed_in(staff(Role.WAREHOUSE))
    page = keeper.get("/goods/LOT/").content.decode()
    assert 'href="/people/' not in page
    assert 'href="/investigations/' not in page


def test_the_tree_ends_though_goods_are_merged_in_a_circle(case: Case) -> None:
    lot, part = Subject.objects.get(code="LOT"), Subject.objects.get(code="LOT-a")
    batch = LotLink.objects.earliest("pk").batch
    LotLink.objects.create(source=part, target=lot, at=case.now - timedelta(hours=1), kind="merge", batch=batch)
    down = tree_of(lot.pk, "down")
    assert [branch.subject.code for branch in down.branches] == ["LOT-a", "LOT"]
    assert not down.is_cut


def places(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"/places/{query}", headers=HX)
    assert answer.status_code == 200
    return {place.code for place, _ in answer.context["rows"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"cold", "class", "market"}),
        ("?kind=household", {"home"}),
        ("?q=home", {"home"}),
        ("?q=mark", {"market"}),
        ("?q=nowhere", set()),
        ("?area=140826999", {"cold", "class", "market"}),
    ],
)
def test_places_are_listed_and_homes_only_when_asked_for(
    case: Case, command: Client, query: str, found: set[str]
) -> None:
    assert places(command, query) == found


def test_a_place_shows_its_day_and_what_touched_it(case: Case, command: Client) -> None:
    page = command.get("/places/home/").content.decode()
    assert investigation_of("LOT").number in page
    day = localdate(case.ago(40)).isoformat()
    line = command.get(f"/places/home/timeline.json?day={day}").json()
    roles = {lane["label"].split()[-1]: lane["id"] for lane in line["lanes"]}
    assert set(roles) == {"wang", "child"}
    assert {bar["lane"] for bar in line["bars"] if bar["role"] == "overlap"} >= {roles["child"]}
    assert AuditEvent.objects.filter(action="place.timeline_read").exists()
    far = signed_in(staff(Role.COMMAND, area_code=OTHER_COUNTY))
    assert far.get("/places/home/").status_code == 404
    assert far.get("/places/home/timeline.json").status_code == 404


def test_whoever_may_not_see_persons_sees_no_timeline_of_a_place(case: Case) -> None:
    keeper = signed_in(staff(Role.WAREHOUSE))
    page = keeper.get("/places/cold/")
    assert page.status_code == 200
    assert b"timeline.json" not in page.content
    assert keeper.get("/places/cold/timeline.json").status_code == 403


def test_more_people_than_lanes_are_counted_honestly(case: Case, command: Client) -> None:
    from lianfang.apps.command.selectors import timelines

    timelines_lanes = timelines.LANES
    try:
        timelines.LANES = 1  # type: ignore[misc]
        day = localdate(case.ago(17)).isoformat()
        line = command.get(f"/places/market/timeline.json?day={day}").json()
    finally:
        timelines.LANES = timelines_lanes  # type: ignore[misc]
    assert (len(line["lanes"]), line["more"]) == (1, 1)


def test_a_surface_is_registered_where_it_is(case: Case) -> None:
    client = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP))
    for _ in range(2):
        answer = client.post("/places/market/surfaces/", {"code": "market-F1", "label": "door handle"})
        assert answer.headers["Location"] == "/places/market/"
    assert client.get("/surfaces/market-F1/").headers["Location"] == "/places/market/"
    assert client.get("/surfaces/none/").status_code == 404
    refused = client.post("/places/market/surfaces/", {"code": "LOT", "label": "door handle"})
    assert refused.status_code == 422
    assert client.post("/places/market/surfaces/", {"code": "", "label": ""}).status_code == 422
    assert signed_in(case.command).post("/places/market/surfaces/", {"code": "x", "label": "y"}).status_code == 403


def found(client: Client, text: str) -> set[str]:
    answer = client.post("/search/", {"q": text})
    assert answer.status_code == 200
    groups = answer.context["found"]
    return (
        {row.person.subject.code for row in groups.people}
        | {subject.code for subject in groups.goods}
        | {place.code for place in groups.places}
        | {row.number for row in groups.investigations}
    )


def test_one_box_finds_everything_a_role_may_open(case: Case, command: Client, neighbour: Client) -> None:
    assert found(command, "lot") == {"LOT", "LOT-a", "LOT-P1", investigation_of("LOT").number}
    assert found(command, "Wang") == {"wang"}
    assert found(command, "market") == {"market"}
    assert found(command, investigation_of("LOT").number) == {investigation_of("LOT").number}
    assert found(neighbour, "Wang") == set()
    assert found(signed_in(staff(Role.WAREHOUSE)), "Wang") == set()
    assert found(signed_in(staff(Role.LABORATORY)), "lot") == set()
    assert command.get("/search/").status_code == 200
    assert command.post("/search/", {"q": ""}).status_code == 422


def test_lists_cost_the_same_whatever_they_hold(
    case: Case, command: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        command.get("/goods/")
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        command.get("/places/")
    with django_assert_max_num_queries(36):  # type: ignore[operator]
        command.get("/goods/LOT/")
