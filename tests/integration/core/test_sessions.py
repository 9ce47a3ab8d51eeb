"""Logging in and out: what it takes, what is audited, what is never kept."""

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from lianfang.apps.core.models import AuditEvent, Role
from tests.support.staff import PASSWORD, signed_in, staff

pytestmark = pytest.mark.django_db


def log_in(client: Client, username: str, password: str = PASSWORD, **more: str):
    return client.post(reverse("login"), {"username": username, "password": password, **more})


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def test_logging_in_leads_on_and_is_audited() -> None:
    user, client = staff(Role.AUDITOR), Client()
    response = log_in(client, user.username, next=reverse("audit"))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("audit"))
    assert client.get(reverse("audit")).status_code == 200
    event = AuditEvent.objects.get(action="session.started")
    assert (event.by, event.detail) == (user, {"address": "127.0.0.1"})


def test_the_name_is_the_same_in_any_case_and_width() -> None:
    user = staff(username="wang.wu")
    assert log_in(Client(), "WANG.WU").status_code == 302
    assert log_in(Client(), "ｗａｎｇ.wu").status_code == 302
    assert AuditEvent.objects.filter(action="session.started", by=user).count() == 2


def test_the_session_key_known_before_is_worth_nothing_after() -> None:
    user, client = staff(), Client()
    session = client.session
    session["note"] = "before"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    log_in(client, user.username)
    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_another_site_is_never_led_to() -> None:
    user = staff()
    response = log_in(Client(), user.username, next="https://example.org/")
    assert (response.status_code, response.headers["Location"]) == (302, reverse("home"))


def test_a_wrong_password_is_refused_and_audited_by_number() -> None:
    user = staff()
    response = log_in(Client(), user.username, "wrong password")
    assert response.status_code == 422
    assert last_event().action == "session.refused"
    assert last_event().by is None
    assert last_event().detail == {"account": user.pk, "address": "127.0.0.1"}


@pytest.mark.parametrize("typed", ["my-secret-password", "my secret!", "我的my-secret"])
def test_an_unknown_name_is_kept_nowhere_for_it_may_be_a_password(typed: str) -> None:
    response = log_in(Client(), typed, "wang")
    assert response.status_code == 422
    assert last_event().detail == {"unknown": True, "address": "127.0.0.1"}
    attempt = AccessAttempt.objects.get()
    assert typed not in f"{attempt.username} {attempt.post_data} {attempt.get_data}"
    assert "wang" not in attempt.post_data


def test_a_closed_account_cannot_log_in_and_its_sessions_end() -> None:
    user = staff()
    client = signed_in(user)
    assert client.get("/api/me").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/api/me").status_code == 401
    assert log_in(Client(), user.username).status_code == 422


def test_five_failures_close_the_account_for_a_while_whatever_the_spelling() -> None:
    user, client = staff(username="wang"), Client()
    for spelling in ("wang", "WANG", "Wang", "wAng", "ｗang"):
        log_in(client, spelling, "wrong password")
    response = log_in(client, "wang")
    assert response.status_code == 429
    assert b"data-password" not in response.content
    assert last_event().detail == {"account": user.pk, "locked": True, "address": "127.0.0.1"}
    other = staff(username="li", role=Role.AUDITOR)
    assert log_in(client, other.username).status_code == 302


def test_a_success_forgets_the_failures_before_it() -> None:
    user, client = staff(username="wang"), Client()
    for _ in range(4):
        log_in(client, "wang", "wrong password")
    assert log_in(client, "wang").status_code == 302
    for _ in range(4):
        log_in(Client(), "wang", "wrong password")
    assert log_in(Client(), user.username).status_code == 302


def test_logging_out_is_a_post_and_audited() -> None:
    user = staff()
    client = signed_in(user)
    assert client.get(reverse("logout")).status_code == 405
    response = client.post(reverse("logout"))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("login"))
    assert client.get("/api/me").status_code == 401
    assert (last_event().action, last_event().by) == ("session.ended", user)


def test_log_in_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert log_in(client, staff().username).status_code == 403


def test_a_script_hears_401_where_a_page_is_led_to_the_log_in() -> None:
    page = Client().get(reverse("audit"))
    assert (page.status_code, page.headers["Location"]) == (302, f"{reverse('login')}?next=/audit/")
    script = Client().get(reverse("audit"), headers={"HX-Request": "true"})
    assert (script.status_code, script.headers["X-Login"]) == (401, reverse("login"))


def change(client: Client, old: str = PASSWORD, new: str = "fresh-words-77", again: str | None = None):
    fields = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(reverse("password_change"), fields)


def test_changing_the_password_keeps_this_session_and_ends_the_others() -> None:
    user = staff()
    here, elsewhere = signed_in(user), signed_in(user)
    before = here.cookies["sessionid"].value
    response = change(here)
    assert (response.status_code, response.headers["Location"]) == (302, reverse("password_change_done"))
    assert here.get(reverse("password_change_done")).status_code == 200
    assert here.cookies["sessionid"].value != before
    assert elsewhere.get("/api/me").status_code == 401
    assert (last_event().action, last_event().by) == ("account.password_changed", user)
    assert log_in(Client(), user.username, "fresh-words-77").status_code == 302


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("old_password", {"old": "wrong password"}),
        ("new_password1", {"new": "short-1"}),
        ("new_password1", {"new": "83619204755"}),
        ("new_password1", {"new": "password123"}),
        ("new_password1", {"new": "command-140826"}),
        ("new_password1", {"new": PASSWORD}),
        ("new_password2", {"again": "fresh-words-78"}),
        ("new_password2", {"again": ""}),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(field: str, fields: dict[str, str]) -> None:
    user = staff()
    response = change(signed_in(user), **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_whoever_has_a_given_password_must_change_it_before_anything_else() -> None:
    user = staff(Role.AUDITOR, must_change_password=True)
    client = signed_in(user)
    for name in ("audit", "desk"):
        response = client.get(reverse(name))
        assert (response.status_code, response.headers["Location"]) == (302, reverse("password_change"))
    answer = client.get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_to_change")
    assert client.get(reverse("password_change")).status_code == 200
    change(client)
    assert client.get(reverse("audit")).status_code == 200
