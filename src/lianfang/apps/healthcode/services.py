"""What is done about health codes: evidence is recorded and appealed against; colours follow, and are never set."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from lianfang.apps.areas.selectors.risk_history import risk_on_day
from lianfang.apps.core import audit, clock, evidence, outbox
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.healthcode import selectors
from lianfang.apps.healthcode.known import RELEASING, facts_of
from lianfang.apps.healthcode.models import Appeal, AppealDecision, CurrentCode, Progress, RiskStay
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.selectors import CaseReport
from lianfang.apps.returnees.selectors import Declaration, Return
from lianfang.rules.codec import to_plain
from lianfang.rules.healthcode import decide_colour
from lianfang.rules.measure import ORDERING_RULES
from lianfang.rules.vocabulary import RiskLevel, SubjectKind

LONGEST_STAY = timedelta(days=60)
CHUNK = 2_000


class StayNotAtRisk(DomainError):
    """No list named the place as at risk on any of the days."""

    code = "stay_not_at_risk"
    http_status = 422


class StayImpossible(DomainError):
    """The days run backwards, lie ahead, or are too many."""

    code = "stay_impossible"
    http_status = 422


class AlreadyAppealed(Conflict):
    """There is an appeal against this evidence."""

    code = "already_appealed"


class AppealAlreadyDecided(Conflict):
    """Somebody decided the appeal before."""

    code = "appeal_already_decided"


class AppealOfOwn(DomainError):
    """Who recorded the appeal or the evidence does not decide it."""

    code = "appeal_of_own"
    http_status = 403


@dataclass(frozen=True, slots=True)
class StayReport:
    """Where somebody was, from which day to which, and how that is known. The level is not among it: the lists say it."""

    area_code: str
    starts_on: date
    ends_on: date
    basis: str
    community: str = ""
    note: str = ""


@transaction.atomic
def record_stay(*, person_code: str, report: StayReport, at: datetime, by: User) -> RiskStay:
    """Record a stay in a risk area; repeating it changes nothing.

    Raises: PersonNotFound, AreaNotFound, StayImpossible, StayNotAtRisk, PermissionMissing, AreaMissing.
    """
    person = selectors.person(person_code, by=by)
    require(by, Permission.RECORD_STAYS, area_code=person.area_code)
    _require_possible(report, at)
    level, listed_on = _level_of(report)
    said = {"area_code": report.area_code, "community": report.community, "basis": report.basis}
    days = {"starts_on": report.starts_on, "ends_on": report.ends_on}
    stay, created = RiskStay.objects.get_or_create(
        subject_id=person.pk,
        **said,
        **days,
        defaults={
            "level": level, "listed_on": listed_on, "note": report.note, "organisation": by.organisation,
            "recorded_at": at, "recorded_by": by,
        },
    )  # fmt: skip
    if created:
        audit.record("healthcode.stay_recorded", by=by, at=at, subjects=[person.pk], stay=stay.pk)
        evidence.record("risk_stay", [stay])
        outbox.add("healthcode.evidence_changed")
    return stay


def _require_possible(report: StayReport, at: datetime) -> None:
    if report.ends_on < report.starts_on:
        raise StayImpossible("The last day lies before the first.", field="ends_on")
    if report.ends_on > timezone.localdate(at):
        raise StayImpossible("A stay that is not over yet cannot be recorded.", field="ends_on")
    if report.ends_on - report.starts_on > LONGEST_STAY:
        raise StayImpossible("At most 60 days at once.", field="starts_on")


def _level_of(report: StayReport) -> tuple[RiskLevel, date]:
    """Return the highest level the lists gave the place on a day of the stay, and the last such day."""
    best: tuple[RiskLevel, date] | None = None
    order = tuple(RiskLevel)
    for number in range((report.ends_on - report.starts_on).days + 1):
        day = report.starts_on + timedelta(days=number)
        level = risk_on_day(report.area_code, day, community=report.community).answer.level
        if level is not None and (best is None or order.index(level) <= order.index(best[0])):
            best = level, day
    if best is None:
        raise StayNotAtRisk(
            "No list names this place as at risk on any of these days. Where only a part is listed, name the community.",
            field="area_code",
        )
    return best


@transaction.atomic
def appeal(*, stay_id: int, statement: str, at: datetime, by: User) -> Appeal:
    """Record that a person contests evidence. Raises: StayNotFound, AlreadyAppealed, PermissionMissing."""
    require(by, Permission.RECORD_STAYS)
    return contest(selectors.stay(stay_id, by=by), statement=statement, at=at, by=by)


@transaction.atomic
def contest(stay: RiskStay, *, statement: str, at: datetime, by: User | None) -> Appeal:
    """Record an appeal against evidence; `by` None: the person's own, from their phone. Raises: AlreadyAppealed."""
    numbers = profile_in_force(at=at).health_code
    answer_s = numbers.appeal_answer_s if numbers else 0
    made, created = Appeal.objects.get_or_create(
        stay=stay,
        defaults={
            "statement": statement, "answer_due_at": at + timedelta(seconds=answer_s), "recorded_at": at,
            "recorded_by": by,
        },
    )  # fmt: skip
    if not created:
        raise AlreadyAppealed("There is an appeal against this evidence already.")
    audit.record("healthcode.appeal_made", by=by, at=at, subjects=[stay.subject_id], stay=stay.pk)
    evidence.record("appeal", [made])
    return made


@transaction.atomic
def decide_appeal(*, appeal_id: int, annuls: bool, note: str, at: datetime, by: User) -> AppealDecision:
    """Annul the evidence or let it stand; the colour follows by the rule.

    Raises: AppealNotFound, AppealOfOwn, AppealAlreadyDecided, PermissionMissing.
    """
    require(by, Permission.DECIDE_APPEALS)
    found = selectors.appeal(appeal_id, by=by)
    if by.pk in {found.recorded_by_id, found.stay.recorded_by_id}:
        raise AppealOfOwn("Who recorded the appeal or the evidence does not decide it.")
    decision, created = AppealDecision.objects.get_or_create(
        appeal=found,
        defaults={
            "appealed_by_id": found.recorded_by_id, "annuls": annuls, "note": note, "decided_at": at, "decided_by": by,
        },
    )  # fmt: skip
    if not created:
        raise AppealAlreadyDecided("This appeal was decided by somebody else.")
    subject = found.stay.subject_id
    audit.record("healthcode.appeal_decided", by=by, at=at, subjects=[subject], appeal=found.pk, annuls=annuls)
    evidence.record("appeal_decision", [decision])
    outbox.add("healthcode.evidence_changed")
    return decision


def ask_for_codes(**_event: object) -> None:
    """After facts that may move a colour: have the codes follow in a delivery of their own, which cannot fail this one."""
    outbox.add("healthcode.evidence_changed")


def follow_facts() -> None:
    """Bring the codes up to date."""
    bring_up_to_date(at=clock.now())


@transaction.atomic
def follow_returns(return_ids: list[int]) -> None:
    """After returns were screened: decide the codes of these persons again, whether or not the screening said something new."""
    Progress.objects.get_or_create(only=True)
    Progress.objects.select_for_update().get(only=True)
    found = Return.objects.filter(pk__in=return_ids).values_list("subject_id", flat=True)
    _decide(sorted(set(found)), evidence.known_seq(), clock.now())


@transaction.atomic
def bring_up_to_date(*, at: datetime) -> int:
    """Decide the codes that new facts or the passing of time may have moved; return how many verdicts were stored.

    Safe to repeat and beside itself: the row of progress is locked, and only a changed verdict is stored.
    """
    Progress.objects.get_or_create(only=True)
    progress = Progress.objects.select_for_update().get(only=True)
    known = evidence.known_seq()
    edition = profile_in_force(at=at).edition
    subjects = _concerned(progress.seq, known) | set(selectors.run_out(at)) | set(selectors.of_another_edition(edition))
    n_stored = sum(
        _decide(sorted(subjects)[start : start + CHUNK], known, at) for start in range(0, len(subjects), CHUNK)
    )
    progress.seq = known
    progress.save(update_fields=["seq"])
    return n_stored


@transaction.atomic
def decided(subject_id: int, *, at: datetime) -> CurrentCode:
    """Return a person's code, deciding it first where nothing was ever known of them."""
    found = selectors.current(subject_id)
    if found is None:
        _decide([subject_id], evidence.known_seq(), at)
        found = selectors.current(subject_id)
    assert found is not None, "storing a verdict makes the code"
    return found


def _concerned(since: int, until: int) -> set[int]:
    """Return the persons of whom something was learnt in (since, until]."""
    refs: dict[str, list[int]] = defaultdict(list)
    for kind, ref in selectors.newly_known(since, until).values_list("kind", "ref"):
        refs[kind].append(ref)
    kinds = [*ORDERING_RULES, RELEASING]
    found = {
        *StoredVerdict.objects.filter(pk__in=refs["verdict"], kind__in=kinds).values_list("subject_id", flat=True),
        *lab.Result.objects.filter(pk__in=refs["result"]).values_list("specimen__subject_id", flat=True),
        *CaseReport.objects.filter(pk__in=refs["case_report"]).values_list("subject_id", flat=True),
        *CaseReport.objects.filter(batch_id__in=refs["batch:persons"]).values_list("subject_id", flat=True),
        *RiskStay.objects.filter(pk__in=refs["risk_stay"]).values_list("subject_id", flat=True),
        *Declaration.objects.filter(pk__in=refs["declaration"]).values_list("subject_id", flat=True),
        *AppealDecision.objects.filter(pk__in=refs["appeal_decision"]).values_list(
            "appeal__stay__subject_id", flat=True
        ),
    }
    return set(Subject.objects.filter(pk__in=found - {None}, kind=SubjectKind.PERSON).values_list("pk", flat=True))


def _decide(subject_ids: Collection[int], known_seq: int, at: datetime) -> int:
    profile = profile_in_force(at=at)
    occasion = Occasion(known_seq, at)
    current = {row.pk: row.verdict for row in CurrentCode.objects.filter(pk__in=subject_ids).select_related("verdict")}
    rows = []
    for subject, facts in facts_of(subject_ids, seq=known_seq, at=at, profile=profile).items():
        verdict = decide_colour(facts, profile)
        before = current.get(subject)
        said = (to_plain(verdict.outcome), to_plain(verdict.reasons), verdict.edition)
        if before is None or said != (before.outcome, before.reasons, before.edition):
            rows.append(stored(verdict, subject, occasion))
    evidence.insert("verdict", rows)
    return len(rows)
