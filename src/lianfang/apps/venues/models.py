"""Key places, the logs they keep of themselves, and the newest verdict on each."""

from typing import Any, ClassVar

from django.db import models

from lianfang.rules.vocabulary import LogKind


class Registration(models.Model):
    """What holds for a key place from now on; a change is a new version. Append-only."""

    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField()
    is_open = models.BooleanField(help_text="in business; a closed place is not chased")
    limit = models.IntegerField(null=True, help_text="how many may be inside; empty: no limit")
    opens_minute = models.SmallIntegerField(help_text="minutes after midnight")
    closes_minute = models.SmallIntegerField()
    since = models.DateTimeField(help_text="since when it has been open without a closure: logs count from then")
    regulator = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["place", "version"], name="venue_version_once"),
            models.CheckConstraint(
                condition=models.Q(opens_minute__gte=0, opens_minute__lt=models.F("closes_minute"))
                & models.Q(closes_minute__lte=1440),
                name="venue_opens_before_closing",
            ),
            models.CheckConstraint(condition=models.Q(limit__isnull=True) | models.Q(limit__gt=0), name="venue_limit"),
        ]


class LogEntry(models.Model):
    """One entry of one log, by a member of staff of the place: append-only. A photo is a file only staff may read."""

    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField(unique=True, help_text="given where it was entered, so that sent twice it is one")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in LogKind])
    note = models.CharField(max_length=300, blank=True)
    n_staff = models.IntegerField(null=True, help_text="staff health: how many were checked")
    n_unwell = models.IntegerField(null=True, help_text="staff health: how many have fever or symptoms")
    photo = models.FileField(upload_to="proofs/venues/", blank=True)
    photo_sha256 = models.CharField(max_length=64, blank=True)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(kind=LogKind.STAFF_HEALTH, n_staff__gte=models.F("n_unwell"), n_unwell__gte=0)
                | (~models.Q(kind=LogKind.STAFF_HEALTH) & models.Q(n_staff__isnull=True, n_unwell__isnull=True)),
                name="venue_log_counts_staff",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["place", "kind", "-kept_at"], name="venue_log")]


class VenueState(models.Model):
    """The newest verdict on each key place."""

    place = models.OneToOneField("places.Place", on_delete=models.PROTECT, primary_key=True, related_name="+")
    verdict = models.ForeignKey("core.Verdict", on_delete=models.PROTECT, related_name="+")
    standing = models.CharField(max_length=12)
