"""The rows of the table who, what, where: a page of exposures with measures, next task and reasons of each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Count

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.models import Measure, MeasureCause, Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.tracing.links import place_label, place_url, task_url
from lianfang.apps.tracing.models import Exposure
from lianfang.apps.tracing.selectors.affected import measures_since, with_state
from lianfang.apps.tracing.selectors.explaining import ReasonText, reasons_of
from lianfang.apps.tracing.selectors.reading import Occasion, SubjectCard

EXPORT_BATCH = 2_500
PAGE = 200  # up to so many subjects it is cheaper to read the state of just these


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure of a subject: until when, or how it ended; `ordered_by`: the other investigation it stands for."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    end: str
    test_days: Sequence[int]
    ordered_by: str


@dataclass(frozen=True, slots=True)
class NextTask:
    """The unfinished task of a subject that falls due first; `n_late` of all its tasks are late."""

    kind: str
    responsible_kind: str
    organisation: str
    due_at: datetime
    is_late: bool
    n_late: int
    href: str


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place as rows name it; one without a name of its own is called by its kind."""

    name: str
    is_named: bool
    kind: str
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """One subject of a run. `also`: the other direction in which the trace found it too, or ""."""

    subject: SubjectCard
    area: str
    cls: str
    direction: str
    also: str
    generation: int
    first_at: datetime
    last_at: datetime
    seconds: int
    n_places: int
    place: PlaceName | None
    state: str
    is_sampled: bool
    needs_test: bool
    measures: Sequence[MeasureLine]
    task: NextTask | None
    reasons: Sequence[ReasonText]
    edition: str


def shown_rows(exposure_ids: Iterable[int], occasion: Occasion) -> list[Row]:
    """Return the rows of a page (ids from `affected.rows_of`), in their order, with eight queries."""
    exposures = _loaded(list(exposure_ids), occasion)
    ids = [exposure.subject_id for exposure in exposures]
    measures, tasks = _measures(ids, occasion), _tasks(ids, occasion)
    also = _directions(ids, occasion)
    areas = names_of(exposure.subject.area_code for exposure in exposures)
    return [
        Row(
            subject=occasion.reader.card(exposure.subject),
            area=areas[exposure.subject.area_code],
            cls=exposure.exposure_class,
            direction=exposure.direction,
            also="".join(also[exposure.subject_id] - {exposure.direction}),
            generation=exposure.generation,
            first_at=exposure.first_at,
            last_at=exposure.last_at,
            seconds=exposure.union_seconds,
            n_places=exposure.n_places,
            place=_place(exposure),
            state=_state(exposure),
            is_sampled=exposure.is_sampled,  # type: ignore[attr-defined]
            needs_test=exposure.needs_test,  # type: ignore[attr-defined]
            measures=measures[exposure.subject_id],
            task=tasks.get(exposure.subject_id),
            reasons=reasons_of(exposure.verdict.reasons),
            edition=exposure.verdict.edition,
        )
        for exposure in exposures
    ]


def all_rows(exposure_ids: Iterable[int], occasion: Occasion) -> Iterator[Row]:
    """Yield every row of a filter, a batch at a time, for export."""
    left = iter(list(exposure_ids))
    while part := list(islice(left, EXPORT_BATCH)):
        yield from shown_rows(part, occasion)


def _loaded(exposure_ids: Sequence[int], occasion: Occasion) -> list[Exposure]:
    chosen = Exposure.objects.filter(pk__in=exposure_ids)
    is_page = len(exposure_ids) <= PAGE
    subjects = list(chosen.values_list("subject_id", flat=True)) if is_page else None
    rows = with_state(chosen, occasion, subjects)
    related = rows.select_related("subject", "via_place", "verdict").defer("verdict__facts", "verdict__outcome")
    found = {row.pk: row for row in related}
    return [found[pk] for pk in exposure_ids]


def _place(exposure: Exposure) -> PlaceName | None:
    place = exposure.via_place
    return (
        None
        if place is None
        else PlaceName(place_label(place.name, place.kind), bool(place.name), place.kind, place_url(place.code))
    )


def _state(exposure: Exposure) -> str:
    """Return a sign of kind "control": how far the response has come for this subject; "" where none is needed."""
    flags = vars(exposure)
    if flags["is_released"]:
        return "released"
    if flags["is_controlled"]:
        return "controlled"
    if flags["needs_control"]:
        return "located" if flags["is_located"] else "uncontrolled"
    return ""


def _measures(ids: Sequence[int], occasion: Occasion) -> Mapping[int, list[MeasureLine]]:
    rows = list(measures_since(occasion.investigation).filter(subject__in=ids).order_by("starts_at", "id"))
    own, others = _causes(rows, occasion)
    found: dict[int, list[MeasureLine]] = defaultdict(list)
    for row in rows:
        line = MeasureLine(
            kind=row.kind,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            ended_at=row.ended_at,
            end=row.end,
            test_days=[day + 1 for day in row.test_offsets_days],
            ordered_by="" if row.pk in own else others.get(row.pk, ""),
        )
        found[row.subject_id or 0].append(line)
    return found


def _causes(measures: Sequence[Measure], occasion: Occasion) -> tuple[set[int], dict[int, str]]:
    """Return which measures the investigation itself orders, and which other one orders each of the rest."""
    rows = MeasureCause.objects.filter(measure__in=measures).values_list(
        "measure_id", "investigation_id", "investigation__number"
    )
    own, others = set(), {}
    for measure, investigation, number in rows:
        if investigation == occasion.investigation.pk:
            own.add(measure)
        elif number is not None:
            others[measure] = number
    return own, others


def _tasks(ids: Sequence[int], occasion: Occasion) -> dict[int, NextTask]:
    rows = Task.objects.filter(subject__in=ids, status__in=UNFINISHED)
    late = rows.filter(due_at__lt=occasion.at).values("subject_id").annotate(n=Count("pk"))
    n_late = dict(late.values_list("subject_id", "n"))
    first = rows.order_by("subject_id", "due_at", "id").distinct("subject_id").select_related("organisation")
    return {
        task.subject_id or 0: NextTask(
            kind=task.kind,
            responsible_kind=task.responsible_kind,
            organisation=task.organisation.name if task.organisation else "",
            due_at=task.due_at,
            is_late=task.due_at < occasion.at,
            n_late=n_late.get(task.subject_id or 0, 0),
            href=task_url(task.pk),
        )
        for task in first
    }


def _directions(ids: Sequence[int], occasion: Occasion) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Exposure.objects.filter(run=occasion.run, subject__in=ids).values_list("subject_id", "direction")
    for subject, direction in rows:
        found[subject].add(direction)
    return found
