"""The laboratory's API: each operation allowed, refused by role, area, sign-in and shape, and repeated."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import AuditEvent, OutboxEvent, Role, Subject, User
from lianfang.apps.lab.models import Result, Specimen
from tests.support.staff import OTHER_COUNTY, VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
COLLECTED = (timezone.now() - timedelta(hours=2)).replace(microsecond=0)


@pytest.fixture
def wang() -> Subject:
    return Subject.objects.create(kind="person", code="P1", label="王**", area_code=VILLAGE)


@pytest.fixture
def technician() -> User:
    return staff(Role.LABORATORY, username="technician")


@pytest.fixture
def signer() -> User:
    return staff(Role.LABORATORY, username="signer")


def post(user: User | None, path: str, content: dict[str, Any]) -> Any:
    client = signed_in(user) if user else Client()
    return client.post(f"/api/specimens{path}", content, content_type="application/json")


def entry(**changed: Any) -> dict[str, Any]:
    return {"code": "T1", "subject_code": "P1", "collected_at": COLLECTED.isoformat(), **changed}


def signed(technician: User, signer: User, value: str = "positive") -> None:
    post(technician, "", entry())
    post(technician, "/T1/result", {"value": value})
    assert post(signer, "/T1/sign", {"value": value}).status_code == 200


def test_from_the_tube_to_the_signed_result(wang: Subject, technician: User, signer: User) -> None:
    assert post(technician, "", entry()).json()["results"] == []
    draft = post(technician, "/T1/result", {"value": "positive"}).json()["results"]
    assert [(each["status"], each["value"], each["signed_by"]) for each in draft] == [("draft", "positive", None)]
    answer = post(signer, "/T1/sign", {"value": "positive"}).json()
    assert answer["subject_code"] == "P1"
    assert [(each["status"], each["signed_by"]) for each in answer["results"]] == [("final", "signer")]
    assert OutboxEvent.objects.filter(kind="lab.result_signed").count() == 1
    read = signed_in(technician).get("/api/specimens/T1/results").json()
    assert read == answer
    assert AuditEvent.objects.filter(action="lab.specimen_read", subject_ids=[wang.pk]).exists()


def test_repeating_every_call_changes_nothing(wang: Subject, technician: User, signer: User) -> None:
    for _ in range(2):
        assert post(technician, "", entry()).status_code == 200
    for _ in range(2):
        assert post(technician, "/T1/result", {"value": "positive"}).status_code == 200
    for _ in range(2):
        assert post(signer, "/T1/sign", {"value": "positive"}).status_code == 200
    for _ in range(2):
        assert post(signer, "/T1/correct", {"value": "negative", "reason": "tubes mixed up"}).status_code == 200
    for _ in range(2):
        assert post(signer, "/T1/annul", {"reason": "leaked"}).status_code == 200
    assert Specimen.objects.count() == 1
    versions = Result.objects.order_by("version").values_list("version", "status", "value", "reason")
    assert list(versions) == [
        (1, "final", "positive", ""),
        (2, "corrected", "negative", "tubes mixed up"),
        (3, "annulled", "negative", "leaked"),
    ]
    assert OutboxEvent.objects.filter(kind="lab.result_signed").count() == 3


@pytest.mark.parametrize(
    ("path", "content", "refusal"),
    [
        ("", entry(subject_code="nobody"), ("subject_not_found", 404)),
        ("", entry(collected_at="2020-12-07T09:00:00"), ("malformed", 422)),
        ("", entry(collected_at="0001-01-01T00:00:00+08:00"), ("time_order_invalid", 422)),
        ("", entry(collected_at="1926-12-07T09:00:00+08:00"), ("time_order_invalid", 422)),
        ("", entry(collected_at=(timezone.now() + timedelta(days=1)).isoformat()), ("time_order_invalid", 422)),
        ("", entry(code=""), ("malformed", 422)),
        ("/T1/result", {"value": "perhaps"}, ("malformed", 422)),
        ("/T2/result", {"value": "positive"}, ("not_found", 404)),
        ("/T1/sign", {"value": "negative"}, ("nothing_to_sign", 409)),
        ("/T1/correct", {"value": "negative", "reason": "x"}, ("nothing_to_sign", 409)),
        ("/T1/annul", {"reason": "x"}, ("nothing_to_sign", 409)),
    ],
)
def test_what_cannot_be_done_is_refused_by_code(
    wang: Subject, signer: User, path: str, content: dict[str, Any], refusal: tuple[str, int]
) -> None:
    post(signer, "", entry())
    answer = post(signer, path, content)
    assert (answer.json()["code"], answer.status_code) == refusal


def test_a_tube_of_somebody_else_is_a_conflict(wang: Subject, technician: User) -> None:
    Subject.objects.create(kind="lot", code="L1", label="shrimp", area_code=VILLAGE)
    post(technician, "", entry())
    answer = post(technician, "", entry(subject_code="L1"))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "specimen_code_taken", "code")


def test_nobody_signs_alone_or_unseen(wang: Subject, technician: User, signer: User) -> None:
    post(technician, "", entry())
    post(technician, "/T1/result", {"value": "negative"})
    assert post(technician, "/T1/sign", {"value": "negative"}).json()["code"] == "signer_is_recorder"
    post(technician, "/T1/result", {"value": "positive"})  # rewritten after the signer looked
    assert post(signer, "/T1/sign", {"value": "negative"}).json()["code"] == "result_changed"
    assert not Result.objects.exclude(status="draft").exists()


def test_a_signed_result_changes_only_with_a_reason(wang: Subject, technician: User, signer: User) -> None:
    signed(technician, signer)
    assert post(technician, "/T1/result", {"value": "negative"}).json()["code"] == "result_already_signed"
    assert post(signer, "/T1/correct", {"value": "negative", "reason": " "}).json()["code"] == "reason_missing"
    assert post(signer, "/T1/annul", {"reason": ""}).json()["code"] == "reason_missing"


CALLS = [
    ("", entry(code="T9")),
    ("/T1/result", {"value": "positive"}),
    ("/T1/sign", {"value": "positive"}),
    ("/T1/correct", {"value": "negative", "reason": "x"}),
    ("/T1/annul", {"reason": "x"}),
]


@pytest.mark.parametrize(("path", "content"), CALLS)
def test_anonymous_and_other_roles_are_refused(
    wang: Subject, technician: User, signer: User, path: str, content: dict[str, Any]
) -> None:
    signed(technician, signer)
    assert post(None, path, content).status_code == 401
    refused = post(staff(Role.COMMAND), path, content)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


@pytest.mark.parametrize(("path", "content"), CALLS)
def test_another_area_has_no_such_specimen(
    wang: Subject, technician: User, signer: User, path: str, content: dict[str, Any]
) -> None:
    signed(technician, signer)
    far = staff(Role.LABORATORY, area_code=OTHER_COUNTY)
    assert post(far, path, content).status_code == 404
    assert signed_in(far).get("/api/specimens/T1/results").status_code == 404


def test_a_browser_without_the_token_is_refused(wang: Subject, technician: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(technician, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/api/specimens", entry(), content_type="application/json").status_code == 403
