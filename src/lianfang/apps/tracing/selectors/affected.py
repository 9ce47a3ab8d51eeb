"""Who and what a run found, one row a subject, with how far the response has come for each."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from lianfang.apps.core.models import Control, Measure, Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.lab.selectors import Specimen
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.apps.tracing.selectors.reading import Occasion
from lianfang.rules.vocabulary import STRICTEST_FIRST, ExposureClass, MeasureKind, SubjectKind, TaskKind

GOODS: Final = (SubjectKind.LOT, SubjectKind.PACKAGE)
# Measures that take a subject out of circulation; the others (monitoring, tests, disinfection) need no control.
CONTROLLING_MEASURES: Final = (
    MeasureKind.ISOLATION,
    MeasureKind.CENTRAL_QUARANTINE,
    MeasureKind.HOME_QUARANTINE,
    MeasureKind.LOT_HOLD,
    MeasureKind.LOT_DESTRUCTION,
)
# Whoever did one of these had found the subject: goods have no task of their own for that.
FINDING_TASKS: Final = tuple(kind for kind in TaskKind if kind not in {TaskKind.REPORT, TaskKind.NOTIFY_BUYERS})
STATES: Final[dict[str, Q]] = {
    "located": Q(is_located=True),
    "unlocated": Q(is_located=False),
    "controlled": Q(is_controlled=True),
    "uncontrolled": Q(needs_control=True, is_controlled=False),
    "sampled": Q(is_sampled=True),
    "unsampled": Q(needs_test=True, is_sampled=False),
    "released": Q(is_released=True),
    "unreleased": Q(is_released=False),
}
_FLAGS: Final = (
    "is_located",
    "is_controlled",
    "is_sampled",
    "is_released",
    "is_late",
    "needs_control",
    "needs_test",
)
CLASS_RANK: Final = Case(
    *(When(exposure_class=each.value, then=Value(rank)) for rank, each in enumerate(STRICTEST_FIRST)),
    output_field=IntegerField(),
)
SORTS: Final = {
    "class": ("rank", "first_at"),
    "subject": ("subject__kind", "subject__code"),
    "generation": ("generation", "rank"),
    "first": ("first_at",),
    "seconds": ("union_seconds",),
    "place": ("via_place__name", "first_at"),
    "due": ("due_at", "rank"),
}
DEFAULT_SORT: Final = "class"


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows to show; empty means all but those found not to be exposed. `area`: a division code's prefix."""

    q: str = ""
    cls: str = ""
    kind: str = ""
    direction: str = ""
    area: str = ""
    state: str = ""
    late: bool = False
    sort: str = DEFAULT_SORT


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the response to one run has come, in subjects."""

    n_all: int = 0
    n_people: int = 0
    n_goods: int = 0
    n_surfaces: int = 0
    n_not_exposed: int = 0
    n_located: int = 0
    n_controlled: int = 0
    n_uncontrolled: int = 0
    n_sampled: int = 0
    n_unsampled: int = 0
    n_released: int = 0
    n_late: int = 0


def strictest(exposures: QuerySet[Exposure]) -> QuerySet[Exposure]:
    """Return one exposure a run and subject: of the strictest class, the latest of equals."""
    order = ("run_id", "subject_id", CLASS_RANK, "-last_at", "pk")
    best = exposures.order_by(*order).distinct("run_id", "subject_id").values("pk")
    return Exposure.objects.filter(pk__in=Subquery(best))


def rows_of(occasion: Occasion, wanted: RowFilter) -> QuerySet[Exposure, int]:
    """Return the ids of a filter's rows in its order: one exposure a subject."""
    rows = _matching(occasion, wanted).annotate(rank=CLASS_RANK)
    sort = wanted.sort if wanted.sort.removeprefix("-") in SORTS else DEFAULT_SORT
    fields, descending = SORTS[sort.removeprefix("-")], sort.startswith("-")
    if "due_at" in fields:
        rows = rows.annotate(due_at=_next_due())
    first = F(fields[0]).desc(nulls_last=True) if descending else F(fields[0]).asc(nulls_last=True)
    return rows.order_by(first, *fields[1:], "pk").values_list("pk", flat=True)


def _matching(occasion: Occasion, wanted: RowFilter) -> QuerySet[Exposure]:
    found = occasion.reader.exposures(occasion.run)
    if wanted.direction:
        found = found.filter(direction=wanted.direction)
    rows = strictest(found)
    if wanted.state or wanted.late:
        rows = with_state(rows, occasion)
    return rows.filter(_matches(wanted))


def with_state(
    rows: QuerySet[Exposure], occasion: Occasion, subjects: Collection[int] | None = None
) -> QuerySet[Exposure]:
    """Add is_located, is_controlled, is_sampled, is_released, is_late, needs_control, needs_test.

    A subject's measures count whichever investigation ordered them: of several, only the strictest orders.
    `subjects`: those of the rows, where they are few, so that only their measures and tasks are read.
    """
    found_by_run = Exposure.objects.filter(run=occasion.run).values("subject_id")
    chosen = Q(subject__in=Subquery(found_by_run)) if subjects is None else Q(subject__in=subjects)
    measures = measures_since(occasion.investigation).filter(chosen)
    tasks = Task.objects.filter(chosen)
    opened_at = occasion.investigation.opened_at
    found = tasks.filter(kind__in=FINDING_TASKS, status=Task.Status.DONE).filter(
        Q(measure__ended_at__isnull=True) | Q(measure__ended_at__gte=opened_at)
    )
    sampled = Q(Exists(Specimen.objects.filter(subject=OuterRef("subject_id"), collected_at__gte=opened_at))) | Q(
        subject_id=occasion.investigation.index_subject_id
    )
    standing = measures.filter(ended_at__isnull=True)
    return rows.annotate(
        is_controlled=_flag(is_controlled()),
        is_sampled=_flag(sampled),
        is_located=_flag(_among(found) | is_controlled() | sampled),
        is_released=_flag(_among(measures.filter(end=Measure.End.RELEASED)) & ~_among(standing)),
        is_late=_flag(_among(tasks.filter(status__in=UNFINISHED, due_at__lt=occasion.at))),
        needs_control=_flag(_among(standing.filter(kind__in=CONTROLLING_MEASURES))),
        needs_test=_flag(_among(standing.filter(test_offsets_days__len__gt=0))),
    )


def measures_since(investigation: Investigation) -> QuerySet[Measure]:
    """Return all measures that stand, or were released since the investigation was opened."""
    current = Q(ended_at__isnull=True) | Q(end=Measure.End.RELEASED, ended_at__gte=investigation.opened_at)
    return Measure.objects.filter(current, subject__isnull=False)


def is_controlled() -> Q:
    """Return the condition on an exposure that its subject was brought under control after it.

    An earlier control does not count: it did not keep the exposure from happening.
    """
    return Q(Exists(Control.objects.filter(subject=OuterRef("subject_id"), controlled_at__gte=OuterRef("first_at"))))


def needs_control() -> Q:
    """Return the condition on an exposure that a standing measure wants its subject under control."""
    standing = Measure.objects.filter(
        subject=OuterRef("subject_id"), kind__in=CONTROLLING_MEASURES, ended_at__isnull=True
    )
    return Q(Exists(standing))


def count(occasion: Occasion) -> Counts:
    """Return the figures of the funnel, in one query that works out each state of a subject once."""
    rows = with_state(strictest(occasion.reader.exposures(occasion.run)), occasion)
    grouped = rows.values("subject__kind", "exposure_class", *_FLAGS).annotate(n=Count("pk")).order_by()
    totals: Counter[str] = Counter()
    for row in grouped:
        for name in _counted_as(row):
            totals[name] += row["n"]
    return Counts(**totals)


def _counted_as(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the figures of `Counts` that a group of subjects adds to."""
    if row["exposure_class"] == ExposureClass.NOT_EXPOSED:
        yield "n_not_exposed"
        return
    yield "n_all"
    kind = row["subject__kind"]
    yield "n_goods" if kind in GOODS else "n_people" if kind == SubjectKind.PERSON else "n_surfaces"
    for name in ("located", "controlled", "sampled", "released", "late"):
        if row[f"is_{name}"]:
            yield f"n_{name}"
    if row["needs_control"] and not row["is_controlled"]:
        yield "n_uncontrolled"
    if row["needs_test"] and not row["is_sampled"]:
        yield "n_unsampled"


def kinds_among(occasion: Occasion, wanted: RowFilter) -> dict[str, int]:
    """Return how many rows of a filter there are of each kind of subject, whatever kind the filter itself names."""
    rows = _matching(occasion, replace(wanted, kind=""))
    return dict(rows.values("subject__kind").annotate(n=Count("pk")).values_list("subject__kind", "n"))


def n_of_kind(counted: Mapping[str, int], kind: str) -> int:
    """Return how many of the counted rows a filter's kind asks for."""
    if kind == "goods":
        return sum(counted.get(each, 0) for each in GOODS)
    return counted.get(kind, 0) if kind else sum(counted.values())


def earliest_release(occasion: Occasion) -> datetime | None:
    """Return when the first of the standing measures is planned to end."""
    subjects = occasion.reader.exposures(occasion.run).values("subject_id")
    standing = Measure.objects.filter(subject__in=subjects, ended_at__isnull=True)
    found: datetime | None = standing.aggregate(first=Min("ends_at"))["first"]
    return found


def _matches(wanted: RowFilter) -> Q:
    matches = Q(exposure_class=wanted.cls) if wanted.cls else ~Q(exposure_class=ExposureClass.NOT_EXPOSED)
    if wanted.kind:
        matches &= Q(subject__kind__in=GOODS) if wanted.kind == "goods" else Q(subject__kind=wanted.kind)
    if wanted.area:
        matches &= Q(subject__area_code__startswith=wanted.area)
    if wanted.state:
        matches &= STATES[wanted.state]
    if wanted.late:
        matches &= Q(is_late=True)
    if wanted.q:
        # Persons are found by code only: what is typed here stands in the address, where no name may.
        named = Q(subject__label__icontains=wanted.q) & ~Q(subject__kind=SubjectKind.PERSON)
        matches &= Q(subject__code__icontains=wanted.q) | named | Q(via_place__name__icontains=wanted.q)
    return matches


def _next_due() -> Subquery:
    open_tasks = Task.objects.filter(subject=OuterRef("subject_id"), status__in=UNFINISHED)
    return Subquery(open_tasks.order_by("due_at").values("due_at")[:1])


def _among(found: QuerySet[Any]) -> Q:
    return Q(subject_id__in=Subquery(found.order_by().values("subject_id")))


def _flag(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())
