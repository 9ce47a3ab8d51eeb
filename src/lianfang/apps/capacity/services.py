"""Entering what a laboratory can work; planning a new laboratory's steps, showing them done, noticing what is late."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localtime

from lianfang.apps.capacity import selectors
from lianfang.apps.capacity.models import LaboratoryEntry, Milestone, MilestoneEvidence, MilestoneTask
from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotAllowed, NotFound
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Organisation, Task, TaskEvent, User
from lianfang.apps.core.permissions import Permission, may, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.work import PROOF_MAX_BYTES, UNFINISHED, ProofTooLarge
from lianfang.rules.commissioning import Progress
from lianfang.rules.vocabulary import ResponsibleKind, TaskKind

__all__ = [
    "Milestone",
    "Sheet",
    "Shown",
    "Step",
    "enter_laboratory",
    "follow_tasks",
    "plan_step",
    "require_own",
    "show_done",
    "watch",
]


class NotYourLaboratory(NotAllowed):
    """A laboratory's capacity is entered by the laboratory, or by the command."""

    code = "not_your_laboratory"


class EntryChanged(Conflict):
    """Somebody entered another version meanwhile."""

    code = "entry_changed"


class ShiftsInvalid(DomainError):
    """A shift ends before it begins, overlaps another, or there is none."""

    code = "shifts_invalid"
    http_status = 422


class MilestoneDone(Conflict):
    """The step is done already: its day is history."""

    code = "milestone_done"


class EvidenceMissing(DomainError):
    """A step is done when something shows it; another day needs a reason."""

    code = "evidence_missing"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a laboratory enters; `shifts`: (first hour, last hour exclusive, staff) of a day, a night in two parts."""

    opens_on: date
    extractors: int
    thermocyclers: int
    batch: int
    extract_minutes: int
    amplify_minutes: int
    sign_minutes: int
    transport_minutes: int
    staff_per_line: int
    tubes_per_day: int
    shifts: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be planned, or planned again for a reason."""

    laboratory: Organisation
    kind: Milestone.Kind
    due_on: date
    responsible: Organisation
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What shows that a step is done."""

    done_on: date
    note: str
    file: "File[bytes] | None" = None


@transaction.atomic
def enter_laboratory(*, organisation: Organisation, sheet: Sheet, seen: int, at: datetime, by: User) -> LaboratoryEntry:
    """Enter a new version of what a laboratory can work; the same again changes nothing.

    seen: the version on the screen, 0 before the first. Raises: NotYourLaboratory, EntryChanged, ShiftsInvalid.
    """
    require_own(organisation, by)
    shifts = _ordered(sheet.shifts)
    _one_at_a_time()
    latest = LaboratoryEntry.objects.filter(organisation=organisation).order_by("-version").first()
    content = {**asdict(sheet), "shifts": [list(shift) for shift in shifts]}
    if latest is not None and all(getattr(latest, name) == value for name, value in content.items()):
        return latest
    version = latest.version if latest else 0
    if version != seen:
        raise EntryChanged("Somebody changed this laboratory meanwhile: look at it again.")
    made = LaboratoryEntry.objects.create(
        organisation=organisation, version=version + 1, entered_at=at, entered_by=by, **content
    )
    audit.record("capacity.entered", by=by, at=at, organisation=organisation.pk, version=made.version)
    evidence.record("laboratory_entry", [made])
    return made


def require_own(organisation: Organisation, by: User) -> None:
    """Refuse to enter for another laboratory, unless for the command. Raises: NotYourLaboratory, PermissionMissing."""
    require(by, Permission.ENTER_CAPACITY, area_code=organisation.area_code)
    if organisation.pk != by.organisation_id and not may(by, Permission.PLAN_LABORATORIES):
        raise NotYourLaboratory("A laboratory enters its own capacity.")


def _ordered(shifts: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    found = sorted(shifts)
    if not found:
        raise ShiftsInvalid("Enter at least one shift.", field="shifts")
    if any(not 0 <= starts < ends <= 24 or staff < 1 for starts, ends, staff in found):
        raise ShiftsInvalid("A shift ends after it begins, within one day, and has somebody in it.", field="shifts")
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise ShiftsInvalid("Two shifts overlap: enter the people of both as one.", field="shifts")
    return found


@transaction.atomic
def plan_step(*, step: Step, at: datetime, by: User) -> Milestone:
    """Plan a step, or give it another day or unit for a reason; the same again changes nothing.

    Raises: MilestoneDone, EvidenceMissing, PermissionMissing, AreaMissing.
    """
    require(by, Permission.PLAN_LABORATORIES, area_code=step.laboratory.area_code)
    _one_at_a_time()
    latest = Milestone.objects.filter(laboratory=step.laboratory, kind=step.kind).order_by("-version").first()
    if latest is not None:
        if (latest.due_on, latest.responsible_id) == (step.due_on, step.responsible.pk):
            return latest
        if MilestoneEvidence.objects.filter(milestone=latest).exists():
            raise MilestoneDone("This step is done: its day stays.")
        if not step.reason.strip():
            raise EvidenceMissing("Say why the plan changes.", field="reason")
        _withdraw(latest, at)
    made = Milestone.objects.create(
        laboratory=step.laboratory,
        kind=step.kind,
        version=latest.version + 1 if latest else 1,
        due_on=step.due_on,
        responsible=step.responsible,
        reason=step.reason.strip() if latest else "",
        planned_at=at,
        planned_by=by,
    )
    audit.record("capacity.step_planned", by=by, at=at, milestone=made.pk)
    evidence.record("milestone", [made])
    return made


@transaction.atomic
def show_done(*, milestone_id: int, shown: Shown, at: datetime, by: User) -> MilestoneEvidence:
    """Say with evidence that a step is done; twice changes nothing. Its task, if it has one, is withdrawn.

    Raises: NotFound, NotYourLaboratory, EvidenceMissing, ProofTooLarge, PermissionMissing.
    """
    _one_at_a_time()
    milestone = selectors.current_milestones().filter(pk=milestone_id).first()
    known = MilestoneEvidence.objects.filter(milestone=milestone_id).first()
    if milestone is None and known is None:
        raise NotFound("There is no such step in the plan.")
    if known is not None:
        require_own(known.milestone.laboratory, by)
        return known
    assert milestone is not None
    require_own(milestone.laboratory, by)
    if shown.done_on > localtime(at).date():
        raise EvidenceMissing("It cannot be done on a day still to come.", field="done_on")
    if shown.file is not None and (shown.file.size or 0) > PROOF_MAX_BYTES:
        raise ProofTooLarge("The file is larger than 10 MiB.", field="file")
    _withdraw(milestone, at)
    return _done(milestone, shown, at=at, by=by)


def _done(milestone: Milestone, shown: Shown, *, at: datetime, by: User) -> MilestoneEvidence:
    if not shown.note.strip():
        raise EvidenceMissing("Say what shows that it is done.", field="note")
    made = MilestoneEvidence(milestone=milestone, done_on=shown.done_on, note=shown.note.strip()[:1000], at=at, by=by)
    if shown.file is not None:
        made.proof_sha256 = hashlib.sha256(shown.file.read()).hexdigest()
        shown.file.seek(0)
        made.proof = shown.file
    made.save()
    audit.record("capacity.step_done", by=by, at=at, milestone=milestone.pk)
    evidence.record("milestone_evidence", [made])
    return made


@transaction.atomic
def watch(*, at: datetime) -> int:
    """Give the responsible unit of each late step a task; return how many. Safe to repeat and beside itself."""
    _one_at_a_time()
    profile = profile_in_force(at=at)
    late = [
        each
        for each in selectors.current_milestones().filter(task_link__isnull=True)
        if selectors.step_of(each, profile=profile, at=at).progress is Progress.LATE
    ]
    notice_s = profile.laboratory.milestone_notice_s if profile.laboratory else 0
    for milestone in late:
        task = Task.objects.create(
            kind=TaskKind.COMMISSION_LABORATORY,
            responsible_kind=ResponsibleKind(milestone.responsible.responsible_kind),
            organisation=milestone.responsible,
            area_code=milestone.laboratory.area_code,
            created_at=at,
            due_at=at + timedelta(seconds=notice_s),
        )
        MilestoneTask.objects.create(milestone=milestone, task=task)
    return len(late)


@transaction.atomic
def follow_tasks(task_ids: Sequence[int]) -> None:
    """Take a finished task's proof as the evidence of its step. The reaction to finished tasks; safe to repeat."""
    _one_at_a_time()
    links = MilestoneTask.objects.filter(task__in=task_ids, task__status=Task.Status.DONE, milestone__evidence=None)
    for link in links.select_related("milestone", "task").order_by("id"):
        event = TaskEvent.objects.filter(task=link.task, action="done").order_by("-id").first()
        if event is None or event.by is None:
            continue
        note = event.note or f"{event.proof.name} ({event.proof_sha256})"
        shown = Shown(localtime(event.at).date(), note)
        _done(link.milestone, shown, at=event.at, by=event.by)


def _withdraw(milestone: Milestone, at: datetime) -> None:
    """Withdraw the task of a step that is done or planned anew."""
    tasks = Task.objects.filter(pk__in=MilestoneTask.objects.filter(milestone=milestone).values("task"))
    tasks.filter(status__in=UNFINISHED).update(status=Task.Status.CANCELLED, finished_at=at)


def _one_at_a_time() -> None:
    wait_for(Lock.CAPACITY)
