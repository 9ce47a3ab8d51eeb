"""The rows of the table who, what, where: a page of exposures with measures, next task and reasons of each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.models import Measure, Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.tracing.links import place_url, task_url
from lianfang.apps.tracing.models import Exposure
from lianfang.apps.tracing.selectors.affected import with_state
from lianfang.apps.tracing.selectors.explaining import ReasonText, reasons_of
from lianfang.apps.tracing.selectors.reading import Occasion, SubjectCard

EXPORT_BATCH = 2_500
PAGE = 200  # up to so many subjects it is cheaper to read the state of just these


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure of a subject: until when, or how it ended."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    end: str
    test_days: Sequence[int]


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
    """A place as rows name it."""

    name: str
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
    """Return the rows of a page (ids from `affected.rows_of`), in their order, with six queries."""
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
    return None if place is None else PlaceName(place.name, place.kind, place_url(place.code))


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
    rows = Measure.objects.filter(subject__in=ids, causes__investigation=occasion.investigation)
    rows = rows.exclude(end__in=[Measure.End.SUPERSEDED, Measure.End.WITHDRAWN]).order_by("starts_at", "id").distinct()
    found: dict[int, list[MeasureLine]] = defaultdict(list)
    for row in rows:
        line = MeasureLine(
            row.kind,
            row.starts_at,
            row.ends_at,
            row.ended_at,
            row.end,
            [day + 1 for day in row.test_offsets_days],
        )
        found[row.subject_id or 0].append(line)
    return found


def _tasks(ids: Sequence[int], occasion: Occasion) -> dict[int, NextTask]:
    rows = Task.objects.filter(
        subject__in=ids, measure__causes__investigation=occasion.investigation, status__in=UNFINISHED
    )
    due: dict[int, list[Task]] = defaultdict(list)
    for row in rows.select_related("organisation").order_by("due_at", "id").distinct():
        due[row.subject_id or 0].append(row)
    return {
        subject: NextTask(
            kind=tasks[0].kind,
            responsible_kind=tasks[0].responsible_kind,
            organisation=tasks[0].organisation.name if tasks[0].organisation else "",
            due_at=tasks[0].due_at,
            is_late=tasks[0].due_at < occasion.at,
            n_late=sum(task.due_at < occasion.at for task in tasks),
            href=task_url(tasks[0].pk),
        )
        for subject, tasks in due.items()
    }


def _directions(ids: Sequence[int], occasion: Occasion) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Exposure.objects.filter(run=occasion.run, subject__in=ids).values_list("subject_id", "direction")
    for subject, direction in rows:
        found[subject].add(direction)
    return found
