"""Reading the laboratories: what they can work, the live queue with its deadlines, advice and the commissioning plan."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localtime

from lianfang.apps.capacity.figures import Clock, laboratory_of, taking
from lianfang.apps.capacity.models import LaboratoryEntry, Milestone
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.lab.custody_selectors import laboratories
from lianfang.apps.lab.queue_selectors import WaitingTube, waiting_tubes
from lianfang.rules.commissioning import MilestoneFacts, Progress, judge_milestone
from lianfang.rules.custody import Whereabouts
from lianfang.rules.profile import Profile
from lianfang.rules.profile_laboratory import Priority
from lianfang.rules.routing import Promise, Route, Routing, RoutingFacts, advise_route
from lianfang.rules.turnaround import TubeFacts, Turnaround, decide_turnaround
from lianfang.rules.verdict import Verdict
from lianfang.sim import laboratory as sim

__all__ = ["LaboratoryEntry", "Milestone", "QueueRow", "advice", "entries", "loads", "milestones", "queue"]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A tube that awaits its result. `due_at`: None where the profile sets no target."""

    tube: WaitingTube
    verdict: Verdict[Turnaround]
    due_at: datetime | None
    is_late: bool

    @property
    def priority(self) -> Priority:
        """How pressing it is."""
        return self.verdict.outcome.priority

    @property
    def laboratory_id(self) -> int | None:
        """The laboratory it is at or on its way to."""
        return self.tube.organisation_id


@dataclass(frozen=True, slots=True)
class Load:
    """A laboratory and what waits for it. `line`: None if nobody works it; `done_at`: its last tube, by arithmetic."""

    organisation: Organisation
    entry: LaboratoryEntry
    line: sim.Laboratory | None
    n_here: int
    n_coming: int
    n_late: int
    by_priority: Mapping[Priority, int]
    done_at: datetime | None

    @property
    def is_short(self) -> bool:
        """Whether it answers for more tubes a day than its equipment and shifts can work."""
        return self.line is None or self.entry.tubes_per_day > self.line.tubes_per_day


@dataclass(frozen=True, slots=True)
class Advised:
    """Advice about the tubes of one priority that are at one laboratory, on their way there (None: nowhere yet)."""

    organisation: Organisation | None
    priority: Priority
    n_tubes: int
    verdict: Verdict[Routing]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a new laboratory and where it stands."""

    milestone: Milestone
    verdict: Verdict[Progress]

    @property
    def progress(self) -> Progress:
        """Where it stands."""
        return self.verdict.outcome


def entries(*, by: User) -> list[LaboratoryEntry]:
    """Return what each laboratory of the reader's county can work by its newest version, by name."""
    newer = LaboratoryEntry.objects.filter(organisation=OuterRef("organisation"), version__gt=OuterRef("version"))
    found = LaboratoryEntry.objects.filter(~Exists(newer), organisation__in=laboratories(by=by))
    return list(found.select_related("organisation", "entered_by").order_by("organisation__name", "organisation_id"))


def entry_of(organisation_id: int, *, by: User) -> tuple[Organisation, LaboratoryEntry | None]:
    """Return a laboratory and its newest version, None before the first. Raises: NotFound."""
    found = laboratories(by=by).filter(pk=organisation_id).first()
    if found is None:
        raise NotFound("There is no such laboratory in your county.")
    versions = LaboratoryEntry.objects.filter(organisation=found).select_related("entered_by")
    return found, versions.order_by("-version").first()


def queue(*, profile: Profile, at: datetime, by: User) -> list[QueueRow]:
    """Return what awaits a result: late first, then by priority and deadline."""
    decided: dict[TubeFacts, Verdict[Turnaround]] = {}
    rows = []
    for tube in waiting_tubes(by=by):
        verdict = decided.get(tube.facts) or decided.setdefault(tube.facts, decide_turnaround(tube.facts, profile))
        within_s = verdict.outcome.within_s
        due_at = None if within_s is None else tube.collected_at + timedelta(seconds=within_s)
        rows.append(QueueRow(tube, verdict, due_at, due_at is not None and due_at < at))
    order = tuple(Priority)
    return sorted(rows, key=lambda row: (not row.is_late, order.index(row.priority), row.due_at or at, row.tube.code))


def loads(rows: Iterable[QueueRow], known: Sequence[LaboratoryEntry], *, at: datetime) -> list[Load]:
    """Return each laboratory with what waits for it."""
    waiting: dict[int | None, list[QueueRow]] = defaultdict(list)
    for row in rows:
        waiting[row.laboratory_id].append(row)
    return [_load(entry, waiting.get(entry.organisation_id, []), at) for entry in known]


def _load(entry: LaboratoryEntry, rows: Sequence[QueueRow], at: datetime) -> Load:
    line, clock = laboratory_of(entry, at=at), Clock(at)
    here = sum(row.tube.whereabouts in {Whereabouts.RECEIVED, Whereabouts.STORED} for row in rows)
    way = 0 if here == len(rows) else None
    done = clock.instant(sim.ready_min(line, clock.now, len(rows), way_min=way)) if line and rows else None
    return Load(
        organisation=entry.organisation,
        entry=entry,
        line=line,
        n_here=here,
        n_coming=len(rows) - here,
        n_late=sum(row.is_late for row in rows),
        by_priority=Counter(row.priority for row in rows),
        done_at=done,
    )


@dataclass(frozen=True, slots=True)
class _Board:
    """The laboratories that can work, and how many tubes of each priority wait for each (None: nowhere yet)."""

    lines: Mapping[int, sim.Laboratory]
    names: Mapping[int, str]
    sizes: Mapping[tuple[int | None, Priority], int]
    clock: Clock

    def promise(self, laboratory: int, priority: Priority, *, more: int = 0, way_min: int | None = None) -> Promise:
        """When a laboratory would have the last tube of a priority done, with so many more of them."""
        order = tuple(Priority)
        first = order[: order.index(priority) + 1]
        ahead = more + sum(self.sizes.get((laboratory, each), 0) for each in first)
        ready = sim.ready_min(self.lines[laboratory], self.clock.now, ahead, way_min=way_min)
        return Promise(self.names[laboratory], 60 * (ready - self.clock.now))


def advice(
    rows: Sequence[QueueRow], known: Sequence[LaboratoryEntry], *, profile: Profile, at: datetime
) -> list[Advised]:
    """Return where waiting tubes should go, group by group; those that stay in time are left out."""
    organisations = {entry.organisation_id: entry.organisation for entry in known}
    groups: dict[tuple[int | None, Priority], list[QueueRow]] = defaultdict(list)
    for row in rows:
        groups[row.laboratory_id if row.laboratory_id in organisations else None, row.priority].append(row)
    board = _Board(
        lines={int(each.name): each for each in taking(known, at=at)},
        names={number: organisation.name for number, organisation in organisations.items()},
        sizes={key: len(group) for key, group in groups.items()},
        clock=Clock(at),
    )
    found = []
    for (here, priority), group in sorted(groups.items(), key=lambda item: (item[0][1].value, item[0][0] or 0)):
        due = [row.due_at for row in group if row.due_at is not None]
        if not due:
            continue
        facts = RoutingFacts(
            here=board.promise(here, priority, way_min=0) if here is not None and here in board.lines else None,
            due_s=int((max(due) - at).total_seconds()),
            others=tuple(board.promise(each, priority, more=len(group)) for each in board.lines if each != here),
        )
        verdict = advise_route(facts, profile)
        if verdict.outcome.route is not Route.STAY:
            found.append(Advised(organisations.get(here or 0), priority, len(group), verdict))
    return found


def milestones(*, profile: Profile, at: datetime, by: User) -> list[PlannedStep]:
    """Return the steps of the new laboratories of the reader's county, laboratory by laboratory, by their days."""
    mine = _newest().filter(laboratory__area_code__startswith=by.area_code[:6])
    found = mine.select_related("laboratory", "responsible", "evidence__by").order_by(
        "laboratory__name", "due_on", "id"
    )
    return [step_of(each, profile=profile, at=at) for each in found]


def current_milestones() -> QuerySet[Milestone]:
    """Return the newest version of every step that is not done."""
    return _newest().filter(evidence__isnull=True).select_related("laboratory", "responsible")


def _newest() -> QuerySet[Milestone]:
    newer = Milestone.objects.filter(
        laboratory=OuterRef("laboratory"), kind=OuterRef("kind"), version__gt=OuterRef("version")
    )
    return Milestone.objects.filter(~Exists(newer))


def step_of(milestone: Milestone, *, profile: Profile, at: datetime) -> PlannedStep:
    """Return where a step stands on the county's day."""
    evidence = getattr(milestone, "evidence", None)
    facts = MilestoneFacts(
        due_on=milestone.due_on.toordinal(),
        today=localtime(at).date().toordinal(),
        done_on=evidence.done_on.toordinal() if evidence else None,
    )
    return PlannedStep(milestone, judge_milestone(facts, profile))
