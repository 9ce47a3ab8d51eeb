"""Specimens and results. A signed result is never edited: a correction or annulment is a new version."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.formats.reasons import RECORDS_BEGIN
from lianfang.rules.vocabulary import SpecimenResult


class Specimen(models.Model):
    """What was taken from a person, a package, a lot or a surface."""

    code = models.CharField(max_length=64, unique=True, help_text="tube code")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="specimens")
    collected_at = models.DateTimeField()
    collected_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(collected_at__gte=RECORDS_BEGIN), name="specimen_collected_in_our_time"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Result(models.Model):
    """One version of a specimen's result; `annulled` says that the specimen has no valid result."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FINAL = "final", _("Signed")
        CORRECTED = "corrected", _("Corrected")
        ANNULLED = "annulled", _("Annulled")

    specimen = models.ForeignKey(Specimen, on_delete=models.PROTECT, related_name="results")
    version = models.SmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices)
    value = models.CharField(max_length=16, choices=[(v.value, v.value) for v in SpecimenResult])
    reason = models.CharField(max_length=300, blank=True, help_text="why it was corrected or annulled")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["specimen", "version"], name="result_version_once"),
            models.CheckConstraint(
                condition=models.Q(status="draft", signed_at__isnull=True, signed_by__isnull=True)
                | (~models.Q(status="draft") & models.Q(signed_at__isnull=False, signed_by__isnull=False)),
                name="result_signed_or_draft",
            ),
            models.UniqueConstraint(fields=["specimen"], condition=models.Q(status="draft"), name="one_draft_result"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-signed_at"], name="result_signed_at")]
