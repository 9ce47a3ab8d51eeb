"""Audit, outbox and import jobs."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """Who did or read what; append-only. `subject_ids` are the subjects whose record was shown or changed."""

    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)
    action = models.CharField(max_length=64)
    subject_ids = ArrayField(models.BigIntegerField(), default=list)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["-at"], name="audit_at"),
            # Who read one person's record, among millions of events.
            GinIndex(fields=["subject_ids"], name="audit_subject"),
        ]


class OutboxEvent(models.Model):
    """Something that happened and must be followed up; written in the transaction that made it happen."""

    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=models.Q(delivered_at__isnull=True), name="outbox_pending"),
        ]


class RateWindow(models.Model):
    """How often somebody without an account has asked for something in one stretch of time; old ones are deleted.

    `key` is a keyed hash of what is limited and who asks: no address is stored.
    """

    key = models.BinaryField(max_length=32)
    starts_at = models.DateTimeField()
    n = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["key", "starts_at"], name="rate_window_once")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["starts_at"], name="rate_window_start")]


class ImportJob(models.Model):
    """One imported file and its reconciliation: rows_in = stored + duplicates + rejected."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=16)
    filename = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64, blank=True)
    upload = models.FileField(upload_to="imports/", blank=True)
    mapping = models.JSONField(default=dict)
    keep_good = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    rows_total = models.BigIntegerField(null=True)
    rows_in = models.BigIntegerField(default=0)
    n_stored = models.BigIntegerField(default=0)
    n_duplicates = models.BigIntegerField(default=0)
    n_rejected = models.BigIntegerField(default=0)
    rejects = models.FileField(upload_to="rejects/", blank=True)
    message = models.CharField(max_length=500, blank=True)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~models.Q(status="done")
                | models.Q(rows_in=models.F("n_stored") + models.F("n_duplicates") + models.F("n_rejected")),
                name="import_reconciles",
            ),
        ]
