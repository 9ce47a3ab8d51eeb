"""Reading who and what is to be sampled, and how far a round has come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import overload

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.lab.models import OpenTest, Result, SamplingOrder, SamplingRound, Specimen
from lianfang.apps.lab.order_upkeep import rejected
from lianfang.apps.people.selectors import Person, standing_persons
from lianfang.rules.ordering import OrderFacts, OrderState, judge_order
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import SubjectKind

__all__ = ["OpenOrders", "OrderRow", "SamplingRound", "VillageCoverage", "coverage", "round_of", "rounds", "unsampled"]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Somebody or something that is to be sampled. `measure`: what orders it, or `order`: by hand."""

    subject: Subject
    due_from: datetime
    due_until: datetime
    verdict: Verdict[OrderState]
    measure: str = ""
    order: SamplingOrder | None = None

    @property
    def state(self) -> OrderState:
        """Where it stands."""
        return self.verdict.outcome


@dataclass(frozen=True, slots=True)
class VillageCoverage:
    """How many persons of one village a round is about, and how many of them are sampled."""

    area_code: str
    n_persons: int
    n_sampled: int

    @property
    def n_left(self) -> int:
        """How many are not sampled yet."""
        return self.n_persons - self.n_sampled


class OpenOrders(Sequence[OrderRow]):
    """What is left to be sampled in the reader's area, in one state or in all; counted, and read page by page."""

    def __init__(self, *, profile: Profile, now: datetime, by: User, state: OrderState | None = None) -> None:
        self._profile, self._now, self._state = profile, now, state
        mine = OpenTest.objects.filter(area_code__startswith=by.area_code)
        if not (may(by, Permission.VIEW_PERSONS) or may(by, Permission.RECORD_RESULTS)):
            mine = mine.exclude(subject__kind=SubjectKind.PERSON)
        begun = mine.filter(due_from__lte=now)
        # In order, each of them by its deadline: the states follow one another.
        self._rows = {
            OrderState.OVERDUE: begun.filter(due_until__lte=now),
            OrderState.DUE: begun.filter(due_until__gt=now),
            OrderState.UPCOMING: mine.filter(due_from__gt=now),
        }

    @cached_property
    def counts(self) -> Mapping[OrderState, int]:
        """How many there are in each open state, whichever was asked for."""
        return {state: rows.count() for state, rows in self._rows.items()}

    def __len__(self) -> int:
        """How many there are in the state asked for."""
        return sum(n for state, n in self.counts.items() if self._state in {None, state})

    def __iter__(self) -> Iterator[OrderRow]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> OrderRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[OrderRow]: ...

    def __getitem__(self, index: int | slice) -> OrderRow | list[OrderRow]:
        return self._read(slice(index, index + 1))[0] if isinstance(index, int) else self._read(index)

    def _read(self, span: slice) -> list[OrderRow]:
        start, left = span.start or 0, (len(self) if span.stop is None else span.stop) - (span.start or 0)
        found: list[OpenTest] = []
        for state, rows in self._rows.items():
            if self._state not in {None, state} or len(found) >= left:
                continue
            if start < self.counts[state]:
                page = rows.order_by("due_until", "id").select_related("subject", "order")
                found += page[start : start + left - len(found)]
            start = max(0, start - self.counts[state])
        return [self._told(row) for row in found]

    def _told(self, row: OpenTest) -> OrderRow:
        due_from, due_until, now = (int(at.timestamp()) for at in (row.due_from, row.due_until, self._now))
        verdict = judge_order(OrderFacts(due_from, due_until, now), self._profile)
        return OrderRow(row.subject, row.due_from, row.due_until, verdict, measure=row.measure, order=row.order)


@dataclass(frozen=True, slots=True)
class AnsweredOrder:
    """An order by hand and the specimen that answers it; `result`: its newest signed version."""

    order: SamplingOrder
    specimen: Specimen | None
    result: Result | None


def orders_of_unit(*, by: User) -> QuerySet[SamplingOrder]:
    """Return the orders that the reader's organisation (without one: the reader) made in its area, the newest first."""
    unit = Q(ordered_by__organisation=by.organisation) if by.organisation_id else Q(ordered_by=by)
    mine = SamplingOrder.objects.filter(unit, subject__area_code__startswith=by.area_code)
    return mine.select_related("subject", "ordered_by", "revocation").order_by("-ordered_at", "-id")


def answered(orders: Iterable[SamplingOrder]) -> list[AnsweredOrder]:
    """Return the orders of a page, each with the first tube of one's own taken since its day that was not rejected."""
    given = list(orders)
    tubes = Specimen.objects.filter(subject__in=[each.subject_id for each in given], membership__isnull=True)
    taken = list(tubes.filter(~Exists(rejected())).order_by("collected_at", "id"))
    signed = Result.objects.filter(specimen__in=taken, signed_at__isnull=False).order_by("specimen_id", "-version")
    results = {each.specimen_id: each for each in signed.distinct("specimen_id")}
    found = []
    for order in given:
        own = (each for each in taken if each.subject_id == order.subject_id and each.collected_at >= order.due_from)
        specimen = next(own, None)
        found.append(AnsweredOrder(order, specimen, results.get(specimen.pk) if specimen else None))
    return found


def rounds(*, by: User) -> QuerySet[SamplingRound]:
    """Return the rounds that concern the reader's area, the newest first: those inside it and those around it."""
    around = [by.area_code[:length] for length in range(len(by.area_code))]
    mine = Q(area_code__startswith=by.area_code) | Q(area_code__in=around)
    return SamplingRound.objects.filter(mine).select_related("organisation", "revocation").order_by("-starts_at", "-id")


def round_of(round_id: int, *, by: User) -> SamplingRound:
    """Return one round that concerns the reader's area. Raises: NotFound."""
    found = rounds(by=by).filter(pk=round_id).first()
    if found is None:
        raise NotFound("There is no such round in your area.")
    return found


def coverage(found: SamplingRound, *, by: User) -> list[VillageCoverage]:
    """Return how far a round has come in each village of the reader's area, the most left to do first."""
    sampled = Count("pk", filter=Exists(_in_round(found)))
    rows = _concerned(found, by).order_by().values("area_code").annotate(n_persons=Count("pk"), n_sampled=sampled)
    villages = [VillageCoverage(row["area_code"], row["n_persons"], row["n_sampled"]) for row in rows]
    return sorted(villages, key=lambda each: (-each.n_left, each.area_code))


def unsampled(found: SamplingRound, *, village: str, by: User) -> QuerySet[Person]:
    """Return who of a village ("": of all) is not sampled yet in a round."""
    left = _concerned(found, by).filter(~Exists(_in_round(found)))
    return left.filter(area_code=village) if village else left


def _concerned(found: SamplingRound, by: User) -> QuerySet[Person]:
    narrower = max(found.area_code, by.area_code, key=len)
    persons = standing_persons(area=narrower)
    return persons.filter(work_unit=found.organisation) if found.organisation else persons


def _in_round(found: SamplingRound) -> QuerySet[Specimen]:
    """Return a person's swabs in a round, shared ones too; a rejected tube or an annulled result is none."""
    later = Result.objects.filter(specimen=OuterRef("specimen"), version__gt=OuterRef("version"))
    newest = Result.objects.filter(~Exists(later), specimen=OuterRef("pk"))
    taken = Specimen.objects.filter(
        subject=OuterRef("pk"), collected_at__gte=found.starts_at, collected_at__lt=found.ends_at
    )
    return taken.filter(~Exists(rejected()), ~Exists(newest.filter(status=Result.Status.ANNULLED)))
