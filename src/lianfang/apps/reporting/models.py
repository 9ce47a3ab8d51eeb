"""That a person was told of a result, once; and what other systems reported."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResultText(models.Model):
    """The text that one version of a result has made: there is never a second."""

    result = models.OneToOneField("lab.Result", on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("core.SmsMessage", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()


class ReceivedReport(models.Model):
    """A report of another system and what became of it; a sender uses each message number once."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed: a second person signs")
        KNOWN = "known", _("Known before")
        REFUSED = "refused", _("Refused")

    sender = models.CharField(max_length=120)
    message_id = models.CharField(max_length=200)
    form = models.CharField(max_length=8, help_text="HL7, R4B, R5")
    content_sha256 = models.BinaryField(max_length=32)
    content_cipher = models.BinaryField(help_text="as received; it names a person")
    tube_code = models.CharField(max_length=64, help_text="as the report gives it")
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=40, blank=True, help_text="stable code of a refusal")
    detail = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sender", "message_id"], name="report_received_once"),
            models.CheckConstraint(
                condition=models.Q(state="refused") & ~models.Q(reason="")
                | ~models.Q(state="refused") & models.Q(reason=""),
                name="report_refused_with_reason",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-received_at"], name="report_received_at")]
