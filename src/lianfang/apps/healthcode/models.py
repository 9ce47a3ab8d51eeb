"""Evidence that a person was in a risk area, appeals against it, and which verdict a person's code rests on."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.rules.vocabulary import Colour, RiskLevel


class RiskStay(models.Model):
    """Others say that a person was in a place at risk: append-only. The level is what the lists said, never typed in.

    What somebody says of their own stays is a declaration (app returnees); it colours the code by itself.
    """

    class Basis(models.TextChoices):
        TRANSPORT = "transport", _("List of a transport operator")
        TELECOM = "telecom", _("Telecom records")
        OTHER_COUNTY = "other_county", _("Notice of another county")
        INVESTIGATION = "investigation", _("Epidemiological investigation")

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="risk_stays")
    area_code = models.CharField(max_length=12)
    community = models.CharField(max_length=100, blank=True)
    starts_on = models.DateField()
    listed_on = models.DateField(help_text="a day on which the lists gave that level")
    ends_on = models.DateField(help_text="last day there")
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in RiskLevel])
    basis = models.CharField(max_length=16, choices=Basis.choices)
    note = models.CharField(max_length=300, blank=True)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(starts_on__lte=models.F("ends_on")), name="stay_not_backwards"),
            models.CheckConstraint(
                condition=models.Q(listed_on__gte=models.F("starts_on"), listed_on__lte=models.F("ends_on")),
                name="stay_listed_while_there",
            ),
            models.UniqueConstraint(
                fields=["subject", "area_code", "community", "starts_on", "ends_on", "basis"], name="risk_stay_once"
            ),
        ]


class Appeal(models.Model):
    """A person says that evidence about them is wrong; a second member of staff decides."""

    stay = models.OneToOneField(RiskStay, on_delete=models.PROTECT, related_name="appeal")
    statement = models.CharField(max_length=500)
    answer_due_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: the person, by phone"
    )
    seq = models.BigIntegerField(null=True)


class AppealDecision(models.Model):
    """Whether an appeal annuls the evidence. `appealed_by` repeats who recorded it: the database refuses the same person."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="decision")
    appealed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    annuls = models.BooleanField()
    note = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("appealed_by")), name="appeal_decided_by_another"
            ),
        ]


class CurrentCode(models.Model):
    """The newest verdict on each person's colour: written by the database alone, when such a verdict is stored."""

    subject = models.OneToOneField("core.Subject", on_delete=models.PROTECT, primary_key=True, related_name="+")
    verdict = models.ForeignKey("core.Verdict", on_delete=models.PROTECT, related_name="+")
    colour = models.CharField(max_length=8, choices=[(colour.value, colour.value) for colour in Colour], blank=True)
    until_s = models.BigIntegerField(null=True, help_text="epoch second at which time alone ends the last reason")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["colour", "subject"], name="code_colour"),
            models.Index(fields=["until_s"], condition=models.Q(until_s__isnull=False), name="code_until"),
        ]


class IssuedCode(models.Model):
    """A signed code that was handed out: where the status list speaks of it, and whom its pseudonym means. Append-only."""

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    list_id = models.IntegerField(help_text="the day's list, or for paper that of its four weeks (keys.paper_list)")
    index = models.IntegerField(help_text="drawn anew for every code; a printed one keeps it")
    pseudonym = models.BinaryField(max_length=8, unique=True)
    colour = models.CharField(max_length=8, choices=[(colour.value, colour.value) for colour in Colour])
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    issued_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["list_id", "index"], name="code_index_once"),
            models.CheckConstraint(condition=models.Q(issued_at__lt=models.F("expires_at")), name="code_not_expired"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["expires_at"], name="code_expires")]


class CodeHolder(models.Model):
    """The phone a code belongs to: the public half of the key that only this phone has. Append-only; none for paper."""

    issued = models.OneToOneField(IssuedCode, on_delete=models.PROTECT, primary_key=True, related_name="holder")
    public = models.BinaryField(max_length=33, help_text="P-256, compressed")
    seq = models.BigIntegerField(null=True)


class CodeWithdrawal(models.Model):
    """A code was withdrawn before its time: doors refuse it whoever shows it. Append-only; never undone, a new one is issued."""

    class Why(models.TextChoices):
        LOST = "lost", _("Phone or paper lost")
        MISUSED = "misused", _("Shown by somebody else")
        MISTAKEN = "mistaken", _("Issued by mistake")

    issued = models.OneToOneField(IssuedCode, on_delete=models.PROTECT, primary_key=True, related_name="withdrawal")
    why = models.CharField(max_length=8, choices=Why.choices)
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: the person, by phone"
    )
    seq = models.BigIntegerField(null=True)


class SignedHead(models.Model):
    """The head of the evidence log as signed at one minute: whoever rewrites the log cannot rewrite what was signed."""

    size = models.BigIntegerField(primary_key=True)
    content = models.BinaryField(help_text="COSE_Sign1 by the root key")
    signed_at = models.DateTimeField()


class Progress(models.Model):
    """Up to which entry of the evidence log the codes have followed; one row."""

    only = models.BooleanField(primary_key=True, default=True)
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.CheckConstraint(condition=models.Q(only=True), name="one_progress")]
