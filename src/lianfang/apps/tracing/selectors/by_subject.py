"""What the investigations say of one subject or one place, for the pages of persons, goods and places."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet

from lianfang.apps.tracing.models import Exposure, ExposureEdge, Investigation, Run
from lianfang.apps.tracing.selectors.affected import is_controlled, needs_control
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import ExposureClass

__all__ = [
    "Answered",
    "Exposure",
    "Overlap",
    "TouchedBy",
    "answers",
    "exposures_of_subject",
    "overlaps_of",
    "overlaps_with",
    "subjects_of_class",
    "touching_place",
    "uncontrolled",
    "uncontrolled_subjects",
]


@dataclass(frozen=True, slots=True)
class TouchedBy:
    """One investigation in which somebody was exposed at a place."""

    number: str
    status: str
    n_exposed: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two subjects together at a place, as a current run counted it. `is_index`: the source is the index itself."""

    place_id: int
    source_id: int
    exposed_id: int
    starts_at: datetime
    ends_at: datetime
    is_index: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The investigation that answers to a result, and the seconds from its signature to stored measures."""

    number: str
    status: str
    seconds: float
    n_measures: int
    n_tasks: int


def exposures_of_subject(subject_id: int, reader: Reader) -> QuerySet[Exposure]:
    """Return what the current run of each investigation found of a subject, the newest investigation first."""
    found = Exposure.objects.filter(
        subject=subject_id,
        run=F("run__investigation__current_run"),
        subject__area_code__startswith=reader.area_code,
    )
    related = found.select_related("run__investigation", "via_subject", "via_place", "verdict")
    return related.order_by("-run__investigation__opened_at", "-run_id", "-direction")


def subjects_of_class(exposure_class: str, reader: Reader) -> QuerySet[Exposure, int]:
    """Return the ids of the subjects that a current run of an open investigation put into a class."""
    current = Investigation.objects.filter(status=Investigation.Status.OPEN).values("current_run")
    found = Exposure.objects.filter(
        run__in=current, exposure_class=exposure_class, subject__area_code__startswith=reader.area_code
    )
    return found.values_list("subject_id", flat=True)


def touching_place(place_id: int, reader: Reader) -> list[TouchedBy]:
    """Return the investigations whose current run counted an exposure at a place, the newest first."""
    runs = reader.investigations().filter(current_run__isnull=False).values("current_run")
    rows = (
        ExposureEdge.objects.filter(place=place_id, run__in=runs)
        .values("run__investigation__number", "run__investigation__status", "run__investigation__opened_at")
        .annotate(n=Count("exposed", distinct=True), first=Min("starts_at"), last=Max("ends_at"))
        .order_by("-run__investigation__opened_at")
    )
    return [
        TouchedBy(
            number=row["run__investigation__number"],
            status=row["run__investigation__status"],
            n_exposed=row["n"],
            first_at=row["first"],
            last_at=row["last"],
        )
        for row in rows
    ]


def overlaps_of(subject_id: int, span: tuple[datetime, datetime], limit: int) -> list[Overlap]:
    """Return how open investigations counted a subject's exposures to others in a span, the earliest first."""
    return _overlaps(Q(exposed=subject_id), span, limit)


def overlaps_with(place_id: int, span: tuple[datetime, datetime], limit: int) -> list[Overlap]:
    """Return the exposures that open investigations counted at a place in a span, the earliest first."""
    return _overlaps(Q(place=place_id), span, limit)


def _overlaps(chosen: Q, span: tuple[datetime, datetime], limit: int) -> list[Overlap]:
    runs = Investigation.objects.filter(status=Investigation.Status.OPEN).values("current_run")
    edges = ExposureEdge.objects.filter(
        chosen, run__in=runs, place__isnull=False, starts_at__lt=span[1], ends_at__gt=span[0]
    )
    rows = edges.order_by("starts_at", "id").values_list(
        "place_id", "source_id", "exposed_id", "starts_at", "ends_at", "run__investigation__index_subject_id"
    )[:limit]
    return [
        Overlap(place, source, exposed, start, end, source == index)
        for place, source, exposed, start, end, index in rows
    ]


def answers(signed: Iterable[tuple[int, datetime]]) -> dict[tuple[int, datetime], Answered]:
    """Return, by (subject, signed at), what answers to each result; one without an investigation is left out."""
    wanted = set(signed)
    runs = Run.objects.filter(
        investigation__index_subject__in={subject for subject, _ in wanted}, signed_at__in={at for _, at in wanted}
    ).select_related("investigation")
    found = {}
    for run in runs.order_by("id"):
        key = (run.investigation.index_subject_id, run.signed_at)
        if key in wanted:
            found[key] = Answered(
                number=run.investigation.number,
                status=run.investigation.status,
                seconds=(run.recorded_at - run.signed_at).total_seconds(),
                n_measures=run.stats.get("measures_ordered", 0),
                n_tasks=run.stats.get("tasks", 0),
            )
    return found


def uncontrolled(numbers: Collection[str], reader: Reader) -> dict[str, int]:
    """Return, by investigation number, how many subjects of its current run must be under control and are not."""
    found = _uncontrolled().filter(
        run__investigation__number__in=numbers, subject__area_code__startswith=reader.area_code
    )
    counted = found.values("run__investigation__number").annotate(n=Count("subject", distinct=True))
    return dict(counted.values_list("run__investigation__number", "n"))


def uncontrolled_subjects() -> QuerySet[Exposure, int]:
    """Return the ids of all subjects that an open investigation wants under control and that are not yet."""
    found = _uncontrolled().filter(run__investigation__status=Investigation.Status.OPEN)
    return found.values_list("subject_id", flat=True)


def _uncontrolled() -> QuerySet[Exposure]:
    current = Exposure.objects.filter(run=F("run__investigation__current_run"))
    return current.filter(needs_control(), ~is_controlled()).exclude(exposure_class=ExposureClass.NOT_EXPOSED)
