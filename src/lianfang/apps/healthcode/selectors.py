"""Reading health codes, the evidence behind them and the appeals that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from lianfang.apps.core import evidence
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import EvidenceEntry, User
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.healthcode.known import declared_at_risk
from lianfang.apps.healthcode.models import Appeal, CodeWithdrawal, CurrentCode, IssuedCode, RiskStay
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person, person_by_code
from lianfang.apps.returnees.known import DeclaredStay
from lianfang.apps.returnees.selectors import Declaration
from lianfang.rules.gate import CodeState
from lianfang.rules.vocabulary import Colour

__all__ = ["Appeal", "CodeLine", "CodeWithdrawal", "CurrentCode", "RiskStay"]

DECISIONS_SHOWN = 20


class StayNotFound(NotFound):
    """No such evidence, or not in this area."""

    code = "risk_stay_not_found"


class AppealNotFound(NotFound):
    """No such appeal, or not in this area."""

    code = "appeal_not_found"


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One person's code in a list."""

    person: Person
    code: CurrentCode


def person(code: str, *, by: User) -> Person:
    """Return a person of the reader's area. Raises: PersonNotFound."""
    found = person_by_code(code, area=by.area_code)
    return persons_of([found.pk])[found.pk]


def codes(colour: str | None, *, by: User) -> QuerySet[CurrentCode]:
    """Return the codes decided in the reader's area, the newest decision first; of one colour or all."""
    found = CurrentCode.objects.filter(subject__area_code__startswith=by.area_code).select_related("verdict", "subject")
    return (found.filter(colour=colour) if colour else found).order_by("-verdict_id")


def lines(page: Any) -> list[CodeLine]:
    """Return the codes of a page with their persons."""
    people = persons_of([code.subject_id for code in page])
    return [CodeLine(people[code.subject_id], code) for code in page if code.subject_id in people]


def counts(*, by: User) -> dict[str, int]:
    """Return how many codes of each colour stand in the reader's area."""
    rows = CurrentCode.objects.filter(subject__area_code__startswith=by.area_code)
    return {row["colour"]: row["n"] for row in rows.values("colour").annotate(n=Count("pk")).order_by()}


def current(subject_id: int) -> CurrentCode | None:
    """Return the code that stands for a person, None while none was ever decided."""
    return CurrentCode.objects.select_related("verdict").filter(pk=subject_id).first()


def decisions(subject_id: int) -> list[StoredVerdict]:
    """Return the decisions on a person's colour, newest first."""
    return list(
        StoredVerdict.objects.filter(subject=subject_id, kind="decide_colour").order_by("-id")[:DECISIONS_SHOWN]
    )


def stays(subject_id: int) -> list[RiskStay]:
    """Return the stays in risk areas, newest first, with who recorded them and what became of appeals."""
    related = ("recorded_by", "organisation", "appeal__recorded_by", "appeal__decision__decided_by")
    return list(RiskStay.objects.filter(subject=subject_id).select_related(*related).order_by("-ends_on", "-id"))


def declared_stays(subject_id: int, *, at: datetime) -> list[tuple[DeclaredStay, Declaration]]:
    """Return the stays at risk that a person coming back declared and that still matter, each with its declaration."""
    known = evidence.known_seq(), at
    found = declared_at_risk([subject_id], known=known, profile=profile_in_force(at=at))
    said = Declaration.objects.select_related("returned", "declared_by").in_bulk(
        [each.declaration_id for each in found]
    )
    return [(each, said[each.declaration_id]) for each in found]


def stay(stay_id: int, *, by: User) -> RiskStay:
    """Return one stay of the reader's area. Raises: StayNotFound."""
    found = RiskStay.objects.select_related("subject").filter(pk=stay_id, subject__area_code__startswith=by.area_code)
    if not found:
        raise StayNotFound("There is no such evidence in your area.")
    return found[0]


def waiting_appeals(*, by: User) -> QuerySet[Appeal]:
    """Return the appeals of the reader's area that nobody has decided, the one due first in front."""
    area = {"stay__subject__area_code__startswith": by.area_code}
    found = Appeal.objects.filter(decision__isnull=True, **area).select_related("stay__subject", "recorded_by")
    return found.order_by("answer_due_at", "id")


def appeal(appeal_id: int, *, by: User) -> Appeal:
    """Return one appeal of the reader's area. Raises: AppealNotFound."""
    found = Appeal.objects.select_related("stay__subject", "recorded_by")
    found = found.filter(pk=appeal_id, stay__subject__area_code__startswith=by.area_code)
    if not found:
        raise AppealNotFound("There is no such appeal in your area.")
    return found[0]


def newly_known(since: int, until: int) -> QuerySet[EvidenceEntry]:
    """Return the entries of the log in (since, until] that may change a colour."""
    kinds = ["verdict", "result", "case_report", "batch:persons", "declaration", "risk_stay", "appeal_decision"]
    return EvidenceEntry.objects.filter(seq__gt=since, seq__lte=until, kind__in=kinds)


def of_another_edition(edition: str) -> list[int]:
    """Return the persons whose code was decided under another edition than this."""
    return list(CurrentCode.objects.exclude(verdict__edition=edition).values_list("subject_id", flat=True))


def run_out(at: datetime) -> list[int]:
    """Return the persons whose last reason time has ended."""
    return list(CurrentCode.objects.filter(until_s__lte=int(at.timestamp())).values_list("subject_id", flat=True))


@dataclass(frozen=True, slots=True)
class KnownCode:
    """Whom a pseudonym means, and what has become of the code since it was issued."""

    subject_id: int
    subject_code: str
    state: CodeState


def known_codes(pseudonyms: Collection[bytes]) -> dict[bytes, KnownCode]:
    """Return the codes behind pseudonyms. For what follows from a door's events only: it says who was where."""
    colour_now = CurrentCode.objects.filter(pk=OuterRef("subject")).values("colour")
    # One parameter for all of them: IN binds thousands one by one.
    shown = RawSQL("healthcode_issuedcode.pseudonym = ANY(%s)", [list(pseudonyms)], output_field=BooleanField())
    rows = IssuedCode.objects.filter(shown).annotate(
        now=Subquery(colour_now), is_withdrawn=Exists(CodeWithdrawal.objects.filter(pk=OuterRef("pk")))
    )
    fields = ("pseudonym", "subject_id", "subject__code", "colour", "now", "is_withdrawn")
    return {
        bytes(pseudonym): KnownCode(subject, code, _state(issued, now, is_withdrawn=is_withdrawn))
        for pseudonym, subject, code, issued, now, is_withdrawn in rows.values_list(*fields)
    }


def pseudonyms_of(subject_id: int, *, since: datetime) -> list[bytes]:
    """Return the pseudonyms of the codes a person could show since. For this person's own page."""
    rows = IssuedCode.objects.filter(subject=subject_id, expires_at__gt=since).values_list("pseudonym", flat=True)
    return [bytes(pseudonym) for pseudonym in rows]


def _state(issued: str, now: str | None, *, is_withdrawn: bool) -> CodeState:
    if is_withdrawn:
        return CodeState.WITHDRAWN
    strictest_first = tuple(Colour)
    if now and strictest_first.index(Colour(now)) < strictest_first.index(Colour(issued)):
        return CodeState.NOW_RED if Colour(now) is Colour.RED else CodeState.NOW_YELLOW
    return CodeState.AS_ISSUED
