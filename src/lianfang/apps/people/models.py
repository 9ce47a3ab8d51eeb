"""Persons and what has been reported about them; identity number and phone are ciphertext plus a keyed hash."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Person(models.Model):
    """A person; the primary key is the subject's. Names are shown masked unless the reader's role allows more."""

    class Sex(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")
        UNKNOWN = "unknown", _("Unknown")

    subject = models.OneToOneField("core.Subject", on_delete=models.PROTECT, primary_key=True, related_name="+")
    name = models.CharField(max_length=100)
    sex = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = models.DateField(null=True)
    age_years = models.SmallIntegerField(null=True, help_text="as reported, when the birth date is unknown")
    id_number_cipher = models.BinaryField(null=True)
    id_number_hash = models.BinaryField(max_length=32, null=True, unique=True)
    phone_cipher = models.BinaryField(null=True)
    phone_hash = models.BinaryField(max_length=32, null=True)
    area_code = models.CharField(max_length=12)
    household = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    work_unit = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True, related_name="+")
    survivor = models.ForeignKey(
        "core.Subject",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="the record it is merged into now",
    )
    version = models.IntegerField(
        default=1, db_default=1, help_text="counts edits by staff: who saves names the one they saw"
    )

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["phone_hash"], name="person_phone"),
            models.Index(
                fields=["area_code", "subject"], opclasses=["text_pattern_ops", "int8_ops"], name="person_area"
            ),
            # The register from page to page, in any collation; merged records are not in it.
            models.Index(
                fields=["area_code", "subject"], condition=models.Q(survivor__isnull=True), name="person_walk"
            ),
            models.Index(fields=["work_unit"], name="person_work_unit"),
            # Found by the name's beginning while it is being typed.
            models.Index(fields=["name"], opclasses=["text_pattern_ops"], name="person_name"),
        ]


class PersonMerge(models.Model):
    """Two records said to be one person, or no longer: append-only. Reads follow the newest known about `merged`.

    `survivor` null: the merge is undone. Nothing is moved, so that undoing restores exactly what was.
    """

    merged = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey("core.Subject", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(survivor__isnull=True) | ~models.Q(survivor=models.F("merged")), name="merge_of_two"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("by")),
                name="merge_confirmed_by_another",
            ),
        ]


class MergeWish(models.Model):
    """A merge that waits for a second person; gone once it is decided."""

    merged = models.OneToOneField("core.Subject", on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PersonEdit(models.Model):
    """One change of a person's record by staff; append-only. What stood before and after is ciphertext.

    The ids before the change stand in plain, so that the evidence of the list that brought the person stays provable.
    """

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(help_text="of the record after the change")
    fields = ArrayField(models.CharField(max_length=16))
    before_cipher = models.BinaryField()
    after_cipher = models.BinaryField()
    area_before = models.CharField(max_length=12)
    household_before = models.BigIntegerField(null=True)
    work_unit_before = models.BigIntegerField(null=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT)
    at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subject", "version"], name="person_edit_once")
        ]


class CaseReport(models.Model):
    """One line-list row about a person: onset, reported exposure period, setting, confirmation. Append-only."""

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    onset_date = models.DateField(null=True)
    exposure_start_date = models.DateField(null=True)
    exposure_end_date = models.DateField(null=True)
    confirmed_date = models.DateField(null=True)
    setting = models.CharField(max_length=300, blank=True, help_text="reported place or source of infection, verbatim")
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True)
    seq = models.BigIntegerField(null=True, help_text="own evidence entry when it did not come in a batch")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=[
                    "subject",
                    "onset_date",
                    "exposure_start_date",
                    "exposure_end_date",
                    "confirmed_date",
                    "setting",
                ],
                nulls_distinct=False,
                # A list repeated adds nothing; what staff report may go back to an earlier day.
                condition=models.Q(batch__isnull=False),
                name="case_report_once",
            ),
        ]
