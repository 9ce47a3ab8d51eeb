"""The reading API of investigations: the same rights as the pages, plain JSON."""

import pytest
from django.test import Client

from lianfang.apps.core.models import AuditEvent, Role, Subject
from tests.support.case import Case, investigation_of
from tests.support.kept import made_once, with_positive_lot
from tests.support.staff import OTHER_TOWNSHIP, TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
kept_case = made_once(with_positive_lot)


@pytest.fixture
def client(case: Case) -> Client:
    return signed_in(case.command)


@pytest.fixture
def one(case: Case) -> str:
    return f"/api/investigations/{investigation_of('LOT').number}"


def test_who_may_read(case: Case, client: Client, one: str) -> None:
    for url in (one, f"{one}/exposures", "/api/investigations"):
        assert Client().get(url).status_code == 401
        assert signed_in(staff(Role.LABORATORY, username=url)).get(url).status_code == 403
        assert client.get(url).status_code == 200
        assert client.post(url).status_code == 405
    neighbour = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=OTHER_TOWNSHIP))
    assert neighbour.get(one).json()["code"] == "area_missing"
    assert neighbour.get(f"{one}/exposures").status_code == 403
    assert neighbour.get("/api/investigations").json()["n"] == 0


def test_the_list(client: Client, one: str) -> None:
    page = client.get("/api/investigations", {"status": "open", "kind": "lot"}).json()
    assert (page["n"], page["page"], page["n_pages"]) == (1, 1, 1)
    (found,) = page["investigations"]
    assert found["number"] == one.rsplit("/", maxsplit=1)[-1]
    assert found["index"]["code"] == "LOT"
    assert found["by_class"]["index"] == 1
    assert found["n_affected"] == sum(found["by_class"].values())
    assert found["n_uncontrolled"] == found["n_to_control"] > 0
    assert client.get("/api/investigations", {"status": "annulled"}).json()["n"] == 0


def test_one_investigation(client: Client, one: str) -> None:
    found = client.get(one).json()
    assert found["run"]["ordinal"] == 1
    assert found["run"]["stands"]
    assert found["run"]["newer_facts_at"] is None
    assert found["funnel"]["n_all"] == client.get(f"{one}/exposures").json()["n"]
    assert found["n_places"] >= 2


def test_exposures(client: Client, one: str) -> None:
    page = client.get(f"{one}/exposures", {"kind": "person", "exposure_class": "close_contact"}).json()
    found = {row["subject"]["code"]: row for row in page["exposures"]}
    assert "wang" in found
    wang = found["wang"]
    assert wang["response"] == "uncontrolled"
    assert wang["reasons"][0]["code"] == "C-6"
    assert {measure["kind"] for measure in wang["measures"]} >= {"central_quarantine"}
    assert wang["edition"] == "covid19-2020-12"
    event = AuditEvent.objects.latest("id")
    assert Subject.objects.get(code="wang").pk in event.subject_ids


def test_bad_input_is_refused_by_name(client: Client, one: str) -> None:
    bad = (
        "exposure_class=no",
        "kind=fish",
        "state=gone",
        "page=0",
        "run=x",
        "area=14'",
        "direction=up",
        "q=" + "x" * 65,
    )
    for query in bad:
        answer = client.get(f"{one}/exposures?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["field"] == query.split("=", maxsplit=1)[0]
    assert client.get("/api/investigations?status=gone").json()["field"] == "status"


def test_what_does_not_exist(client: Client, one: str) -> None:
    assert client.get("/api/investigations/2020-999").json()["code"] == "investigation_not_found"
    assert client.get(f"{one}/exposures?run=9").json()["code"] == "run_not_found"
    assert client.get(f"{one}?run=nine").status_code == 404


def test_a_township_caller_gets_only_their_own(case: Case, one: str) -> None:
    Subject.objects.filter(code="wang").update(area_code=f"{OTHER_TOWNSHIP}001")
    local = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=TOWNSHIP))
    codes = {row["subject"]["code"] for row in local.get(f"{one}/exposures").json()["exposures"]}
    assert "wang" not in codes
    assert "child" in codes
