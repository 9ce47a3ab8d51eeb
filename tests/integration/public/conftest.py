"""A place where texts are collected instead of sent."""

import re

import pytest
from pytest_django.fixtures import Settings

from lianfang.apps.core import sms
from lianfang.apps.core.models import SmsMessage

PHONE, OTHER_PHONE = "13800001111", "13900002222"


class Phones:
    """What has arrived at the phones; `failures` is how often the gateway still fails."""

    def __init__(self) -> None:
        self.texts: list[sms.Text] = []
        self.failures = 0

    def send(self, text: sms.Text) -> None:
        if self.failures:
            self.failures -= 1
            raise sms.SmsFailed("the gateway answered 503")
        self.texts.append(text)

    def deliver(self) -> None:
        """Do what the worker does with the jobs."""
        for message in SmsMessage.objects.filter(status="waiting").order_by("pk"):
            sms.send(message.pk)

    def code(self) -> str:
        """The code of the last text, delivered now."""
        self.deliver()
        found = re.search(r"\d{6}", self.texts[-1].words)
        assert found
        return found[0]


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Phones:
    settings.SMS_SENDER = "console"
    collected = Phones()
    monkeypatch.setattr(sms, "sender", lambda: collected)
    return collected
