"""What a laboratory can work, version by version, and the dated steps by which a new one is commissioned."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

_COUNTS = ("extractors", "thermocyclers", "batch", "extract_minutes", "amplify_minutes", "staff_per_line")


class LaboratoryEntry(models.Model):
    """One version of a laboratory's equipment and shifts, as the laboratory entered it."""

    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.SmallIntegerField()
    opens_on = models.DateField(help_text="from this day on it takes tubes")
    extractors = models.SmallIntegerField()
    thermocyclers = models.SmallIntegerField()
    batch = models.SmallIntegerField(help_text="tubes in one run, controls not counted")
    extract_minutes = models.SmallIntegerField()
    amplify_minutes = models.SmallIntegerField()
    sign_minutes = models.SmallIntegerField(help_text="from the end of a run to its signed results")
    transport_minutes = models.SmallIntegerField(help_text="usual way from the sampling points")
    staff_per_line = models.SmallIntegerField(help_text="people who work one extractor and its cyclers")
    tubes_per_day = models.IntegerField(help_text="what the laboratory answers for")
    shifts = models.JSONField(help_text="[[first hour, last hour exclusive, staff], ...]")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["organisation", "version"], name="laboratory_version_once"),
            models.CheckConstraint(
                condition=models.Q(**{f"{name}__gte": 1 for name in _COUNTS}, tubes_per_day__gte=0),
                name="laboratory_can_work",
            ),
            models.CheckConstraint(
                condition=models.Q(sign_minutes__gte=0, transport_minutes__gte=0), name="laboratory_minutes"
            ),
        ]


class Milestone(models.Model):
    """One step of a new laboratory with its day and responsible unit; another day is a new version with a reason."""

    class Kind(models.TextChoices):
        ROOMS = "rooms", _("Rooms rebuilt")
        EQUIPMENT = "equipment", _("Equipment in place")
        BIOSAFETY = "biosafety", _("Biosafety filed")
        STAFF = "staff", _("Staff trained and certified")
        ASSESSMENT = "assessment", _("External quality assessment passed")
        TRIAL = "trial", _("Trial operation")
        OPENING = "opening", _("In operation")

    laboratory = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.SmallIntegerField()
    due_on = models.DateField()
    responsible = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True, help_text="why the day or the unit changed")
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["laboratory", "kind", "version"], name="milestone_version_once"),
            models.CheckConstraint(
                condition=models.Q(version=1) | ~models.Q(reason=""), name="milestone_changed_with_reason"
            ),
        ]


class MilestoneEvidence(models.Model):
    """That a step is done, what shows it, and who says so."""

    milestone = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="evidence")
    done_on = models.DateField()
    note = models.CharField(max_length=1000)
    proof = models.FileField(upload_to="commissioning/", blank=True)
    proof_sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(note=""), name="milestone_done_with_note"),
        ]


class MilestoneTask(models.Model):
    """The task that a late step has made for its responsible unit: one for each version of the step."""

    milestone = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="task_link")
    task = models.OneToOneField("core.Task", on_delete=models.PROTECT, related_name="+")
