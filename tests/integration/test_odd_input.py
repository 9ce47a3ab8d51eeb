"""What nobody types by hand: NUL characters and days at the end of the calendar are refused or answered, never a crash."""

import pytest
from django.test import Client

from lianfang.apps.core.models import Role
from tests.support.case import Case
from tests.support.staff import signed_in, staff


@pytest.mark.parametrize(
    "address",
    [
        "/tasks/?subject=%00",
        "/tasks/?investigation=a%00",
        "/people/%00/",
        "/people/?page=%00",
        "/api/investigations?q=%00",
        "/api/investigations/%00",
    ],
)
def test_a_nul_in_an_address_is_a_bad_request(case: Case, address: str) -> None:
    answer = signed_in(case.command).get(address)
    assert answer.status_code == 400
    assert "nul_character" in answer.content.decode() or "data-error-message" in answer.content.decode()


def test_a_nul_in_what_is_sent_is_a_bad_request(case: Case) -> None:
    technician = signed_in(case.technician)
    body = {"code": "T\0", "subject_code": "wang", "collected_at": "2020-12-01T00:00:00+08:00"}
    assert technician.post("/api/specimens", body, content_type="application/json").status_code == 400
    assert technician.post("/results/new/", {"code": "T\0"}).status_code == 400
    assert technician.get("/results/").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1000-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_empty(case: Case, day: str) -> None:
    assert signed_in(case.technician).get(f"/results/?day={day}").status_code == 200
    assert signed_in(case.command).get(f"/places/cold/timeline.json?day={day}").status_code == 200
    assert signed_in(case.command).get(f"/places/cold/?day={day}").status_code == 200
    auditor: Client = signed_in(staff(Role.AUDITOR))
    assert auditor.get(f"/audit/?day={day}").status_code == 200


def test_a_script_whose_session_ended_is_led_to_the_login_even_without_a_token(case: Case) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/tasks/1/take/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["X-Login"] == "/login/"
    assert strict.post("/tasks/1/take/").status_code == 403
