"""Who is followed up every day, by whom, and who is late today. Records merged into one are read as one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Extract, TruncDate, TruncDay
from django.utils import timezone

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Measure, MeasureCause, Role, Task, User
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.followup.known import beginning, midnight
from lianfang.apps.followup.models import HealthRecord, Symptom, Transfer
from lianfang.apps.people.known import same_persons, survivors_now
from lianfang.apps.people.selectors import Person
from lianfang.rules.follow_up import FOLLOWED, FollowUpFacts, FollowUps, follow_ups

__all__ = ["HealthRecord", "Symptom", "Transfer"]

NOTHING_DUE = FollowUps(0, 0, False)
_ORDERED = ("row", "verdict__edition", "verdict__outcome")


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


def ordered_until(of: tuple[str, str], ends_at: int | None, outcome: Any) -> int | None:
    """Return until when a verdict ordered a measure, before any extension. None: until something happens.

    of: kind and row of the order. ends_at: its end now, extensions included. outcome: the verdict's, as stored.
    """
    orders = outcome["orders"] if isinstance(outcome, dict) else outcome
    said: list[int | None] = [each["ends_at"] for each in orders if (each["kind"], each["row"]) == of]
    return said[0] if said else ends_at


def lines_of(measures: QuerySet[Measure], *, at: datetime) -> list[FollowedLine]:
    """Return standing measures with what their daily reports come to."""
    reports = reports_of(measures, at=at)
    return [_line(each, reports.get(each.pk, NOTHING_DUE), at) for each in measures.filter(kind__in=FOLLOWED)]


def reports_of(measures: QuerySet[Measure], *, at: datetime) -> dict[int, FollowUps]:
    """Return what the daily reports of standing measures come to by measure, the strictest count of each one's causes.

    In three queries, however many measures there are; none of what they read is larger than an answer needs.
    """
    measures = measures.filter(kind__in=FOLLOWED).order_by()
    causes = MeasureCause.objects.filter(measure__in=measures, ended_at__isnull=True)
    county = timezone.get_default_timezone()
    first_day, end = (
        _epoch(TruncDay("starts_at", tzinfo=county)),
        _epoch("ends_at"),
    )  # instants cost most of all to read
    found = list(causes.values_list("measure", "measure__subject", "measure__kind", first_day, end, *_ORDERED))
    reported, now = _reported(measures, at), int(at.timestamp())
    profiles = {edition: profile_of(edition, at=at) for edition in {row[-2] for row in found}}
    strictest: dict[int, FollowUps] = {}
    for measure, subject, kind, first, ends_at, row, edition, outcome in found:
        until = ordered_until((kind, row), ends_at, outcome)
        if until is None:
            continue
        own = tuple(day for day in reported.get(subject, ()) if day >= first)
        counted = follow_ups(FollowUpFacts(first, until, now, own), profiles[edition]).outcome
        before = strictest.setdefault(measure, counted)
        strictest[measure] = max(before, counted, key=lambda each: (each.missed, each.is_late))
    return strictest


def _epoch(instant: Any) -> Cast:
    return Cast(Extract(instant, "epoch"), BigIntegerField())


def _reported(measures: QuerySet[Measure], at: datetime) -> dict[int, list[int]]:
    """Return the days (their beginnings, epoch seconds, ascending) on which somebody's health was recorded, by subject."""
    survivors = survivors_now()
    merged = Q(subject__in=[*survivors, *survivors.values()]) if survivors else Q()
    rows = HealthRecord.objects.filter(
        Q(subject__in=measures.values("subject")) | merged, is_reached=True, taken_at__lte=at
    )
    day = TruncDate("taken_at", tzinfo=timezone.get_default_timezone())
    by_subject = rows.order_by().values("subject").annotate(days=ArrayAgg(day, distinct=True))
    found: dict[int, list[date]] = {}
    for subject, days in by_subject.values_list("subject", "days"):
        found.setdefault(survivors.get(subject, subject), []).extend(days)
    starts = {day: int(beginning(day).timestamp()) for day in {day for days in found.values() for day in days}}
    own = {pk: sorted({starts[day] for day in days}) for pk, days in found.items()}
    return own | {merged: own[standing] for merged, standing in survivors.items() if standing in own}


def _line(measure: Measure, reports: FollowUps, at: datetime) -> FollowedLine:
    day = (midnight(at) - midnight(measure.starts_at)).days + 1
    days = None if measure.ends_at is None else -(-int((measure.ends_at - measure.starts_at).total_seconds()) // 86400)
    return FollowedLine(measure, day, days, reports)


def recorded_today(subject_ids: Collection[int], *, at: datetime) -> dict[int, HealthRecord]:
    """Return the newest record of today of each person who has one, whether they were reached or not."""
    same = same_persons(subject_ids)
    rows = HealthRecord.objects.filter(
        subject__in={each for who in same.values() for each in who}, taken_at__gte=midnight(at), taken_at__lte=at
    )
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
