"""Reading an instrument's file into a run: matched to its plate, judged, called, and put forward to be signed."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.lab import pool_results
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.judging import Judged, judge
from lianfang.apps.lab.bench.models import Judgement, Plate, ReadWell, Run, RunFile, Well, WellCall
from lianfang.formats.instruments import InstrumentError, InstrumentRun, Task, read_run
from lianfang.formats.instruments.plates import Expected, Matched, Mismatch, match_plate
from lianfang.formats.instruments.tables import plain
from lianfang.rules.assay import Call
from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.vocabulary import SpecimenResult

# What an instrument may call a control; many are set up with every well an unknown.
_TASKS: Mapping[ControlKind, tuple[Task, ...]] = {
    ControlKind.NEGATIVE: (Task.NEGATIVE_CONTROL, Task.UNKNOWN),
    ControlKind.EXTRACTION: (Task.NEGATIVE_CONTROL, Task.UNKNOWN),
    ControlKind.POSITIVE: (Task.POSITIVE_CONTROL, Task.STANDARD, Task.UNKNOWN),
    ControlKind.WEAK_POSITIVE: (Task.POSITIVE_CONTROL, Task.STANDARD, Task.UNKNOWN),
}
# What is put forward for each call; a tube to be repeated stays without.
_VALUES: Mapping[Call, SpecimenResult] = {
    Call.POSITIVE: SpecimenResult.POSITIVE,
    Call.NEGATIVE: SpecimenResult.NEGATIVE,
    Call.RECOLLECT: SpecimenResult.INDETERMINATE,
}


class FileUnreadable(DomainError):
    """The file is not an instrument's; `cause` has code, line and parameters."""

    code = "file_unreadable"
    http_status = 422

    def __init__(self, cause: InstrumentError) -> None:
        super().__init__("This file cannot be read.", field="file")
        self.cause = cause


class FileOfAnotherPlate(Conflict):
    """The file differs from the plate; `mismatches` names every well."""

    code = "file_of_another_plate"

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__("This file does not fit the plate: nothing was taken from it.", field="file")
        self.mismatches = mismatches


class FileTaken(Conflict):
    """The same file was read for another plate."""

    code = "file_taken"


class PlateNotReady(Conflict):
    """The plate is not sealed yet, or closed already."""

    code = "plate_not_ready"


@transaction.atomic
def read_file(*, plate_code: str, content: bytes, filename: str, at: datetime, by: User) -> Run:
    """Take an instrument's file as the run of a sealed plate. The same file again is the same run.

    Raises: FileUnreadable, FileOfAnotherPlate, FileTaken, PlateNotReady, NotFound, PermissionMissing.
    """
    require(by, Permission.RECORD_RESULTS)
    found = selectors.plate_of(plate_code, by=by)
    sha256 = hashlib.sha256(content).hexdigest()
    _lock_file(sha256)
    known = Run.objects.filter(sha256=sha256).select_related("plate").first()
    if known is not None:
        if known.plate_id != found.pk:
            raise FileTaken("This file was read for another plate.", field="file")
        return known
    plate = Plate.objects.select_for_update(no_key=True).select_related("lot").get(pk=found.pk)
    if not plate.is_open or plate.sealed_at is None:
        raise PlateNotReady("Seal the plate before its file is read; a closed plate takes none.", field="file")
    profile = profile_in_force(at=at)
    told = _read(content)
    wells = selectors.contents(plate)
    matched = match_plate(told, {place: _expected(well) for place, well in wells.items()}, _targets(plate, profile))
    if matched.mismatches:
        raise FileOfAnotherPlate(matched.mismatches)
    run = _run(plate, told, matched)
    run.filename, run.sha256, run.recorded_at, run.recorded_by = filename[:200], sha256, at, by
    evidence.insert("bench_run", [run])
    RunFile.objects.create(run=run, content=content)
    read = [_read_well(run, wells[place], matched, profile) for place in sorted(wells)]
    evidence.insert("read_well", read)
    _decide(run, read, profile)
    return run


def _lock_file(sha256: str) -> None:
    """Be the only one to read this file: handed in twice at once it is still one run."""
    wait_for(Lock.INSTRUMENT_FILE, sha256)


def _read(content: bytes) -> InstrumentRun:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        path.write_bytes(content)
        try:
            told = read_run(path)
        except InstrumentError as error:
            raise FileUnreadable(error) from error
    if len({well.plate for well in told.wells}) > 1:
        raise FileUnreadable(InstrumentError("several_plates"))
    return told


def _expected(well: Well) -> Expected:
    return Expected("", _TASKS[ControlKind(well.control)]) if well.control else Expected(well.tube)


def _targets(plate: Plate, profile: Profile) -> dict[str, str]:
    """The kit's targets and internal control by their plain names."""
    kit = profile.kits.get(plate.lot.kit)
    names = [*(cut.name for cut in kit.targets), kit.internal_control] if kit else []
    return {plain(name): name for name in names}


def _run(plate: Plate, told: InstrumentRun, matched: Matched) -> Run:
    refused = [[each.line, each.position, each.code, dict(each.params)] for each in matched.refused]
    n_read = sum(len(rows) for rows in matched.readings.values())
    return Run(
        plate=plate, lot=plate.lot, format=told.format, n_rows=told.n_rows, n_read=n_read, n_refused=len(refused),
        refused=refused,
    )  # fmt: skip


def _read_well(run: Run, well: Well, matched: Matched, profile: Profile) -> ReadWell:
    names = _targets(run.plate, profile)
    rows = matched.readings.get(well.position, ())
    readings = [[names[plain(row.target)], row.ct_milli, row.is_amplified] for row in rows]
    return ReadWell(
        run=run, position=well.position, specimen=well.specimen, pool=well.pool, control=well.control, readings=readings
    )


def _decide(run: Run, wells: Sequence[ReadWell], profile: Profile) -> None:
    """Store what the rules say of a run, then what is put forward; the plate is closed."""
    at, by = run.recorded_at, run.recorded_by
    judged = judge(run, wells, profile)
    _store(run, judged)
    _put_forward(run, judged)
    Plate.objects.filter(pk=run.plate_id).update(is_open=False, closed_at=at)
    audit.record("lab.run_read", by=by, at=at, run=run.pk, validity=judged.run.outcome, n_wells=len(wells))


def _store(run: Run, judged: Judged) -> None:
    occasion = Occasion(evidence.known_seq(), run.recorded_at)
    judgement = stored(judged.run, None, occasion)
    subjects = {well: well.specimen.subject_id if well.specimen else None for well in judged.calls}
    calls = {well: stored(verdict, subjects[well], occasion) for well, verdict in judged.calls.items()}
    evidence.insert("verdict", [judgement, *calls.values()])
    Judgement.objects.create(run=run, verdict=judgement, validity=judged.run.outcome)
    bulk.insert([WellCall(well=well, verdict=row, call=judged.calls[well].outcome.call) for well, row in calls.items()])


def _put_forward(run: Run, judged: Judged) -> None:
    at, by = run.recorded_at, run.recorded_by
    values = {well: _VALUES[each.outcome.call] for well, each in judged.calls.items() if each.outcome.call in _VALUES}
    singles = {well.specimen_id: value for well, value in values.items() if well.specimen_id}
    shared = {well.pool.code: value for well, value in values.items() if well.pool}
    if singles:
        lab.put_forward(values=singles, at=at, by=by)
    if shared:
        pool_results.put_pools_forward(values=shared, at=at, by=by)
