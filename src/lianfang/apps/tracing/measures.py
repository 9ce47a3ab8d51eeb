"""Bringing the standing measures and tasks into line with what the rules order now; history is kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef

from lianfang.apps.core import bulk, measures
from lianfang.apps.core.models import Measure, MeasureCause, Subject, Task
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.selectors import Concern, responsibilities
from lianfang.apps.core.verdicts import Occasion, instant
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.goods.known import units_of as units_of_goods
from lianfang.apps.people.known import work_units
from lianfang.apps.places.store import surface_places
from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.standing import Ordered
from lianfang.rules.codec import to_plain
from lianfang.rules.measure import MeasureOrder
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, SubjectKind

AFTERCARE_ROW = "M-21"  # ordered by a release, ended by a release: a new run leaves it alone
BULK = 2_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where the subjects belong: what a measure and its tasks need to be somebody's."""

    subjects: Mapping[int, Subject]
    units: Mapping[int, int]
    surfaces: Mapping[int, int]

    @classmethod
    def of(cls, subject_ids: Collection[int]) -> "Places":
        """Load them for many subjects at once."""
        subjects = Subject.objects.in_bulk(subject_ids)
        persons = [pk for pk, subject in subjects.items() if subject.kind == SubjectKind.PERSON]
        others = [pk for pk, subject in subjects.items() if subject.kind in {SubjectKind.LOT, SubjectKind.PACKAGE}]
        surfaces = [pk for pk, subject in subjects.items() if subject.kind == SubjectKind.SURFACE]
        places, runs_by = surface_places(surfaces)
        return cls(subjects, {**work_units(persons), **units_of_goods(others), **runs_by}, places)


@dataclass(frozen=True, slots=True)
class Stored:
    """A subject's orders with the stored verdict that gives them."""

    ordered: Ordered
    verdict: StoredVerdict


@dataclass
class _Work:
    """What one call changes, gathered so that thousands of subjects cost a dozen statements."""

    measures: list[tuple[Measure, MeasureOrder, Stored]]
    ended: list[Measure]
    causes: list[MeasureCause]
    lapsed: list[MeasureCause]
    succeeded: list[tuple[Measure, Measure]]
    # Measures that stand for other causes too and lose or gain one of an investigation: their span changes.
    resized: list[Measure]
    # Measures that go on for other causes than the one that fell: measure -> whose its tasks are now (None: nobody's).
    inherited: dict[int, int | None]


def bring_into_line(
    items: Sequence[Stored], occasion: Occasion, profile: Profile, investigations: Mapping[str, Investigation]
) -> dict[str, int]:
    """Order, keep, replace and end measures so that just what `items` order stands. Returns counts by what was done."""
    ids = [item.ordered.subject for item in items]
    existing = _existing(ids)
    work = _Work([], [], [], [], [], [], {})
    places = Places.of(ids)
    for item in items:
        _subject(item, existing.get(item.ordered.subject, []), (work, occasion, places, investigations))
    _end(work, occasion)
    bulk.insert([measure for measure, _, _ in work.measures])
    _add_causes(work, investigations)
    measures.resize(work.resized)
    _hand_over(work, occasion)
    tasks = _new_tasks(work, profile, places, investigations)
    bulk.insert(tasks)
    return {"measures_ordered": len(work.measures), "measures_ended": len(work.ended), "tasks": len(tasks)}


def _existing(ids: Sequence[int]) -> dict[int, list[Measure]]:
    """Lock and return, in primary-key order, the measures that stand or were served to their end."""
    found: dict[int, list[Measure]] = defaultdict(list)
    rows = Measure.objects.filter(subject__in=ids).exclude(end__in=[Measure.End.SUPERSEDED, Measure.End.WITHDRAWN])
    for measure in rows.order_by("id").select_for_update(of=("self",)).prefetch_related("causes__verdict"):
        assert measure.subject_id is not None
        found[measure.subject_id].append(measure)
    return found


def _subject(
    item: Stored,
    existing: list[Measure],
    context: tuple[_Work, Occasion, Places, Mapping[str, Investigation]],
) -> None:
    work, occasion, places, investigations = context
    orders = {order.kind: order for order in item.ordered.measures.outcome}
    kept: set[MeasureKind] = set()
    old: dict[str, Measure] = {}
    for measure in existing:
        order = orders.get(measure.kind)  # type: ignore[call-overload]
        own, others = _told_apart(measure)
        if order is not None and _same(measure, order, item):
            kept.add(order.kind)
            if measure.ended_at is None and not _is_served(measure, order):
                _update_causes(measure, own, item, work, investigations)
        elif measure.ended_at is None and others:
            _beside_others(measure, (own, others), None if order is None else item, work, investigations)
            if order is not None:
                kept.add(order.kind)
        elif measure.ended_at is None:
            old[measure.kind] = _ended(measure, item, occasion, is_replaced=order is not None)
            work.lapsed += own
    work.ended += old.values()
    for kind, order in orders.items():
        if kind in kept:
            continue
        measure = _measure(order, places.subjects[item.ordered.subject], occasion, places)
        work.measures.append((measure, order, item))
        if kind in old:
            work.succeeded.append((old[kind], measure))


def _told_apart(measure: Measure) -> tuple[list[MeasureCause], list[MeasureCause]]:
    """Return the standing causes that a run decides about, and those it leaves alone: other sources', aftercare's."""
    standing = [cause for cause in measure.causes.all() if cause.ended_at is None]
    own = [cause for cause in standing if cause.investigation_id is not None and cause.row != AFTERCARE_ROW]
    return own, [cause for cause in standing if cause not in own]


def _is_served(measure: Measure, order: MeasureOrder) -> bool:
    """Whether the order was served to its end, while the measure goes on for another cause."""
    return any(cause.row == order.row and cause.end == Measure.End.RELEASED for cause in measure.causes.all())


def _beside_others(
    measure: Measure,
    causes: tuple[list[MeasureCause], list[MeasureCause]],
    item: Stored | None,
    work: _Work,
    investigations: Mapping[str, Investigation],
) -> None:
    """Let the investigations' causes of a measure that stands for others too fall, and those of the new order join."""
    own, others = causes
    work.lapsed += own
    work.resized.append(measure)
    if item is not None:
        order = next(o for o in item.ordered.measures.outcome if o.kind == measure.kind)
        numbers = item.ordered.standing.outcome.investigations
        work.causes += [_cause(measure, order, item, investigations[number].pk) for number in numbers]
        work.inherited[measure.pk] = investigations[numbers[0]].pk
    elif own:
        work.inherited[measure.pk] = next((c.investigation_id for c in others if c.investigation_id is not None), None)


def _same(measure: Measure, order: MeasureOrder, item: Stored) -> bool:
    """Whether the measure already does what is ordered: same row, and same facts but for when it was decided."""
    facts = item.ordered.measures.facts
    for cause in measure.causes.all():
        if cause.row != order.row:
            continue
        before = cause.verdict.facts
        if _comparable(before) == _comparable(to_plain(facts)):
            return True
    return False


def _comparable(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if name != "decided_at"}


def _ended(measure: Measure, item: Stored, occasion: Occasion, *, is_replaced: bool) -> Measure:
    exposed = item.ordered.standing.outcome.exposure_class is not ExposureClass.NOT_EXPOSED
    measure.end = Measure.End.SUPERSEDED if exposed or is_replaced else Measure.End.WITHDRAWN
    measure.ended_at, measure.ended_by = occasion.decided_at, item.verdict
    return measure


def _measure(order: MeasureOrder, subject: Subject, occasion: Occasion, places: Places) -> Measure:
    return Measure(
        kind=order.kind,
        subject=subject,
        place_id=places.surfaces.get(subject.pk),
        area_code=subject.area_code,
        starts_at=instant(order.starts_at),
        ends_at=None if order.ends_at is None else instant(order.ends_at),
        test_offsets_days=list(order.test_offsets_days),
        ordered_at=occasion.decided_at,
    )


def _update_causes(
    measure: Measure,
    causes: Sequence[MeasureCause],
    item: Stored,
    work: _Work,
    investigations: Mapping[str, Investigation],
) -> None:
    wanted = {investigations[number].pk for number in item.ordered.standing.outcome.investigations}
    lapsed = [cause for cause in causes if cause.investigation_id not in wanted]
    if lapsed and wanted:
        work.inherited[measure.pk] = min(wanted)
    work.lapsed += lapsed
    there = {cause.investigation_id for cause in causes}
    # It stands already, as long and with the tests that were ordered then: ordered again now, it does not begin again.
    order = next(o for o in item.ordered.measures.outcome if o.kind == measure.kind)
    as_it_stands = next((measures.order_of(measure, c) for c in causes if c.row == order.row), order)
    added = [_cause(measure, as_it_stands, item, pk) for pk in sorted(wanted - there)]
    work.causes += added
    standing = [cause for cause in measure.causes.all() if cause.ended_at is None]
    if len({measures.order_of(measure, cause) for cause in (*standing, *added)}) > 1:
        work.resized.append(measure)


def _cause(measure: Measure, order: MeasureOrder, item: Stored, investigation_id: int) -> MeasureCause:
    return measures.cause(measure, order, item.verdict, measures.source_of(measures.INVESTIGATION, investigation_id))


def _end(work: _Work, occasion: Occasion) -> None:
    ends = {measure.pk: measure.end for measure in work.ended}
    for end in (Measure.End.SUPERSEDED, Measure.End.WITHDRAWN):
        ended = Measure.objects.filter(pk__in=[pk for pk, its in ends.items() if its == end])
        ended.update(end=end, ended_at=occasion.decided_at)
        lapsed = [c.pk for c in work.lapsed if ends.get(c.measure_id, Measure.End.WITHDRAWN) == end]
        MeasureCause.objects.filter(pk__in=lapsed).update(ended_at=occasion.decided_at, end=end)
    bulk.assign(Measure, "ended_by_id", {measure.pk: measure.ended_by_id or 0 for measure in work.ended})


def _add_causes(work: _Work, investigations: Mapping[str, Investigation]) -> None:
    for measure, order, item in work.measures:
        numbers = item.ordered.standing.outcome.investigations
        work.causes += [_cause(measure, order, item, investigations[number].pk) for number in numbers]
    bulk.insert(work.causes)


def _hand_over(work: _Work, occasion: Occasion) -> None:
    """Move unfinished tasks of a replaced measure to its successor; cancel those of one that simply ended.

    Tasks of a measure that goes on without the investigation that ordered it become those of one it goes on for.
    """
    successor = {old.pk: new.pk for old, new in work.succeeded}
    unfinished = Task.objects.filter(measure__in=[measure.pk for measure in work.ended], status__in=UNFINISHED)
    tasks = list(unfinished.order_by("pk").select_for_update().values_list("pk", "measure_id"))
    bulk.assign(Task, "measure_id", {task: successor[measure] for task, measure in tasks if measure in successor})
    ending = Task.objects.filter(pk__in=[task for task, measure in tasks if measure not in successor])
    ending.update(status=Task.Status.CANCELLED, finished_at=occasion.decided_at)
    heirs = Task.objects.filter(measure__in=[*work.inherited, *successor.values()], status__in=UNFINISHED).exclude(
        investigation__in=MeasureCause.objects.filter(
            measure=OuterRef("measure"), ended_at=None, investigation__isnull=False
        ).values("investigation")
    )
    orphans = heirs.order_by("pk").select_for_update(of=("self",)).values_list("pk", "measure_id")
    owners: dict[int, int | None] = {cause.measure_id: cause.investigation_id for cause in reversed(work.causes)}
    owners |= work.inherited
    bulk.assign(Task, "investigation_id", {task: owners[measure] for task, measure in orphans if measure in owners})


def _new_tasks(
    work: _Work, profile: Profile, places: Places, investigations: Mapping[str, Investigation]
) -> list[Task]:
    giver = TaskGiver(profile, places)
    handed_over = {new.pk for _, new in work.succeeded}
    tasks = []
    for measure, order, item in work.measures:
        if measure.pk not in handed_over:
            first = investigations[item.ordered.standing.outcome.investigations[0]]
            tasks += giver.tasks(measure, order, first.pk)
    return tasks


class TaskGiver:
    """Makes the tasks of measures, each for the organisation that answers for it."""

    def __init__(self, profile: Profile, places: Places) -> None:
        self._profile, self._places, self._parties = profile, places, responsibilities()

    def tasks(self, measure: Measure, order: MeasureOrder, investigation_id: int | None) -> list[Task]:
        """Return the tasks (not yet saved) of one measure; they fall due counted from its start."""
        subject = self._places.subjects[measure.subject_id or 0]
        concern = Concern(subject.area_code, subject_kind=subject.kind, unit_id=self._places.units.get(subject.pk))
        return measures.tasks_of(measure, order, (concern, self._parties), self._profile, investigation_id)


def order_aftercare_of(
    released: MeasureCause, verdict: tuple[StoredVerdict, Sequence[MeasureOrder]], occasion: Occasion, profile: Profile
) -> None:
    """Order what a released case still owes; the cause is the investigation of its isolation."""
    row, orders = verdict
    assert row.subject_id is not None
    places = Places.of([row.subject_id])
    giver = TaskGiver(profile, places)
    for order in orders:
        measure = _measure(order, places.subjects[row.subject_id], occasion, places)
        measure.save()
        measures.cause(measure, order, row, released.source).save()
        bulk.insert(giver.tasks(measure, order, released.investigation_id))
