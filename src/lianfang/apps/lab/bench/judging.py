"""The facts of a run as the rules take them: its controls, their Ct from run to run, and each tube's readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lianfang.apps.lab.bench.control_series import centre_of, lowest, weak_positives
from lianfang.apps.lab.bench.models import ReadWell, Run
from lianfang.apps.lab.bench.selectors import same_tubes
from lianfang.rules.assay import AssayFacts, AssayOutcome, Call, TargetReading, call_specimen
from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.quality_control import Control, RunFacts, RunValidity, SeriesFacts, judge_run
from lianfang.rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of a run, and of each tube if it may be read."""

    run: Verdict[RunValidity]
    calls: Mapping[ReadWell, Verdict[AssayOutcome]]


def judge(run: Run, wells: Sequence[ReadWell], profile: Profile) -> Judged:
    """Judge a run by its controls; if it may be read, call each tube."""
    verdict = judge_run(run_facts(run, wells, profile), profile)
    if verdict.outcome is RunValidity.INVALID:
        return Judged(verdict, {})
    return Judged(verdict, call_tubes(run, [well for well in wells if not well.control], profile))


def call_tubes(run: Run, tubes: Sequence[ReadWell], profile: Profile) -> dict[ReadWell, Verdict[AssayOutcome]]:
    """Call tubes of a run that may be read."""
    before, kit = _before(run, tubes), run.lot.kit
    return {well: call_specimen(AssayFacts(kit, readings_of(well), before.get(_key(well))), profile) for well in tubes}


def run_facts(run: Run, wells: Sequence[ReadWell], profile: Profile) -> RunFacts:
    """Return a run's controls, and the series of its weak positives over the laboratory's runs of the same lot before it."""
    controls = tuple(
        Control(ControlKind(well.control), well.position, readings_of(well)) for well in wells if well.control
    )
    return RunFacts(run.lot.kit, controls, _series(run, wells, profile))


def readings_of(well: ReadWell) -> tuple[TargetReading, ...]:
    """Return a well's readings as the rules take them."""
    return tuple(TargetReading(target, ct, amplified) for target, ct, amplified in well.readings)


def _series(run: Run, wells: Sequence[ReadWell], profile: Profile) -> tuple[SeriesFacts, ...]:
    kit, numbers = profile.kits.get(run.lot.kit), profile.quality_control
    if kit is None or numbers is None:
        return ()
    earlier = weak_positives(run.lot, run.plate.organisation_id).filter(run__seq__lt=run.seq)
    own = [well for well in wells if well.control == ControlKind.WEAK_POSITIVE]
    history = [*earlier.exclude(run__judgement__validity=RunValidity.INVALID), *own]
    longest = max((rule.values for rule in numbers.westgard), default=1)
    found = []
    for target in (cut.name for cut in kit.targets):
        values = _values(history, target)
        if not _values(own, target):
            continue  # that the control has no Ct is said by its own row
        centre = centre_of(values, numbers.baseline_values)
        found.append(SeriesFacts(target, centre.n, centre.mean_milli, centre.sd_milli, tuple(values[-longest:])))
    return tuple(found)


def _values(wells: Iterable[ReadWell], target: str) -> list[int]:
    return [ct for well in wells if (ct := lowest(well, target)) is not None]


def _before(run: Run, tubes: Sequence[ReadWell]) -> dict[tuple[int | None, int | None], tuple[TargetReading, ...]]:
    """The readings of the last run of each tube, where that asked to be repeated."""
    rows = ReadWell.objects.filter(same_tubes(tubes), run__seq__lt=run.seq, call__isnull=False)
    last = {_key(well): well for well in rows.select_related("call").order_by("run__seq")}
    return {key: readings_of(well) for key, well in last.items() if well.call.call == Call.REPEAT}


def _key(well: ReadWell) -> tuple[int | None, int | None]:
    return well.specimen_id, well.pool_id
