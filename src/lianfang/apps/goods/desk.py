"""The warehouse as pages show it: what waits for what, the four completes, a lot's way, rooms, recalls, alerts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.timezone import localtime

from lianfang.apps.core import evidence, profiles
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.goods import facts
from lianfang.apps.goods.models import (
    Booking,
    Certificate,
    CertificateCheck,
    GoodsEvent,
    Inspection,
    Lot,
    LotStanding,
    PalletLoad,
    RecallNotice,
    Scan,
    Stock,
    Temperature,
)
from lianfang.apps.places.selectors import Place
from lianfang.rules.goods import decide_lot, open_points
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import PlaceKind
from lianfang.rules.warehouse import (
    Excursion,
    GoodsStep,
    LotStage,
    RecallFacts,
    StepDecision,
    balance_recall,
    excursions,
)

VEHICLES: Final = (PlaceKind.TRUCK, PlaceKind.CAR)
ROOMS: Final = (PlaceKind.COLD_ROOM, PlaceKind.WAREHOUSE)
LATE_ON_THE_ROAD: Final = timedelta(days=1)
ALERTS_SINCE: Final = timedelta(days=7)
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Complete:
    """One of the four completes: of `total` lots `done` are; the others are the rows of its list."""

    name: str
    done: int
    total: int

    @property
    def missing(self) -> int:
        """How many lots are not complete."""
        return self.total - self.done


def in_regime(area: str) -> QuerySet[LotStanding]:
    """Return the lots of an area that came or were found, each arrival once (not its parts)."""
    found = LotStanding.objects.filter(pk=F("root"), arrived_at__isnull=False, lot__subject__area_code__startswith=area)
    return found.select_related("lot__subject", "lot__owner").order_by("-arrived_at", "-pk")


_OPEN: Final[Mapping[str, Sequence[str]]] = {
    "sampled": ("G-11",),
    "tested": ("G-5", "G-6", "G-7"),
    "disinfected": ("G-8", "G-12"),
}
COMPLETES: Final = (*_OPEN, "traced")


def incomplete(name: str, *, area: str, at: datetime) -> QuerySet[LotStanding]:
    """Return the lots that lack one of the four completes. Raises: KeyError for another name."""
    rows = in_regime(area)
    if name == "traced":
        lost = Stock.objects.filter(place__kind__in=VEHICLES, n_pieces__gt=0, since__lt=at - LATE_ON_THE_ROAD)
        unregistered = Inspection.objects.filter(lot=OuterRef("pk"))
        return rows.filter(Exists(lost.filter(lot__standing__root=OuterRef("pk"))) | Exists(unregistered))
    return rows.filter(waits_for__overlap=list(_OPEN[name]))


def completes(*, area: str, at: datetime) -> list[Complete]:
    """Return the four completes; each figure is the count of the rows that its list opens."""
    total = in_regime(area).count()
    return [Complete(name, total - incomplete(name, area=area, at=at).count(), total) for name in COMPLETES]


def bookings_on(at: datetime, *, area: str) -> QuerySet[Booking]:
    """Return the bookings due on the county day of an instant, and earlier ones that never came."""
    end = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = Booking.objects.filter(
        due_at__lt=end, lot__standing__arrived_at=None, warehouse__area_code__startswith=area
    )
    return found.select_related("lot__subject", "lot__owner", "warehouse").order_by("due_at", "pk")


def bookings_ahead(at: datetime, *, area: str) -> int:
    """Return how many lots are announced for later days."""
    end = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Booking.objects.filter(
        due_at__gte=end, lot__standing__arrived_at=None, warehouse__area_code__startswith=area
    ).count()


def waiting(*, area: str) -> QuerySet[LotStanding]:
    """Return the lots in the store that wait for something, the longest first."""
    return in_regime(area).filter(stage__in=[LotStage.WAITING, LotStage.SEALED]).order_by("arrived_at", "pk")


def on_the_road(*, area: str) -> QuerySet[Stock]:
    """Return the pieces on vehicles, the longest under way first."""
    found = Stock.objects.filter(place__kind__in=VEHICLES, n_pieces__gt=0, lot__subject__area_code__startswith=area)
    return found.select_related("lot__subject", "place").order_by("since", "pk")


def refused_scans(*, area: str, at: datetime) -> QuerySet[Scan]:
    """Return what shops tried to take or sell and were refused in the last week, the newest first."""
    found = Scan.objects.filter(permitted=False, at__gte=at - ALERTS_SINCE, place__area_code__startswith=area)
    return found.select_related("place__organisation", "lot__subject").order_by("-at", "-pk")


@dataclass(frozen=True, slots=True)
class Regime:
    """One lot's way: what stands, where its pieces are, its papers with their last check, and every step."""

    standing: LotStanding
    booking: Booking | None
    stock: Sequence[Stock]
    loads: Sequence[PalletLoad]
    papers: Sequence[Certificate]
    steps: Sequence[GoodsEvent]
    root: Lot


def regime_of(lot_id: int) -> Regime | None:
    """Return a lot's way through the regime; None if it never entered it."""
    standing = (
        LotStanding.objects.select_related("root__subject", "root__standing", "lot__subject").filter(pk=lot_id).first()
    )
    if standing is None:
        return None
    return Regime(
        standing=standing,
        booking=Booking.objects.filter(lot=standing.root_id).select_related("warehouse").first(),
        stock=list(
            Stock.objects.filter(lot=lot_id, n_pieces__gt=0).select_related("place__organisation").order_by("pk")
        ),
        loads=list(PalletLoad.objects.filter(lot=lot_id, n_pieces__gt=0).select_related("place").order_by("sscc")),
        papers=list(papers_of([standing.root_id])),
        steps=list(
            GoodsEvent.objects.filter(lot__in={lot_id, standing.root_id})
            .select_related("place", "recorded_by", "lot__subject")
            .order_by("at", "pk")
        ),
        root=standing.root,
    )


def points_of(regime: Regime, *, at: datetime) -> list[tuple[str, str]]:
    """Return what a lot that is not released still waits for: rows of the table and their sentences with figures."""
    if regime.standing.is_released or regime.standing.arrived_at is None:
        return []
    profile = _profile(at)
    now = facts.lot_facts(regime.standing.pk, evidence.known_seq(), at, profile)
    reasons = [*decide_lot(now, profile).reasons, *open_points(now, profile)]
    said = [(each.code, explain(each, spoken())) for each in reasons if each.code != "G-9"]
    return list(dict.fromkeys(said))


def papers_of(lot_ids: Collection[int]) -> QuerySet[Certificate]:
    """Return certificates with the outcome of their newest check as `confirmed` (None: unchecked)."""
    newest = CertificateCheck.objects.filter(certificate=OuterRef("pk")).order_by("-id")
    found = Certificate.objects.filter(lot__in=lot_ids).annotate(confirmed=newest.values("confirmed")[:1])
    return found.select_related("entered_by", "lot__subject").order_by("kind", "pk")


def unchecked_papers(*, area: str) -> QuerySet[Certificate]:
    """Return the certificates that wait for a second person, the oldest first."""
    found = Certificate.objects.filter(lot__subject__area_code__startswith=area, checks__isnull=True)
    return found.select_related("entered_by", "lot__subject").order_by("entered_at", "pk")


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room or vehicle: its last reading, excursions of the last day, and how much lies there."""

    place: Place
    last: Temperature | None
    n_excursions: int
    n_pieces: int


def rooms(*, area: str) -> list[Place]:
    """Return the cold rooms and the vehicles with pieces or readings."""
    used = Q(pk__in=Temperature.objects.values("place")) | Q(
        pk__in=Stock.objects.filter(n_pieces__gt=0).values("place")
    )
    found = Place.objects.filter(Q(kind__in=ROOMS) | (Q(kind__in=VEHICLES) & used), area_code__startswith=area)
    return list(found.order_by("kind", "code")[:SHOWN])


def room_lines(places: Sequence[Place], *, at: datetime) -> list[RoomLine]:
    """Return rooms as lines, with two queries."""
    readings: dict[int, list[Temperature]] = {}
    for row in Temperature.objects.filter(place__in=places, at__gte=at - timedelta(days=1)).order_by("at"):
        readings.setdefault(row.place_id, []).append(row)
    pieces: dict[int, int] = {}
    for place_id, n in Stock.objects.filter(place__in=places).values_list("place_id", "n_pieces"):
        pieces[place_id] = pieces.get(place_id, 0) + n
    profile = _profile(at)
    lines = []
    for place in places:
        own = readings.get(place.pk, [])
        lines.append(RoomLine(place, own[-1] if own else None, len(_excursions(own, profile)), pieces.get(place.pk, 0)))
    return lines


def _profile(at: datetime) -> Profile:
    return profiles.profile_in_force(at=at)


def _excursions(readings: Sequence[Temperature], profile: Profile) -> tuple[Excursion, ...]:
    return excursions(tuple((int(each.at.timestamp()), each.tenths_celsius) for each in readings), profile)


def readings_of(place: Place, *, since: datetime, at: datetime) -> tuple[list[Temperature], tuple[Excursion, ...], int]:
    """Return a place's readings since an instant, its excursions, and the limit in tenths of a degree."""
    rows = list(Temperature.objects.filter(place=place, at__gte=since).order_by("at"))
    profile = _profile(at)
    return rows, _excursions(rows, profile), profile.warehouse.room_max_tenths if profile.warehouse else 0


def last_reading_at(place: Place) -> datetime | None:
    """Return when a place was last read."""
    return Temperature.objects.filter(place=place).order_by("-at").values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A recall notice with its newest answer and whether the balance closes."""

    notice: RecallNotice
    found: int | None
    sold: int | None
    destroyed: int | None
    is_closed: bool
    is_late: bool


def notices(*, by: User) -> QuerySet[RecallNotice]:
    """Return the recall notices a reader may see: a unit its own, others those of their area; newest recall first."""
    found = RecallNotice.objects.filter(place__area_code__startswith=by.area_code)
    if not may(by, Permission.VIEW_GOODS):
        found = found.filter(place__organisation=by.organisation_id)
    related = found.select_related("recall__lot__subject", "lot__subject", "place__organisation")
    return related.prefetch_related("replies").order_by("-recall", "due_at", "pk")


def notice_lines(rows: Sequence[RecallNotice], *, at: datetime) -> list[NoticeLine]:
    """Return notices with their balance by the rule."""
    profile = _profile(at)
    lines = []
    for row in rows:
        last = max(row.replies.all(), key=lambda each: each.pk, default=None)
        parts = (last.n_found, last.n_sold, last.n_destroyed) if last else (None, None, None)
        verdict = balance_recall(RecallFacts(row.n_received, *parts), profile)
        closed = verdict.outcome is StepDecision.PERMIT
        found, sold, destroyed = parts
        lines.append(NoticeLine(row, found, sold, destroyed, closed, not closed and row.due_at < at))
    return lines


def places_of_unit(by: User) -> list[Place]:
    """Return the places of the reader's own unit."""
    if by.organisation_id is None:
        return []
    return list(
        Place.objects.filter(organisation=by.organisation_id).exclude(kind=PlaceKind.HOUSEHOLD).order_by("code")[:SHOWN]
    )


def stock_at(places: Collection[Place]) -> QuerySet[Stock]:
    """Return what lies at places, by product."""
    found = Stock.objects.filter(place__in=places, n_pieces__gt=0)
    return found.select_related("lot__subject", "lot__standing", "place").order_by("lot__product", "pk")


def coming_to(places: Collection[Place]) -> QuerySet[Stock]:
    """Return what is on vehicles with one of these places as its destination."""
    codes = [place.code for place in places]
    sent = GoodsEvent.objects.filter(kind=GoodsStep.DISPATCHED, detail__destination__in=codes).values("lot")
    found = Stock.objects.filter(place__kind__in=VEHICLES, n_pieces__gt=0, lot__in=sent)
    return found.select_related("lot__subject", "lot__standing", "place").order_by("since")


@dataclass(frozen=True, slots=True)
class PublicLot:
    """What everybody may see behind a trace code: no person, no shop's name but that of the part asked for."""

    lot: Lot
    root: Lot
    standing: LotStanding
    booking: Booking | None
    papers: Sequence[Certificate]
    steps: Sequence[GoodsEvent]


PUBLIC_STEPS: Final = (
    GoodsStep.ARRIVED, GoodsStep.SAMPLED, GoodsStep.TESTED, GoodsStep.DISINFECTED, GoodsStep.RELEASED,
    GoodsStep.DISPATCHED, GoodsStep.RECEIVED, GoodsStep.RECALLED,
)  # fmt: skip


def public_lot(trace_code: str, serial: str = "") -> PublicLot | None:
    """Return what a trace code says to the public; None for an unknown code. `serial`: the part of the lot."""
    root = LotStanding.objects.select_related("lot__subject").filter(trace_code=trace_code).first()
    if root is None:
        return None
    part = LotStanding.objects.select_related("lot__subject").filter(root=root.pk, lot__subject__code=serial).first()
    shown = part or root
    steps = GoodsEvent.objects.filter(lot__in={root.pk, shown.pk}, kind__in=PUBLIC_STEPS).select_related("place")
    return PublicLot(
        lot=shown.lot,
        root=root.lot,
        standing=shown,
        booking=Booking.objects.filter(lot=root.pk).first(),
        papers=[paper for paper in papers_of([root.pk]) if getattr(paper, "confirmed", None)],
        steps=list(steps.order_by("at", "pk")),
    )


def inspections(*, area: str) -> QuerySet[Inspection]:
    """Return the inspections of an area, the newest first, with penalty and goods."""
    found = Inspection.objects.filter(place__area_code__startswith=area)
    return found.select_related("place__organisation", "lot__subject", "penalty", "by")
