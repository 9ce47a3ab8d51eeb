"""What is recorded of people under a measure; append-only."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Symptom(models.TextChoices):
    """What a person may complain of."""

    COUGH = "cough", _("Cough")
    TIRED = "tired", _("Tiredness")
    SORE_THROAT = "sore_throat", _("Sore throat")
    BREATHLESS = "breathless", _("Breathlessness")
    SMELL_LOST = "smell_lost", _("Loss of smell or taste")
    DIARRHOEA = "diarrhoea", _("Diarrhoea")


class HealthRecord(models.Model):
    """One call, visit or own report on one person's health, or the note that they were not reached."""

    class Way(models.TextChoices):
        REPORT = "report", _("Own report")
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField(
        unique=True, help_text="given where it was entered, so that a repeated sync is no second"
    )
    way = models.CharField(max_length=8, choices=Way.choices)
    is_reached = models.BooleanField(default=True, help_text="False: nobody answered or opened; no report")
    tenths_celsius = models.SmallIntegerField(null=True)
    symptoms = ArrayField(models.CharField(max_length=16, choices=Symptom.choices), default=list)
    note = models.CharField(max_length=300, blank=True)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["subject", "-taken_at"], name="health_record_newest")]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(tenths_celsius__isnull=True) | models.Q(tenths_celsius__range=(340, 430)),
                name="health_record_temperature",
            ),
            models.CheckConstraint(
                condition=models.Q(is_reached=True) | models.Q(tenths_celsius__isnull=True, symptoms=[]),
                name="health_record_unreached_says_nothing",
            ),
        ]


class Transfer(models.Model):
    """A person was moved to another place of quarantine."""

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField(unique=True)
    site = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    moved_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["subject", "-moved_at"], name="transfer_newest")]
