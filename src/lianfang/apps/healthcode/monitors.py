"""What the monitors watch: red codes led back to episodes, hands, batches and their links, people in two places at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median_low

from django.db import connection

from lianfang.apps.areas.selectors.risk_history import risk_on_day
from lianfang.apps.core import evidence
from lianfang.apps.core.models import Measure, MeasureCause, Subject, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.healthcode.known import declared_at_risk
from lianfang.apps.healthcode.models import CurrentCode, RiskStay
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.pages import persons_of
from lianfang.rules.monitor import BatchFacts, MonitorFacts, RedFacts, ScanFacts, SignerFacts, watch_codes
from lianfang.rules.profile import MonitorNumbers, Profile
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import Colour, RiskLevel, SpecimenResult

TOWNSHIP_DIGITS = 9
SCANS_BACK = timedelta(days=14)
DAYS_BEFORE = 14


@dataclass(frozen=True, slots=True)
class AlarmRows:
    """One alarm with the rows it rests on: persons by code, and who recorded the evidence."""

    kind: str
    reason: Reason
    persons: Sequence[Subject]
    signer: User | None


def alarms(*, area: str, at: datetime) -> list[AlarmRows]:
    """Return what looks made rather than found in an area, each with its rows."""
    profile = profile_in_force(at=at)
    if profile.monitors is None:
        return []
    since = at - timedelta(seconds=profile.monitors.window_s)
    batches = _batches(area, since, at, profile.monitors)
    facts = MonitorFacts(
        reds=tuple(_reds(area, at, profile)),
        signers=tuple(_signers(area, at, profile.monitors)),
        batches=tuple(
            BatchFacts(n, len(people), _linked(people, at)) for n, people in enumerate(batches_people(batches))
        ),
        scans=tuple(_scans(area, at)),
    )
    verdict = watch_codes(facts, profile)
    return [
        _rows(alarm.kind.value, alarm.about, reason, batches, since)
        for alarm, reason in zip(verdict.outcome, verdict.reasons, strict=False)
    ]


def batches_people(batches: Sequence[Sequence[RiskStay]]) -> list[set[int]]:
    """Return the persons of each batch."""
    return [{stay.subject_id for stay in batch} for batch in batches]


def _rows(kind: str, about: int, reason: Reason, batches: Sequence[Sequence[RiskStay]], since: datetime) -> AlarmRows:
    signer, people = None, {about}
    if kind == "unlinked_batch":
        signer, people = batches[about][0].recorded_by, batches_people(batches)[about]
    if kind == "unusual_signer":
        signer = User.objects.select_related("organisation").get(pk=about)
        people = set(
            RiskStay.objects.filter(recorded_by=about, recorded_at__gte=since).values_list("subject_id", flat=True)
        )
    return AlarmRows(kind, reason, list(Subject.objects.filter(pk__in=people).order_by("code")), signer)


def _reds(area: str, at: datetime, profile: Profile) -> list[RedFacts]:
    """Lead every red code back to episodes, by the tables and not by its verdict."""
    red = list(
        CurrentCode.objects.filter(colour=Colour.RED, subject__area_code__startswith=area).values_list("pk", flat=True)
    )
    grounds: Counter[int] = Counter()
    for subject, results in lab.results_of(red).items():
        grounds[subject] += sum(each.value is SpecimenResult.POSITIVE for each in results)
    measures = Measure.objects.filter(subject__in=red, ended_at__isnull=True)
    causes = MeasureCause.objects.filter(measure__in=measures, ended_at__isnull=True)
    grounds.update(subject for subject in causes.values_list("measure__subject_id", flat=True) if subject)
    for stay in RiskStay.objects.filter(subject__in=red).exclude(appeal__decision__annuls=True):
        listed = risk_on_day(stay.area_code, stay.listed_on, community=stay.community).answer.level
        grounds[stay.subject_id] += listed is RiskLevel.HIGH
    for declared in declared_at_risk(red, known=(evidence.known_seq(), at), profile=profile):
        grounds[declared.subject_id] += declared.level is RiskLevel.HIGH
    return [RedFacts(subject, grounds[subject]) for subject in red]


def _signers(area: str, at: datetime, numbers: MonitorNumbers) -> list[SignerFacts]:
    window = timedelta(seconds=numbers.window_s)
    first = at - window * (DAYS_BEFORE + 1)
    rows = RiskStay.objects.filter(recorded_at__gt=first, recorded_at__lte=at, subject__area_code__startswith=area)
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for signer, recorded_at in rows.values_list("recorded_by", "recorded_at"):
        counts[signer][(at - recorded_at) // window] += 1
    found = []
    for signer, own in counts.items():
        others = [n for other, by_window in counts.items() for back, n in by_window.items() if other != signer or back]
        if own[0]:
            found.append(SignerFacts(signer, own[0], median_low(others) if others else 0))
    return found


def _batches(area: str, since: datetime, at: datetime, numbers: MonitorNumbers) -> list[list[RiskStay]]:
    """Return stays that one hand recorded alike, one within `batch_s` of the next."""
    rows = RiskStay.objects.filter(recorded_at__gt=since, recorded_at__lte=at, subject__area_code__startswith=area)
    alike = rows.select_related("recorded_by__organisation").order_by(
        "recorded_by", "area_code", "community", "basis", "recorded_at"
    )
    found: list[list[RiskStay]] = []
    for _key, group in groupby(
        alike, key=lambda stay: (stay.recorded_by_id, stay.area_code, stay.community, stay.basis)
    ):
        last = None
        for stay in group:
            if last is None or stay.recorded_at - last > timedelta(seconds=numbers.batch_s):
                found.append([])
            found[-1].append(stay)
            last = stay.recorded_at
    return found


def _linked(people: set[int], at: datetime) -> int:
    """Return how many share a home, a workplace or a place of the last days with another one of them."""
    shared: dict[tuple[str, int], set[int]] = defaultdict(set)
    for subject, person in persons_of(people).items():
        for name, value in (("home", person.household_id), ("work", person.work_unit_id)):
            if value:
                shared[name, value].add(subject)
    query = "SELECT DISTINCT subject_id, place_id FROM places_presence WHERE subject_id = ANY(%s) AND starts_at >= %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [sorted(people), at - SCANS_BACK])
        for subject, place in cursor.fetchall():
            shared["place", place].add(subject)
    return len(set().union(*(each for each in shared.values() if len(each) > 1)))


def _scans(area: str, at: datetime) -> list[ScanFacts]:
    """Find persons with a code that is not green who were recorded at places of two townships at the same time."""
    query = """
        SELECT a.subject_id, count(*) FROM healthcode_currentcode c JOIN core_subject s ON s.id = c.subject_id
        JOIN places_presence a ON a.subject_id = c.subject_id AND a.starts_at >= %(since)s
        JOIN places_presence b ON b.subject_id = a.subject_id AND b.starts_at >= %(since)s AND b.place_id > a.place_id
            AND b.starts_at < coalesce(a.ends_at, %(at)s) AND a.starts_at < coalesce(b.ends_at, %(at)s)
        JOIN places_place p ON p.id = a.place_id JOIN places_place q ON q.id = b.place_id
        WHERE c.colour IN ('red', 'yellow') AND s.area_code LIKE %(area)s
            AND left(p.area_code, %(digits)s) <> left(q.area_code, %(digits)s)
        GROUP BY a.subject_id ORDER BY a.subject_id
    """
    values: dict[str, datetime | str | int] = {
        "since": at - SCANS_BACK,
        "at": at,
        "area": f"{area}%",
        "digits": TOWNSHIP_DIGITS,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [ScanFacts(*row) for row in cursor.fetchall()]
