"""The list of investigations with the figures of each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.models import Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.apps.tracing.selectors.affected import needs_control, strictest
from lianfang.apps.tracing.selectors.by_subject import uncontrolled
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import STRICTEST_FIRST, ExposureClass, SubjectKind

SORTS: Final = ("opened_at", "number", "status")
DEFAULT_SORT: Final = "-opened_at"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which investigations to list; empty means all."""

    q: str = ""
    status: str = ""
    kind: str = ""
    sort: str = DEFAULT_SORT


@dataclass(frozen=True, slots=True)
class Summary:
    """One investigation in the list. Counts are subjects of the current run, without those not exposed.

    `n_to_control`: how many the rules want under control; `n_uncontrolled`: how many of these are not yet.
    """

    number: str
    index: SubjectCard
    area: str
    status: str
    opened_at: datetime
    edition: str
    by_class: Sequence[tuple[str, int]]
    n_all: int
    n_to_control: int
    n_uncontrolled: int
    n_late: int


def listed(reader: Reader, wanted: ListFilter) -> QuerySet[Investigation]:
    """Return the investigations of a filter in its order."""
    found = reader.investigations()
    if wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.kind:
        found = found.filter(index_subject__kind=wanted.kind)
    if wanted.q:
        named = Q(index_subject__label__icontains=wanted.q) & ~Q(index_subject__kind=SubjectKind.PERSON)
        found = found.filter(Q(number__icontains=wanted.q) | Q(index_subject__code__icontains=wanted.q) | named)
    sort = wanted.sort if wanted.sort.lstrip("-") in SORTS else DEFAULT_SORT
    return found.order_by(sort, "-id")


def summaries(investigations: Iterable[Investigation], reader: Reader, at: datetime) -> list[Summary]:
    """Return a page of the list, with four queries whatever its length."""
    investigations = list(investigations)
    classes, to_control = _classes([each.current_run_id for each in investigations if each.current_run_id], reader)
    ids = [each.pk for each in investigations]
    late = _late(ids, reader, at)
    lacking = uncontrolled([each.number for each in investigations], reader)
    areas = names_of(each.area_code for each in investigations)
    return [
        Summary(
            number=each.number,
            index=reader.card(each.index_subject),
            area=areas[each.area_code],
            status=each.status,
            opened_at=each.opened_at,
            edition=each.edition,
            by_class=[(name, n) for name in STRICTEST_FIRST if (n := classes[each.current_run_id or 0].get(name, 0))],
            n_all=sum(classes[each.current_run_id or 0].values()),
            n_to_control=to_control.get(each.current_run_id or 0, 0),
            n_uncontrolled=lacking.get(each.number, 0),
            n_late=late.get(each.pk, 0),
        )
        for each in investigations
    ]


def _classes(run_ids: Collection[int], reader: Reader) -> tuple[dict[int, dict[str, int]], dict[int, int]]:
    """Return subjects by run and class, and by run how many of them the rules want under control."""
    rows = strictest(Exposure.objects.filter(run__in=run_ids, subject__area_code__startswith=reader.area_code))
    exposed = rows.exclude(exposure_class=ExposureClass.NOT_EXPOSED)
    counted = exposed.values("run_id", "exposure_class").annotate(
        n=Count("pk"), n_to_control=Count("pk", filter=needs_control())
    )
    classes: dict[int, dict[str, int]] = defaultdict(dict)
    to_control: dict[int, int] = defaultdict(int)
    for run, name, n, n_to_control in counted.values_list("run_id", "exposure_class", "n", "n_to_control"):
        classes[run][name] = n
        to_control[run] += n_to_control
    return classes, to_control


def _late(ids: Collection[int], reader: Reader, at: datetime) -> dict[int, int]:
    rows = Task.objects.filter(
        measure__causes__investigation__in=ids,
        status__in=UNFINISHED,
        due_at__lt=at,
        area_code__startswith=reader.area_code,
    )
    counted = rows.values("measure__causes__investigation").annotate(n=Count("pk", distinct=True))
    return dict(counted.values_list("measure__causes__investigation", "n"))
