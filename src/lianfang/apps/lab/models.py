"""Specimens and results. A signed result is never edited: a correction or annulment is a new version."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.formats.reasons import RECORDS_BEGIN
from lianfang.rules.custody import NEXT, Whereabouts
from lianfang.rules.vocabulary import SpecimenResult


class Specimen(models.Model):
    """What was taken from a person, a package, a lot or a surface."""

    code = models.CharField(max_length=64, unique=True, help_text="tube code")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="specimens")
    collected_at = models.DateTimeField()
    collected_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(collected_at__gte=RECORDS_BEGIN), name="specimen_collected_in_our_time"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-collected_at", "-id"], name="specimen_newest")]

    def __str__(self) -> str:
        return self.code


class Awaited(models.Model):
    """A specimen whose result is awaited: none was ever signed, and its tube was neither rejected nor destroyed.

    Kept by the database itself (migrations 0010 and 0013): so that what is open, and where it is, is found without
    looking at all that was. `position`: in a shared tube, of which the first swab stands for all.
    """

    specimen = models.OneToOneField(Specimen, on_delete=models.PROTECT, primary_key=True, related_name="awaited")
    collected_at = models.DateTimeField()
    area_code = models.CharField(max_length=12, help_text="of the subject now")
    whereabouts = models.CharField(max_length=10, default=Whereabouts.COLLECTED.value)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(help_text="when it came to where it is")
    position = models.SmallIntegerField(default=1)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["collected_at", "specimen"],
                include=["area_code", "whereabouts"],
                condition=models.Q(position=1),
                name="awaited_tubes",
            ),
        ]


class Version(models.Model):
    """One version of what a laboratory found; `annulled` says that nothing valid was found."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FINAL = "final", _("Signed")
        CORRECTED = "corrected", _("Corrected")
        ANNULLED = "annulled", _("Annulled")

    version = models.SmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices)
    value = models.CharField(max_length=16, choices=[(v.value, v.value) for v in SpecimenResult])
    reason = models.CharField(max_length=300, blank=True, help_text="why it was corrected or annulled")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


_SIGNED_OR_DRAFT = models.Q(status="draft", signed_at__isnull=True, signed_by__isnull=True) | (
    ~models.Q(status="draft") & models.Q(signed_at__isnull=False, signed_by__isnull=False)
)


class Result(Version):
    """One version of a specimen's result."""

    specimen = models.ForeignKey(Specimen, on_delete=models.PROTECT, related_name="results")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["specimen", "version"], name="result_version_once"),
            models.CheckConstraint(condition=_SIGNED_OR_DRAFT, name="result_signed_or_draft"),
            models.UniqueConstraint(fields=["specimen"], condition=models.Q(status="draft"), name="one_draft_result"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-signed_at"], name="result_signed_at")]


class Pool(models.Model):
    """A tube that several persons' swabs share; each of them has a specimen of its own, `code` and a number."""

    code = models.CharField(max_length=60, unique=True, help_text="tube code")
    size_limit = models.SmallIntegerField(help_text="how many may share it, by the profile when it was begun")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["id", "size_limit"], name="pool_size"),
            models.CheckConstraint(condition=models.Q(size_limit__gte=2), name="pool_holds_several"),
        ]

    def __str__(self) -> str:
        return self.code


class PoolMember(models.Model):
    """One swab in a shared tube. A specimen is in one tube only, which holds no more than its limit."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="members")
    specimen = models.OneToOneField(Specimen, on_delete=models.PROTECT, related_name="membership")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField()
    size_limit = models.SmallIntegerField(help_text="the tube's: a foreign key with `pool`")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["pool", "position"], name="pool_position_once"),
            models.UniqueConstraint(fields=["pool", "subject"], name="pool_subject_once"),
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=models.F("size_limit")), name="pool_not_overfull"
            ),
        ]


class PoolResult(Version):
    """One version of a shared tube's result; what it says about each member, the rules decide."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="results")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["pool", "version"], name="pool_result_version_once"),
            models.CheckConstraint(condition=_SIGNED_OR_DRAFT, name="pool_result_signed_or_draft"),
            models.UniqueConstraint(fields=["pool"], condition=models.Q(status="draft"), name="one_draft_pool_result"),
        ]


_STEPS = reduce(
    or_,
    (
        models.Q(previous=place.value, kind__in=[each.value for each in following])
        for place, following in NEXT.items()
        if following
    ),
)


class CustodyStep(models.Model):
    """One move of a tube. A step continues the tube's last one, so that every tube is in exactly one place."""

    specimen = models.ForeignKey(Specimen, on_delete=models.PROTECT, related_name="custody_steps")
    number = models.SmallIntegerField()
    previous_number = models.SmallIntegerField(null=True, help_text="a foreign key with `previous`; null of the first")
    previous = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Whereabouts])
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    spot = models.CharField(max_length=80, blank=True, help_text="box, freezer or shelf")
    reason = models.CharField(max_length=300, blank=True, help_text="why it was rejected")
    at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["specimen", "number"], name="custody_step_once"),
            models.UniqueConstraint(fields=["specimen", "number", "kind"], name="custody_step_kind"),
            models.CheckConstraint(condition=_STEPS, name="custody_step_allowed"),
            models.CheckConstraint(
                condition=models.Q(number=1, previous_number__isnull=True, previous=Whereabouts.COLLECTED.value)
                | models.Q(number__gt=1, previous_number=models.F("number") - 1),
                name="custody_step_continues",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=Whereabouts.REJECTED.value) | ~models.Q(reason=""),
                name="custody_rejection_has_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=[Whereabouts.SENT.value, Whereabouts.RECEIVED.value])
                | models.Q(organisation__isnull=False),
                name="custody_step_has_organisation",
            ),
        ]


class SamplingOrder(models.Model):
    """One subject ordered to be sampled by hand. What measures order is not stored: it follows from them."""

    client_id = models.UUIDField(unique=True, help_text="made where it is entered: sent again it changes nothing")
    subject = models.ForeignKey("core.Subject", on_delete=models.PROTECT, related_name="sampling_orders")
    reason = models.CharField(max_length=200)
    due_from = models.DateTimeField()
    due_until = models.DateTimeField()
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(due_from__lt=models.F("due_until")), name="order_span"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="order_has_reason"),
        ]


class OpenTest(models.Model):
    """A test that is left to be taken, derived by the rules from measures, orders and specimens (see `order_upkeep`)."""

    subject = models.ForeignKey("core.Subject", on_delete=models.CASCADE, related_name="+")
    area_code = models.CharField(max_length=12)
    due_from = models.DateTimeField()
    due_until = models.DateTimeField()
    measure = models.CharField(max_length=24, help_text='kind of the measure that orders it, "" by hand')
    order = models.ForeignKey(SamplingOrder, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["due_until", "id"], name="open_test_due")]


class SamplingChange(models.Model):
    """Something that may change which tests of a subject are left; written by triggers, taken away by `order_upkeep`."""

    subject_id = models.BigIntegerField()


class SamplingRound(models.Model):
    """Everybody of an area, or of one unit in it, is to be sampled once. Who is left is counted, not stored."""

    client_id = models.UUIDField(unique=True, help_text="made where it is entered: sent again it changes nothing")
    name = models.CharField(max_length=100)
    area_code = models.CharField(max_length=12)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(starts_at__lt=models.F("ends_at")), name="round_span"),
            models.CheckConstraint(condition=~models.Q(name=""), name="round_has_name"),
        ]


class Revocation(models.Model):
    """An order or a round is called off, for a reason."""

    order = models.OneToOneField(SamplingOrder, on_delete=models.PROTECT, null=True, related_name="revocation")
    round = models.OneToOneField(SamplingRound, on_delete=models.PROTECT, null=True, related_name="revocation")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(order__isnull=True, round__isnull=False)
                | models.Q(order__isnull=False, round__isnull=True),
                name="revocation_of_one",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="revocation_has_reason"),
        ]
