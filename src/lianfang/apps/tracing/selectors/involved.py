"""The places of a run: who and what was exposed there, from when until when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Max, Min, Q, QuerySet, When

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.models import Measure
from lianfang.apps.tracing.links import place_label, place_url
from lianfang.apps.tracing.models import ExposureEdge, Run
from lianfang.apps.tracing.selectors.affected import GOODS
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import Direction, SubjectKind

SORTS: Final = ("place__name", "place__kind", "n_people", "n_goods", "first_at", "last_at")
DEFAULT_SORT: Final = "-n_people"


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One place of a run; people and goods are those found exposed there (backward: the possible sources)."""

    id: int
    code: str
    name: str
    kind: str
    area: str
    n_people: int
    n_goods: int
    n_edges: int
    first_at: datetime
    last_at: datetime
    href: str
    measures: tuple[str, ...]


def edges_for(run: Run, reader: Reader) -> QuerySet[ExposureEdge]:
    """Return the edges of a run whose traced subject lies in the reader's area."""
    edges = ExposureEdge.objects.filter(run=run)
    if not reader.area_code:
        return edges
    forward = Q(direction=Direction.FORWARD, exposed__area_code__startswith=reader.area_code)
    backward = Q(direction=Direction.BACKWARD, source__area_code__startswith=reader.area_code)
    return edges.filter(forward | backward)


def n_places(run: Run, reader: Reader) -> int:
    """Return how many places a run involves."""
    return edges_for(run, reader).filter(place__isnull=False).aggregate(n=Count("place", distinct=True))["n"] or 0


def places_of(run: Run, reader: Reader, *, sort: str = DEFAULT_SORT, q: str = "") -> QuerySet[ExposureEdge, Any]:
    """Return place figures as dictionaries, for `place_lines`."""
    traced = Case(
        When(direction=Direction.BACKWARD, then=F("source__kind")), default=F("exposed__kind"), output_field=CharField()
    )
    who = Case(When(direction=Direction.BACKWARD, then=F("source_id")), default=F("exposed_id"))
    edges = edges_for(run, reader).filter(place__isnull=False).annotate(traced_kind=traced, who=who)
    if q:
        edges = edges.filter(Q(place__name__icontains=q) | Q(place__code__icontains=q))
    rows = edges.values("place_id", "place__code", "place__name", "place__kind", "place__area_code").annotate(
        n_people=Count("who", distinct=True, filter=Q(traced_kind=SubjectKind.PERSON)),
        n_goods=Count("who", distinct=True, filter=Q(traced_kind__in=GOODS)),
        n_edges=Count("pk"),
        first_at=Min("starts_at"),
        last_at=Max("ends_at"),
    )
    chosen = sort if sort.lstrip("-") in SORTS else DEFAULT_SORT
    return rows.order_by(chosen, "-n_goods", "place_id")


def place_lines(rows: Iterable[Mapping[str, Any]]) -> list[PlaceLine]:
    """Return a page of `places_of` as lines, with two queries."""
    rows = list(rows)
    areas = names_of(row["place__area_code"] for row in rows)
    measures: dict[int, list[str]] = defaultdict(list)
    standing = Measure.objects.filter(place__in=[row["place_id"] for row in rows], ended_at__isnull=True)
    for place, kind in standing.order_by("kind").values_list("place_id", "kind").distinct():
        measures[place or 0].append(kind)
    return [
        PlaceLine(
            id=row["place_id"],
            code=row["place__code"],
            name=place_label(row["place__name"], row["place__kind"]),
            kind=row["place__kind"],
            area=areas[row["place__area_code"]],
            n_people=row["n_people"],
            n_goods=row["n_goods"],
            n_edges=row["n_edges"],
            first_at=row["first_at"],
            last_at=row["last_at"],
            href=place_url(row["place__code"]),
            measures=tuple(measures[row["place_id"]]),
        )
        for row in rows
    ]
