"""Doors with their keys, every event they told exactly once, what could not be read, and who is still inside."""

from typing import Any, ClassVar

from django.db import models


class GateDevice(models.Model):
    """One door. Its key is made at the door; the centre knows the public half. A door is withdrawn, never removed."""

    code = models.CharField(max_length=40, unique=True)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    public = models.BinaryField(max_length=32, help_text="Ed25519")
    is_trusted = models.BooleanField(default=True)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")


class GateBatch(models.Model):
    """One batch as it was received and stored: append-only, an entry of the evidence log. `sha256`: of all its bytes."""

    device = models.ForeignKey(GateDevice, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    sent_ms = models.BigIntegerField(help_text="the door's clock when it sent, milliseconds since 1970")
    n_stored = models.IntegerField()
    n_repeated = models.IntegerField()
    n_quarantined = models.IntegerField()
    sha256 = models.BinaryField(max_length=32)
    seq = models.BigIntegerField(null=True)


class GateEvent(models.Model):
    """One event of one door: append-only, once for each (device, number), as the key says. Rows arrive by COPY only.

    That door and batch exist and belong together is checked once a statement by a trigger: for each row it would cost more
    than all the rest of storing it.
    `device_at_ms`: as the door's clock had it. `happened_at`: by the centre's clock. `outcome`: of the door's rule on `facts`.
    """

    pk = models.CompositePrimaryKey("device_id", "number")
    device = models.ForeignKey(
        GateDevice, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    batch = models.ForeignKey(GateBatch, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=8)
    happened_at = models.DateTimeField()
    device_at_ms = models.BigIntegerField()
    pseudonym = models.BinaryField(max_length=8, null=True)
    outcome = models.CharField(max_length=20, blank=True)
    reasons = models.CharField(max_length=200, blank=True, help_text="rows of the door's table, blanks between")
    inside = models.IntegerField()
    facts = models.TextField(blank=True)
    digest = models.BinaryField(max_length=16)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            # Who was let in is found by the presence; this one stays small, and so costs little at each event.
            models.Index(
                fields=["pseudonym"],
                condition=models.Q(outcome__in=["refuse", "check", "wait"]),
                name="gate_not_let_in",
            ),
        ]


class Quarantine(models.Model):
    """What a door sent and could not be stored as an event, kept as it came, with the reason: append-only."""

    class Reason(models.TextChoices):
        MALFORMED = "malformed"
        DIFFERS = "differs"  # another event has this number

    device = models.ForeignKey(GateDevice, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(GateBatch, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    digest = models.BinaryField(max_length=16)
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["device", "digest"], name="quarantined_once"),
        ]


class HighWaterMark(models.Model):
    """Up to where a door's events are stored without a gap, and how far they were followed up; one row a door, locked."""

    device = models.OneToOneField(GateDevice, on_delete=models.PROTECT, primary_key=True, related_name="mark")
    upto = models.BigIntegerField(default=0, help_text="all numbers up to it are stored")
    highest = models.BigIntegerField(default=0)
    inside = models.IntegerField(default=0, help_text="as the door counted when it last reported")
    heard_at = models.DateTimeField(null=True)
    newest_batch = models.BigIntegerField(default=0)
    followed_batch = models.BigIntegerField(default=0)


class PlaceLimit(models.Model):
    """How many may be inside a place that has doors; none here: as many as come."""

    place = models.OneToOneField("places.Place", on_delete=models.PROTECT, primary_key=True, related_name="+")
    limit = models.IntegerField()


class DoorLease(models.Model):
    """How far one door may count by itself; rows of one place are changed under its lock. See rules/lease.py.

    `most_places`, `most_kept`: what it may still go by, as it has not said that it goes by the newest.
    """

    device = models.OneToOneField(GateDevice, on_delete=models.PROTECT, primary_key=True, related_name="lease")
    number = models.BigIntegerField(default=0)
    day = models.IntegerField(default=0, help_text="the county's day, counted from 1970-01-01")
    places = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    most_places = models.IntegerField(default=0)
    most_kept = models.IntegerField(default=0)


class DoorStay(models.Model):
    """Somebody who was let in and has not come out; `over_at`: when that is presumed. The presence itself is in places."""

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subject", "place", "starts_at"], name="door_stay_once"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["over_at"], name="door_stay_over")]


class GateRecheck(models.Model):
    """Where the rule, asked again with what the centre knows, decides otherwise than the door did: append-only.

    The door's own verdict stays in the event.
    """

    device = models.ForeignKey(GateDevice, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    outcome = models.CharField(max_length=20)
    reasons = models.CharField(max_length=200)
    edition = models.CharField(max_length=40)
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["device", "number"], name="rechecked_once"),
        ]


class FeverSign(models.Model):
    """A fever measured twice at a door: waits for somebody to confirm it as a symptom, and colours nobody. Append-only."""

    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField()
    tenths_celsius = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subject", "place", "happened_at"], name="fever_sign_once"),
        ]
