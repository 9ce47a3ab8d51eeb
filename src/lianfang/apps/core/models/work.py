"""Verdicts of rules, the measures they order and the tasks people do."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.rules.vocabulary import MeasureKind, ResponsibleKind


class Verdict(models.Model):
    """The stored outcome of one pure rule: outcome, reasons, facts used, edition. Never edited, only superseded."""

    kind = models.CharField(max_length=24)
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="verdicts")
    # Which run of which investigation asked (tracing.Run); null for verdicts outside an investigation.
    run = models.ForeignKey("tracing.Run", on_delete=models.PROTECT, null=True, related_name="verdicts")
    outcome = models.JSONField()
    reasons = models.JSONField()
    facts = models.JSONField()
    edition = models.CharField(max_length=64)
    known_seq = models.BigIntegerField(help_text="facts up to this evidence entry were known")
    decided_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["subject", "-id"], name="verdict_subject")]


class Measure(models.Model):
    """What a rule ordered for a subject or place. It stands while `ended_at` is null; only a verdict ends it."""

    class End(models.TextChoices):
        RELEASED = "released", _("Released")
        SUPERSEDED = "superseded", _("Superseded")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in MeasureKind])
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="measures")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    area_code = models.CharField(max_length=12)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, help_text="planned end, exclusive; null = until a rule releases")
    test_offsets_days = ArrayField(models.IntegerField(), default=list)
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=12, choices=End.choices, blank=True)
    ended_by = models.ForeignKey(Verdict, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["subject", "place", "kind"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="one_standing_measure",
            ),
            models.CheckConstraint(
                condition=models.Q(subject__isnull=False) | models.Q(place__isnull=False), name="measure_has_object"
            ),
        ]


class MeasureCause(models.Model):
    """One reason for which a measure stands: a verdict about one source, with the span and tests that verdict ordered.

    A measure stands as long as one of its causes does, from the first start to the last end among them.
    """

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="causes")
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=40, help_text="what the verdict is about, as investigation:7 or return:15")
    investigation = models.ForeignKey("tracing.Investigation", on_delete=models.PROTECT, null=True, related_name="+")
    row = models.CharField(max_length=16, help_text="decision-table row that ordered it")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    test_offsets_days = ArrayField(models.IntegerField(), default=list)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=12, choices=Measure.End.choices, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["measure", "source"],
                condition=models.Q(ended_at__isnull=True),
                name="one_standing_cause_per_source",
            ),
            models.CheckConstraint(
                condition=models.Q(source__startswith="investigation:", investigation__isnull=False)
                | (~models.Q(source__startswith="investigation:") & models.Q(investigation__isnull=True)),
                name="cause_names_its_investigation",
            ),
        ]


class Task(models.Model):
    """The next step of a measure for one responsible party."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken")
        DONE = "done", _("Done")
        RETURNED = "returned", _("Returned")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=32)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, null=True, related_name="tasks")
    investigation = models.ForeignKey(
        "tracing.Investigation", on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="tasks")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    responsible_kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in ResponsibleKind])
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="tasks")
    assignee = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="tasks")
    area_code = models.CharField(max_length=12)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(status__in=["open", "taken", "returned"]), name="task_due"
            ),
            models.Index(
                fields=["area_code", "due_at"], opclasses=["text_pattern_ops", "timestamptz_ops"], name="task_area"
            ),
        ]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["measure", "kind", "due_at"], name="task_once_per_measure"),
        ]


class TaskEvent(models.Model):
    """What happened to a task: taken, done with proof, returned; append-only."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(max_length=12)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    proof = models.FileField(upload_to="proofs/", blank=True)
    proof_sha256 = models.CharField(max_length=64, blank=True)
    seq = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
