"""The figures of the command desk; each is a count of rows that a link beside it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Left, TruncDay, TruncHour
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext

from lianfang.apps.areas import selectors as areas
from lianfang.apps.command.selectors.tasks import in_group
from lianfang.apps.core import evidence
from lianfang.apps.core.duties import tasks_for
from lianfang.apps.core.health import Check, checks
from lianfang.apps.core.models import EvidenceEntry, Measure, OutboxEvent, Task, User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.lab import selectors as lab
from lianfang.apps.tracing.selectors.by_subject import Answered, answers, uncontrolled
from lianfang.apps.tracing.selectors.investigations import ListFilter, Summary, listed, summaries
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import ResponsibleKind

TODAY: Final = timedelta(hours=24)
POSITIVES_SHOWN: Final = 5
INVESTIGATIONS_SHOWN: Final = 8
CHART_DAYS: Final = 14
CHART_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class PositiveLine:
    """One positive signed in the last 24 hours and what answers to it; `answered` None while that is under way."""

    subject: SubjectCard
    specimen: str
    signed_at: datetime
    answered: Answered | None


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """Tasks of the reader: unfinished, overdue and since when, still to be located, still to be controlled (subjects),
    and those given back, for which somebody else must be found.
    """

    n_unfinished: int
    n_overdue: int
    oldest_due_at: datetime | None
    n_today: int
    n_to_locate: int
    n_to_control: int
    n_returned: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One responsibility in one area, with the addresses of the rows behind the two figures."""

    responsible: str
    n_unfinished: int
    n_overdue: int
    href: str
    late_href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One area of the table of responsibilities, a cell for each of the four."""

    name: str
    cells: Sequence[Cell]

    @property
    def is_idle(self) -> bool:
        """Whether nobody has anything to do there."""
        return not any(cell.n_unfinished for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh everything is: last evidence entry, events not yet followed up, the worker's sign of life."""

    seq: int
    recorded_at: datetime | None
    n_pending: int
    outbox: Check
    worker: Check

    @property
    def is_ok(self) -> bool:
        """Whether what is signed is being followed up."""
        return self.outbox.ok and self.worker.ok


def may_see_positives(by: User) -> bool:
    """Return whether the reader's role deals with positives as such."""
    return may(by, Permission.VIEW_INVESTIGATIONS) or may(by, Permission.RECORD_RESULTS)


def positives(*, by: User, at: datetime, since: timedelta = TODAY) -> list[PositiveLine]:
    """Return the positives of the reader's area signed in the last 24 hours (or another span), the newest first."""
    reader = Reader(by)
    rows = list(lab.positives(since=at - since, area=by.area_code))
    keys = [(row.specimen.subject_id, row.signed_at) for row in rows if row.signed_at]
    answered = answers(keys)
    return [
        PositiveLine(
            subject=reader.card(row.specimen.subject),
            specimen=row.specimen.code,
            signed_at=row.signed_at,
            answered=answered.get((row.specimen.subject_id, row.signed_at)),
        )
        for row in rows
        if row.signed_at
    ]


def open_investigations(*, by: User, at: datetime) -> tuple[list[tuple[Summary, int]], int]:
    """Return the newest open investigations, each with its subjects not yet under control, and how many there are."""
    reader = Reader(by)
    found = listed(reader, ListFilter(status="open"))
    rows = summaries(found[:INVESTIGATIONS_SHOWN], reader, at)
    missing = uncontrolled([row.number for row in rows], reader)
    return [(row, missing.get(row.number, 0)) for row in rows], found.count()


def work_figures(*, by: User, at: datetime) -> WorkFigures:
    """Return the figures of the reader's tasks, in one query."""
    unfinished = tasks_for(by).filter(status__in=UNFINISHED).order_by()
    overdue = Q(due_at__lt=at)
    counted = unfinished.aggregate(
        n_unfinished=Count("pk"),
        n_overdue=Count("pk", filter=overdue),
        oldest_due_at=Min("due_at", filter=overdue),
        n_today=Count("pk", filter=Q(due_at__lt=_end_of_day(at))),
        n_to_locate=Count("subject", distinct=True, filter=in_group("locate")),
        n_returned=Count("pk", filter=Q(status=Task.Status.RETURNED)),
        n_to_control=Count("subject", distinct=True, filter=in_group("control")),
    )
    return WorkFigures(**counted)


def responsibilities(*, by: User, at: datetime) -> list[Line]:
    """Return unfinished and overdue tasks by area (townships, or a township's villages) and responsible party.

    Areas without a task are lines of zeros; tasks outside the listed areas get a line of their own.
    """
    within = settings.COUNTY_CODE if settings.COUNTY_CODE.startswith(by.area_code) else by.area_code
    below = [digits for digits in areas.CODE_DIGITS.values() if digits > len(within)]
    if not below:
        return []
    digits = below[0]
    unfinished = tasks_for(by).filter(status__in=UNFINISHED).order_by()
    rows = unfinished.values(unit=Left("area_code", digits), party=F("responsible_kind")).annotate(
        n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at))
    )
    counted = {(row["unit"], row["party"]): (row["n"], row["late"]) for row in rows}
    listed_codes = {unit.code: unit.name for unit in areas.children(within)}
    others = sorted({unit for unit, _ in counted} - set(listed_codes))
    names = listed_codes | areas.names_of(others)
    return [Line(names[code], [_cell(code, kind, counted) for kind in ResponsibleKind]) for code in names]


def _cell(code: str, kind: ResponsibleKind, counted: dict[tuple[str, str], tuple[int, int]]) -> Cell:
    n, n_late = counted.get((code, kind.value), (0, 0))
    wanted = {"area": code, "responsible": kind.value}
    tasks = reverse("tasks")
    late = {**wanted, "segment": "overdue"}
    return Cell(kind.value, n, n_late, f"{tasks}?{urlencode(wanted)}", f"{tasks}?{urlencode(late)}")


def freshness(at: datetime) -> Freshness:
    """Return how fresh the installation is."""
    found = checks(at)
    seq = evidence.known_seq()
    entry = EvidenceEntry.objects.filter(seq=seq).values_list("recorded_at", flat=True).first()
    absent = Check(ok=False)
    pending = OutboxEvent.objects.filter(delivered_at__isnull=True).count()
    return Freshness(seq, entry, pending, found.get("outbox", absent), found.get("worker", absent))


def chart(*, by: User, at: datetime, by_hour: bool) -> dict[str, Any]:
    """Return new subjects under measures, tasks ordered and tasks done, by day or hour, for the chart island."""
    trunc = TruncHour if by_hour else TruncDay
    step = timedelta(hours=1) if by_hour else timedelta(days=1)
    n_steps = CHART_HOURS if by_hour else CHART_DAYS
    hour = localtime(at).replace(minute=0, second=0, microsecond=0)
    last = hour if by_hour else hour.replace(hour=0)
    steps = [last - step * back for back in reversed(range(n_steps))]
    tasks = tasks_for(by).order_by()
    measures = Measure.objects.filter(area_code__startswith=by.area_code, ordered_at__gte=steps[0])
    counts = [
        (gettext("Newly under measures"), "orange", measures, "ordered_at", Count("subject", distinct=True)),
        (gettext("Tasks ordered"), "blue", tasks.filter(created_at__gte=steps[0]), "created_at", Count("pk")),
        (
            gettext("Tasks done"),
            "green",
            tasks.filter(status=Task.Status.DONE, finished_at__gte=steps[0]),
            "finished_at",
            Count("pk"),
        ),
    ]
    series = []
    for name, tone, rows, field, count in counts:
        found = dict(rows.annotate(step=trunc(field)).values("step").annotate(n=count).values_list("step", "n"))
        series.append({"name": name, "tone": tone, "data": [found.get(one, 0) for one in steps]})
    shape = "%H:00" if by_hour else "%m-%d"
    return {"kind": "bar", "categories": [one.strftime(shape) for one in steps], "series": series}


def _end_of_day(at: datetime) -> datetime:
    return localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
