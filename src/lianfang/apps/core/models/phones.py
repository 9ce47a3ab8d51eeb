"""Proof of phone: one-time codes, the citizen sessions they give, and the messages that carry them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class PhoneCode(models.Model):
    """One code sent to one phone and the session it gave; deleted a day later, the audit trail stays.

    `handle` binds the code to the browser that asked. Code and session key are kept as keyed hashes only.
    """

    handle = models.CharField(max_length=43, unique=True)
    phone_hash = models.BinaryField(max_length=32)
    phone_cipher = models.BinaryField()
    code_hash = models.BinaryField(max_length=32)
    n_attempts = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)
    session_hash = models.BinaryField(max_length=32, null=True, unique=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["phone_hash", "-created_at"], name="phone_code_phone"),
            models.Index(fields=["created_at"], name="phone_code_created"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(proven_at__isnull=True) | models.Q(proven_at__lt=models.F("expires_at")),
                name="phone_proven_in_time",
            ),
            models.CheckConstraint(
                condition=models.Q(proven_at__isnull=True, session_hash__isnull=True)
                | models.Q(proven_at__isnull=False, session_hash__isnull=False),
                name="phone_session_if_proven",
            ),
        ]


class SmsMessage(models.Model):
    """A text to a phone that is to be sent; number and words are ciphertext, and gone once it is settled."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Expired")

    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    to_cipher = models.BinaryField(null=True)
    text_cipher = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="what is not sent by then is of no use any more")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(
                    status="waiting", to_cipher__isnull=False, text_cipher__isnull=False, settled_at__isnull=True
                )
                | (~models.Q(status="waiting") & models.Q(to_cipher__isnull=True, text_cipher__isnull=True)),
                name="sms_kept_only_while_waiting",
            ),
        ]
