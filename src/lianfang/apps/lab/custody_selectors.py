"""Reading where tubes are, and which of them are late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from lianfang.apps.core.models import Organisation, User
from lianfang.apps.lab.custody import last_steps
from lianfang.apps.lab.models import CustodyStep, Specimen
from lianfang.rules.custody import CustodyFacts, Timeliness, Whereabouts, judge_custody
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict

LABORATORY_KINDS = ("hospital", "laboratory")
AWAITED_AT_MOST = 5000


@dataclass(frozen=True, slots=True)
class AwaitedTube:
    """A tube whose result is awaited: where it is, and whether it is late."""

    specimen: Specimen
    step: CustodyStep | None
    verdict: Verdict[Timeliness]

    @property
    def whereabouts(self) -> str:
        """Where it is."""
        return self.step.kind if self.step else Whereabouts.COLLECTED.value


def laboratories(*, by: User) -> QuerySet[Organisation]:
    """Return the organisations of the actor's county that may receive tubes."""
    return Organisation.objects.filter(kind__in=LABORATORY_KINDS, area_code__startswith=by.area_code[:6])


def steps_of(specimen: Specimen) -> QuerySet[CustodyStep]:
    """Return a tube's moves, newest first."""
    return specimen.custody_steps.select_related("organisation", "recorded_by").order_by("-number")


def awaited(*, profile: Profile, now: datetime, by: User) -> list[AwaitedTube]:
    """Return the tubes of the reader's area that await a signed result, the longest waiting first."""
    rows = _awaited(by).select_related("subject").order_by("collected_at", "id")[:AWAITED_AT_MOST]
    last = last_steps([specimen.pk for specimen in rows])
    return [_tube(specimen, last.get(specimen.pk), profile, now) for specimen in rows]


def counts(*, by: User) -> Mapping[str, int]:
    """Return how many of the reader's awaited tubes are where; every tube counts once."""
    later = CustodyStep.objects.filter(specimen=OuterRef("specimen"), number__gt=OuterRef("number"))
    awaited = _awaited(by)
    last = CustodyStep.objects.filter(~Exists(later), specimen__in=awaited)
    found = dict(last.order_by().values_list("kind").annotate(n=Count("pk")))
    return {Whereabouts.COLLECTED.value: awaited.count() - sum(found.values()), **found}


def _awaited(by: User) -> QuerySet[Specimen]:
    return Specimen.objects.filter(awaited__isnull=False, subject__area_code__startswith=by.area_code)


def _tube(specimen: Specimen, step: CustodyStep | None, profile: Profile, now: datetime) -> AwaitedTube:
    here = Whereabouts(step.kind) if step else Whereabouts.COLLECTED
    waiting_s = max(0, int((now - specimen.collected_at).total_seconds()))
    return AwaitedTube(specimen, step, judge_custody(CustodyFacts(here, waiting_s, is_signed=False), profile))
