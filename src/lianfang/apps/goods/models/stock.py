"""What follows from the steps: where how much of a lot is, and what stands of it. Kept by triggers and services."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lianfang.rules.warehouse import LotStage


class Stock(models.Model):
    """Pieces of a lot at one place (room, vehicle, shop); who answers for the place holds them. Written by a trigger only."""

    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="stock")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    n_pieces = models.IntegerField()
    since = models.DateTimeField(help_text="when pieces of the lot last began to be there")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["lot", "place"], name="stock_once"),
            models.CheckConstraint(condition=models.Q(n_pieces__gte=0), name="stock_not_overdrawn"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["place"], name="stock_place")]


class PalletLoad(models.Model):
    """Pieces of a lot that stand on one pallet (托盘) and move with it, never more than the stock. Written by a trigger only.

    sscc: the pallet's serial shipping container code, 18 digits.
    """

    sscc = models.CharField(max_length=18)
    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="loads")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    n_pieces = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sscc", "lot", "place"], name="pallet_load_once"),
            models.CheckConstraint(condition=models.Q(n_pieces__gte=0), name="pallet_not_overdrawn"),
        ]


class LotStanding(models.Model):
    """What stands of a lot in the regime. The flags are set by triggers from events and measures; the rest is derived.

    root: the lot that arrived, whose release and trace code a sub-lot shares. waits_for: rows of the goods table.
    """

    lot = models.OneToOneField("goods.Lot", on_delete=models.PROTECT, primary_key=True, related_name="standing")
    root = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="+")
    is_released = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    is_sealed = models.BooleanField(default=False)
    is_recalled = models.BooleanField(default=False)
    stage = models.CharField(max_length=12, choices=[(s.value, s.value) for s in LotStage], default=LotStage.BOOKED)
    decision = models.CharField(max_length=8, blank=True)
    waits_for = ArrayField(models.CharField(max_length=16), default=list)
    arrived_at = models.DateTimeField(null=True)
    release_no = models.CharField(max_length=32, null=True, unique=True)  # noqa: DJ001 - null: not released
    trace_code = models.CharField(max_length=20, null=True, unique=True)  # noqa: DJ001 - null: not released

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["stage"], name="standing_stage")]


class Temperature(models.Model):
    """A reading of a room or vehicle, from a logger's file or a person."""

    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    tenths_celsius = models.IntegerField()
    batch = models.ForeignKey("core.FactBatch", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["place", "at"], name="temperature_once"),
        ]
