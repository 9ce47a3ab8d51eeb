"""Tasks as people do them: taken, done with proof, returned. Each step is a fact with a name and a time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet

from lianfang.apps.core import audit, evidence, outbox
from lianfang.apps.core.duties import Standing, is_colleagues, receivers, refuse_checked_party, standing_to, tasks_for
from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.models import Control, Task, TaskEvent, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.rules.vocabulary import TaskKind

# Done, these establish that the subject is no source any more (the trace's controls).
CONTROLLING_TASKS = frozenset(
    {TaskKind.ISOLATE, TaskKind.TRANSFER, TaskKind.CHECK_HOME, TaskKind.SEAL_LOT, TaskKind.DESTROY_LOT}
)
# Finished by deciding about each of their rows, never by a note.
BY_ROWS = frozenset({TaskKind.VERIFY_LISTED})
UNFINISHED = (Task.Status.OPEN, Task.Status.TAKEN, Task.Status.RETURNED)
PROOF_MAX_BYTES = 10 << 20
# Steps of a task's history besides its states: why somebody acts for another party; given to another organisation.
ON_BEHALF = "on_behalf"
REASSIGNED = "reassigned"


class TaskNotYours(NotFound):
    """The task does not exist for this actor (other area or other organisation)."""

    code = "task_not_found"


class TaskFinished(Conflict):
    """Somebody finished or cancelled it meanwhile."""

    code = "task_finished"


class TaskTaken(Conflict):
    """A colleague has taken it; it can be taken over only by who may assign."""

    code = "task_taken"


class TaskHasRows(DomainError):
    """The task is done when each of its rows is decided, where they are shown."""

    code = "task_has_rows"
    http_status = 409


class ProofMissing(DomainError):
    """Done needs a note or a file; returned needs a note."""

    code = "proof_missing"
    http_status = 422


class ReasonMissing(DomainError):
    """Acting on behalf of the responsible organisation needs a stated reason."""

    code = "reason_missing"
    http_status = 422


class ReceiverUnknown(DomainError):
    """The organisation is not one to which the actor may give tasks."""

    code = "receiver_unknown"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a task is done: a note or a file; `on_behalf` says why another party than the responsible did it."""

    note: str = ""
    file: "File[bytes] | None" = None
    on_behalf: str = ""


class ProofTooLarge(DomainError):
    """The file is larger than 10 MiB."""

    code = "proof_too_large"
    http_status = 422


def unfinished(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Return those still to be done, most urgent first."""
    return tasks.filter(status__in=UNFINISHED).order_by("due_at", "id")


@transaction.atomic
def take_task(*, task_id: int, at: datetime, by: User) -> Task:
    """Take a task. Taking one's own again changes nothing. Raises: TaskNotYours, TaskFinished, TaskTaken."""
    task = _lock(task_id, by)
    if task.assignee_id == by.pk and task.status == Task.Status.TAKEN:
        return task
    _refuse_taken(task, by)
    task.assignee, task.status = by, Task.Status.TAKEN
    task.save(update_fields=["assignee", "status"])
    _note(TaskEvent(task=task, action="taken", by=by, at=at))
    return task


@transaction.atomic
def finish_task(*, task_id: int, proof: Proof, at: datetime, by: User) -> Task:
    """Finish a task with proof; where it establishes control of the subject, that becomes a fact from now on.

    Raises: TaskNotYours, TaskFinished, TaskTaken, TaskHasRows, CheckedParty, ReasonMissing, ProofMissing, ProofTooLarge.
    """
    task = _lock(task_id, by)
    _refuse_finish([task], by)
    if not proof.note.strip() and proof.file is None:
        raise ProofMissing("Say what was done, or attach a file.", field="note")
    if proof.file is not None and (proof.file.size or 0) > PROOF_MAX_BYTES:
        raise ProofTooLarge("The file is larger than 10 MiB.", field="proof")
    stated = _stated([task], proof.on_behalf, at=at, by=by)
    task.status, task.finished_at, task.assignee = Task.Status.DONE, at, by
    task.save(update_fields=["status", "finished_at", "assignee"])
    event = TaskEvent(task=task, action="done", by=by, at=at, note=proof.note.strip())
    if proof.file is not None:
        event.proof_sha256 = hashlib.sha256(proof.file.read()).hexdigest()
        proof.file.seek(0)
        event.proof = proof.file
    evidence.insert("task_event", stated)
    event.save()
    _done([task], [event], at=at, by=by)
    return task


@transaction.atomic
def finish_tasks(*, task_ids: Sequence[int], proof: Proof, at: datetime, by: User) -> list[Task]:
    """Finish several tasks with one note, all or none. Raises: as `finish_task`; TaskNotYours if any is not theirs."""
    require(by, Permission.WORK_TASKS)
    if not proof.note.strip():
        raise ProofMissing("Say what was done.", field="note")
    tasks = list(tasks_for(by).select_for_update(of=("self",)).filter(pk__in=task_ids).order_by("pk"))
    if len(tasks) != len(set(task_ids)):
        raise TaskNotYours("There is no such task for you.")
    if any(task.status not in UNFINISHED for task in tasks):
        raise TaskFinished("One of these tasks is finished already.")
    _refuse_finish(tasks, by)
    stated = _stated(tasks, proof.on_behalf, at=at, by=by)
    Task.objects.filter(pk__in=task_ids).update(status=Task.Status.DONE, finished_at=at, assignee=by)
    events = [TaskEvent(task=task, action="done", by=by, at=at, note=proof.note.strip()) for task in tasks]
    evidence.insert("task_event", stated)
    _done(tasks, events, at=at, by=by)
    return tasks


def _stated(tasks: Sequence[Task], reason: str, *, at: datetime, by: User) -> list[TaskEvent]:
    """Return the events that say why the actor does what others answer for. Raises: ReasonMissing."""
    others = [task for task in tasks if standing_to(task, by) is Standing.ON_BEHALF]
    if others and not reason.strip():
        raise ReasonMissing("Say why you act on behalf of the responsible organisation.", field="on_behalf")
    return [TaskEvent(task=task, action=ON_BEHALF, by=by, at=at, note=reason.strip()) for task in others]


def _done(tasks: Sequence[Task], events: Sequence[TaskEvent], *, at: datetime, by: User) -> None:
    """Record that tasks are done: audit, what follows, the events and the controls they establish as facts."""
    subjects = [task.subject_id for task in tasks if task.subject_id]
    ids = [task.pk for task in tasks]
    audit.record("task.done", by=by, at=at, subjects=subjects, tasks=ids)
    outbox.add("core.tasks_done", task_ids=ids)
    controls = _controls(tasks, at=at, by=by)
    if len(events) == 1 and events[0].pk is not None:  # it came with a file, which only `save` stores
        evidence.record("task_event", events)
    else:
        evidence.insert("task_event", events)
    evidence.insert("control", controls)


def _controls(tasks: Sequence[Task], *, at: datetime, by: User) -> list[Control]:
    controlling = {
        (task.subject_id, f"task:{task.kind}") for task in tasks if task.subject_id and task.kind in CONTROLLING_TASKS
    }
    known = Control.objects.filter(controlled_at=at, subject__in=[subject for subject, _ in controlling])
    new = sorted(controlling - set(known.values_list("subject_id", "cause")))
    return [
        Control(subject_id=subject, controlled_at=at, cause=cause, recorded_at=at, recorded_by=by)
        for subject, cause in new
    ]


@transaction.atomic
def return_task(*, task_id: int, note: str, at: datetime, by: User) -> Task:
    """Give a task back with the reason why it cannot be done here. Raises: as `take_task`; ProofMissing."""
    task = _lock(task_id, by)
    _refuse_taken(task, by)
    if not note.strip():
        raise ProofMissing("Say why the task is returned.", field="note")
    task.status, task.assignee = Task.Status.RETURNED, None
    task.save(update_fields=["status", "assignee"])
    _note(TaskEvent(task=task, action="returned", by=by, at=at, note=note.strip()))
    return task


@transaction.atomic
def reassign_task(*, task_id: int, receiver: str, note: str, at: datetime, by: User) -> Task:
    """Give a task to another organisation (by its code); it is open again, there.

    Raises: TaskNotYours, TaskFinished, TaskTaken, ReceiverUnknown, ProofMissing.
    """
    task = _lock(task_id, by)
    _refuse_taken(task, by)
    found = receivers(by).filter(code=receiver.strip()).first()
    if found is None:
        raise ReceiverUnknown("You cannot give tasks to this organisation.", field="receiver")
    if not note.strip():
        raise ProofMissing("Say why this organisation does it.", field="note")
    task.status, task.assignee, task.organisation = Task.Status.OPEN, None, found
    task.save(update_fields=["status", "assignee", "organisation"])
    _note(TaskEvent(task=task, action=REASSIGNED, by=by, at=at, note=f"{found.name} ({found.code}): {note.strip()}"))
    return task


def _refuse_taken(task: Task, by: User) -> None:
    if is_colleagues(task, by):
        raise TaskTaken("A colleague has taken this task.")


def _refuse_finish(tasks: Sequence[Task], by: User) -> None:
    for task in tasks:
        _refuse_taken(task, by)
        if task.kind in BY_ROWS:
            raise TaskHasRows("Say of each listed person who it is: then the task is done.")
    refuse_checked_party(tasks, by)


def _lock(task_id: int, by: User) -> Task:
    require(by, Permission.WORK_TASKS)
    task = tasks_for(by).select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise TaskNotYours("There is no such task for you.")
    if task.status not in UNFINISHED:
        raise TaskFinished("This task is finished already.")
    return task


def _note(event: TaskEvent) -> None:
    event.save()
    task = event.task
    subjects = [task.subject_id] if task.subject_id else []
    audit.record(f"task.{event.action}", by=event.by, at=event.at, subjects=subjects, task=task.pk)
    evidence.record("task_event", [event])
