"""Who is followed up every day, by whom, and who is late today. Records merged into one are read as one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.measures import order_of
from lianfang.apps.core.models import Measure, MeasureCause, Role, Task, User, Verdict
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.followup.known import midnight
from lianfang.apps.followup.models import HealthRecord, Symptom, Transfer
from lianfang.apps.people.known import same_persons
from lianfang.apps.people.selectors import Person
from lianfang.rules.follow_up import FOLLOWED, FollowUpFacts, FollowUps, follow_ups
from lianfang.rules.measure import MeasureOrder, orders_in
from lianfang.rules.profile import Profile
from lianfang.rules.replay import verdict_from_json

__all__ = ["HealthRecord", "Symptom", "Transfer"]


class NotFollowed(NotFound):
    """No such person under a measure that is followed up, or not for this actor (we do not tell which)."""

    code = "not_followed"


@dataclass(frozen=True, slots=True)
class FollowedLine:
    """One standing measure of a person with its reports: day n of how many, and what the rule says of them."""

    measure: Measure
    day: int
    days: int | None
    reports: FollowUps


def followed(by: User) -> QuerySet[Measure]:
    """Return the standing measures with daily records that this member of staff answers for.

    Community and command: of their area. A work unit: those whose tasks it has, and its own employees'.
    """
    standing = Measure.objects.filter(kind__in=FOLLOWED, ended_at__isnull=True, subject__isnull=False)
    if by.role != Role.UNIT:
        return standing.filter(area_code__startswith=by.area_code)
    if by.organisation_id is None:
        return standing.none()
    tasks = Task.objects.filter(measure=OuterRef("pk"), organisation=by.organisation_id)
    employed = Person.objects.filter(pk=OuterRef("subject_id"), work_unit=by.organisation_id)
    return standing.filter(Exists(tasks) | Exists(employed))


def followed_measure(subject_id: int, *, by: User | None) -> Measure:
    """Return a standing followed measure of a person; by None: the person themselves. Raises: NotFollowed."""
    own = Measure.objects.filter(kind__in=FOLLOWED, ended_at__isnull=True)
    same = same_persons([subject_id])[subject_id]
    found = (own if by is None else followed(by)).filter(subject__in=same).order_by("id").first()
    if found is None:
        raise NotFollowed("Nobody of this number is followed up by you.")
    return found


def ordered_until(order: MeasureOrder, ordered_by: Verdict) -> int | None:
    """Return an order's end as its verdict gave it, before any extension."""
    orders = orders_in(verdict_from_json(text_of(ordered_by)))
    said = [each.ends_at for each in orders if (each.kind, each.row) == (order.kind, order.row)]
    return said[0] if said else order.ends_at


def lines_of(measures: Iterable[Measure], *, at: datetime) -> list[FollowedLine]:
    """Return standing measures with what their daily reports come to, the strictest count of each one's causes."""
    measures = [each for each in measures if each.kind in FOLLOWED]
    causes = MeasureCause.objects.filter(measure__in=measures, ended_at__isnull=True).select_related("verdict")
    of_measure: dict[int, list[MeasureCause]] = {}
    for cause in causes.order_by("id"):
        of_measure.setdefault(cause.measure_id, []).append(cause)
    taken = _taken([each.subject_id or 0 for each in measures], at)
    editions = {cause.verdict.edition for of in of_measure.values() for cause in of}
    now = _Now(at, {edition: profile_of(edition, at=at) for edition in editions})
    return [_line(each, of_measure.get(each.pk, []), taken.get(each.subject_id or 0, ()), now) for each in measures]


@dataclass(frozen=True, slots=True)
class _Now:
    """The instant that reports are counted at, and the editions under which they were asked for."""

    at: datetime
    profiles: Mapping[str, Profile]


def _taken(subject_ids: Collection[int], at: datetime) -> dict[int, tuple[int, ...]]:
    same = same_persons(subject_ids)
    rows = HealthRecord.objects.filter(subject__in=_all(same), is_reached=True, taken_at__lte=at)
    found: dict[int, list[int]] = {}
    for subject, when in rows.values_list("subject_id", "taken_at"):
        found.setdefault(subject, []).append(int(when.timestamp()))
    return {pk: tuple(sorted(at for each in who for at in found.get(each, ()))) for pk, who in same.items()}


def _all(same: dict[int, list[int]]) -> set[int]:
    return {each for who in same.values() for each in who}


def _line(measure: Measure, causes: list[MeasureCause], taken: tuple[int, ...], now: _Now) -> FollowedLine:
    first = midnight(measure.starts_at)
    day = (midnight(now.at) - first).days + 1
    days = None if measure.ends_at is None else -(-int((measure.ends_at - measure.starts_at).total_seconds()) // 86400)
    counted = [each for each in (_reports(measure, cause, taken, now) for cause in causes) if each is not None]
    worst = max(counted, key=lambda each: (each.missed, each.is_late), default=FollowUps(0, 0, False))
    return FollowedLine(measure, day, days, worst)


def _reports(measure: Measure, cause: MeasureCause, taken: tuple[int, ...], now: _Now) -> FollowUps | None:
    order = order_of(measure, cause)
    until = ordered_until(order, cause.verdict)
    if until is None:
        return None
    first = int(midnight(cause.starts_at).timestamp())
    facts = FollowUpFacts(first, until, int(now.at.timestamp()), tuple(each for each in taken if each >= first))
    return follow_ups(facts, now.profiles[cause.verdict.edition]).outcome


def recorded_today(subject_ids: Collection[int], *, at: datetime) -> dict[int, HealthRecord]:
    """Return the newest record of today of each person who has one, whether they were reached or not."""
    same = same_persons(subject_ids)
    rows = HealthRecord.objects.filter(subject__in=_all(same), taken_at__gte=midnight(at), taken_at__lte=at)
    newest: dict[int, HealthRecord] = {}
    for each in rows.order_by("-is_reached", "-taken_at"):
        newest.setdefault(each.subject_id, each)
    own = {pk: [newest[each] for each in who if each in newest] for pk, who in same.items()}
    return {pk: max(found, key=lambda each: (each.is_reached, each.taken_at)) for pk, found in own.items() if found}


def records_of(subject_id: int) -> QuerySet[HealthRecord]:
    """Return a person's records, newest first; those of all records merged with this one."""
    same = same_persons([subject_id])[subject_id]
    return HealthRecord.objects.filter(subject__in=same).select_related("recorded_by").order_by("-taken_at", "-id")


def transfers_of(subject_id: int) -> QuerySet[Transfer]:
    """Return a person's transfers, newest first."""
    same = same_persons([subject_id])[subject_id]
    return Transfer.objects.filter(subject__in=same).select_related("recorded_by").order_by("-moved_at", "-id")
