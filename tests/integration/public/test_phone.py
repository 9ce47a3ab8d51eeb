"""Proof of phone: the code goes to the phone and nowhere else, counts once, for minutes, for one browser."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from lianfang.apps.core import citizens, sms
from lianfang.apps.core.identity import encrypt, search_hash
from lianfang.apps.core.models import AuditEvent, PhoneCode, SmsMessage
from lianfang.apps.people.models import Person
from tests.integration.public.conftest import OTHER_PHONE, PHONE, Phones
from tests.support.case import Case
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db
MINE = "/applies/mine/"


def ask(client: Client, phone: str = PHONE) -> int:
    return client.post("/citizen/phone/", {"phone": phone, "next": MINE}).status_code


def give(client: Client, code: str) -> int:
    return client.post("/citizen/code/", {"code": code, "next": MINE}).status_code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def later(**span: int) -> None:
    """Let everything so far have happened earlier."""
    gone = timedelta(**span)
    for row in PhoneCode.objects.all():
        row.created_at, row.expires_at = row.created_at - gone, row.expires_at - gone
        row.proven_at = row.proven_at - gone if row.proven_at else None
        row.save()


def test_a_code_opens_the_page_that_was_asked_for_and_the_session_ends(phones: Phones) -> None:
    client = Client()
    assert client.get(MINE).headers["Location"] == "/citizen/phone/?next=%2Fapplies%2Fmine%2F"
    answer = client.post("/citizen/phone/", {"phone": "+86 138-0000-1111", "next": MINE})
    assert answer.headers["Location"] == "/citizen/code/?next=%2Fapplies%2Fmine%2F"
    answer = client.post("/citizen/code/", {"code": f" {phones.code()} ", "next": MINE})
    assert answer.headers["Location"] == MINE
    page = client.get(MINE)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "*******1111" in page.content.decode()
    assert client.get("/desk/").status_code == 302  # no account of the staff's
    assert client.post("/citizen/end/").headers["Location"] == "/"
    assert client.get(MINE).status_code == 302
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "citizen.phone_proven",
        "citizen.measures_read",
    ]


def test_a_session_ends_by_itself_and_a_cookie_cannot_be_made_up(phones: Phones) -> None:
    client = Client()
    ask(client)
    give(client, phones.code())
    assert client.get(MINE).status_code == 200
    later(minutes=31)
    assert client.get(MINE).status_code == 302
    client.cookies[citizens.SESSION_COOKIE] = "guess:1abc:xyz"
    assert client.get(MINE).status_code == 302


def test_known_and_unknown_numbers_get_the_same_bytes_and_the_same_queries(phones: Phones) -> None:
    Case().cast()
    known = {"phone_hash": search_hash(PHONE), "phone_cipher": encrypt(PHONE)}
    Person.objects.filter(subject__code="wang").update(**known)
    ask(Client(), "13700003333")  # the first of a window also tidies the table of limits
    seen = []
    for phone in (PHONE, OTHER_PHONE):
        counter = Counter()
        with connection.execute_wrapper(counter):
            answer = Client().post("/citizen/phone/", {"phone": phone}, follow=True)
        body = without_tokens(answer.content.decode())
        seen.append((answer.status_code, answer.redirect_chain, body, counter.statements))
    assert seen[0] == seen[1]
    phones.deliver()
    assert {text.phone for text in phones.texts} >= {PHONE, OTHER_PHONE}


class Counter:
    """Which statements ran, without their parameters."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: object, sql: str, params: object, many: bool, context: object) -> object:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            self.statements.append(sql[:60])
        return execute(sql, params, many, context)  # type: ignore[operator]


def without_tokens(body: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", body)


def test_five_wrong_guesses_lock_a_code_even_for_the_right_one(phones: Phones) -> None:
    client = Client()
    ask(client)
    code = phones.code()
    assert [give(client, wrong(code)) for _ in range(5)] == [422] * 5
    assert give(client, code) == 422
    assert AuditEvent.objects.filter(action="citizen.code_refused").count() == 5


def test_an_expired_code_a_used_one_and_one_of_another_browser_are_refused_alike(phones: Phones) -> None:
    first, second = Client(), Client()
    ask(first)
    code = phones.code()
    later(minutes=2)
    ask(second)
    theirs = phones.code()
    bodies = []
    for client, tried in ((second, code), (first, theirs)):
        if code == theirs:
            continue  # one in a million
        answer = client.post("/citizen/code/", {"code": tried})
        assert answer.status_code == 422
        bodies.append(without_tokens(answer.content.decode()).replace(tried, ""))
    assert give(first, code) == 302
    assert give(second, theirs) == 302  # two browsers at once, each with its own code
    asked = PhoneCode.objects.order_by("pk").first()
    assert asked
    with pytest.raises(citizens.CodeRefused):  # a replay
        citizens.prove_phone(handle=asked.handle, code=code, at=timezone.now())
    third = Client()
    later(minutes=2)
    ask(third)
    late = phones.code()
    later(minutes=6)
    answer = third.post("/citizen/code/", {"code": late})
    bodies.append(without_tokens(answer.content.decode()).replace(late, ""))
    assert len(set(bodies)) == 1


def test_a_phone_gets_one_code_a_minute_five_an_hour_and_ten_a_day(phones: Phones) -> None:
    client = Client()
    assert ask(client) == 302
    assert ask(client) == 429
    assert client.post("/citizen/code/again/").status_code == 429
    assert ask(Client(), OTHER_PHONE) == 302  # another phone is not concerned
    for _ in range(4):
        later(minutes=2)
        assert ask(client) == 302
    later(minutes=2)
    assert ask(client) == 429
    for _ in range(5):
        later(minutes=61)
        assert ask(client) == 302
    later(minutes=61)
    assert ask(client) == 429
    assert SmsMessage.objects.count() == 11


def test_one_address_cannot_ask_for_any_number_of_phones(phones: Phones, settings: Settings) -> None:
    settings.PHONE_CODES_PER_ADDRESS = (2, 600)
    settings.PHONE_GUESSES_PER_ADDRESS = (1, 600)
    client = Client()
    assert [ask(client, f"1380000{n:04d}") for n in range(3)] == [302, 302, 429]
    assert [give(client, "000000"), give(client, "000000")] == [422, 429]
    assert client.post("/citizen/code/again/").status_code == 429


@pytest.mark.parametrize("phone", ["", "12345", "010-12345678", "138000011112222", "1380000111a", "\x00"])
def test_what_is_no_mobile_number_is_refused_at_the_field(phones: Phones, phone: str) -> None:
    assert ask(Client(), phone) in {400, 422}
    assert not SmsMessage.objects.exists()


def test_nobody_is_led_to_another_site(phones: Phones) -> None:
    client = Client()
    client.post("/citizen/phone/", {"phone": PHONE, "next": "https://evil.example/"})
    answer = client.post("/citizen/code/", {"code": phones.code(), "next": "//evil.example/"})
    assert answer.headers["Location"] == "/"
    assert Client().get("/citizen/code/").headers["Location"] == "/citizen/phone/"


def test_staff_and_citizens_have_sessions_of_their_own(phones: Phones) -> None:
    client = signed_in(staff())
    assert client.get(MINE).headers["Location"].startswith("/citizen/phone/")
    ask(client)
    give(client, phones.code())
    assert client.get(MINE).status_code == 200
    assert client.get("/desk/").status_code == 200
    assert AuditEvent.objects.get(action="citizen.measures_read").by is not None


def test_a_failing_gateway_is_tried_again_and_nothing_is_kept_or_logged(
    phones: Phones, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ask(Client())
    message = SmsMessage.objects.get()
    phones.failures = 2
    for _ in range(2):
        with pytest.raises(sms.SmsFailed):
            sms.send(message.pk)
        message.refresh_from_db()
        assert message.status == "waiting"
    code = phones.code()
    sms.send(message.pk)  # the job again: nothing more is sent
    message.refresh_from_db()
    assert (message.status, message.to_cipher, message.text_cipher, len(phones.texts)) == ("sent", None, None, 1)
    said = caplog.text + "".join(capsys.readouterr()) + repr(phones.texts[0])
    assert code not in said
    assert PHONE not in said
    with pytest.raises(IntegrityError):
        SmsMessage.objects.filter(pk=message.pk).update(text_cipher=b"kept")


def test_a_text_that_comes_too_late_is_dropped(phones: Phones) -> None:
    ask(Client())
    SmsMessage.objects.update(expires_at=timezone.now())
    phones.deliver()
    assert phones.texts == []
    assert SmsMessage.objects.get().status == "expired"


def test_the_job_is_there_if_and_only_if_the_text_is(phones: Phones) -> None:
    ask(Client())
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'lianfang.send_sms'")
        assert [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()] == [
            {"message_id": SmsMessage.objects.get().pk}
        ]


def test_without_a_sender_the_page_says_so(settings: Settings) -> None:
    settings.SMS_SENDER = ""
    page = Client().get("/citizen/phone/", headers={"Accept-Language": "en"})
    assert "Texts cannot be sent here" in page.content.decode()
    assert ask(Client()) == 503


class Gateway(BaseHTTPRequestHandler):
    """Answers with the next of the given codes and keeps what it was sent."""

    answers: ClassVar[list[int]] = []
    seen: ClassVar[list[tuple[str, str, dict[str, object]]]] = []

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.headers["Authorization"], self.headers["Idempotency-Key"], content))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sms"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_http_sender(gateway: str) -> None:
    sender = sms.HttpSender(gateway, "secret", 5)
    text = sms.Text(7, PHONE, "验证码 123456")
    Gateway.answers[:] = [200, 500, 429, 400]
    sender.send(text)
    for _ in range(2):
        with pytest.raises(sms.SmsFailed):
            sender.send(text)
    with pytest.raises(sms.SmsRefused):
        sender.send(text)
    expected = ("Bearer secret", "lianfang-7", {"id": 7, "phone": PHONE, "text": "验证码 123456"})
    assert Gateway.seen[-4:] == [expected] * 4
    with pytest.raises(sms.SmsFailed):
        sms.HttpSender("http://127.0.0.1:1/", "", 1).send(text)


def test_the_other_senders_and_their_configuration(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    text = sms.Text(8, PHONE, "123456")
    settings.SMS_SENDER = f"file:{tmp_path}"
    sms.sender().send(text)
    (file,) = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("8.json", 0o600)
    settings.SMS_SENDER = f"file:{tmp_path / 'missing'}"
    with pytest.raises(sms.SmsFailed):
        sms.sender().send(text)
    settings.SMS_SENDER = "console"
    sms.sender().send(text)
    assert "123456" in capsys.readouterr().out
    settings.SMS_SENDER = "https://gateway.example/"
    assert isinstance(sms.sender(), sms.HttpSender)
    settings.SMS_SENDER = "pigeon"
    with pytest.raises(Exception, match="LIANFANG_SMS"):
        sms.sender()


@pytest.mark.django_db(transaction=True)
def test_one_code_given_in_two_browsers_at_the_same_instant_opens_one_session(phones: Phones) -> None:
    row = citizens.send_code(phone=PHONE, at=timezone.now())
    code = phones.code()
    keys: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(4)

    def prove() -> None:
        start.wait()
        try:
            keys.append(citizens.prove_phone(handle=row.handle, code=code, at=timezone.now()))
        except citizens.CodeRefused as error:
            refused.append(error.code)
        finally:
            connection.close()

    def send() -> None:
        start.wait()
        try:
            citizens.send_code(phone=OTHER_PHONE, at=timezone.now())
        except citizens.TooManyCodes as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for run in (prove, prove, send, send)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1
    assert sorted(refused) == ["code_refused", "too_many_codes"]
