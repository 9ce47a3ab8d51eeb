"""The presence timeline of a whole run: its most important places, who passed it on there, and to whom or how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDay
from django.utils.translation import ngettext

from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.models import ExposureEdge, Run
from lianfang.apps.tracing.selectors.bars import BARS, LANES, Answer, Bars, Cast, add_stays, lanes, shown_span
from lianfang.apps.tracing.selectors.involved import edges_for
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import Direction

SOURCES: Final = 200
# A lane with more exposed than this shows one bar a day with their number, not one a subject.
NAMED_A_LANE: Final = 12
NOTHING: Final[Answer] = {"from": 0, "until": 1, "lanes": [], "bars": [], "path": [], "more": 0}

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Side:
    """The edges of one direction: which end the trace found (`traced`) and from which it came (`known`)."""

    edges: QuerySet[ExposureEdge]
    traced: str
    known: str
    index: int


def overview(run: Run, reader: Reader) -> tuple[Answer, Sequence[SubjectCard]]:
    """Return the timeline of a run, forward where it reached anybody, and the subjects that it shows."""
    side = _side(run, reader)
    places = _places(side)
    if not places:
        return NOTHING, []
    shown = sorted(places[:LANES], key=lambda row: row["first"])
    named, counted = _named(side, shown), _counted(side, shown)
    sources = _sources(side, shown)
    cards = reader.cards({*sources, *(row[side.traced] for row in named)})
    bars = Bars(
        {row["place_id"] for row in shown}, shown_span([(row["start"], row["end"]) for row in [*named, *counted]])
    )
    for row in counted:
        label = ngettext("%(n)s exposed", "%(n)s exposed", row["n"]) % {"n": row["n"]}
        bars.add(row["place_id"], (seconds(row["start"]), seconds(row["end"])), label, "overlap")
    for row in named:
        card = cards[row[side.traced]]
        bars.add(row["place_id"], (seconds(row["start"]), seconds(row["end"])), card.label, "overlap", href=card.href)
    roles = dict.fromkeys(sources, "source") | {side.index: "index"}
    add_stays(bars, Cast({pk: cards[pk] for pk in sources if pk in cards}, roles), run)
    answer = {
        "from": bars.span[0],
        "until": bars.span[1],
        "lanes": lanes([row["place_id"] for row in shown], bars),
        "bars": bars.rows,
        "path": [],
        "more": len(places) - len(shown),
    }
    return answer, list(cards.values())


def _side(run: Run, reader: Reader) -> _Side:
    edges = edges_for(run, reader).filter(place__isnull=False)
    index = run.investigation.index_subject_id
    forward = edges.filter(direction=Direction.FORWARD)
    if forward.exists():
        return _Side(forward, "exposed_id", "source_id", index)
    return _Side(edges.filter(direction=Direction.BACKWARD), "source_id", "exposed_id", index)


def _places(side: _Side) -> Rows:
    """Return the places: those where the index itself was first, then by the number exposed there."""
    rows: Rows = list(
        side.edges.values("place_id")
        .annotate(
            n=Count(side.traced, distinct=True),
            direct=Count("pk", filter=Q(**{side.known: side.index})),
            first=Min("starts_at"),
        )
        .order_by("-n", "place_id")
    )
    return sorted(rows, key=lambda row: (row["direct"] == 0, -row["n"]))


def _named(side: _Side, places: Rows) -> Rows:
    few = [row["place_id"] for row in places if row["n"] <= NAMED_A_LANE]
    rows = side.edges.filter(place__in=few).values("place_id", side.known, side.traced, day=TruncDay("starts_at"))
    return list(rows.annotate(start=Min("starts_at"), end=Max("ends_at")).order_by("start")[:BARS])


def _counted(side: _Side, places: Rows) -> Rows:
    many = [row["place_id"] for row in places if row["n"] > NAMED_A_LANE]
    rows = side.edges.filter(place__in=many).values("place_id", day=TruncDay("starts_at"))
    counted = rows.annotate(start=Min("starts_at"), end=Max("ends_at"), n=Count(side.traced, distinct=True))
    return list(counted.order_by("start")[:BARS])


def _sources(side: _Side, places: Rows) -> list[int]:
    """Return who passed it on at the places, the index first, then those with the most exposed."""
    rows = side.edges.filter(place__in=[row["place_id"] for row in places]).values(side.known)
    found = rows.annotate(n=Count(side.traced, distinct=True)).order_by("-n", side.known)
    return list(dict.fromkeys([side.index, *(row[side.known] for row in found[:SOURCES])]))
