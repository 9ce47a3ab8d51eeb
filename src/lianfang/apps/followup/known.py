"""Follow-up of persons as known at one entry of the evidence log; of merged records that of all of them."""

from datetime import date, datetime, time

from django.utils import timezone

from lianfang.apps.core.models import Verdict
from lianfang.apps.followup.models import HealthRecord
from lianfang.apps.people.known import merged_with
from lianfang.rules.follow_up import FOLLOWED, FollowUpFacts, follow_ups
from lianfang.rules.health import TemperatureFacts, has_fever
from lianfang.rules.measure import MeasureOrder
from lianfang.rules.profile import Profile

WATCHING = "watch_symptoms"  # the rule that looks at every record


def follow_up_facts(
    subject_id: int, order: MeasureOrder, ordered_until: int, known: tuple[int, datetime]
) -> FollowUpFacts:
    """Return one measure's daily records; ordered_until: its end before any extension."""
    known_seq, at = known
    who = merged_with(subject_id, known_seq)
    records = HealthRecord.objects.filter(subject__in=who, is_reached=True, seq__lte=known_seq)
    taken = records.order_by("taken_at", "id").values_list("taken_at", flat=True)
    first_day = midnight(datetime.fromtimestamp(order.starts_at, tz=timezone.get_default_timezone()))
    since = (int(each.timestamp()) for each in taken)
    first = int(first_day.timestamp())
    return FollowUpFacts(first, ordered_until, int(at.timestamp()), tuple(each for each in since if each >= first))


def missed_of(
    subject_id: int, order: MeasureOrder, ordered_until: int | None, known: tuple[int, datetime], profile: Profile
) -> int:
    """Return how many daily reports of a measure are missing and not made up; 0 where none are asked for."""
    if order.kind not in FOLLOWED or ordered_until is None:
        return 0
    return follow_ups(follow_up_facts(subject_id, order, ordered_until, known), profile).outcome.missed


def has_symptoms(subject_id: int, since: int, known: tuple[int, datetime], profile: Profile) -> bool:
    """Return whether the newest record since a measure began says fever or symptoms."""
    known_seq, at = known
    who = merged_with(subject_id, known_seq)
    records = HealthRecord.objects.filter(subject__in=who, is_reached=True, seq__lte=known_seq, taken_at__lte=at)
    last = records.order_by("-taken_at", "-id").first()
    if last is None or last.taken_at.timestamp() < since:
        return False
    is_hot = last.tenths_celsius is not None and has_fever(TemperatureFacts(last.tenths_celsius), profile).outcome
    return is_hot or bool(last.symptoms)


def last_concern(subject_id: int) -> HealthRecord | None:
    """Return the newest record of a person that the rule found a concern, None when there is none."""
    concerns = Verdict.objects.filter(subject=subject_id, kind=WATCHING, outcome__is_concern=True)
    taken = [each["taken_at"] for each in concerns.values_list("facts", flat=True)]
    records = HealthRecord.objects.filter(subject=subject_id, is_reached=True).select_related(
        "recorded_by__organisation"
    )
    return next(
        (each for each in records.order_by("-taken_at", "-id") if int(each.taken_at.timestamp()) in taken), None
    )


def midnight(at: datetime) -> datetime:
    """Return the beginning of the county's day of an instant."""
    return beginning(at.astimezone(timezone.get_default_timezone()).date())


def beginning(day: date) -> datetime:
    """Return when a day begins in the county."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
