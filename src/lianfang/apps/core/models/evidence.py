"""The append-only evidence log: what was known when, and proof that nobody changed it since."""

from typing import Any, ClassVar

from django.db import models


class EvidenceEntry(models.Model):
    """One leaf of the log: the keyed hash of one fact row (or batch, verdict, profile) at the moment it was recorded.

    `seq` counts from 1 without gaps in commit order, so "what was known at N" is exactly `seq <= N`.
    """

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=32)
    ref = models.BigIntegerField()
    content_hash = models.BinaryField(max_length=32)
    leaf_hash = models.BinaryField(max_length=32)
    recorded_at = models.DateTimeField()
    key = models.ForeignKey(
        "core.CommitmentKey",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        help_text="what the content's hash is keyed with; empty: a bare SHA-256, of entries before keys",
    )

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["kind", "ref"], name="evidence_once")]


class CommitmentKey(models.Model):
    """The secret salt of one kind of fact on one day. Destroyed, nothing can be tried against the hashes any more."""

    kind = models.CharField(max_length=48)
    day = models.DateField()
    cipher = models.BinaryField(null=True, help_text="encrypted; empty once destroyed")
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kind", "day"], name="commitment_key_once"),
            models.CheckConstraint(
                condition=models.Q(cipher__isnull=True, destroyed_at__isnull=False)
                | models.Q(cipher__isnull=False, destroyed_at__isnull=True),
                name="commitment_key_kept_or_destroyed",
            ),
        ]


class Destruction(models.Model):
    """Records and keys were destroyed for good: what, how many, by whom, with the signed certificate. Append-only."""

    kinds = models.JSONField(help_text="kinds of facts")
    certificate = models.BinaryField(help_text="COSE_Sign1 by the root key")
    destroyed_at = models.DateTimeField()
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(ordered_by=models.F("confirmed_by")), name="destruction_by_two"),
        ]


class TreeHead(models.Model):
    """RFC 9162 tree head after an append: `frontier` holds the roots of the perfect subtrees, largest first."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField()
    recorded_at = models.DateTimeField()


class FactBatch(models.Model):
    """Facts that arrived together (one file, one gateway sync): one evidence entry for all of them."""

    kind = models.CharField(max_length=32)
    source = models.CharField(max_length=200)
    n_rows = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)
    seq = models.BigIntegerField(null=True, unique=True)


class FactArchive(models.Model):
    """One part (a county day, or the whole) of a batch as Parquet: names the row when a table and its evidence differ.

    When retention deletes the day, `content` is emptied and `expired_at` set; the hash stays. What had not ended by
    `expired_before` (a county day) is still in the table.
    """

    batch = models.ForeignKey(FactBatch, on_delete=models.PROTECT, related_name="parts")
    part = models.DateField(null=True)
    n_rows = models.BigIntegerField()
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    expired_at = models.DateTimeField(null=True)
    expired_before = models.DateField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["batch", "part"], nulls_distinct=False, name="archive_part_once"),
        ]


class ProfileEdition(models.Model):
    """The text of a profile as the rules used it; verdicts replay with this, whatever the package ships today."""

    edition = models.CharField(max_length=64, unique=True)
    disease = models.CharField(max_length=32)
    toml = models.TextField()
    recorded_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)
