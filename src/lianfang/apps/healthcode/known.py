"""The facts a colour rests on, read as they were known at one entry of the evidence log."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from lianfang.apps.areas.selectors.risk_history import day_of
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.followup.known import WATCHING
from lianfang.apps.healthcode.models import RiskStay
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people import known as people
from lianfang.apps.returnees.known import DeclaredStay, declared_stays
from lianfang.rules.healthcode import CodeFacts, CodeMeasure, CodeStay
from lianfang.rules.measure import ORDERING_RULES, MeasureOrder, orders_in
from lianfang.rules.profile import Profile
from lianfang.rules.release import ReleaseDecision
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.vocabulary import MeasureKind, RiskLevel, SpecimenResult

AFTERCARE = "order_aftercare"
RELEASING = "decide_release"
OrderKey = tuple[MeasureKind, str, int]


def seconds(at: datetime) -> int:
    """Return an instant as whole epoch seconds, rounded down."""
    return int(at.timestamp() // 1)


def facts_of(subject_ids: Collection[int], *, seq: int, at: datetime, profile: Profile) -> dict[int, CodeFacts]:
    """Return what was known of each person at an entry of the log, for a decision at an instant under an edition."""
    ids = sorted(set(subject_ids))
    results = lab.results_of(ids, known_seq=seq)
    verdicts: dict[int, list[StoredVerdict]] = defaultdict(list)
    kinds = [*ORDERING_RULES, RELEASING]
    for row in StoredVerdict.objects.filter(subject_id__in=ids, kind__in=kinds, seq__lte=seq).order_by("seq"):
        verdicts[row.subject_id or 0].append(row)
    evidenced, declared = _evidenced(ids, seq), _declared(ids, (seq, at), profile)
    onsets = people.last_onsets_known(ids, seq)
    found = {}
    for subject in ids:
        signed = results.get(subject, [])
        measures, released_at = _measures(verdicts[subject])
        found[subject] = CodeFacts(
            now=seconds(at),
            positive_at=_last(signed, SpecimenResult.POSITIVE),
            negative_at=_last(signed, SpecimenResult.NEGATIVE),
            released_at=released_at,
            onset_at=_symptoms_at(onsets.get(subject), verdicts[subject]),
            measures=measures,
            stays=(*evidenced[subject], *declared[subject]),
        )
    return found


def _last(signed: list[lab.SignedResult], value: SpecimenResult) -> int | None:
    return max((seconds(each.collected_at) for each in signed if each.value is value), default=None)


def _symptoms_at(onset: date | None, rows: list[StoredVerdict]) -> int | None:
    """Return when symptoms were last told of: a reported onset, or a record of the follow-up that the rule found a concern."""
    told = [row.facts["taken_at"] for row in rows if row.kind == WATCHING and row.outcome["is_concern"]]
    return max([*told, *([] if onset is None else [_start_of_day(onset)])], default=None)


def _start_of_day(day: date) -> int:
    return seconds(timezone.make_aware(datetime.combine(day, time.min)))


def _measures(rows: list[StoredVerdict]) -> tuple[tuple[CodeMeasure, ...], int | None]:
    """Return what stands after these verdicts, oldest first, and when isolation was last released.

    A verdict replaces what the same rule ordered before, but aftercare, which adds. What was released stays so until the
    same row orders it anew.
    """
    orders: dict[str, dict[OrderKey, MeasureOrder]] = defaultdict(dict)
    released: set[OrderKey] = set()
    released_at = None
    for row in rows:
        verdict = verdict_from_json(text_of(row))
        if row.kind in ORDERING_RULES:
            ordered = {_key(order): order for order in orders_in(verdict)}
            orders[row.kind] = (orders[row.kind] if row.kind == AFTERCARE else {}) | ordered
        elif verdict.outcome.decision is ReleaseDecision.RELEASE:
            given = _key(verdict.facts.order)
            released |= {key for each in orders.values() for key in each if key[:2] == given[:2]} | {given}
            if given[0] is MeasureKind.ISOLATION:
                released_at = seconds(row.decided_at)
    found = {
        CodeMeasure(order.kind, order.ends_at)
        for each in orders.values()
        for key, order in each.items()
        if key not in released
    }
    return tuple(sorted(found, key=lambda measure: (measure.kind, measure.ends_at or 0))), released_at


def _key(order: MeasureOrder) -> OrderKey:
    return order.kind, order.row, order.starts_at


def _evidenced(subject_ids: list[int], seq: int) -> dict[int, list[CodeStay]]:
    """Return the stays that others gave evidence of, known and not annulled by then."""
    found: dict[int, list[CodeStay]] = defaultdict(list)
    known = RiskStay.objects.filter(subject_id__in=subject_ids, seq__lte=seq)
    for stay in known.exclude(appeal__decision__annuls=True, appeal__decision__seq__lte=seq).order_by("pk"):
        found[stay.subject_id].append(CodeStay(RiskLevel(stay.level), left_at(stay.ends_on), stay.pk))
    return found


def _declared(subject_ids: list[int], known: tuple[int, datetime], profile: Profile) -> dict[int, list[CodeStay]]:
    """Return the stays that persons coming back declared, as corrected and as listed by then."""
    found: dict[int, list[CodeStay]] = defaultdict(list)
    for stay in declared_at_risk(subject_ids, known=known, profile=profile):
        reference = stay.declaration_id
        found[stay.subject_id].append(CodeStay(stay.level, left_at(stay.last), reference, is_declared=True))
    return found


def declared_at_risk(
    subject_ids: Collection[int], *, known: tuple[int, datetime], profile: Profile
) -> list[DeclaredStay]:
    """Return the declared stays that still matter to a colour."""
    numbers = profile.health_code
    if numbers is None:
        return []
    longest = timedelta(seconds=max(numbers.high_stay_s, numbers.middle_stay_s))
    since = timezone.localdate(known[1] - longest) - timedelta(days=1)
    return declared_stays(subject_ids, known=known, profile=profile, since=since)


def left_at(last: date) -> int:
    """Return when a stay that lasted until a day was over."""
    return seconds(day_of(last)[1])
