"""A control's Ct from run to run: of one lot at one laboratory, since instruments differ."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from lianfang.apps.core.models import Organisation, User
from lianfang.apps.lab.bench.models import ReadWell, ReagentLot
from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.quality_control import RunValidity


@dataclass(frozen=True, slots=True)
class Centre:
    """Mean and standard deviation of a series' first values, thousandths of a cycle; `n`: how many there were so far."""

    n: int
    mean_milli: int
    sd_milli: int


@dataclass(frozen=True, slots=True)
class ControlValue:
    """One weak positive of one run. `broken`: the Westgard rules its run broke for this target."""

    well: ReadWell
    ct_milli: int
    validity: RunValidity
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlSeries:
    """The weak positives of one target at one laboratory, oldest first. `centre`: None before the second value."""

    laboratory: Organisation | None
    target: str
    values: tuple[ControlValue, ...]
    centre: Centre | None
    is_established: bool


def weak_positives(lot: ReagentLot, laboratory_id: int | None) -> QuerySet[ReadWell]:
    """Return the weak positives of a lot at a laboratory, run by run."""
    found = ReadWell.objects.filter(run__lot=lot, control=ControlKind.WEAK_POSITIVE)
    return found.filter(run__plate__organisation=laboratory_id).order_by("run__seq", "position")


def lowest(well: ReadWell, target: str) -> int | None:
    """Return the Ct of a target in a well, the lowest of several; None: it has none."""
    return min((ct for name, ct, _ in well.readings if name == target and ct is not None), default=None)


def centre_of(values: Sequence[int], baseline: int) -> Centre:
    """Return mean and deviation of the first `baseline` values, of which there is at least one."""
    first = values[:baseline]
    deviation = round(statistics.stdev(first)) if len(first) > 1 else 0
    return Centre(len(first), round(statistics.mean(first)), deviation)


def series_of(lot: ReagentLot, *, profile: Profile, by: User) -> list[ControlSeries]:
    """Return the series of a lot, laboratory by laboratory of the reader's area and target by target."""
    kit, numbers = profile.kits.get(lot.kit), profile.quality_control
    if kit is None or numbers is None:
        return []
    used = lot.runs.filter(plate__area_code__startswith=by.area_code).values_list("plate__organisation", flat=True)
    laboratories = Organisation.objects.in_bulk(list(filter(None, used)))
    found = []
    for number in sorted(set(used), key=lambda each: (each != by.organisation_id, each or 0)):
        wells = list(weak_positives(lot, number).select_related("run__plate", "run__judgement__verdict"))
        for target in (cut.name for cut in kit.targets):
            values = tuple(_value(well, ct, target) for well in wells if (ct := lowest(well, target)) is not None)
            counted = [each.ct_milli for each in values if each.validity is not RunValidity.INVALID]
            centre = centre_of(counted, numbers.baseline_values) if len(counted) > 1 else None
            is_established = centre is not None and centre.n >= numbers.baseline_values and centre.sd_milli > 0
            if values:
                found.append(ControlSeries(laboratories.get(number or 0), target, values, centre, is_established))
    return found


def _value(well: ReadWell, ct_milli: int, target: str) -> ControlValue:
    judgement = well.run.judgement
    broken = [
        reason["params"]["westgard"]
        for reason in judgement.verdict.reasons
        if reason["params"].get("target") == target and "westgard" in reason["params"]
    ]
    return ControlValue(well, ct_milli, RunValidity(judgement.validity), tuple(broken))
