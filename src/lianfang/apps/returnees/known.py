"""What a screening depends on, as known at one entry of the evidence log."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from lianfang.apps.areas.selectors.risk_known import RiskKnown
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.lab import selectors as lab
from lianfang.apps.returnees.models import Confirmation, Declaration
from lianfang.rules.health import TemperatureFacts, has_fever
from lianfang.rules.profile import Profile
from lianfang.rules.returnee import ScreeningFacts, StayRisk, level_of, screen_return
from lianfang.rules.vocabulary import RiskLevel, SpecimenResult

SCREENING = "screen_return"


@dataclass(frozen=True, slots=True)
class DeclaredStay:
    """A declared stay that the lists name as at risk, and the declaration that says it; last: the last day there."""

    subject_id: int
    declaration_id: int
    area_code: str
    community: str
    first: date
    last: date
    level: RiskLevel


def declared_stays(
    subject_ids: Collection[int], *, known: tuple[int, datetime], profile: Profile, since: date
) -> list[DeclaredStay]:
    """Return the stays at risk that lasted until a day or later, as declared and as listed at one entry of the evidence.

    The newest version of each return counts, and a level counts as it does for the screening.
    """
    known_seq, at = known
    said = Declaration.objects.filter(subject__in=subject_ids, seq__lte=known_seq)
    newest = said.order_by("returned_id", "-version").distinct("returned_id")
    lists = RiskKnown(known_seq, profile)
    found = []
    for declaration in newest:
        for stay in declaration.stays:
            first, last = date.fromisoformat(stay["from"]), date.fromisoformat(stay["until"])
            level = level_of(stay_risk(stay, lists, profile, at)) if last >= since else None
            if level is not None:
                place = stay["area_code"], stay["community"]
                found.append(DeclaredStay(declaration.subject_id, declaration.pk, *place, first, last, level))
    return found


def screening_facts(
    subject_id: int, known: tuple[int, datetime], profile: Profile, before: int | None = None
) -> ScreeningFacts | None:
    """Return the facts of a person's newest return; None if none was declared.

    before: the id of the verdict that is decided again, so that only earlier ones are looked at.
    """
    known_seq, at = known
    said = Declaration.objects.filter(subject=subject_id, seq__lte=known_seq).order_by("-seq").first()
    if said is None:
        return None
    is_hot = said.tenths_celsius is not None and has_fever(TemperatureFacts(said.tenths_celsius), profile).outcome
    facts = ScreeningFacts(
        stays=() if profile.returnees is None else _stays(said, known, profile),
        arrived_at=seconds(_arrived_on(said, known_seq)),
        instructed_at=int(at.timestamp()),
        negative_at=_negative_at(said, known),
        has_symptoms=is_hot or bool(said.symptoms),
        home_unfit=said.home_unfit,
    )
    earlier = StoredVerdict.objects.filter(
        subject=subject_id, kind=SCREENING, known_seq__gte=_first_seq(said, known_seq)
    )
    if before is not None:
        earlier = earlier.filter(pk__lt=before)
    last = earlier.order_by("-id").first()
    if last is not None and last.outcome["category"] == screen_return(facts, profile).outcome.category:
        facts = replace(facts, instructed_at=last.facts["instructed_at"])
    return facts


def _first_seq(said: Declaration, known_seq: int) -> int:
    """The entry of the return's first declaration: what was told about an earlier return does not count."""
    first = Declaration.objects.filter(returned=said.returned_id, seq__lte=known_seq).order_by("seq").first()
    return first.seq or 0 if first else 0


def _arrived_on(said: Declaration, known_seq: int) -> date:
    """The earlier of the confirmed days, else the expected one."""
    confirmed = (
        Confirmation.objects.filter(returned=said.returned_id, seq__lte=known_seq).order_by("arrived_on").first()
    )
    return confirmed.arrived_on if confirmed else said.expected_on


def _negative_at(said: Declaration, known: tuple[int, datetime]) -> int | None:
    known_seq, at = known
    results = lab.results_of([said.subject_id], known_seq=known_seq).get(said.subject_id, [])
    negatives = [int(r.collected_at.timestamp()) for r in results if r.value is SpecimenResult.NEGATIVE]
    shown = [] if said.negative_on is None else [seconds(said.negative_on)]
    return max((each for each in (*negatives, *shown) if each <= at.timestamp()), default=None)


def _stays(said: Declaration, known: tuple[int, datetime], profile: Profile) -> tuple[StayRisk, ...]:
    lists = RiskKnown(known[0], profile)
    return tuple(stay_risk(stay, lists, profile, known[1]) for stay in said.stays)


def stay_risk(stay: dict[str, str], lists: RiskKnown, profile: Profile, at: datetime) -> StayRisk:
    """Return what the lists say of one stay, as declarations hold it, until some time after its end."""
    code, community = stay["area_code"], stay["community"]
    first, last = date.fromisoformat(stay["from"]), date.fromisoformat(stay["until"])
    listed_after = timedelta(seconds=profile.returnees.listed_after_s if profile.returnees else 0)
    starts_at = midnight_of(first)
    ends_at = max(starts_at + timedelta(days=1), min(midnight_of(last + timedelta(days=1)) + listed_after, at))
    span = (starts_at, ends_at)
    seen = lists.seen(code, community, *span)
    return StayRisk(
        area_code=code,
        left_at=seconds(last),
        level=seen.level,
        parts_level=seen.parts_level,
        city_level=lists.highest_in(code[:4], *span),
        province_level=lists.highest_in(code[:2], *span),
        names_community=bool(community),
        is_known=seen.is_known,
    )


def midnight_of(day: date) -> datetime:
    """Return the beginning of a county day."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def seconds(day: date) -> int:
    """Return the beginning of a county day in epoch seconds."""
    return int(midnight_of(day).timestamp())
