"""Places and who or what was there; presences are partitioned by county day and only ever added to."""

from typing import Any, ClassVar

from django.db import models

from lianfang.rules.vocabulary import PlaceKind


class Place(models.Model):
    """Where exposure happens. `kind` decides the contact rule, so it is a fact and never edited."""

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in PlaceKind])
    name = models.CharField(max_length=200)
    area_code = models.CharField(max_length=12)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="places")
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_code", "id"], opclasses=["text_pattern_ops", "int8_ops"], name="place_area"),
            models.Index(fields=["kind", "id"], name="place_kind"),
        ]

    def __str__(self) -> str:
        return self.code


class Surface(models.Model):
    """A surface that is sampled (a door handle, a stall): a subject that is always at its place."""

    subject = models.OneToOneField("core.Subject", on_delete=models.PROTECT, primary_key=True, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="surfaces")
    seq = models.BigIntegerField(null=True)


class Presence(models.Model):
    """A subject was at a place during [starts_at, ends_at); open while `ends_at` is null.

    Table, partitions and indexes are made by SQL in the migration; rows arrive by COPY only.
    """

    pk = models.CompositePrimaryKey("subject_id", "starts_at", "place_id", "ends_at")
    subject = models.ForeignKey("core.Subject", on_delete=models.DO_NOTHING, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.DO_NOTHING, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    batch = models.ForeignKey("core.FactBatch", on_delete=models.DO_NOTHING, related_name="+")

    class Meta:
        managed = False
        db_table = "places_presence"


class ContactReport(models.Model):
    """A reported direct contact: `source` was with `exposed`. A dated one is also two presences at a place."""

    source = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    exposed = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    by_period = models.BooleanField(default=False, help_text="dated by the exposed person's reported exposure period")
    setting = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["source", "exposed", "starts_at", "ends_at", "setting"],
                nulls_distinct=False,
                name="contact_report_once",
            ),
            models.CheckConstraint(condition=~models.Q(source=models.F("exposed")), name="contact_of_two"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["exposed"], name="contact_exposed")]
