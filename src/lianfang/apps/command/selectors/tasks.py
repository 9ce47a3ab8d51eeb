"""The list of tasks as its doers see it: segments, filters, why each task exists, who has it and how late it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db.models import Count, Prefetch, Q, QuerySet

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.duties import Standing, is_colleagues, may_reassign, standing_to, tasks_for
from lianfang.apps.core.models import MeasureCause, Task, TaskEvent, User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.core.work import CONTROLLING_TASKS, UNFINISHED, TaskNotYours
from lianfang.apps.tracing.selectors.by_subject import uncontrolled_subjects
from lianfang.apps.tracing.selectors.explaining import ReasonText, reasons_of
from lianfang.rules.vocabulary import TaskKind

SEGMENTS: Final = ("open", "overdue", "returned", "mine", "done")
DEFAULT_SEGMENT: Final = "open"
# What a figure of the desk leads to: who is still to be found, who and what is not yet under control.
GROUPS: Final = ("locate", "control")


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks; empty means all. `area`: a division code's prefix. `group`: a key of GROUPS."""

    segment: str = DEFAULT_SEGMENT
    kind: str = ""
    group: str = ""
    area: str = ""
    responsible: str = ""
    organisation: str = ""
    investigation: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task ready to be drawn. `late_s`: seconds past its deadline, 0 in time; `state`: a sign of kind "task".

    `is_on_behalf`: another organisation answers for it than the reader's.
    """

    task: Task
    area: str
    state: str
    late_s: int
    reasons: Sequence[ReasonText]
    edition: str
    can_take: bool
    can_finish: bool
    can_reassign: bool
    is_on_behalf: bool
    has_identity: bool


def found_tasks(query: TaskQuery, *, by: User, at: datetime) -> QuerySet[Task]:
    """Return the tasks of a query, the most urgent first; finished ones the newest first."""
    found = segment_of(matching(query, by=by), query.segment, by=by, at=at)
    return found.order_by("-finished_at", "-id") if query.segment == "done" else found.order_by("due_at", "id")


def segment_counts(query: TaskQuery, *, by: User, at: datetime) -> dict[str, int]:
    """Return how many tasks each segment of a query holds, in one query."""
    counts = {name: Count("pk", filter=_segment(name, by, at)) for name in SEGMENTS}
    return matching(query, by=by).order_by().aggregate(**counts)


def matching(query: TaskQuery, *, by: User) -> QuerySet[Task]:
    """Return the tasks this member of staff may see that match all but the segment."""
    found = tasks_for(by)
    wanted = {
        "kind": query.kind,
        "area_code__startswith": query.area,
        "responsible_kind": query.responsible,
        "organisation__name__icontains": query.organisation,
        "investigation__number": query.investigation,
        "subject__code": query.subject,
    }
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    return found.filter(in_group(query.group)) if query.group in GROUPS else found


def in_group(group: str) -> Q:
    """Return the condition on tasks of a group; a lot that is sealed and still to be destroyed is under control."""
    if group == "locate":
        return Q(kind=TaskKind.LOCATE)
    return Q(kind__in=CONTROLLING_TASKS, subject__in=uncontrolled_subjects())


def segment_of(tasks: QuerySet[Task], segment: str, *, by: User, at: datetime) -> QuerySet[Task]:
    """Return one segment of tasks."""
    return tasks.filter(_segment(segment, by, at))


def _segment(name: str, by: User, at: datetime) -> Q:
    unfinished = Q(status__in=UNFINISHED)
    return {
        "mine": unfinished & Q(assignee=by),
        "open": unfinished,
        "overdue": unfinished & Q(due_at__lt=at),
        "returned": Q(status=Task.Status.RETURNED),
        "done": Q(status=Task.Status.DONE),
    }.get(name, unfinished)


def with_reasons(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Load with the tasks what `cards` reads of them."""
    causes = MeasureCause.objects.filter(ended_at__isnull=True).select_related("verdict").order_by("id")
    return tasks.prefetch_related(
        Prefetch("measure__causes", causes.defer("verdict__facts"), to_attr="standing_causes")
    )


def cards(tasks: Iterable[Task], *, by: User, at: datetime) -> list[TaskCard]:
    """Return tasks ready to be drawn, with one query for the names of their areas."""
    tasks = list(tasks)
    names = names_of(task.area_code for task in tasks)
    can_reassign = bool(tasks) and may(by, Permission.WORK_TASKS) and may_reassign(by)
    drawn = [_card(task, names[task.area_code], by, at) for task in tasks]
    return [replace(card, can_reassign=card.can_finish and can_reassign) for card in drawn]


def card(task_id: int, *, by: User, at: datetime) -> TaskCard:
    """Return one task ready to be drawn. Raises: TaskNotYours."""
    task = with_reasons(tasks_for(by)).filter(pk=task_id).first()
    if task is None:
        raise TaskNotYours("There is no such task for you.")
    return cards([task], by=by, at=at)[0]


def _card(task: Task, area: str, by: User, at: datetime) -> TaskCard:
    is_open = task.status in UNFINISHED
    late_s = int((at - task.due_at).total_seconds()) if is_open else 0
    causes: list[MeasureCause] = getattr(task.measure, "standing_causes", [])
    verdict = causes[0].verdict if causes else None
    works = is_open and may(by, Permission.WORK_TASKS) and not is_colleagues(task, by)
    return TaskCard(
        task=task,
        area=area,
        state="overdue" if late_s > 0 else task.status,
        late_s=max(late_s, 0),
        reasons=reasons_of(verdict.reasons) if verdict else [],
        edition=verdict.edition if verdict else "",
        can_take=works and task.assignee_id != by.pk,
        can_finish=works,
        can_reassign=False,
        is_on_behalf=standing_to(task, by) is Standing.ON_BEHALF,
        has_identity=task.subject is not None and task.subject.kind == "person" and may(by, Permission.VIEW_IDENTITY),
    )


def events_of(task: Task) -> QuerySet[TaskEvent]:
    """Return what happened to a task, the newest first."""
    return task.events.select_related("by").order_by("-id")


def proof_event(event_id: int, *, by: User) -> TaskEvent:
    """Return an event with a file as proof, of a task this reader may see. Raises: TaskNotYours."""
    event = TaskEvent.objects.select_related("task").filter(pk=event_id).exclude(proof="").first()
    if event is None or not tasks_for(by).filter(pk=event.task_id).exists():
        raise TaskNotYours("There is no such proof for you.")
    return event
