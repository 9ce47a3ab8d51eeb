"""Reading where tubes are, and which of them are late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from lianfang.apps.core.models import Organisation, Subject, User
from lianfang.apps.lab.models import Awaited, CustodyStep, Specimen
from lianfang.rules.custody import CustodyFacts, Timeliness, Whereabouts, judge_custody, late_after_s
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict

LABORATORY_KINDS = ("hospital", "laboratory")


@dataclass(frozen=True, slots=True)
class LateTube:
    """A tube whose result should be there. `members`: how many share it, 0: somebody's own."""

    code: str
    subject: Subject
    members: int
    collected_at: datetime
    whereabouts: Whereabouts
    organisation: Organisation | None
    verdict: Verdict[Timeliness]


@dataclass(frozen=True, slots=True)
class Whole:
    """How many tubes await a result, where they are, and how many of them are late."""

    places: Mapping[Whereabouts, int]
    n_late: int

    @property
    def n_awaited(self) -> int:
        """All of them."""
        return sum(self.places.values())


def laboratories(*, by: User) -> QuerySet[Organisation]:
    """Return the organisations of the actor's county that may receive tubes."""
    return Organisation.objects.filter(kind__in=LABORATORY_KINDS, area_code__startswith=by.area_code[:6])


def steps_of(specimen: Specimen) -> QuerySet[CustodyStep]:
    """Return a tube's moves, newest first."""
    return specimen.custody_steps.select_related("organisation", "recorded_by").order_by("-number")


def awaited(*, profile: Profile, now: datetime, by: User) -> Whole:
    """Return the tubes of the reader's area that await a signed result; every tube counts once, a shared one too."""
    rows = _tubes(by).order_by().values("whereabouts")
    found = list(rows.annotate(n=Count("pk"), n_late=Count("pk", filter=_late(profile, now))))
    places = {Whereabouts(row["whereabouts"]): row["n"] for row in found}
    return Whole(places, sum(row["n_late"] for row in found))


def late(*, profile: Profile, now: datetime, by: User, most: int) -> list[LateTube]:
    """Return the late tubes of the reader's area, the longest waiting first."""
    rows = _tubes(by).filter(_late(profile, now)).select_related("specimen__subject", "organisation")
    shared = rows.select_related("specimen__membership__pool").annotate(
        members=Count("specimen__membership__pool__members")
    )
    return [_told(row, profile, now) for row in shared.order_by("collected_at", "specimen")[:most]]


def _tubes(by: User) -> QuerySet[Awaited]:
    return Awaited.objects.filter(position=1, area_code__startswith=by.area_code)


def _late(profile: Profile, now: datetime) -> Q:
    """The tubes that are late by the rule, each place by its own limit."""
    late = Q(pk__in=[])
    for place in Whereabouts:
        after_s = late_after_s(place, profile)
        if after_s is not None:  # more than so many whole seconds
            late |= Q(whereabouts=place.value, collected_at__lte=now - timedelta(seconds=after_s + 1))
    return late


def _told(row: Awaited, profile: Profile, now: datetime) -> LateTube:
    here = Whereabouts(row.whereabouts)
    waiting_s = max(0, int((now - row.collected_at).total_seconds()))
    members: int = row.members  # type: ignore[attr-defined]
    return LateTube(
        code=row.specimen.membership.pool.code if members else row.specimen.code,
        subject=row.specimen.subject,
        members=members,
        collected_at=row.collected_at,
        whereabouts=here,
        organisation=row.organisation,
        verdict=judge_custody(CustodyFacts(here, waiting_s, is_signed=False), profile),
    )
