"""The measures and tasks that stand because of an investigation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from lianfang.apps.core.models import Measure, Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.tracing.links import task_url
from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard


@dataclass(frozen=True, slots=True)
class MeasureCount:
    """Measures of one kind: in force, ended by release, fallen away; and when the first in force is to end."""

    kind: str
    n_standing: int
    n_released: int
    n_fallen: int
    first_end: datetime | None


@dataclass(frozen=True, slots=True)
class TaskCount:
    """Tasks of one kind for one kind of responsible party."""

    kind: str
    responsible_kind: str
    n_all: int
    n_done: int
    n_open: int
    n_late: int


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task; `state` is a sign of kind "task"."""

    id: int
    kind: str
    subject: SubjectCard | None
    responsible_kind: str
    organisation: str
    due_at: datetime
    state: str
    href: str


def measures_of(investigation: Investigation, reader: Reader) -> QuerySet[Measure]:
    """Return the measures an investigation is a cause of, in the reader's area."""
    caused = Measure.objects.filter(causes__investigation=investigation).values("pk")
    return Measure.objects.filter(pk__in=caused, area_code__startswith=reader.area_code)


def tasks_of(investigation: Investigation, reader: Reader) -> QuerySet[Task]:
    """Return the tasks of those measures."""
    return Task.objects.filter(
        measure__in=measures_of(investigation, reader).values("pk"), area_code__startswith=reader.area_code
    )


def measure_counts(investigation: Investigation, reader: Reader) -> Sequence[MeasureCount]:
    """Return the measures by kind."""
    fallen = Q(end__in=[Measure.End.SUPERSEDED, Measure.End.WITHDRAWN])
    rows = (
        measures_of(investigation, reader)
        .values("kind")
        .annotate(
            n_standing=Count("pk", filter=Q(ended_at__isnull=True)),
            n_released=Count("pk", filter=Q(end=Measure.End.RELEASED)),
            n_fallen=Count("pk", filter=fallen),
            first_end=Min("ends_at", filter=Q(ended_at__isnull=True)),
        )
    )
    return [MeasureCount(**row) for row in rows.order_by("-n_standing", "kind")]


def task_counts(investigation: Investigation, reader: Reader, at: datetime) -> Sequence[TaskCount]:
    """Return the tasks by kind and responsible party, the latest of them first; cancelled ones are left out."""
    unfinished = Q(status__in=UNFINISHED)
    rows = (
        tasks_of(investigation, reader)
        .exclude(status=Task.Status.CANCELLED)
        .values("kind", "responsible_kind")
        .annotate(
            n_all=Count("pk"),
            n_done=Count("pk", filter=Q(status=Task.Status.DONE)),
            n_open=Count("pk", filter=unfinished),
            n_late=Count("pk", filter=unfinished & Q(due_at__lt=at)),
        )
    )
    return [TaskCount(**row) for row in rows.order_by("-n_late", "-n_open", "kind", "responsible_kind")]


def listed_tasks(
    investigation: Investigation, reader: Reader, at: datetime, *, kind: str = "", state: str = ""
) -> QuerySet[Task]:
    """Return tasks, the most urgent first; `state`: late, open (unfinished), done, or "" for all but cancelled."""
    found = tasks_of(investigation, reader).exclude(status=Task.Status.CANCELLED)
    if kind:
        found = found.filter(kind=kind)
    if state == "late":
        found = found.filter(status__in=UNFINISHED, due_at__lt=at)
    elif state == "open":
        found = found.filter(status__in=UNFINISHED)
    elif state == "done":
        found = found.filter(status=Task.Status.DONE)
    return found.select_related("subject", "organisation").order_by("finished_at", "due_at", "id")


def task_lines(tasks: Iterable[Task], reader: Reader, at: datetime) -> list[TaskLine]:
    """Return a page of tasks as lines."""
    return [
        TaskLine(
            id=task.pk,
            kind=task.kind,
            subject=reader.card(task.subject) if task.subject else None,
            responsible_kind=task.responsible_kind,
            organisation=task.organisation.name if task.organisation else "",
            due_at=task.due_at,
            state="overdue" if task.status in UNFINISHED and task.due_at < at else task.status,
            href=task_url(task.pk),
        )
        for task in tasks
    ]
