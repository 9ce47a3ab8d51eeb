"""Changes of the rules' numbers, as data: proposed by one, approved by others, effective later. Append-only."""

from typing import Any, ClassVar

from django.db import models


class ProfileProposal(models.Model):
    """A new edition that is to be in force from a time on, once enough others approve."""

    edition = models.CharField(max_length=64, unique=True)
    toml = models.TextField()
    note = models.CharField(max_length=500)
    effective_at = models.DateTimeField()
    n_needed = models.SmallIntegerField(help_text="approvals, by the edition in force when it was proposed")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(n_needed__gt=0), name="proposal_needs_approval"),
            models.CheckConstraint(
                condition=models.Q(effective_at__gt=models.F("proposed_at")), name="proposal_effective_later"
            ),
        ]


class ProfileApproval(models.Model):
    """One approval. `proposed_by` repeats the proposer: the database refuses the same person."""

    proposal = models.ForeignKey(ProfileProposal, on_delete=models.PROTECT, related_name="approvals")
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["proposal", "approved_by"], name="approval_once"),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("proposed_by")), name="approval_by_another"
            ),
        ]


class ProfileDryRun(models.Model):
    """Who would change colour under a proposal, as counted at one time: before it was approved, and kept."""

    proposal = models.ForeignKey(ProfileProposal, on_delete=models.PROTECT, related_name="dry_runs")
    n_persons = models.IntegerField()
    changes = models.JSONField(help_text="colour now -> colour then -> how many")
    known_seq = models.BigIntegerField()
    run_at = models.DateTimeField()
    run_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)
