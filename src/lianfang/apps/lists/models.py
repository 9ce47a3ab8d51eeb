"""Rows of lists from elsewhere, the persons they may be, and what was decided; identity data as everywhere encrypted."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ListSource(models.Model):
    """Who sends lists, and how its columns are read."""

    name = models.CharField(max_length=100, unique=True)
    mapping = models.JSONField(default=dict, help_text="field -> columns, as last confirmed")
    used_at = models.DateTimeField()


class ListedRow(models.Model):
    """One row of a list as it came; append-only. `content_hash` (keyed) makes the same row of a source come once."""

    source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")
    line = models.BigIntegerField()
    content_hash = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=100, blank=True)
    sex = models.CharField(max_length=8, blank=True)
    birth_date = models.DateField(null=True)
    id_number_cipher = models.BinaryField(null=True)
    phone_cipher = models.BinaryField(null=True)
    address = models.CharField(max_length=300, blank=True)
    area_code = models.CharField(max_length=12)
    from_area = models.CharField(max_length=200, blank=True)
    on_date = models.DateField(null=True)
    transport = models.CharField(max_length=64, blank=True)
    seat = models.CharField(max_length=32, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["batch", "area_code", "id"], name="listed_batch"),
            models.Index(fields=["area_code", "id"], opclasses=["text_pattern_ops", "int8_ops"], name="listed_area"),
        ]


class Comparison(models.Model):
    """How far the comparison of one list with the register is; written from outside its transaction while it runs."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    batch = models.OneToOneField("core.FactBatch", on_delete=models.PROTECT, primary_key=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=16, blank=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)


class Candidate(models.Model):
    """A person a row may be, as the linkage weighed it; append-only, part of a batch of evidence."""

    row = models.ForeignKey(ListedRow, on_delete=models.PROTECT, related_name="candidates")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    weight_tenths = models.IntegerField()
    levels = models.CharField(max_length=200)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["row", "subject", "batch"], name="candidate_once")
        ]


class RowState(models.Model):
    """Where a row stands now; made from its verdict and the decisions about it."""

    class State(models.TextChoices):
        REVIEW = "review", _("To be reviewed")
        VERIFY = "verify", _("To be verified")
        JOINED = "joined", _("Joined")
        ELSEWHERE = "elsewhere", _("Not in the county")

    row = models.OneToOneField(ListedRow, on_delete=models.PROTECT, primary_key=True, related_name="state")
    state = models.CharField(max_length=12, choices=State.choices)
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="+")
    verdict = models.ForeignKey("core.Verdict", on_delete=models.PROTECT, null=True, related_name="+")
    task = models.ForeignKey(
        "core.Task",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of all rows of one list that concern one division; done when the last of them is decided",
    )
    reviewer = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    reviewer_until = models.DateTimeField(null=True)
    skipped_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["row"], condition=models.Q(state="review"), name="row_to_review"),
            models.Index(fields=["subject"], name="row_subject"),
            models.Index(fields=["verdict"], name="row_verdict"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(state="joined", subject__isnull=False)
                | (~models.Q(state="joined") & models.Q(subject__isnull=True)),
                name="joined_to_somebody",
            ),
        ]


class Tally(models.Model):
    """How many rows of a list concern a division and stand in a state: differences that triggers write; append-only.

    They are added up when read, so that two who decide rows of one list never wait for each other. state "": received.
    """

    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+", db_index=False)
    area_code = models.CharField(max_length=12)
    state = models.CharField(max_length=12, blank=True)
    n = models.IntegerField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["batch", "area_code"], include=["state", "n"], name="list_tally")
        ]


class RowDecision(models.Model):
    """What a person decided about a row: the same as somebody, not that one, or nobody of the county; append-only."""

    class Decision(models.TextChoices):
        SAME = "same", _("The same person")
        DIFFERENT = "different", _("Another person")
        ELSEWHERE = "elsewhere", _("Not in the county")

    row = models.ForeignKey(ListedRow, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=12, choices=Decision.choices)
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT)
    at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)
