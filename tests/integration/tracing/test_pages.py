"""The pages of investigations: who may see what, what they show, what they write down."""

import io
import re
from datetime import timedelta
from urllib.parse import unquote

import polars as pl
import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone, translation

from lianfang.apps.core import work
from lianfang.apps.core.models import AuditEvent, Role, Subject, Task
from lianfang.apps.places import services as place_services
from lianfang.apps.tracing.links import place_url, subject_url, task_url
from lianfang.apps.tracing.models import Investigation
from tests.support.case import Case, investigation_of
from tests.support.kept import made_once, with_positive_lot
from tests.support.staff import COUNTY, OTHER_COUNTY, OTHER_TOWNSHIP, TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
kept_case = made_once(with_positive_lot)

PARTS = ("", "places/", "network/", "work/", "runs/", "timeline.json", "graph.json")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(case: Case) -> Client:
    return signed_in(case.command)


@pytest.fixture
def base(case: Case) -> str:
    return f"/investigations/{investigation_of('LOT').number}/"


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers={**headers, "Accept-Language": "en"})
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def shown_codes(html: str) -> list[str]:
    """Codes of the rows of the exposure table, in order."""
    return re.findall(r'<tr data-row>.*?/exposures/([^/"]+)/', html, re.DOTALL)


def test_who_may_open_each_part(case: Case, base: str) -> None:
    anonymous, command = Client(), signed_in(case.command)
    local = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=TOWNSHIP))
    wrong_role = signed_in(staff(Role.LABORATORY))
    wrong_area = [signed_in(staff(Role.EPIDEMIOLOGIST, area_code=area)) for area in (OTHER_TOWNSHIP, OTHER_COUNTY)]
    for part in (*PARTS, "exposures/child/", "exposures.xlsx"):
        assert anonymous.get(base + part).status_code == 302, part
        assert command.get(base + part).status_code == 200, part
        assert command.post(base + part).status_code == 405, part
        assert local.get(base + part).status_code == 200, part
        assert wrong_role.get(base + part).status_code == 403, part
        assert {client.get(base + part).status_code for client in wrong_area} == {403}, part


MISSING = (
    "/investigations/2020-999/",
    "/investigations/nonsense/timeline.json",
    "{base}?run=77",
    "{base}?run=one",
    "{base}?run=%F0%9D%9F%99",
    "{base}?run=99999999999999999999",
    "{base}exposures/nobody/",
    "{base}timeline.json?subject=nobody",
    "{base}graph.json?node=x1",
    "{base}graph.json?node=s",
    "{base}graph.json?node=s99999999",
    "{base}graph.json?node=p-1",
    "{base}graph.json?node=p99999999999999999999",
)
NONSENSE = ("cls=no", "state=no&kind=fish", "page=zero", "page=-3", "page=999", "sort=-evil", "late=1", "q=" + "x" * 99)


def test_what_does_not_exist_is_not_found(client: Client, base: str) -> None:
    for address in MISSING:
        assert client.get(address.format(base=base)).status_code == 404, address


def test_a_filter_nobody_offers_narrows_nothing(client: Client, base: str) -> None:
    whole = shown_codes(text(client, base))
    for query in NONSENSE:
        assert shown_codes(text(client, f"{base}?{query}")) == whole, query


def test_the_list_finds_the_investigation(client: Client, base: str) -> None:
    html = text(client, "/investigations/")
    number = base.split("/")[2]
    assert number in html
    assert "Ongoing" in html
    assert "not yet" in html
    for query in (f"q={number}", "q=lot", "status=open", "kind=lot", "sort=number"):
        assert number in text(client, f"/investigations/?{query}")
    for query in ("q=zzz", "status=annulled", "kind=person"):
        assert number not in text(client, f"/investigations/?{query}")
    assert "No investigation matches" in text(client, "/investigations/?q=zzz")
    assert "No investigation is open" in text(signed_in(staff(area_code=OTHER_COUNTY)), "/investigations/")


def test_the_list_is_for_those_who_may_see_investigations(case: Case) -> None:
    assert Client().get("/investigations/").status_code == 302
    assert signed_in(staff(Role.WAREHOUSE)).get("/investigations/").status_code == 403


def test_the_page_says_what_is_positive_and_how_far_the_response_is(client: Client, base: str) -> None:
    html = text(client, base)
    assert "Lot positive" in html
    assert "covid19-2020-12" in html
    assert "signed → everything stored" in html
    assert re.search(r"\d\d:\d\d:\d\d\.\d", html)
    assert "facts up to evidence no." in html
    for step in ("Affected", "Located", "Under control", "Sampled", "Released"):
        assert step in html
    assert "?state=unlocated#exposure-rows" in html
    assert {"LOT", "LOT-a", "wang", "child", "zhao"} <= set(shown_codes(html))
    assert "New facts arrived" not in html


def test_each_step_of_the_funnel_opens_its_rows(client: Client, base: str, case: Case) -> None:
    task = Task.objects.get(subject__code="wang", kind="transfer")
    work.finish_task(task_id=task.pk, proof=work.Proof("done"), at=timezone.now(), by=case.command)
    assert shown_codes(text(client, base + "?state=controlled")) == ["wang"]
    assert "wang" not in shown_codes(text(client, base + "?state=uncontrolled"))


def test_htmx_swaps_just_the_rows(client: Client, base: str) -> None:
    for part, rows in (("", "exposure-rows"), ("places/", "place-rows"), ("work/", "task-rows"), ("runs/", "run-rows")):
        fragment = text(client, base + part, **HTMX)
        assert "<html" not in fragment
        assert f'id="{rows}"' in fragment
        assert f'id="{rows}"' in text(client, base + part)
    assert 'id="investigation-rows"' in text(client, "/investigations/", **HTMX)
    assert "data-island" in text(client, base + "network/", **HTMX)


def test_a_page_of_people_is_written_down_once(client: Client, base: str) -> None:
    n_before = AuditEvent.objects.count()
    html = text(client, base)
    event = AuditEvent.objects.latest("id")
    assert AuditEvent.objects.count() == n_before + 1
    assert event.action == "tracing.investigation_read"
    persons = set(Subject.objects.filter(code__in=shown_codes(html), kind="person").values_list("id", flat=True))
    assert set(event.subject_ids) == persons
    assert event.detail == {"investigation": base.split("/")[2]}


def test_the_proof_explains_each_step(client: Client, base: str) -> None:
    html = text(client, base + "exposures/child/")
    assert html.index("C-6") < html.index("C-8")
    assert "How it came from the index" in html
    assert "National COVID-19" in html
    assert "covid19-2020-12" in html
    assert f"{base}timeline.json?subject=child" in html
    steps = text(client, base + "exposures/child/", **HTMX)
    assert "<html" not in steps
    assert "C-8" in steps
    backward = text(client, base + "exposures/wang/")
    assert "How it may have come to the index" in backward
    assert "This is the index itself" in text(client, base + "exposures/LOT/")
    assert "belong to the same lot" in text(client, base + "exposures/LOT-a/")


def test_reasons_are_said_in_the_readers_language(client: Client, base: str) -> None:
    client.cookies["django_language"] = "zh-hans"
    html = client.get(base + "exposures/child/").content.decode()
    assert "密切接触者" in html
    assert "共处" in html
    client.cookies["django_language"] = "en"
    assert "close contact" in client.get(base + "exposures/child/").content.decode()
    translation.deactivate()


def test_places_are_counted(client: Client, base: str) -> None:
    html = text(client, base + "places/")
    for code in ("cold", "home"):
        assert f"/places/{code}/" in html
    assert "/places/home/" not in text(client, base + "places/?q=cold")
    assert "No place matches" in text(client, base + "places/?q=zzz")
    assert text(client, base + "places/?sort=-first_at")
    assert text(client, base + "places/?sort=evil")


def test_work_lists_measures_and_tasks(client: Client, base: str) -> None:
    Task.objects.filter(subject__code="wang", kind="locate").update(due_at=timezone.now() - timedelta(minutes=12))
    late = Task.objects.get(subject__code="wang", kind="locate")
    html = text(client, base + "work/?state=late")
    assert f"/tasks/{late.pk}/" in html
    assert "Overdue" in html
    assert "Central quarantine" in html
    assert f"/tasks/{late.pk}/" not in text(client, base + "work/?state=done")
    assert f"/tasks/{late.pk}/" in text(client, base + "work/?state=open&kind=locate")
    assert f"/tasks/{late.pk}/" not in text(client, base + "work/?kind=transfer")
    assert f"/tasks/{late.pk}/" in text(client, base + "work/?kind=nonsense")


def test_an_annulled_investigation_says_so_and_keeps_what_it_found(client: Client, base: str, case: Case) -> None:
    case.annul(case.positive)
    html = text(client, base)
    assert "This investigation is annulled" in html
    assert "Nobody is affected any more" in html
    runs = text(client, base + "runs/")
    assert "A result was corrected" in runs
    assert f"{base}?run=1" in runs
    past = text(client, base + "?run=1")
    assert "as it was" in past
    assert "wang" in shown_codes(past)
    assert "Next task" not in past
    assert 'name="state"' not in past
    assert "run=1" in text(client, base + "exposures/wang/?run=1")
    for part in PARTS[1:]:
        assert client.get(f"{base}{part}").status_code == 200
        assert client.get(f"{base}{part}?run=1").status_code == 200


def test_deciding_again_needs_the_right_and_keeps_the_run_before(case: Case, client: Client, base: str) -> None:
    decide = base + "decide/"
    assert client.get(decide).status_code == 405
    assert Client().post(decide).status_code == 302
    assert signed_in(staff(Role.COMMUNITY)).post(decide).status_code == 403
    assert signed_in(staff(Role.COMMAND, area_code=OTHER_TOWNSHIP)).post(decide).status_code == 403
    response = client.post(decide, follow=True, headers={"Accept-Language": "en"})
    assert "Decided again: run 2" in response.content.decode()
    investigation = Investigation.objects.get()
    assert investigation.current_run is not None
    assert investigation.current_run.ordinal == 2
    assert "New facts" in text(client, base + "runs/")


def test_facts_that_arrive_after_the_run_are_told(case: Case, client: Client, base: str) -> None:
    table = pl.DataFrame([{"subject": "mate", "place": "home", "t_in": case.ago(39), "t_out": case.ago(38)}])
    place_services.import_presences(table, by=None, at=timezone.now())
    html = text(client, base)
    assert "New facts arrived after this run" in html
    assert base + "decide/" in html
    client.post(base + "decide/")
    html = text(client, base)
    assert "New facts arrived after this run" not in html
    assert "mate" in shown_codes(html)


def test_a_finished_task_makes_no_run_out_of_date(case: Case, client: Client, base: str) -> None:
    task = Task.objects.get(subject__code="wang", kind="transfer")
    work.finish_task(task_id=task.pk, proof=work.Proof("done"), at=timezone.now(), by=case.command)
    assert "New facts arrived" not in text(client, base)


def test_the_export_holds_what_is_shown_and_nothing_more(case: Case, client: Client, base: str) -> None:
    Subject.objects.filter(code="wang").update(label="=1+1")
    html = text(client, base + "?kind=person&sort=-first")
    response = client.get(base + "exposures.xlsx?kind=person&sort=-first", headers={"Accept-Language": "en"})
    assert "attachment" in response.headers["Content-Disposition"]
    table = pl.read_excel(io.BytesIO(response.getvalue()))
    written = table["Code"].drop_nulls().to_list()
    assert [code for code in written if not code.startswith("Run")] == shown_codes(html)
    assert "=1+1" in table["Subject"].to_list()
    assert not {"ID number", "Phone"} & set(table.columns)
    event = AuditEvent.objects.latest("id")
    assert event.action == "tracing.exported"
    assert set(event.subject_ids) == set(
        Subject.objects.filter(code__in=written, kind="person").values_list("id", flat=True)
    )


def test_the_export_needs_its_permission(case: Case, base: str) -> None:
    assert signed_in(staff(Role.COMMUNITY)).get(base + "exposures.xlsx").status_code == 403
    # A regulator may export, but sees no investigation: nothing leaks by the back door.
    assert signed_in(staff(Role.REGULATOR)).get(base + "exposures.xlsx").status_code == 403


def test_a_township_reader_sees_only_their_own(case: Case, base: str) -> None:
    Subject.objects.filter(code="wang").update(area_code=f"{OTHER_TOWNSHIP}001")
    local = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=TOWNSHIP))
    html = text(local, base)
    assert "wang" not in shown_codes(html)
    assert "child" in shown_codes(html)
    assert local.get(base + "exposures/wang/").status_code == 404
    proof = text(local, base + "exposures/child/")
    assert "Person outside your area" in proof
    assert "/people/wang/" not in proof
    for drawing in ("timeline.json?subject=child", "timeline.json", "graph.json"):
        assert "/people/wang/" not in local.get(base + drawing).content.decode()
    county = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=COUNTY))
    assert "wang" in shown_codes(text(county, base))


def test_somebody_outside_the_county_is_shown_without_a_page(case: Case, client: Client, base: str) -> None:
    Subject.objects.filter(code="wang").update(area_code=f"{OTHER_COUNTY}100001")
    html = text(client, base)
    assert "wang" in shown_codes(html)
    assert "/people/wang/" not in html


def test_addresses_of_other_apps_are_spelt_right() -> None:
    for kind, name in (("person", "person"), ("lot", "lot"), ("package", "lot"), ("surface", "surface")):
        assert resolve(unquote(subject_url(kind, "A 1/2"))).url_name == name
    assert resolve(place_url("PL-1")).url_name == "place"
    assert resolve(task_url(7)).url_name == "task"
