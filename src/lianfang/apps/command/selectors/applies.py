"""What applies to somebody: to a stay somewhere, by the rules and without storing anything; to the persons of a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.timezone import localdate

from lianfang.apps.areas import selectors as areas
from lianfang.apps.areas.selectors import risk, risk_history
from lianfang.apps.areas.selectors.risk_known import RiskKnown
from lianfang.apps.command.models import ContactPoint
from lianfang.apps.command.selectors.campaigns import contact_for
from lianfang.apps.core import evidence, profiles
from lianfang.apps.core.citizens import Citizen
from lianfang.apps.core.identity import mask_name
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Task
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.people.pages import with_phone
from lianfang.apps.returnees.known import seconds, stay_risk
from lianfang.apps.returnees.reading import Standing, standing_of
from lianfang.apps.returnees.selectors import Return, newest_return
from lianfang.apps.tracing.selectors.explaining import ReasonText, reasons_of
from lianfang.rules.measure import MeasureOrder
from lianfang.rules.reasons import explain
from lianfang.rules.returnee import Screening, ScreeningFacts, StayRisk, screen_return
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import ResponsibleKind, RiskLevel

MEANINGS = 5


@dataclass(frozen=True, slots=True)
class Span:
    """Days one after the other with the same answer. `level`: "" where the place itself is not listed."""

    first: date
    last: date
    level: str
    standing: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Stay:
    """One meaning of the place asked about, and what the lists say of the days there. `level`: the highest."""

    area_code: str
    division: str
    community: str
    spans: Sequence[Span]
    level: str
    standing: str
    edition: str
    stamps: Sequence[datetime]
    category: str
    orders: Sequence[MeasureOrder]
    reasons: Sequence[ReasonText]


@dataclass(frozen=True, slots=True)
class Mine:
    """One measure in force on a person. `tests`: the days still to come; `parties`: who has what left to do."""

    standing: Standing
    tests: Sequence[date]
    parties: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class MyPerson:
    """A person registered with the citizen's phone: masked name, area, what is in force, whom to ring, their return."""

    subject_id: int
    name: str
    area: str
    measures: Sequence[Mine]
    contact: ContactPoint | None
    returned: Return | None


def stays(place: str, first: date, last: date, *, at: datetime) -> list[Stay]:
    """Return what the words can mean, each with its answer for the days; nothing if they name no division."""
    found = risk.gazetteer().find(place, limit=MEANINGS)
    names = risk.divisions_of(code for code, _rest in found)
    return [_stay(code, names[code] or areas.name_of(code), rest, (first, last), at) for code, rest in found]


def screened(code: str, community: str, days: tuple[date, date], at: datetime) -> Verdict[Screening]:
    """Return what the rule orders for somebody who was there on these days and comes back today; nothing is stored."""
    profile = profiles.profile_in_force(at=at)
    today = seconds(localdate(at))
    found: tuple[StayRisk, ...] = ()
    if profile.returnees is not None:
        stay = {"area_code": code, "community": community, "from": str(days[0]), "until": str(days[1])}
        lists = RiskKnown(evidence.known_seq(), profile)
        found = (stay_risk(stay, lists, profile, at),)
    return screen_return(ScreeningFacts(found, arrived_at=today, instructed_at=int(at.timestamp())), profile)


def _stay(code: str, division: str, community: str, days: tuple[date, date], at: datetime) -> Stay:
    answers = risk_history.risk_over_days(code, *days, community=community)
    language = spoken()
    spans: list[Span] = []
    for day, on_day in answers:
        sentences = tuple(dict.fromkeys(explain(reason, language) for reason in on_day.verdict.reasons))
        level = on_day.answer.level or ""
        if spans and (spans[-1].level, tuple(spans[-1].sentences)) == (level, sentences):
            spans[-1] = Span(spans[-1].first, day, level, on_day.answer.standing, sentences)
        else:
            spans.append(Span(day, day, level, on_day.answer.standing, sentences))
    worst = next((level.value for level in RiskLevel if any(span.level == level for span in spans)), "")
    order = ("listed", "partly", "unknown", "not_listed")
    stamps = sorted({each.stamp for _day, on_day in answers for each in on_day.lists})
    verdict = screened(code, community, days, at)
    return Stay(
        area_code=code,
        division=division,
        community=community,
        spans=spans,
        level=worst,
        standing=min((span.standing for span in spans), key=order.index),
        edition=answers[0][1].verdict.edition,
        stamps=stamps,
        category=verdict.outcome.category,
        orders=verdict.outcome.orders,
        reasons=reasons_of([{"code": each.code, "params": dict(each.params)} for each in verdict.reasons]),
    )


def mine(citizen: Citizen, *, at: datetime) -> list[MyPerson]:
    """Return the persons registered with a proven phone and what is in force on each."""
    persons = list(with_phone(citizen.phone_hash))
    areas_named = areas.paths_of([each.area_code for each in persons], below=settings.COUNTY_CODE)
    return [
        MyPerson(
            subject_id=person.pk,
            name=mask_name(person.name),
            area=areas_named.get(person.area_code, ""),
            measures=_measures(person.pk, at),
            contact=contact_for(person.area_code),
            returned=newest_return(person.pk),
        )
        for person in persons
    ]


def _measures(subject_id: int, at: datetime) -> list[Mine]:
    tasks = list(
        Task.objects.filter(subject=subject_id, status__in=UNFINISHED)
        .exclude(responsible_kind=ResponsibleKind.CITIZEN)
        .select_related("organisation")
        .order_by("due_at", "id")
    )
    found = []
    for standing in standing_of(subject_id, at=at):
        own = [task for task in tasks if task.measure_id == standing.measure.pk]
        parties = dict.fromkeys((t.responsible_kind, t.organisation.name if t.organisation else "") for t in own)
        found.append(Mine(standing, _tests_to_come(standing, at), tuple(parties)))
    return found


def _tests_to_come(standing: Standing, at: datetime) -> list[date]:
    """Return the days of the measure's tests from today on; day 1 is the day it began."""
    began, today = localdate(standing.measure.starts_at), localdate(at)
    days = [began + timedelta(days=number - 1) for number in standing.test_days]
    return [day for day in days if day >= today]
