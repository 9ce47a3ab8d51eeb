"""Published lists of risk areas: what each said (facts), where its places are, and the history that follows."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.rules.risk import RiskExtent
from lianfang.rules.vocabulary import RiskLevel

LEVELS = [(RiskLevel.HIGH, _("High risk")), (RiskLevel.MIDDLE, _("Medium risk")), (RiskLevel.LOW, _("Low risk"))]
EXTENTS = [
    (RiskExtent.WHOLE, _("All of it")),
    (RiskExtent.REST, _("All but the places left out")),
    (RiskExtent.PART, _("The place named")),
]


class RiskList(models.Model):
    """One list as it was read, never changed. `counts`: its own numbers beside what was counted; `verdict`: of L-1..L-6.

    Whether it is in effect is said by its decision; without one it waits for a second person.
    """

    form = models.CharField(max_length=16, help_text="series or bulletin")
    source = models.CharField(max_length=200, help_text="name of the file it came as")
    stamp = models.DateTimeField(help_text="the instant it says it holds from")
    content_hash = models.CharField(max_length=64, unique=True)
    categories = ArrayField(models.CharField(max_length=8))
    n_rows = models.IntegerField()
    counts = models.JSONField()
    verdict = models.JSONField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    content = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-stamp", "-id")
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-stamp"], name="risk_list_stamp")]

    def __str__(self) -> str:
        return f"{self.pk}"


class RiskListDecision(models.Model):
    """That a list takes effect or is refused: by the rules at once (`by` null), or by a second person. Once."""

    risk_list = models.OneToOneField(RiskList, on_delete=models.PROTECT, related_name="decision")
    takes_effect = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    seq = models.BigIntegerField(null=True)


class RiskPlace(models.Model):
    """One place as lists write it; the same words in the next list are the same place."""

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the words")
    province = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    county = models.CharField(max_length=100, blank=True)
    area_name = models.CharField(max_length=300)
    community = models.TextField(blank=True)
    excluded = models.TextField(blank=True, help_text="what a complement entry leaves out")
    is_complement = models.BooleanField()
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")


class RiskListRow(models.Model):
    """One entry of a list."""

    risk_list = models.ForeignKey(RiskList, on_delete=models.PROTECT, related_name="rows")
    number = models.IntegerField()
    level = models.CharField(max_length=8, choices=LEVELS)
    place = models.ForeignKey(RiskPlace, on_delete=models.PROTECT, related_name="rows")
    position = models.CharField(max_length=60, help_text="where in the file: line 12, highlist[3].communitys[0]")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["risk_list", "number"], name="risk_row_once"),
        ]


class RiskResolution(models.Model):
    """Which division a place is in: read off the words (`by` null), later by a person. The newest holds.

    area_code: "" if not even the province is known. is_certain: the county is known, or all of the unit is listed.
    """

    place = models.ForeignKey(RiskPlace, on_delete=models.PROTECT, related_name="resolutions")
    area_code = models.CharField(max_length=12, blank=True)
    extent = models.CharField(max_length=8, choices=EXTENTS)
    community = models.TextField(blank=True, help_text="what the words say beyond the division")
    is_certain = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True, help_text="own evidence entry of a person's")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["place", "-id"], name="risk_resolution_newest"),
            models.Index(fields=["area_code"], opclasses=["text_pattern_ops"], name="risk_resolution_area"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(area_code="", is_certain=True), name="risk_certain_has_area"),
        ]


class RiskInterval(models.Model):
    """From when to when a place was on the lists at a level, [starts_at, ends_at). Derived from lists and decisions."""

    place = models.ForeignKey(RiskPlace, on_delete=models.PROTECT, related_name="intervals")
    level = models.CharField(max_length=8, choices=LEVELS)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(RiskList, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(RiskList, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["place", "level", "starts_at"], name="risk_interval_once"),
            models.UniqueConstraint(
                fields=["place", "level"], condition=models.Q(ends_at__isnull=True), name="risk_interval_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="risk_interval_not_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True, closed_by__isnull=True)
                | models.Q(ends_at__isnull=False, closed_by__isnull=False),
                name="risk_interval_closed_by_list",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["starts_at", "ends_at"], name="risk_interval_time")]


class RiskChange(models.Model):
    """What a list changed against the one before it, as published. Derived.

    `items`: [place id, level before or "", level after or ""], the highest level first.
    """

    risk_list = models.OneToOneField(RiskList, on_delete=models.PROTECT, related_name="change")
    previous = models.ForeignKey(RiskList, on_delete=models.PROTECT, null=True, related_name="+")
    n_added = models.IntegerField()
    n_lifted = models.IntegerField()
    n_raised = models.IntegerField()
    n_lowered = models.IntegerField()
    items = models.JSONField()
    published_at = models.DateTimeField()
