"""The laboratory's numbers in a profile: kits with their cut-offs, quality control, pools."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile_reader import ProfileError, Table
from lianfang.rules.vocabulary import MeasureKind


class ControlKind(StrEnum):
    """What a control well is to show."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    WEAK_POSITIVE = "weak_positive"
    EXTRACTION = "extraction"


class Priority(StrEnum):
    """How pressing a tube's result is, the most pressing first."""

    URGENT = "urgent"
    SOON = "soon"
    SCREENING = "screening"


class Shape(StrEnum):
    """How a Westgard rule looks at the newest values of a control."""

    BEYOND = "beyond"
    RANGE = "range"


class Action(StrEnum):
    """What a Westgard rule that is broken leads to."""

    WARN = "warn"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class TargetCutOff:
    """One target: positive up to and including `positive_max_milli`, negative from `negative_min_milli`, grey between.

    Thousandths of a cycle. `weak_min_milli`, `weak_max_milli`: where the weak positive control must lie.
    """

    name: str
    positive_max_milli: int
    negative_min_milli: int
    weak_min_milli: int
    weak_max_milli: int


@dataclass(frozen=True, slots=True)
class Kit:
    """One reagent kit by one version of its instructions."""

    slug: str
    version: str
    name_en: str
    name_zh: str
    targets: tuple[TargetCutOff, ...]
    targets_for_positive: int
    internal_control: str
    internal_max_milli: int


@dataclass(frozen=True, slots=True)
class WestgardRule:
    """`values` newest values: all `beyond` so many tenths of a standard deviation on one side, or their range."""

    name: str
    shape: Shape
    values: int
    sd_tenths: int
    action: Action


@dataclass(frozen=True, slots=True)
class QualityControlNumbers:
    """How many controls of a kind a run needs, and the rules on their Ct from run to run."""

    required: Mapping[ControlKind, int]
    baseline_values: int
    westgard: tuple[WestgardRule, ...]


@dataclass(frozen=True, slots=True)
class DilutionNumbers:
    """How many samples are diluted into one another, and below how many positives in 100,000."""

    size_max: int
    below_per_100000: int


@dataclass(frozen=True, slots=True)
class TurnaroundNumbers:
    """From collection to the signed result, seconds; and how pressing the tubes of somebody under a measure are."""

    within_s: Mapping[Priority, int]
    by_measure: Mapping[MeasureKind, Priority]


def read_targets(table: Table) -> TurnaroundNumbers:
    """The targets by priority, which rise, and the priority of each measure."""
    measures = table.table("measures")
    measures.cited()
    numbers = TurnaroundNumbers(
        within_s={priority: table.span_s(priority) for priority in Priority},
        by_measure={kind: measures.choice(kind, tuple(Priority)) for kind in MeasureKind if measures.has(kind)},
    )
    measures.finish()
    table.finish()
    if list(numbers.within_s.values()) != sorted(numbers.within_s.values()):
        raise ProfileError(table.key(Priority.URGENT), "must not be longer than those of less pressing tubes")
    return numbers


def read_kits(table: Table) -> dict[str, Kit]:
    """The kits by slug."""
    found = {slug: _kit(slug, table.table(slug)) for slug in table.names()}
    table.finish()
    return found


def _kit(slug: str, table: Table) -> Kit:
    table.cited()
    kit = Kit(
        slug=slug,
        version=table.text("version"),
        name_en=table.text("name_en"),
        name_zh=table.text("name_zh"),
        targets=tuple(_target(entry) for entry in table.tables("targets")),
        targets_for_positive=table.count("targets_for_positive"),
        internal_control=table.text("internal_control"),
        internal_max_milli=table.cycles("internal_max"),
    )
    table.finish()
    if not 1 <= kit.targets_for_positive <= len(kit.targets):
        raise ProfileError(table.key("targets_for_positive"), "must be between 1 and the number of targets")
    if len({target.name for target in kit.targets} | {kit.internal_control}) != len(kit.targets) + 1:
        raise ProfileError(table.key("targets"), "must have names of their own")
    return kit


def _target(table: Table) -> TargetCutOff:
    target = TargetCutOff(
        name=table.text("name"),
        positive_max_milli=table.cycles("positive_max"),
        negative_min_milli=table.cycles("negative_min"),
        weak_min_milli=table.cycles("weak_min"),
        weak_max_milli=table.cycles("weak_max"),
    )
    table.finish()
    if target.positive_max_milli >= target.negative_min_milli:
        raise ProfileError(table.key("positive_max"), "must lie below negative_min")
    if target.weak_min_milli >= target.weak_max_milli:
        raise ProfileError(table.key("weak_min"), "must lie below weak_max")
    return target


def read_quality_control(table: Table) -> QualityControlNumbers:
    """Controls per run and Westgard rules."""
    required = table.table("required")
    numbers = QualityControlNumbers(
        required={kind: required.count(kind) for kind in ControlKind if required.has(kind)},
        baseline_values=table.count("baseline_values"),
        westgard=tuple(_westgard(entry) for entry in table.tables("westgard")),
    )
    required.finish()
    table.finish()
    return numbers


def _westgard(table: Table) -> WestgardRule:
    rule = WestgardRule(
        name=table.text("name"),
        shape=table.choice("shape", tuple(Shape)),
        values=table.count("values"),
        sd_tenths=table.count("sd_tenths"),
        action=table.choice("action", tuple(Action)),
    )
    table.finish()
    if rule.values < (2 if rule.shape is Shape.RANGE else 1):
        raise ProfileError(table.key("values"), "are too few for this shape")
    return rule


def read_dilution(table: Table) -> DilutionNumbers:
    """When samples may be diluted into one another."""
    numbers = DilutionNumbers(size_max=table.count("size_max"), below_per_100000=table.count("below_per_100000"))
    table.finish()
    if numbers.size_max < 2:
        raise ProfileError(table.key("size_max"), "must be at least 2")
    return numbers
