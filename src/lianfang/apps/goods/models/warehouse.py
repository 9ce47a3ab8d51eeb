"""The facts of the total warehouse: bookings, certificates and every step taken with goods. Append-only."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lianfang.rules.vocabulary import CertificateKind
from lianfang.rules.warehouse import GoodsStep


class Booking(models.Model):
    """A lot announced before it comes: its papers, vehicle, people, container and destination. One a lot."""

    number = models.CharField(max_length=32, unique=True)
    lot = models.OneToOneField("goods.Lot", on_delete=models.PROTECT, related_name="booking")
    warehouse = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(help_text="start of the appointment")
    vehicle = models.CharField(max_length=32)
    container_no = models.CharField(max_length=32)
    seal_no = models.CharField(max_length=32)
    driver = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    crew = ArrayField(models.BigIntegerField(), default=list, help_text="subjects")
    destination = models.CharField(max_length=200)
    port = models.CharField(max_length=100, blank=True)
    hs_code = models.CharField(max_length=16, blank=True)
    plant_no = models.CharField(max_length=64, blank=True)
    spec = models.CharField(max_length=100, blank=True)
    production_date = models.DateField(null=True)
    shelf_life_days = models.IntegerField(null=True)
    gtin = models.CharField(max_length=14, blank=True)
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["due_at"], name="booking_due")]

    def __str__(self) -> str:
        return self.number


class Certificate(models.Model):
    """A certificate of a lot as entered; what it says, not whether it is true (that is `CertificateCheck`)."""

    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in CertificateKind])
    number = models.CharField(max_length=64)
    issuer = models.CharField(max_length=200)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    product = models.CharField(max_length=200)
    production_lot = models.CharField(max_length=64, blank=True)
    net_weight_kg = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    file = models.FileField(upload_to="certificates/", blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["lot", "kind", "number"], name="certificate_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("issued_on")),
                name="certificate_ends_after_issue",
            ),
        ]


class CertificateCheck(models.Model):
    """What a second person found when comparing a certificate with its issuer and its lot; the newest holds."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="checks")
    confirmed = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)


class GoodsEvent(models.Model):
    """One step: what, when, where, why, how much. Append-only; stock and standing follow from it by triggers.

    quantities: [lot, place, pieces] each, negative where they leave. detail: what else was said of it, codes and numbers.
    handlers: persons who had the goods in hand. key: a repeated call with the same key is the same step.
    """

    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in GoodsStep])
    lot = models.ForeignKey("goods.Lot", on_delete=models.PROTECT, related_name="events")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    quantities = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    handlers = ArrayField(models.BigIntegerField(), default=list)
    verdict = models.ForeignKey("core.Verdict", on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - null: no key was given
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["lot", "id"], name="goods_event_lot"),
            models.Index(fields=["kind", "-at"], name="goods_event_kind"),
        ]
