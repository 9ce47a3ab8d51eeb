"""Playing the incident: every input goes through its service at its own hour, and people do most of their tasks."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from django.db.models import Count

from lianfang.apps.core import clock, outbox, work
from lianfang.apps.core.duties import CHECKS
from lianfang.apps.core.models import Organisation, Role, Subject, Task, User
from lianfang.apps.core.services import AccountEntry, change_account
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.selectors import Specimen
from lianfang.apps.places.services import register_surface
from lianfang.apps.tracing.selectors.outcome import outcome_of
from lianfang.rules.vocabulary import ResponsibleKind, SpecimenResult
from lianfang.sim import CorrectResult, County, SignResult, TakeSpecimen, make_incident
from lianfang.sim.incident import Input

Report = Callable[[str], None]
# The command enters what was done, for those who have no account here; who checks is never who did it.
_PROOF = work.Proof("演示:已完成", on_behalf="演示:代责任单位录入")
DONE_IN_100 = 93  # of a hundred tasks that fall due, so many are done; the others are what the desk must notice


@dataclass(frozen=True, slots=True)
class Response:
    """What one signed input set off: the seconds until all measures were durable, and the exposures by class."""

    specimen: str
    number: str
    seconds: float
    classes: dict[str, int]


def play_incident(county: County, *, report: Report) -> list[Response]:
    """Play the script from its first input to its last; return what each signed result set off."""
    actors = _Actors()
    for row in county.surfaces.to_pylist():
        with clock.playing(_instant(county.story.incident_midnight)):
            register_surface(
                code=row["code"], label=row["name"], place_code=row["place_code"], at=clock.now(), by=actors.sampler
            )
    responses: list[Response] = []
    for step in make_incident(county).inputs:
        at = _instant(step.at)
        _do_tasks(until=at, actors=actors)
        with clock.playing(at):
            responses += _play(step, actors, report)
    end = _instant(step.at) + timedelta(hours=2)
    _do_tasks(until=end, actors=actors)
    _employ_where_work_waits(at=end)
    return responses


def _employ_where_work_waits(*, at: datetime) -> None:
    """Let the unit's account belong to the unit with most to do, so that its desk is not empty."""
    waiting = Task.objects.filter(status__in=work.UNFINISHED, organisation__responsible_kind=ResponsibleKind.UNIT)
    busiest = waiting.values("organisation").annotate(n=Count("pk")).order_by("-n", "organisation").first()
    user = User.objects.filter(username="unit", role=Role.UNIT).first()
    if busiest is None or user is None:
        return
    unit = Organisation.objects.get(pk=busiest["organisation"])
    entry = AccountEntry(user.username, user.display_name, user.role, user.area_code, unit)
    change_account(user.pk, entry, is_active=user.is_active, by=None, at=at)


class _Actors:
    """The accounts that act in the script."""

    def __init__(self) -> None:
        laboratory = list(User.objects.filter(role=Role.LABORATORY, is_active=True).order_by("id")[:2])
        self.recorder, self.signer = laboratory
        self.sampler = User.objects.filter(role=Role.EPIDEMIOLOGIST, is_active=True).order_by("id")[0]
        self.command = User.objects.filter(role=Role.COMMAND, is_active=True).order_by("id")[0]


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _play(step: Input, actors: _Actors, report: Report) -> Iterator[Response]:
    at = clock.now()
    if isinstance(step, TakeSpecimen):
        subject = Subject.objects.get(code=step.subject)
        lab.register_specimen(code=step.specimen, subject=subject, collected_at=at, at=at, by=actors.sampler)
        return
    specimen = Specimen.objects.get(code=step.specimen)
    if isinstance(step, SignResult):
        lab.record_result(specimen_id=specimen.pk, value=step.result, at=at, by=actors.recorder)
        lab.sign_result(specimen_id=specimen.pk, at=at, by=actors.signer)
    elif step.result is None:
        lab.annul_result(specimen_id=specimen.pk, reason=step.reason, at=at, by=actors.signer)
    else:
        lab.correct_result(specimen_id=specimen.pk, value=step.result, reason=step.reason, at=at, by=actors.signer)
    outbox.deliver_pending()
    seconds = (clock.now() - at).total_seconds()
    yield from _told(step, specimen, seconds, report)


def _told(step: SignResult | CorrectResult, specimen: Specimen, seconds: float, report: Report) -> Iterator[Response]:
    outcome = outcome_of(specimen.subject_id)
    if outcome is None or (isinstance(step, SignResult) and step.result is not SpecimenResult.POSITIVE):
        return
    found = ", ".join(f"{count} {name}" for name, count in outcome.classes.items()) or "nothing stands any more"
    report(f"  {outcome.number} {specimen.subject.code}: {found}; durable after {seconds:.2f} s")
    yield Response(specimen.code, outcome.number, seconds, outcome.classes)


def _do_tasks(*, until: datetime, actors: _Actors) -> None:
    """Finish most tasks that fall due by then, each at four fifths of its time, in the order they would be done."""
    due = Task.objects.filter(status=Task.Status.OPEN, due_at__lte=until).select_related("subject")
    done_at: dict[datetime, list[int]] = defaultdict(list)
    for task in due.order_by("id"):
        if _is_done(task):
            done_at[task.created_at + (task.due_at - task.created_at) * 4 // 5].append(task.pk)
    for at, task_ids in sorted(done_at.items()):
        with clock.playing(at):
            # What was finished or released meanwhile has cancelled some of them.
            still = Task.objects.filter(pk__in=task_ids, status=Task.Status.OPEN)
            for by, is_check in ((actors.command, False), (actors.sampler, True)):
                tasks = still.filter(kind__in=CHECKS) if is_check else still.exclude(kind__in=CHECKS)
                ids = list(tasks.values_list("pk", flat=True))
                if ids:
                    work.finish_tasks(task_ids=ids, proof=_PROOF, at=at, by=by)
            outbox.deliver_pending()


def _is_done(task: Task) -> bool:
    """Draw by hash, so that the same county is left with the same tasks undone."""
    assert task.subject is not None
    drawn = blake2b(f"{task.subject.code}:{task.kind}".encode(), digest_size=2).digest()
    return int.from_bytes(drawn, "big") % 100 < DONE_IN_100
