"""Was a place at risk on a day, at which level, by which list: facts from the history, the answer from the rules."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from lianfang.apps.areas.models import RiskInterval, RiskList
from lianfang.apps.areas.selectors.divisions import CODE_DIGITS, Level, ancestor_codes, division, paths_of
from lianfang.apps.areas.selectors.risk import effective, newest_resolution
from lianfang.apps.core import profiles
from lianfang.rules.profile import Profile
from lianfang.rules.risk import RiskAnswer, RiskEntry, RiskExtent, RiskFacts, risk_on
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import RiskLevel


@dataclass(frozen=True, slots=True)
class RiskOnDay:
    """The answer with what it rests on: the lists in force during the day, the last of them first."""

    verdict: Verdict[RiskAnswer]
    lists: tuple[RiskList, ...]

    @property
    def answer(self) -> RiskAnswer:
        """The outcome alone."""
        return self.verdict.outcome


def risk_on_day(area_code: str, day: date, *, community: str = "", profile: Profile | None = None) -> RiskOnDay:
    """Answer for a division, or a place in it, on a day of the county. Raises: AreaNotFound.

    A township or village of the own county is asked by its code; elsewhere the county's code and the place's name.
    """
    division(area_code)
    starts_at, ends_at = day_of(day)
    facts = RiskFacts(
        area_code=area_code,
        community=_named(area_code, community),
        day_starts_at=int(starts_at.timestamp()),
        day_ends_at=int(ends_at.timestamp()),
        known_from=_known_from(),
        entries=_entries(area_code, starts_at, ends_at),
    )
    numbers = profile or profiles.profile_in_force(at=timezone.now())
    return RiskOnDay(risk_on(facts, numbers), lists_on(starts_at, ends_at))


def day_of(day: date) -> tuple[datetime, datetime]:
    """Return the county's day, [from, until)."""
    zone = timezone.get_default_timezone()
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def lists_on(starts_at: datetime, ends_at: datetime) -> tuple[RiskList, ...]:
    """Return the lists in force at any time in [starts_at, ends_at), the last first."""
    during = list(effective().filter(stamp__gt=starts_at, stamp__lt=ends_at))
    before = effective().filter(stamp__lte=starts_at).last()
    return tuple(reversed([*([before] if before else []), *during]))


def _known_from() -> int | None:
    first = effective().first()
    return int(first.stamp.timestamp()) if first else None


def _named(area_code: str, community: str) -> str:
    """Return the names below the county, then the place's own: 古绛镇东关村委会."""
    county = area_code[: CODE_DIGITS[Level.COUNTY]]
    if area_code == county or len(area_code) < len(county):
        return community
    return paths_of([area_code], below=county)[area_code].replace(" / ", "") + community


def _entries(area_code: str, starts_at: datetime, ends_at: datetime) -> tuple[RiskEntry, ...]:
    intervals = (
        RiskInterval.objects.filter(starts_at__lt=ends_at)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at))
        .annotate(
            area_code=newest_resolution("area_code"),
            extent=newest_resolution("extent"),
            community=newest_resolution("community"),
            is_certain=newest_resolution("is_certain"),
        )
        .filter(Q(area_code__startswith=area_code) | Q(area_code__in=ancestor_codes(area_code)))
        .order_by("id")
        .values_list(
            "level",
            "area_code",
            "extent",
            "community",
            "place__excluded",
            "starts_at",
            "ends_at",
            "opened_by__source",
            "is_certain",
        )
    )
    return tuple(
        RiskEntry(
            RiskLevel(level),
            code,
            RiskExtent(extent),
            community,
            excluded,
            int(starts.timestamp()),
            int(ends.timestamp()) if ends else None,
            source,
            is_certain,
        )
        for level, code, extent, community, excluded, starts, ends, source, is_certain in intervals
    )


def risk_over_days(area_code: str, first: date, last: date, *, community: str = "") -> list[tuple[date, RiskOnDay]]:
    """Answer for every day of a stay, both ends included, with the facts fetched once. Raises: AreaNotFound."""
    division(area_code)
    named, known_from = _named(area_code, community), _known_from()
    entries = _entries(area_code, day_of(first)[0], day_of(last)[1])
    lists = lists_on(day_of(first)[0], day_of(last)[1])
    profile = profiles.profile_in_force(at=timezone.now())
    answers = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        starts_at, ends_at = day_of(day)
        span = int(starts_at.timestamp()), int(ends_at.timestamp())
        verdict = risk_on(RiskFacts(area_code, named, *span, known_from, entries), profile)
        during = [each for each in lists if starts_at < each.stamp < ends_at]
        before = next((each for each in lists if each.stamp <= starts_at), None)
        answers.append((day, RiskOnDay(verdict, (*during, *([before] if before else [])))))
    return answers
