"""Whether a person under a measure was followed up every day, and what symptoms call for. Table: docs/rules/follow-up.md."""

from dataclasses import dataclass

from lianfang.rules.measure import DAY_S, MeasureFacts, MeasureOrder, orders_of
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, SubjectKind

# Measures during which temperature and symptoms are recorded every day.
FOLLOWED = frozenset({MeasureKind.CENTRAL_QUARANTINE, MeasureKind.HOME_QUARANTINE, MeasureKind.HEALTH_MONITORING})


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """One measure's daily records; instants in seconds since the epoch.

    first_day_at: the beginning of the county day on which it began; reports are due from the day after. ordered_until:
    its end as ordered, without extensions. reported_at: when health was recorded of the person themselves.
    """

    first_day_at: int
    ordered_until: int
    now: int
    reported_at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FollowUps:
    """due: days over by now that needed a report; missed: those without one and not made up after the planned end.

    is_late: today's report should be there by now and is not.
    """

    due: int
    missed: int
    is_late: bool


def follow_ups(facts: FollowUpFacts, profile: Profile) -> Verdict[FollowUps]:
    """Count the daily reports of one measure. Source: docs/rules/follow-up.md FU-1..FU-5."""
    numbers = profile.follow_up
    if numbers is None:
        return Verdict(FollowUps(0, 0, False), (Reason("FU-5"),), facts, profile.edition, "follow_ups")
    reported = {(at - facts.first_day_at) // DAY_S for at in facts.reported_at if at <= facts.now}
    today = (facts.now - facts.first_day_at) // DAY_S
    last = (facts.ordered_until - facts.first_day_at) // DAY_S - 1  # the last whole day
    ended = min(today, last + 1)
    due = max(0, ended - 1)
    missed = due - sum(1 for day in reported if 1 <= day < ended)
    made_up = min(missed, sum(1 for day in reported if day > last))
    since_midnight = facts.now - facts.first_day_at - today * DAY_S
    is_asked = today >= 1 and (today <= last or missed > made_up)
    is_late = is_asked and today not in reported and since_midnight >= numbers.daily_by_s
    reasons = [Reason("FU-2", {"daily_by_s": numbers.daily_by_s})] if is_late else []
    if missed > made_up:
        reasons.append(Reason("FU-3", {"missed": missed - made_up}))
    if made_up:
        reasons.append(Reason("FU-4", {"made_up": made_up}))
    outcome = FollowUps(due, missed - made_up, is_late)
    return Verdict(outcome, tuple(reasons) or (Reason("FU-1"),), facts, profile.edition, "follow_ups")


@dataclass(frozen=True, slots=True)
class SymptomFacts:
    """One health record: the temperature in tenths of a degree (None: not taken) and how many symptoms it names."""

    tenths_celsius: int | None
    symptoms: int
    taken_at: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether a record gives reason for concern, and what that orders."""

    is_concern: bool
    orders: tuple[MeasureOrder, ...]


def watch_symptoms(facts: SymptomFacts, profile: Profile) -> Verdict[Watch]:
    """What fever or symptoms under a measure call for. Source: docs/rules/follow-up.md SY-1..SY-3."""
    reasons = []
    if facts.tenths_celsius is not None and facts.tenths_celsius >= profile.fever_tenths_celsius:
        reasons.append(Reason("SY-1", {"threshold_tenths": profile.fever_tenths_celsius}))
    if facts.symptoms:
        reasons.append(Reason("SY-2", {"symptoms": facts.symptoms}))
    if not reasons:
        return Verdict(Watch(False, ()), (Reason("SY-3"),), facts, profile.edition, "watch_symptoms")
    entries = () if profile.follow_up is None else profile.follow_up.symptoms
    person = MeasureFacts(SubjectKind.PERSON, ExposureClass.NOT_EXPOSED, facts.taken_at, facts.taken_at)
    orders, _ = orders_of(entries, reasons[0].code, person)
    return Verdict(Watch(True, orders), tuple(reasons), facts, profile.edition, "watch_symptoms")
