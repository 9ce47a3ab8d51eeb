"""Returns and what was said and confirmed about them. Declarations and confirmations are append-only."""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.apps.followup.selectors import Symptom
from lianfang.rules.vocabulary import ReturnCategory


class Return(models.Model):
    """One person's coming back. What lists filter by is taken from its newest declaration and its screening."""

    handle = models.UUIDField(unique=True, default=uuid.uuid4, help_text="its name in addresses; cannot be guessed")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    area_code = models.CharField(max_length=12, help_text="village or community they come to")
    work_unit = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    expected_on = models.DateField()
    is_declared = models.BooleanField(help_text="False: found by staff before they said anything")
    category = models.CharField(max_length=8, blank=True, choices=[(c.value, c.value) for c in ReturnCategory])
    created_at = models.DateTimeField()
    version = models.IntegerField(help_text="number of its newest declaration")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_code", "-id"], opclasses=["text_pattern_ops", "int8_ops"], name="return_area"),
            models.Index(fields=["work_unit", "-id"], name="return_work_unit"),
            models.Index(fields=["subject", "-id"], name="return_subject"),
        ]


class Declaration(models.Model):
    """One version of what is said about a return; a correction is the next version.

    `stays`: where they were, as [{area_code, community, from, until}], days as 2020-12-01.
    """

    class Reporter(models.TextChoices):
        CITIZEN = "citizen", _("The person")
        STAFF = "staff", _("Staff on their behalf")
        PAPER = "paper", _("Paper form, entered later")
        FOUND = "found", _("Found by staff, not declared")

    class Transport(models.TextChoices):
        TRAIN = "train", _("Train")
        FLIGHT = "flight", _("Flight")
        BUS = "bus", _("Bus")
        CAR = "car", _("Car")
        OTHER = "other", _("Other")

    returned = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="declarations")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField()
    client_id = models.UUIDField(unique=True, help_text="given where it was filled in: sent twice, stored once")
    reporter = models.CharField(max_length=8, choices=Reporter.choices)
    is_phone_proven = models.BooleanField(default=False)
    stays = models.JSONField()
    expected_on = models.DateField()
    transport = models.CharField(max_length=8, choices=Transport.choices)
    transport_number = models.CharField(max_length=40, blank=True, help_text="train, flight or number plate")
    seat = models.CharField(max_length=20, blank=True)
    area_code = models.CharField(max_length=12)
    address = models.CharField(max_length=200, blank=True)
    home_unfit = models.BooleanField(default=False)
    work_unit = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    symptoms = ArrayField(models.CharField(max_length=16, choices=Symptom.choices), default=list)
    tenths_celsius = models.SmallIntegerField(null=True)
    negative_on = models.DateField(null=True, help_text="sampling day of a negative certificate that was shown")
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["returned", "version"], name="declaration_version_once"),
        ]


class Confirmation(models.Model):
    """That somebody has arrived, said once by the community and once by the work unit."""

    class Party(models.TextChoices):
        TERRITORY = "territory", _("Community")
        UNIT = "unit", _("Work unit")

    returned = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="confirmations")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    party = models.CharField(max_length=10, choices=Party.choices)
    arrived_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["returned", "party"], name="arrival_confirmed_once_each"),
        ]
