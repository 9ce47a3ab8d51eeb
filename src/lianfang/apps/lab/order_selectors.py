"""Reading who and what is to be sampled, and how far a round has come."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.core.verdicts import instant
from lianfang.apps.core.walking import within
from lianfang.apps.lab.models import CustodyStep, PoolMember, Result, SamplingOrder, SamplingRound, Specimen
from lianfang.apps.people.selectors import Person, standing_persons
from lianfang.rules.custody import Whereabouts
from lianfang.rules.measure import MeasureOrder, specimen_windows, specimens_for
from lianfang.rules.ordering import OPEN_STATES, OrderFacts, OrderState, judge_order
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import MeasureKind, SpecimenResult

__all__ = ["OrderRow", "SamplingRound", "VillageCoverage", "coverage", "open_orders", "round_of", "rounds", "unsampled"]


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


def open_orders(*, profile: Profile, now: datetime, by: User) -> list[OrderRow]:
    """Return what is left to be sampled in the reader's area, the most pressing first."""
    measures = Measure.objects.filter(
        within(by.area_code), subject__isnull=False, ended_at__isnull=True, test_offsets_days__len__gt=0
    )
    scheduled = list(measures.select_related("subject").order_by("id"))
    by_hand = SamplingOrder.objects.filter(subject__area_code__startswith=by.area_code, revocation__isnull=True)
    answer = _answering().filter(subject=OuterRef("subject"), collected_at__gte=OuterRef("due_from"))
    by_hand = by_hand.filter(~Exists(answer))
    collected = _collected({each.subject_id for each in scheduled if each.subject_id is not None})
    rows = [row for each in scheduled for row in _of_measure(each, collected, profile, now)]
    rows += [_of_hand(each, profile, now) for each in by_hand.select_related("subject")]
    pressing = [row for row in rows if row.state in OPEN_STATES]
    return sorted(pressing, key=lambda row: (OPEN_STATES.index(row.state), row.due_until, row.subject.pk))


def _answering() -> QuerySet[Specimen]:
    """Return the specimens that answer an order: in a tube of their own, neither rejected nor without a clear result."""
    later = Result.objects.filter(specimen=OuterRef("specimen"), version__gt=OuterRef("version"), seq__isnull=False)
    newest = Result.objects.filter(~Exists(later), specimen=OuterRef("pk"), seq__isnull=False)
    unclear = newest.filter(Q(status=Result.Status.ANNULLED) | Q(value=SpecimenResult.INDETERMINATE))
    shared = PoolMember.objects.filter(specimen=OuterRef("pk"))
    return Specimen.objects.filter(~Exists(_rejected()), ~Exists(shared), ~Exists(unclear))


def _rejected() -> QuerySet[CustodyStep]:
    return CustodyStep.objects.filter(specimen=OuterRef("pk"), kind=Whereabouts.REJECTED)


def _collected(subject_ids: Collection[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = _answering().filter(subject__in=subject_ids).order_by("collected_at", "id")
    for subject_id, collected_at in rows.values_list("subject_id", "collected_at"):
        found.setdefault(subject_id, []).append(int(collected_at.timestamp()))
    return found


def _of_measure(
    measure: Measure, collected: Mapping[int, list[int]], profile: Profile, now: datetime
) -> Iterator[OrderRow]:
    assert measure.subject is not None
    ends_at = None if measure.ends_at is None else int(measure.ends_at.timestamp())
    starts_at, offsets = int(measure.starts_at.timestamp()), tuple(measure.test_offsets_days)
    order = MeasureOrder(MeasureKind(measure.kind), starts_at, ends_at, offsets, row="")
    answers = specimens_for(order, collected.get(measure.subject.pk, []))
    for (start, until), answer in zip(specimen_windows(order), answers, strict=True):
        facts = OrderFacts(start, until, int(now.timestamp()), answer)
        verdict = judge_order(facts, profile)
        yield OrderRow(measure.subject, instant(start), instant(until), verdict, measure=measure.kind)


def _of_hand(order: SamplingOrder, profile: Profile, now: datetime) -> OrderRow:
    facts = OrderFacts(int(order.due_from.timestamp()), int(order.due_until.timestamp()), int(now.timestamp()))
    return OrderRow(order.subject, order.due_from, order.due_until, judge_order(facts, profile), order=order)


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
    return taken.filter(~Exists(_rejected()), ~Exists(newest.filter(status=Result.Status.ANNULLED)))
