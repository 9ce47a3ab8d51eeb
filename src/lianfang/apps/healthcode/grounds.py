"""What each reason of a colour rests on: which evidence, who answers for it, and what may be done about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from lianfang.apps.areas import selectors as areas
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Measure, MeasureCause, Task, User
from lianfang.apps.followup.known import last_concern
from lianfang.apps.healthcode.known import left_at
from lianfang.apps.healthcode.models import CurrentCode, RiskStay
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people.selectors import CaseReport
from lianfang.apps.returnees.selectors import Declaration
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import MeasureKind, SpecimenResult
from lianfang.rules.words import label


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence. `what`: named; `who`: the accountable person and organisation.

    stay: what can be appealed against. declared: the declaration that says it, which its newest version corrects.
    """

    what: str
    who: str
    at: datetime | None
    stay: RiskStay | None = None
    declared: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """One reason of a colour in the reader's language, with all it rests on."""

    code: str
    text: str
    grounds: Sequence[Ground]


def explained(code: CurrentCode) -> list[Explained]:
    """Return the reasons of a person's code: the very verdict that doors and appeals read."""
    language = spoken()
    found = []
    for each in code.verdict.reasons:
        reason = Reason(each["code"], each["params"])
        grounds = tuple(_GROUNDS.get(reason.code, _nothing)(code.subject_id, each["params"]))
        found.append(Explained(reason.code, explain(reason, language), grounds))
    return found


def _named(by: User | None) -> str:
    if by is None:
        return ""
    organisation = by.organisation.name if by.organisation else ""
    return " · ".join(part for part in (organisation, by.display_name) if part)


def _nothing(_subject: int, _params: dict[str, Any]) -> Iterator[Ground]:
    yield from ()


def _result(subject: int, params: dict[str, Any]) -> Iterator[Ground]:
    for specimen in lab.specimens_of(subject):
        versions = [each for each in specimen.versions if each.status != lab.Result.Status.DRAFT]  # type: ignore[attr-defined]
        newest = versions[0] if versions else None
        if newest is None or newest.value != SpecimenResult.POSITIVE or newest.status == lab.Result.Status.ANNULLED:
            continue
        if int(specimen.collected_at.timestamp()) == params["sampled_at"]:
            what = _("Specimen %(code)s, positive") % {"code": specimen.code}
            yield Ground(what, _named(newest.signed_by), newest.signed_at)


def _measure(subject: int, params: dict[str, Any]) -> Iterator[Ground]:
    standing = Measure.objects.filter(subject=subject, kind=params["measure"], ended_at__isnull=True)
    causes = MeasureCause.objects.filter(measure__in=standing, ended_at__isnull=True)
    for cause in causes.select_related("investigation", "verdict").order_by("id"):
        parties = Task.objects.filter(measure=cause.measure_id, organisation__isnull=False)
        who = " · ".join(dict.fromkeys(parties.order_by("id").values_list("organisation__name", flat=True)))
        measure = label(MeasureKind(params["measure"]), spoken())
        what = f"{measure} · {cause.row}"
        if cause.investigation:
            what = _("%(measure)s, investigation %(number)s") % {"measure": what, "number": cause.investigation.number}
        yield Ground(what, who, cause.verdict.decided_at)


def _stay(_subject: int, params: dict[str, Any]) -> Iterator[Ground]:
    if params.get("is_declared"):
        yield from _declared_stay(params)
        return
    related = ("recorded_by__organisation", "organisation", "appeal__decision")
    stay = RiskStay.objects.select_related(*related).filter(pk=params["reference"]).first()
    if stay is None:
        return
    place = _place(stay.area_code, stay.community)
    what = f"{place} · {stay.starts_on.isoformat()} – {stay.ends_on.isoformat()} · {stay.get_basis_display()}"
    yield Ground(what, _named(stay.recorded_by), stay.recorded_at, stay)


def _declared_stay(params: dict[str, Any]) -> Iterator[Ground]:
    """The stays of a declaration that ended when the reason says."""
    said = Declaration.objects.select_related("declared_by__organisation", "returned").get(pk=params["reference"])
    for stay in said.stays:
        if left_at(date.fromisoformat(stay["until"])) == params["left_at"]:
            place = _place(stay["area_code"], stay["community"])
            told = _("declared: %(reporter)s") % {"reporter": said.get_reporter_display()}
            what = f"{place} · {stay['from']} – {stay['until']} · {told}"
            yield Ground(what, _named(said.declared_by) or _("The person"), said.declared_at, declared=said)


def _place(area_code: str, community: str) -> str:
    return f"{areas.name_of(area_code)} {community}".strip()


def _onset(subject: int, _params: dict[str, Any]) -> Iterator[Ground]:
    record = last_concern(subject)
    if record is not None:
        yield Ground(_("Fever or symptoms in the follow-up"), _named(record.recorded_by), record.taken_at)
    reports = CaseReport.objects.filter(subject=subject, onset_date__isnull=False).order_by("-id")
    report = reports.select_related("reported_by__organisation", "batch").first()
    if report is not None and report.onset_date is not None:
        what = _("Symptoms since %(day)s") % {"day": report.onset_date.isoformat()}
        who = _named(report.reported_by) or (report.batch.source if report.batch else "")
        yield Ground(what, who, report.reported_at)


_GROUNDS = {"H-1": _result, "H-2": _measure, "H-3": _stay, "H-4": _stay, "H-5": _onset}
