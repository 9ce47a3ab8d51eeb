"""The facts of the market: scans of shops, recall notices and their answers, inspections and penalties. Append-only."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scan(models.Model):
    """A code read by a shop or restaurant, coming in or going out, also where the step was refused."""

    class Way(models.TextChoices):
        IN = "in", _("Received")
        OUT = "out", _("Sold")

    text = models.CharField(max_length=200, help_text="what was read")
    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=3, choices=Way.choices)
    pieces = models.IntegerField()
    permitted = models.BooleanField()
    reasons = models.JSONField(default=list)
    event = models.ForeignKey("goods.GoodsEvent", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["permitted", "-at"], name="scan_refused")]


class RecallNotice(models.Model):
    """What a holder of recalled goods is asked: where are the pieces you received?"""

    recall = models.ForeignKey("goods.GoodsEvent", on_delete=models.PROTECT, related_name="notices")
    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    n_received = models.IntegerField()
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["recall", "lot", "place"], name="recall_notice_once"),
        ]


class RecallReply(models.Model):
    """A holder's answer; the newest holds."""

    notice = models.ForeignKey(RecallNotice, on_delete=models.PROTECT, related_name="replies")
    n_found = models.IntegerField()
    n_sold = models.IntegerField()
    n_destroyed = models.IntegerField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(n_found__gte=0, n_sold__gte=0, n_destroyed__gte=0), name="recall_reply_not_negative"
            ),
        ]


class Inspection(models.Model):
    """A visit of the market's regulator and what was found (S-6.5)."""

    class Finding(models.TextChoices):
        UNREGISTERED = "unregistered", _("Goods that never passed the warehouse")
        SMUGGLED = "smuggled", _("Smuggled goods")
        NO_PAPERS = "no_papers", _("Goods without their certificates")
        CLEAN = "clean", _("Nothing found")

    number = models.CharField(max_length=32, unique=True)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    finding = models.CharField(max_length=12, choices=Finding.choices)
    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, null=True, related_name="inspections")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-id",)


class Penalty(models.Model):
    """What was decided against the unit after an inspection. Once."""

    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="penalty")
    amount_yuan = models.DecimalField(max_digits=12, decimal_places=2)
    basis = models.CharField(max_length=300, help_text="the article it rests on")
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(amount_yuan__gte=0), name="penalty_not_negative"),
        ]
