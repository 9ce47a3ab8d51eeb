"""Finding out who the listed persons are whom nobody recognised: tasks for the territories, and what they answer.

One task for all rows of a list that concern one division: a list of thousands of strangers is one piece of work for a
village, done when the last of its rows is decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Subject, Task, TaskEvent, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.selectors import Concern, responsibilities
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.lists.models import RowDecision, RowState
from lianfang.apps.lists.selectors import row_of
from lianfang.apps.people.registering import PersonEntry, person_for
from lianfang.rules.vocabulary import ResponsibleKind, TaskKind

State, Decision = RowState.State, RowDecision.Decision
_DAY_S = 86_400  # where an old edition of the profile says nothing
MOST_AT_ONCE = 200


class RowDecided(Conflict):
    """Somebody has decided about the row meanwhile."""

    code = "row_decided"


class NotAPerson(DomainError):
    """The code names no person of the actor's area."""

    code = "not_a_person"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Settled:
    """Who a row is: somebody registered (`code`), somebody to be registered (`entry`), nobody of the county (neither)."""

    note: str
    code: str = ""
    entry: PersonEntry | None = None


def give_tasks(states: Sequence[RowState], areas: Mapping[int, str], *, batch_id: int, at: datetime) -> None:
    """Set in each state, which the caller saves, the task of its division; make those that are missing.

    areas: the division of each row. Call it inside a transaction.
    """
    wait_for(Lock.VERIFY, batch_id)
    tasks = {
        area: task for area in sorted({areas[state.row_id] for state in states}) if (task := _open(batch_id, area))
    }
    new = _new_tasks(sorted({areas[state.row_id] for state in states} - set(tasks)), at)
    bulk.insert(new)
    tasks |= {task.area_code: task for task in new}
    for state in states:
        state.task_id = tasks[areas[state.row_id]].pk


def _open(batch_id: int, area: str) -> Task | None:
    """The unfinished task of a list for a division, locked so that it is not finished meanwhile."""
    rows = RowState.objects.filter(row__batch=batch_id, row__area_code=area, task__status__in=UNFINISHED)
    task_id = rows.order_by("-task_id").values_list("task_id", flat=True).first()
    return Task.objects.select_for_update().filter(pk=task_id or 0, status__in=UNFINISHED).first()


def _new_tasks(areas: Sequence[str], at: datetime) -> list[Task]:
    profile, responsible = profile_in_force(at=at), responsibilities()
    due_at = at + timedelta(seconds=profile.matching.verify_due_s if profile.matching else _DAY_S)
    return [
        Task(
            kind=TaskKind.VERIFY_LISTED,
            responsible_kind=ResponsibleKind.TERRITORY,
            organisation_id=responsible.of(ResponsibleKind.TERRITORY, Concern(area)),
            area_code=area,
            created_at=at,
            due_at=due_at,
        )
        for area in areas
    ]


@transaction.atomic
def settle_row(*, row_id: int, said: Settled, at: datetime, by: User) -> None:
    """Record who a listed person is; a person to be registered is registered with it, once.

    Raises: ListedRowNotFound, RowDecided, NotAPerson, IdentityInvalid, PermissionMissing, AreaMissing.
    """
    require(by, Permission.WORK_TASKS)
    require(by, Permission.VIEW_IDENTITY)
    row = row_of(row_id, area=by.area_code)
    state = _locked([row.pk])[0]
    decision = RowDecision(row=row, decision=Decision.ELSEWHERE, note=said.note.strip()[:500], by=by, at=at)
    state.state = State.ELSEWHERE
    if said.code or said.entry:
        subject = _person(said, at=at, by=by)
        state.state, state.subject = State.JOINED, subject
        decision.decision, decision.subject = Decision.SAME, subject
    _save([state], [decision], at=at, by=by)


@transaction.atomic
def settle_elsewhere(*, row_ids: Sequence[int], note: str, at: datetime, by: User) -> int:
    """Say of several rows that nobody of them is in the county, all or none; return how many.

    Raises: ListedRowNotFound, RowDecided, PermissionMissing.
    """
    require(by, Permission.WORK_TASKS)
    require(by, Permission.VIEW_IDENTITY)
    rows = [row_of(row_id, area=by.area_code) for row_id in sorted(set(row_ids))[:MOST_AT_ONCE]]
    states = _locked([row.pk for row in rows])
    for state in states:
        state.state = State.ELSEWHERE
    said = {"decision": Decision.ELSEWHERE, "note": note.strip()[:500], "by": by, "at": at}
    _save(states, [RowDecision(row=row, **said) for row in rows], at=at, by=by)
    return len(rows)


def _locked(row_ids: Sequence[int]) -> list[RowState]:
    """Lock the rows and their tasks, in key order; refuse any that is not to be verified any more."""
    found = RowState.objects.select_for_update(of=("self",)).filter(pk__in=row_ids, state=State.VERIFY).order_by("pk")
    states = list(found)
    if len(states) != len(row_ids):
        raise RowDecided("Somebody has decided about this row meanwhile.")
    tasks = {state.task_id for state in states if state.task_id}
    list(Task.objects.select_for_update().filter(pk__in=tasks).order_by("pk"))
    return states


def _person(said: Settled, *, at: datetime, by: User) -> Subject:
    if said.entry is not None:
        require(by, Permission.EDIT_PERSONS, area_code=said.entry.area_code)
        return person_for(said.entry, at=at, by=by).subject
    subject = Subject.objects.filter(code=said.code, kind="person", area_code__startswith=by.area_code).first()
    if subject is None:
        raise NotAPerson("Nobody in your area has this code.", field="code")
    return subject


def _save(states: Sequence[RowState], decisions: Sequence[RowDecision], *, at: datetime, by: User) -> None:
    RowState.objects.bulk_update(states, ["state", "subject"])
    record_decisions(decisions)
    tasks = sorted({state.task_id for state in states if state.task_id})
    left = RowState.objects.filter(task__in=tasks, state=State.VERIFY).values_list("task", flat=True)
    finished = Task.objects.filter(pk__in=set(tasks) - set(left), status__in=UNFINISHED).order_by("pk")
    events = [TaskEvent(task=task, action="done", by=by, at=at, note=decisions[-1].note) for task in finished]
    Task.objects.filter(pk__in=[event.task_id for event in events]).update(
        status=Task.Status.DONE, finished_at=at, assignee=by
    )
    evidence.insert("task_event", events)


def record_decisions(decisions: Sequence[RowDecision]) -> None:
    """Store what one person decided at one time, with its evidence."""
    subjects = {each.subject_id for each in decisions if each.subject_id}
    audit.record("lists.decided", by=decisions[0].by, at=decisions[0].at, subjects=subjects,
                 rows=[each.row_id for each in decisions], decision=str(decisions[0].decision))  # fmt: skip
    evidence.insert("row_decision", decisions)
