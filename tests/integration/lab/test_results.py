"""The laboratory's pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import AuditEvent, Role, Subject, User
from lianfang.apps.lab import services
from lianfang.apps.lab.models import Result, Specimen
from lianfang.apps.people.models import Person
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.staff import OTHER_COUNTY, TOWNSHIP, VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def wang() -> Subject:
    subject = Subject.objects.create(kind="person", code="P1", label="王**", area_code=VILLAGE)
    Person.objects.create(subject=subject, name="王小明", area_code=VILLAGE)
    return subject


@pytest.fixture
def technician() -> User:
    return staff(Role.LABORATORY, username="technician")


@pytest.fixture
def signer() -> User:
    return staff(Role.LABORATORY, username="signer")


def tube(subject: Subject, by: User, code: str = "T1", value: str | None = None) -> Specimen:
    at = timezone.now()
    specimen = services.register_specimen(
        code=code, subject=subject, collected_at=at - timedelta(hours=1), at=at, by=by
    )
    if value:
        services.record_result(specimen_id=specimen.pk, value=SpecimenResult(value), at=at, by=by)
    return specimen


def wall(hours_ago: float = 1) -> str:
    return timezone.localtime(timezone.now() - timedelta(hours=hours_ago)).strftime("%Y-%m-%dT%H:%M")


def test_a_scan_of_the_tube_alone_leads_on_to_the_next_field(wang: Subject, technician: User) -> None:
    client = signed_in(technician)
    answer = client.post("/specimens/new/", {"code": "T1", "subject_code": "", "collected_at": wall()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(r'<input[^>]*value="T1"', page)
    (focused,) = re.findall(r"<input[^>]*autofocus[^>]*>", page)
    assert 'name="subject_code"' in focused
    done = client.post("/specimens/new/", {"code": "T1", "subject_code": "P1", "collected_at": wall()})
    assert done.headers["Location"] == "/results/T1/"
    again = client.post("/specimens/new/", {"code": "T1", "subject_code": "P1", "collected_at": wall(0.5)})
    assert again.status_code == 422  # the same tube at another time
    assert Specimen.objects.count() == 1


def test_field_staff_register_and_stay_at_the_form(wang: Subject) -> None:
    client = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP))
    assert 'value="P1"' in client.get("/specimens/new/?subject=P1").content.decode()
    done = client.post("/specimens/new/", {"code": "T1", "subject_code": "P1", "collected_at": wall()})
    assert done.headers["Location"] == "/specimens/new/"
    assert client.get("/results/T1/").status_code == 403


def test_nothing_of_another_area_can_be_sampled(wang: Subject) -> None:
    client = signed_in(staff(Role.LABORATORY, area_code=OTHER_COUNTY))
    answer = client.post("/specimens/new/", {"code": "T1", "subject_code": "P1", "collected_at": wall()})
    assert answer.status_code == 422
    assert not Specimen.objects.exists()


@pytest.mark.parametrize("typed", ["P", "p1", "王小"])
def test_suggestions_by_code_and_name_are_noted_and_never_in_an_address(
    wang: Subject, technician: User, typed: str
) -> None:
    client = signed_in(technician)
    answer = client.post("/specimens/suggestions/", {"subject_code": typed}, headers=HX).content.decode()
    assert 'value="P1"' in answer
    assert "王**" in answer
    assert AuditEvent.objects.filter(action="lab.suggested", subject_ids=[wang.pk]).exists()
    assert client.get(f"/specimens/suggestions/?subject_code={typed}").status_code == 405
    far = signed_in(staff(Role.LABORATORY, area_code=OTHER_COUNTY))
    assert "P1" not in far.post("/specimens/suggestions/", {"subject_code": typed}).content.decode()


def test_recorded_by_one_and_signed_by_another(wang: Subject, technician: User, signer: User) -> None:
    tube(wang, technician)
    first = signed_in(technician)
    assert first.post("/results/T1/record/", {"value": "positive"}).headers["Location"] == "/results/"
    page = first.get("/results/T1/").content.decode()
    assert "/results/T1/sign/" not in page
    second = signed_in(signer)
    waiting = second.get("/results/").content.decode()
    assert waiting.count("/results/T1/") >= 1
    assert "/results/T1/sign/" in second.get("/results/T1/").content.decode()
    assert second.post("/results/T1/sign/", {"value": "positive"}).headers["Location"] == "/results/T1/"
    assert Result.objects.get().status == "final"


def test_a_draft_rewritten_meanwhile_is_not_signed_unseen(wang: Subject, technician: User, signer: User) -> None:
    tube(wang, technician, value="positive")
    answer = signed_in(signer).post("/results/T1/sign/", {"value": "negative"}, headers=HX)
    assert answer.status_code == 409
    assert Result.objects.get().status == "draft"


def test_correction_and_annulment_ask_for_a_reason_and_keep_the_history(
    wang: Subject, technician: User, signer: User
) -> None:
    specimen = tube(wang, technician, value="positive")
    services.sign_result(specimen_id=specimen.pk, at=timezone.now(), by=signer)
    client = signed_in(signer)
    refused = client.post("/results/T1/correct/", {"value": "negative", "reason": ""})
    assert refused.status_code == 422
    client.post("/results/T1/correct/", {"value": "negative", "reason": "tubes mixed up"})
    assert client.post("/results/T1/annul/", {"reason": ""}).status_code == 422
    client.post("/results/T1/annul/", {"reason": "it leaked"})
    page = client.get("/results/T1/").content.decode()
    assert page.index("it leaked") < page.index("tubes mixed up")
    assert list(Result.objects.order_by("version").values_list("status", flat=True)) == [
        "final",
        "corrected",
        "annulled",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"T1", "T2", "T3"}),
        ("?q=T2", {"T2"}),
        ("?q=p1", {"T1", "T2", "T3"}),
        ("?state=pending", {"T3"}),
        ("?state=draft", {"T2"}),
        ("?state=final", {"T1"}),
        ("?value=positive", {"T1"}),
        ("?value=negative", {"T2"}),
        ("?day=2001-01-01", set()),
        ("?day=nonsense&state=bogus", {"T1", "T2", "T3"}),
    ],
)
def test_the_list_is_filtered_by_the_address(
    wang: Subject, technician: User, signer: User, query: str, found: set[str]
) -> None:
    first = tube(wang, technician, "T1", "positive")
    services.sign_result(specimen_id=first.pk, at=timezone.now(), by=signer)
    tube(wang, technician, "T2", "negative")
    tube(wang, technician, "T3")
    client = signed_in(technician)
    page = client.get(f"/results/{query}", headers=HX).content.decode()
    assert "<html" not in page
    assert {code for code in ("T1", "T2", "T3") if f"/results/{code}/" in page} == found


def test_the_list_costs_the_same_whatever_its_length(
    wang: Subject, technician: User, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        tube(wang, technician, f"T{number}", "negative")
    client = signed_in(technician)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get("/results/")


def test_the_answer_to_a_positive_is_awaited_and_then_told(wang: Subject, technician: User, signer: User) -> None:
    specimen = tube(wang, technician, value="positive")
    client = signed_in(signer)
    assert "/responses/" not in client.get("/results/T1/").content.decode()
    services.sign_result(specimen_id=specimen.pk, at=timezone.now(), by=signer)
    assert 'hx-get="/responses/T1/"' in client.get("/results/T1/").content.decode()
    pending = client.get("/responses/T1/", headers=HX).content.decode()
    assert 'hx-trigger="every 1s"' in pending
    outbox.deliver_pending()
    done = client.get("/responses/T1/", headers=HX).content.decode()
    assert "hx-trigger" not in done
    assert "-001" in done
    assert "/investigations/" not in done  # the laboratory may not open it


def test_a_negative_opens_nothing_and_says_so(wang: Subject, technician: User, signer: User) -> None:
    specimen = tube(wang, technician, value="negative")
    services.sign_result(specimen_id=specimen.pk, at=timezone.now(), by=signer)
    outbox.deliver_pending()
    done = signed_in(signer).get("/responses/T1/").content.decode()
    assert "hx-trigger" not in done
    assert "-001" not in done


def test_pages_of_a_specimen_stop_at_the_area(wang: Subject, technician: User) -> None:
    tube(wang, technician, value="positive")
    far = signed_in(staff(Role.LABORATORY, area_code=OTHER_COUNTY))
    assert far.get("/results/T1/").status_code == 404
    assert far.get("/responses/T1/").status_code == 404
    for action in ("record", "sign", "correct", "annul"):
        assert far.post(f"/results/T1/{action}/", {"value": "positive", "reason": "x"}).status_code == 404
    assert Client().get("/results/T1/").status_code == 302


def test_the_database_keeps_no_specimen_from_before_its_records_begin() -> None:
    subject = Subject.objects.create(kind="person", code="P2", label="", area_code="140826")
    with pytest.raises(IntegrityError, match="specimen_collected_in_our_time"), transaction.atomic():
        Specimen.objects.create(
            code="T9", subject=subject, collected_at=datetime(1926, 12, 7, tzinfo=UTC), registered_at=timezone.now()
        )
