"""Texts to phones: kept with what made them due, sent by the worker, never lost and never logged.

Every message is a row written in its caller's transaction together with the job that sends it: the outbox's guarantee, with
a job and a lock of its own so that one number the gateway refuses does not hold up the others. At least once: a gateway gets
the message's number as its idempotency key.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from lianfang.apps.core import clock, identity
from lianfang.apps.core.models import SmsMessage

SEND_PRIORITY = 10  # somebody stands there with the phone in the hand
_REFUSED_FROM, _REFUSED_UNTIL = 400, 500
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """What a sender is given; without a repr, so that no log shows it. `number` is the same at every attempt."""

    number: int
    phone: str
    words: str


class SmsFailed(Exception):
    """The gateway could not be reached or asks to try again; says nothing about the message."""


class SmsRefused(Exception):
    """The gateway will never take this message."""


class Sender(Protocol):
    """What can send a text."""

    def send(self, text: Text) -> None:
        """Hand the text over. Raises: SmsFailed to be tried again, SmsRefused for good."""


class ConsoleSender:
    """Prints texts: for the demo and nowhere else."""

    def send(self, text: Text) -> None:
        """Print the text, so that whoever tries the program out reads the code."""
        sys.stdout.write(f"\n  SMS {text.phone}: {text.words}\n\n")
        sys.stdout.flush()


class FileSender:
    """Leaves each text as a JSON file in a directory that a gateway empties; readable by the system's account only."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, text: Text) -> None:
        """Write the file under a passing name, then let it appear whole."""
        content = json.dumps({"id": text.number, "phone": text.phone, "text": text.words}, ensure_ascii=False)
        passing = self._directory / f".{text.number}.part"
        try:
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
            passing.rename(self._directory / f"{text.number}.json")
        except OSError as error:
            raise SmsFailed(f"cannot write to the directory of texts: {error.strerror}") from None


class HttpSender:
    """Posts each text as JSON to a gateway."""

    def __init__(self, address: str, token: str, timeout_s: float) -> None:
        self._address = address
        self._token = token
        self._timeout_s = timeout_s

    def send(self, text: Text) -> None:
        """Post the text; any 2xx is success, 4xx a refusal, everything else is tried again."""
        content = json.dumps({"id": text.number, "phone": text.phone, "text": text.words}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"lianfang-{text.number}"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._address, content, headers)  # noqa: S310 - http(s) only, see sender()
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            error.close()
            if _REFUSED_FROM <= error.code < _REFUSED_UNTIL and error.code not in _TRY_AGAIN:
                raise SmsRefused(f"the gateway refused the text: {error.code}") from None
            raise SmsFailed(f"the gateway answered {error.code}") from None
        except OSError as error:
            raise SmsFailed(f"the gateway cannot be reached: {type(error).__name__}") from None


def is_available() -> bool:
    """Return whether texts can be sent at all; else pages must not offer it."""
    return bool(settings.SMS_SENDER)


def sender() -> Sender:
    """Return the sender that the configuration names. Raises: ImproperlyConfigured."""
    named: str = settings.SMS_SENDER
    if named == "console":
        return ConsoleSender()
    if named.startswith("file:"):
        return FileSender(Path(named.removeprefix("file:")))
    if named.startswith(("https://", "http://")):
        return HttpSender(named, settings.SMS_TOKEN, settings.SMS_TIMEOUT_S)
    raise ImproperlyConfigured("LIANFANG_SMS must be console, file:DIRECTORY or the address of a gateway")


def queue(*, phone: str, words: str, at: datetime, expires_at: datetime) -> SmsMessage:
    """Note a text inside the caller's transaction, with the job that sends it when that commits."""
    from procrastinate.contrib.django import app

    message = SmsMessage.objects.create(
        to_cipher=identity.encrypt(phone), text_cipher=identity.encrypt(words), created_at=at, expires_at=expires_at
    )
    app.configure_task("lianfang.send_sms", lock=f"sms:{message.pk}", priority=SEND_PRIORITY).defer(
        message_id=message.pk
    )
    return message


@transaction.atomic
def send(message_id: int) -> SmsMessage:
    """Send one waiting text; one that came too late is dropped. Safe to repeat. Raises: SmsFailed to be tried again."""
    message = SmsMessage.objects.select_for_update().get(pk=message_id)
    if message.status != SmsMessage.Status.WAITING:
        return message
    now = clock.now()
    if message.expires_at <= now:
        return _settle(message, SmsMessage.Status.EXPIRED, now)
    assert message.to_cipher is not None
    assert message.text_cipher is not None
    text = Text(message.pk, identity.decrypt(message.to_cipher), identity.decrypt(message.text_cipher))
    try:
        sender().send(text)
    except SmsRefused:
        return _settle(message, SmsMessage.Status.REFUSED, now)
    return _settle(message, SmsMessage.Status.SENT, now)


def _settle(message: SmsMessage, status: SmsMessage.Status, now: datetime) -> SmsMessage:
    message.status, message.settled_at = status, now
    message.to_cipher = message.text_cipher = None
    message.save(update_fields=["status", "settled_at", "to_cipher", "text_cipher"])
    return message
