"""A lot's whole way, forward and backward: what became of what, by links; who had it in hand, by contacts; the engine answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl

from lianfang.apps.core import evidence
from lianfang.apps.core.models import Subject
from lianfang.apps.goods.models import GoodsEvent, LotLink, Stock
from lianfang.apps.places.pages import places_of
from lianfang.apps.places.selectors import Place
from lianfang.apps.places.store import Known, Spans, stays_at, stays_of
from lianfang.rules.vocabulary import Direction, PlaceKind, SubjectKind
from lianfang.rules.warehouse import GoodsStep
from lianfang.trace import IndexWindow, Links, Presences, TraceQuery, trace

MOST: Final = 5_000
_EVER: Final = (0, 1 << 40)


@dataclass(frozen=True, slots=True)
class Reached:
    """A lot, package or person the trace reached: when first, and from which thing (the next step of the proof)."""

    subject: Subject
    at: datetime
    via: Subject
    is_link: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Goods at a place; `until` None: still there."""

    subject: Subject
    place: Place
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a lot's trace. `goods` and `people` in order of time; stays of the lot itself and of all goods reached.

    is_cut: there is more than MOST goods. n_sold, n_destroyed, n_returned, in_stock: pieces of them, as recorded.
    """

    goods: Sequence[Reached]
    people: Sequence[Reached]
    stays: Sequence[Stay]
    stock: Sequence[Stock]
    n_sold: int
    n_destroyed: int
    n_returned: int
    is_cut: bool

    @property
    def n_places(self) -> int:
        """How many places the goods were at."""
        return len({stay.place.pk for stay in self.stays})

    @property
    def in_stock(self) -> int:
        """Pieces that are somewhere now."""
        return sum(row.n_pieces for row in self.stock)


def way_of(subject: Subject, direction: Direction, *, at: datetime) -> Way:
    """Trace a lot or package in one direction over everything known at an instant. Cost: follows the answer."""
    links, family, is_cut = _family(subject.pk, direction)
    horizon = int(at.timestamp())
    known = Known(evidence.known_seq(), horizon)
    stays = stays_of(_spans(family), known)
    places = places_of(stays["place"].unique().to_list())
    small = [pk for pk, place in places.items() if place.kind == PlaceKind.CONTACT]
    hands = stays_at(_spans(small), known) if small else stays.clear()
    answer = trace(
        Presences(*(hands[name].to_numpy() for name in ("subject", "place", "t_in", "t_out"))),
        TraceQuery(index=(IndexWindow(subject.pk),), direction=direction.value, horizon=horizon + 1),
        links=_columns(links),
    )
    names = ("subject", "first", "last", "via_subject", "via_place")
    rows = list(zip(*(answer.exposures[name].to_pylist() for name in names), strict=True))
    subjects = Subject.objects.in_bulk({subject.pk, *family, *(row[0] for row in rows), *(row[3] for row in rows)})
    reached = sorted(
        (
            Reached(subjects[who], datetime.fromtimestamp(first, UTC), subjects[via], place is None or place < 0)
            for who, first, _last, via, place in rows
        ),
        key=lambda each: (each.at, each.subject.pk),
    )
    goods = [each for each in reached if each.subject.kind != SubjectKind.PERSON]
    held = {subject.pk, *(each.subject.pk for each in goods)}
    counts = _ended(held)
    return Way(
        goods=goods,
        people=[each for each in reached if each.subject.kind == SubjectKind.PERSON],
        stays=_stays(stays.filter(~pl.col("place").is_in(small)), (subjects, places), horizon),
        stock=list(
            Stock.objects.filter(lot__in=held, n_pieces__gt=0)
            .select_related("lot__subject", "place__organisation")
            .order_by("place__name", "pk")
        ),
        n_sold=counts[GoodsStep.SOLD],
        n_destroyed=counts[GoodsStep.DESTROYED],
        n_returned=counts[GoodsStep.RETURNED],
        is_cut=is_cut,
    )


def _spans(ids: Collection[int]) -> Spans:
    column = np.array(sorted(ids), dtype=np.int64)
    return Spans(column, np.full(len(column), _EVER[0], dtype=np.int64), np.full(len(column), _EVER[1], dtype=np.int64))


def _family(root: int, direction: Direction) -> tuple[list[tuple[int, int, int]], set[int], bool]:
    """Collect the links around a lot in one direction, a step at a time."""
    near, far = ("source_id", "target_id") if direction is Direction.FORWARD else ("target_id", "source_id")
    seen, front = {root}, {root}
    links: set[tuple[int, int, int]] = set()
    while front and len(seen) <= MOST:
        found = LotLink.objects.filter(**{f"{near}__in": front}).values_list("source_id", "target_id", "at")
        rows = {(source, target, int(at.timestamp())) for source, target, at in found}
        links |= rows
        front = {row[1] if far == "target_id" else row[0] for row in rows} - seen
        seen |= front
    return sorted(links), seen, bool(front)


def _columns(links: Sequence[tuple[int, int, int]]) -> Links:
    source, target, at = (np.array([row[place] for row in links], dtype=np.int64) for place in range(3))
    return Links(source, target, at)


def _ended(lot_ids: Collection[int]) -> dict[str, int]:
    counts = dict.fromkeys((GoodsStep.SOLD, GoodsStep.DESTROYED, GoodsStep.RETURNED), 0)
    for step in GoodsEvent.objects.filter(lot__in=lot_ids, kind__in=counts):
        counts[GoodsStep(step.kind)] -= sum(line[2] for line in step.quantities)
    return {kind.value: n for kind, n in counts.items()}


def _stays(stays: pl.DataFrame, known: tuple[dict[int, Subject], dict[int, Place]], horizon: int) -> list[Stay]:
    subjects, places = known
    rows = stays.sort("t_in", "subject", "place").select("subject", "place", "t_in", "t_out").rows()
    return [
        Stay(
            subjects[who],
            places[place],
            datetime.fromtimestamp(start, UTC),
            None if end >= horizon else datetime.fromtimestamp(end, UTC),
        )
        for who, place, start, end in rows
    ]
