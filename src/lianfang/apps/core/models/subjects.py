"""Subjects: whatever can be exposed or contaminate; one id space, so that people and goods share one trace."""

from typing import Any, ClassVar

from django.db import models

from lianfang.rules.vocabulary import SubjectKind


class Subject(models.Model):
    """A person, lot, package or surface; `code` is its public handle and never an identity number."""

    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in SubjectKind])
    code = models.CharField(max_length=64, unique=True)
    # One denormalised label and area, so that lists over people and goods need no join per kind.
    label = models.CharField(max_length=200)
    area_code = models.CharField(max_length=12)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_code", "id"], opclasses=["text_pattern_ops", "int8_ops"], name="subject_area")
        ]

    def __str__(self) -> str:
        return self.code


class Control(models.Model):
    """From `controlled_at` on the subject is no source any more (quarantined, isolated, sealed): append-only."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="controls")
    controlled_at = models.DateTimeField()
    cause = models.CharField(max_length=32, help_text="what established it: a task done, an import")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True)
    seq = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subject", "controlled_at", "cause"], name="control_once"),
        ]
