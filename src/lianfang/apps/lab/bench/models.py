"""Lots of reagents, plates, and what instruments read of them.

A plate is working paper until it is closed; lots, runs, readings and signatures are facts. Judgements and calls are
verdicts of the rules over those facts.
"""

from typing import Any, ClassVar

from django.db import models

from lianfang.formats.instruments import RunFormat
from lianfang.formats.instruments.plates import PlateSize
from lianfang.rules.assay import Call
from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.quality_control import RunValidity

CODE_LENGTH = 40


class ReagentLot(models.Model):
    """One lot of a kit of the profile, which has the cut-offs of each target; a new version of a kit is a new kit."""

    kit = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    expires_on = models.DateField()
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kit", "number"], name="bench_lot_once"),
            models.CheckConstraint(condition=~models.Q(number=""), name="bench_lot_has_number"),
        ]

    def __str__(self) -> str:
        return self.number


class Plate(models.Model):
    """A plate: filled, then sealed for the instrument, then read or given up, which closes it."""

    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    size = models.SmallIntegerField(choices=[(size.value, str(size.value)) for size in PlateSize])
    lot = models.ForeignKey(ReagentLot, on_delete=models.PROTECT, related_name="plates")
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    area_code = models.CharField(max_length=12)
    is_open = models.BooleanField(default=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["id", "is_open"], name="bench_plate_state"),
            models.CheckConstraint(
                condition=models.Q(is_open=True, closed_at__isnull=True)
                | models.Q(is_open=False, closed_at__isnull=False),
                name="bench_plate_open_or_closed",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["-begun_at"], condition=models.Q(is_open=True), name="bench_plate_open")
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def state(self) -> str:
        """filling, sealed, read or given_up."""
        if self.is_open:
            return "sealed" if self.sealed_at else "filling"
        return "read" if hasattr(self, "run") else "given_up"


_ONE_CONTENT = (
    models.Q(specimen__isnull=False, pool__isnull=True, control="")
    | models.Q(specimen__isnull=True, pool__isnull=False, control="")
    | (models.Q(specimen__isnull=True, pool__isnull=True) & ~models.Q(control=""))
)


class Content(models.Model):
    """What a well holds: somebody's tube, a shared one, or a control."""

    position = models.CharField(max_length=3)
    specimen = models.ForeignKey("lab.Specimen", on_delete=models.PROTECT, null=True, related_name="%(class)ss")
    pool = models.ForeignKey("lab.Pool", on_delete=models.PROTECT, null=True, related_name="%(class)ss")
    control = models.CharField(max_length=16, blank=True, choices=[(kind.value, kind.value) for kind in ControlKind])

    class Meta:
        abstract = True

    @property
    def tube(self) -> str:
        """The code of the tube; empty for a control."""
        return self.specimen.code if self.specimen else self.pool.code if self.pool else ""


class Well(Content):
    """One well of a plate. A tube is on one open plate only: `is_open` is the plate's, by a foreign key with `plate`."""

    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, related_name="wells")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["plate", "position"], name="bench_well_once"),
            models.UniqueConstraint(
                fields=["specimen"], condition=models.Q(is_open=True), name="bench_specimen_on_one_open_plate"
            ),
            models.UniqueConstraint(
                fields=["pool"], condition=models.Q(is_open=True), name="bench_pool_on_one_open_plate"
            ),
            models.CheckConstraint(condition=_ONE_CONTENT, name="bench_well_holds_one"),
        ]


class Run(models.Model):
    """One file of an instrument, read: n_rows = n_read + n_refused. `refused`: [line, position, code, params] of each."""

    plate = models.OneToOneField(Plate, on_delete=models.PROTECT, related_name="run")
    lot = models.ForeignKey(ReagentLot, on_delete=models.PROTECT, related_name="runs")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    format = models.CharField(max_length=16, choices=[(each.value, each.value) for each in RunFormat])
    n_rows = models.IntegerField()
    n_read = models.IntegerField()
    n_refused = models.IntegerField()
    refused = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(n_rows=models.F("n_read") + models.F("n_refused")), name="bench_run_reconciles"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-recorded_at"], name="bench_run_recorded")]


class RunFile(models.Model):
    """The file itself; the run has its hash."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, primary_key=True, related_name="file")
    content = models.BinaryField()


class ReadWell(Content):
    """What a run read of one well. `readings`: [target, thousandths of a cycle or null, amplified or null] of each row."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="wells")
    readings = models.JSONField()
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "position"], name="bench_read_well_once"),
            models.CheckConstraint(condition=_ONE_CONTENT, name="bench_read_well_of_one"),
        ]


class Judgement(models.Model):
    """Whether a run may be read, by the rule."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="judgement")
    verdict = models.OneToOneField("core.Verdict", on_delete=models.PROTECT, related_name="+")
    validity = models.CharField(max_length=8, choices=[(each.value, each.value) for each in RunValidity])


class WellCall(models.Model):
    """What the runs so far say about a well's tube, by the rule; only of runs that may be read."""

    well = models.OneToOneField(ReadWell, on_delete=models.PROTECT, related_name="call")
    verdict = models.OneToOneField("core.Verdict", on_delete=models.PROTECT, related_name="+")
    call = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Call])


class RunSignature(models.Model):
    """A second person signed what the run put forward, but for what was set aside."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="signature")
    n_signed = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)


class SetAside(models.Model):
    """The signer did not believe a well: its tube is tested again."""

    well = models.OneToOneField(ReadWell, on_delete=models.PROTECT, related_name="set_aside")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="bench_set_aside_has_reason"),
        ]
