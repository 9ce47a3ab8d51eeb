"""The list, the search and the page of persons; who reads them is noted."""

import polars as pl
import pytest
from django.test import Client
from django.utils.timezone import localdate

from lianfang.apps.core import evidence, outbox
from lianfang.apps.core.models import AuditEvent, EvidenceEntry, Role, Subject
from lianfang.apps.people.known import onsets_known
from lianfang.apps.people.models import CaseReport
from lianfang.apps.people.services import import_persons
from lianfang.apps.places import selectors as places
from tests.support.case import VILLAGE, Case, investigation_of
from tests.support.staff import OTHER_COUNTY, signed_in, staff

NUMBER, PHONE = "110101199003074514", "13912345678"
HX = {"HX-Request": "true"}


@pytest.fixture
def li(case: Case) -> Subject:
    row = {"code": "LI", "name": "李卫国", "sex": "男", "id_number": NUMBER, "phone": PHONE, "area_code": VILLAGE}
    import_persons(pl.DataFrame([row]), by=None, at=case.now, household_ids=places.place_ids)
    return Subject.objects.get(code="LI")


def listed(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"/people/{query}", headers=HX)
    assert answer.status_code == 200
    return {row.person.subject.code for row in answer.context["rows"]}


def test_the_list_masks_names_and_stays_in_the_area(
    case: Case, li: Subject, command: Client, neighbour: Client
) -> None:
    page = command.get("/people/").content.decode()
    assert "李**" in page
    assert "李卫国" not in page
    assert listed(command) == {"wang", "child", "mate", "zhao", "passer", "LI"}
    assert listed(neighbour) == set()
    event = AuditEvent.objects.filter(action="person.listed").earliest("pk")
    assert li.pk in event.subject_ids


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?cls=close_contact", {"wang", "zhao"}),
        ("?cls=secondary_contact", {"child"}),
        ("?measure=central_quarantine", {"wang", "zhao", "child"}),
        ("?cls=bogus&measure=bogus", {"wang", "child", "mate", "zhao", "passer"}),
    ],
)
def test_the_list_is_narrowed_by_class_and_measure(case: Case, command: Client, query: str, found: set[str]) -> None:
    assert listed(command, query) >= found
    if "bogus" not in query:
        assert "mate" not in listed(command, query)


@pytest.mark.parametrize("typed", [NUMBER, PHONE, "LI", "+86 139-1234-5678"])
def test_a_number_or_code_leads_straight_to_the_person(li: Subject, command: Client, typed: str) -> None:
    answer = command.post("/people/find/", {"q": typed})
    assert answer.headers["Location"] == "/people/LI/"
    assert AuditEvent.objects.filter(action="person.searched", subject_ids=[li.pk]).exists()
    assert typed not in str(list(AuditEvent.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("typed", ["李", "李卫", "l"])
def test_names_and_codes_are_found_by_their_beginning(li: Subject, command: Client, typed: str) -> None:
    answer = command.post("/people/find/", {"q": typed})
    assert [row.person.subject.code for row in answer.context["rows"]] == ["LI"]


@pytest.mark.parametrize("typed", ["卫国", "110101199003070000", "13900000000", "nobody"])
def test_what_nobody_bears_finds_nobody(li: Subject, command: Client, typed: str) -> None:
    assert command.post("/people/find/", {"q": typed}).context["rows"] == []


def test_the_search_stops_at_the_area_and_asks_for_a_word(li: Subject, command: Client, neighbour: Client) -> None:
    for typed in (NUMBER, PHONE, "LI", "李"):
        assert neighbour.post("/people/find/", {"q": typed}).context["rows"] == []
    assert command.post("/people/find/", {"q": " "}).status_code == 422
    assert command.get("/people/find/").status_code == 405


def test_the_notice_of_a_contacts_measure_is_printed(case: Case, command: Client, neighbour: Client) -> None:
    assert 'href="/people/wang/notice/"' in command.get("/people/wang/").content.decode()
    before = AuditEvent.objects.filter(action="person.read").count()
    notice = command.get("/people/wang/notice/").content.decode()
    assert "M-2" in notice, "what is ordered, and why"
    assert "Wang" in notice
    assert AuditEvent.objects.filter(action="person.read").count() == before + 1
    assert neighbour.get("/people/wang/notice/").status_code == 404


def test_the_page_shows_what_stands_and_why(case: Case, command: Client) -> None:
    number = investigation_of("LOT").number
    page = command.get("/people/wang/").content.decode()
    assert "<code>M-2</code>" in page
    assert f"/investigations/{number}/exposures/wang/" in page
    assert "/people/wang/timeline.json" in page
    wang = Subject.objects.get(code="wang")
    assert AuditEvent.objects.filter(action="person.read", by=case.command, subject_ids__contains=[wang.pk]).exists()
    assert "person.read" in command.get("/people/wang/").content.decode()  # who read it before


def test_another_area_and_other_roles_do_not_open_it(case: Case, neighbour: Client) -> None:
    assert neighbour.get("/people/wang/").status_code == 404
    assert neighbour.get("/people/wang/timeline.json").status_code == 404
    assert neighbour.post("/people/wang/identity/").status_code == 404
    assert neighbour.post("/people/wang/onset/", {"onset_date": "2020-12-01"}).status_code == 404
    assert signed_in(staff(Role.WAREHOUSE)).get("/people/wang/").status_code == 403
    assert Client().get("/people/wang/").status_code == 302
    assert signed_in(staff(Role.COMMAND, area_code=OTHER_COUNTY)).get("/people/nobody/").status_code == 404


def test_identity_is_shown_on_request_only_and_noted(li: Subject, command: Client) -> None:
    assert NUMBER not in command.get("/people/LI/").content.decode()
    part = command.post("/people/LI/identity/", headers=HX).content.decode()
    whole = command.post("/people/LI/identity/").content.decode()
    for page in (part, whole):
        assert NUMBER in page
        assert f"tel:{PHONE}" in page
        assert "李卫国" in page
    assert "<html" not in part
    assert AuditEvent.objects.filter(action="person.identity_shown", subject_ids=[li.pk]).count() == 2
    assert command.get("/people/LI/identity/").status_code == 405


def test_an_onset_is_a_fact_that_decides_the_investigation_again(case: Case, command: Client) -> None:
    case.signed("wang")
    before = investigation_of("wang").runs.count()
    day = localdate(case.ago(24)).isoformat()
    for _ in range(2):
        assert command.post("/people/wang/onset/", {"onset_date": day}).headers["Location"] == "/people/wang/"
    report = CaseReport.objects.get(subject__code="wang")
    assert EvidenceEntry.objects.filter(kind="case_report", ref=report.pk).exists()
    outbox.deliver_pending()
    assert investigation_of("wang").runs.count() == before + 1
    assert day in command.get("/people/wang/").content.decode()


def test_an_onset_to_come_is_refused_at_the_field(case: Case, command: Client) -> None:
    answer = command.post("/people/wang/onset/", {"onset_date": "2999-01-01"})
    assert answer.status_code == 422
    assert "id_onset_date_error" in answer.content.decode()
    assert not CaseReport.objects.exists()


def test_the_timeline_marks_the_stays_that_were_exposures(case: Case, command: Client) -> None:
    line = command.get("/people/child/timeline.json").json()
    lanes = {lane["id"]: lane for lane in line["lanes"]}
    assert {lane["kind"] for lane in lanes.values()} == {"household", "classroom"}
    assert line["until"] - line["from"] == 14 * 86_400
    roles = {(lanes[bar["lane"]]["kind"], bar["role"]) for bar in line["bars"]}
    assert ("household", "overlap") in roles
    assert ("household", "exposed") in roles
    assert ("classroom", "other") in roles
    assert line["more"] == 0
    empty = command.get("/people/LI/timeline.json")
    assert empty.status_code == 404


def test_someone_never_seen_anywhere_has_an_empty_timeline(li: Subject, command: Client) -> None:
    line = command.get("/people/LI/timeline.json").json()
    assert (line["lanes"], line["bars"], line["more"]) == ([], [], 0)
    assert command.get("/people/LI/").status_code == 200


def test_lists_and_pages_cost_the_same_whatever_they_hold(
    case: Case, command: Client, django_assert_max_num_queries: object
) -> None:
    command.get("/people/wang/")  # what is looked up once in a process
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        command.get("/people/")
    with django_assert_max_num_queries(34):  # type: ignore[operator]
        command.get("/people/wang/")


@pytest.mark.parametrize("role", [Role.UNIT, Role.LABORATORY, Role.WAREHOUSE, Role.REGULATOR, Role.AUDITOR])
@pytest.mark.parametrize("day", ["bad", "2020-12-01"])
def test_who_may_not_open_a_person_reports_no_onset_and_reads_nothing(case: Case, role: str, day: str) -> None:
    answer = signed_in(staff(role)).post("/people/wang/onset/", {"onset_date": day})
    assert answer.status_code == 403
    assert "Wang" not in answer.content.decode()
    assert not CaseReport.objects.exists()


@pytest.mark.parametrize("code", ["", "S1"])
def test_who_may_not_open_a_place_registers_no_surface_and_reads_nothing(case: Case, code: str) -> None:
    answer = signed_in(case.technician).post("/places/cold/surfaces/", {"code": code, "label": "door"})
    assert answer.status_code == 403
    assert not Subject.objects.filter(code="S1").exists()


def test_an_onset_is_corrected_by_the_latest_report_and_the_history_kept(case: Case, command: Client) -> None:
    wang = Subject.objects.get(code="wang")
    days = [localdate(case.ago(hours)) for hours in (96, 48, 96)]
    for n, day in enumerate(days, start=1):
        command.post("/people/wang/onset/", {"onset_date": day.isoformat()})
        assert onsets_known([wang.pk], evidence.known_seq())[0] == day
        assert CaseReport.objects.filter(subject=wang).count() == n
    first = CaseReport.objects.filter(subject=wang).earliest("pk")
    second = CaseReport.objects.get(subject=wang, onset_date=days[1])
    assert onsets_known([wang.pk], first.seq or 0)[0] == days[0]
    assert onsets_known([wang.pk], second.seq or 0)[0] == days[1]


def test_an_onset_long_before_the_sampling_is_refused_at_the_field(case: Case, command: Client) -> None:
    case.signed("wang")
    for day in ("1930-01-01", localdate(case.ago(2 + 31 * 24)).isoformat()):
        answer = command.post("/people/wang/onset/", {"onset_date": day})
        assert answer.status_code == 422
        assert "id_onset_date_error" in answer.content.decode()
    assert not CaseReport.objects.exists()
    assert command.post("/people/wang/onset/", {"onset_date": localdate(case.ago(240)).isoformat()}).status_code == 302
