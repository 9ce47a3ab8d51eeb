"""Lots and packages of goods, and the links by which one became part of another."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lot(models.Model):
    """A lot (批次) or sub-lot of goods; the primary key is the subject's."""

    subject = models.OneToOneField("core.Subject", on_delete=models.PROTECT, primary_key=True, related_name="+")
    product = models.CharField(max_length=200)
    country = models.CharField(max_length=64, blank=True)
    n_pieces = models.IntegerField(null=True)
    net_weight_kg = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    declaration_no = models.CharField(max_length=64, blank=True, help_text="customs declaration, 报关单")
    quarantine_cert_no = models.CharField(max_length=64, blank=True, help_text="检验检疫证明")
    production_lot = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    arrived_at = models.DateTimeField(null=True)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True, related_name="+")


class Package(models.Model):
    """One package of a lot that is followed by itself."""

    subject = models.OneToOneField("core.Subject", on_delete=models.PROTECT, primary_key=True, related_name="+")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="packages")
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, null=True, related_name="+")


class LotLink(models.Model):
    """What `source` was at `at` became (part of) `target`: a split, merge or repacking (EPCIS aggregation, transformation)."""

    class Kind(models.TextChoices):
        SPLIT = "split", _("Split")
        MERGE = "merge", _("Merge")
        REPACK = "repack", _("Repacking")
        PACKAGE = "package", _("Package of the lot")

    source = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["source", "target", "at"], name="lot_link_once"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="lot_link_of_two"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["target"], name="lot_link_target")]
