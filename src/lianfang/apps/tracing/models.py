"""Investigations, their runs and what each run found. A run is never edited; the next one supersedes it."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.models import Subject
from lianfang.rules.vocabulary import ExposureClass


class Investigation(models.Model):
    """Opened by a signed positive of a person, package, lot or surface; one for each episode of it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ANNULLED = "annulled", _("Annulled")
        CLOSED = "closed", _("Closed")

    number = models.CharField(max_length=16, unique=True)
    index_subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="investigations")
    specimen = models.ForeignKey("lab.Specimen", on_delete=models.PROTECT, related_name="+")
    area_code = models.CharField(max_length=12)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    edition = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    current_run = models.ForeignKey("tracing.Run", on_delete=models.PROTECT, null=True, related_name="+")
    checked_seq = models.BigIntegerField(
        default=0, help_text="traced facts up to this evidence entry are in the current run, or do not concern it"
    )

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["specimen"], name="one_investigation_per_specimen"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def index(self) -> tuple[Subject, datetime]:
        """The index subject, and when the specimen was collected that stands for its episode."""
        return self.index_subject, self.specimen.collected_at


class Run(models.Model):
    """One decision of an investigation from the facts known at `known_seq`: trace, classes, measures."""

    investigation = models.ForeignKey(Investigation, on_delete=models.PROTECT, related_name="runs")
    ordinal = models.IntegerField()
    cause = models.CharField(max_length=24, help_text="result_signed, result_corrected, new_facts")
    known_seq = models.BigIntegerField()
    decided_at = models.DateTimeField()
    edition = models.CharField(max_length=64)
    stands = models.BooleanField(default=True, help_text="whether a valid positive of the index was known")
    # What the run answers to: when the causing result was signed.
    signed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(help_text="when everything the run ordered was written, just before its commit")
    stats = models.JSONField(default=dict)
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["investigation", "ordinal"], name="run_ordinal_once")
        ]


class Exposure(models.Model):
    """One subject a run found, with class and the edge that gives its first exposure. Times are instants."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="exposures")
    direction = models.CharField(max_length=8)
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="exposures")
    generation = models.SmallIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seconds = models.BigIntegerField()
    union_seconds = models.BigIntegerField()
    n_places = models.IntegerField()
    n_sources = models.IntegerField()
    via_subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    via_place = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    exposure_class = models.CharField(max_length=24, choices=[(c.value, c.value) for c in ExposureClass])
    verdict = models.ForeignKey("core.Verdict", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "direction", "subject"], name="exposure_once_per_run"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["run", "exposure_class", "first_at", "id"], name="exposure_list"),
        ]


class ExposureEdge(models.Model):
    """One counted exposure of a run: the overlap of a source's stay with the exposed subject's; no place for a link."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="edges")
    direction = models.CharField(max_length=8)
    source = models.ForeignKey("core.Subject", on_delete=models.DO_NOTHING, related_name="+")
    exposed = models.ForeignKey("core.Subject", on_delete=models.DO_NOTHING, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.DO_NOTHING, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    lingering = models.BooleanField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["run", "exposed"], name="edge_exposed"),
            models.Index(fields=["run", "source"], name="edge_source"),
            models.Index(fields=["run", "place"], name="edge_place"),
        ]
