"""For staff: the codes of their area, one person's code with all it rests on, evidence and appeals."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core import audit, identity
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.healthcode import selectors, services
from lianfang.apps.healthcode.forms import AppealDecisionForm, AppealForm, CodeFilterForm, StayForm, WithdrawForm
from lianfang.apps.returnees.selectors import has_open_return
from lianfang.rules.healthcode import WayToGreen
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason
from lianfang.rules.words import label

PAGE_SIZE = 50
INVALID = 422


@require_GET
@needs(Permission.VIEW_PERSONS)
def codes(request: HttpRequest) -> HttpResponse:
    """List the codes decided in the reader's area, and the appeals that wait for a second person."""
    by, at = actor(request), timezone.now()
    form = CodeFilterForm(request.GET)
    page = Paginator(selectors.codes(form.value(), by=by), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = selectors.lines(page)
    appeals = list(selectors.waiting_appeals(by=by))
    shown = [line.person.pk for line in lines] + [each.stay.subject_id for each in appeals]
    if shown:
        audit.record("healthcode.listed", by=by, at=at, subjects=shown)
    counts = selectors.counts(by=by)
    context = {
        "form": form,
        "page": page,
        "rows": [_row(line) for line in lines],
        "appeals": [(each, each.answer_due_at < at) for each in appeals],
        "counts": [(colour, counts.get(colour, 0)) for colour in ("red", "yellow", "green")],
    }
    return answer(request, "healthcode/codes.html", context)


def _row(line: selectors.CodeLine) -> dict[str, Any]:
    person = line.person
    return {
        "code": person.subject.code,
        "name": identity.mask_name(person.name) or person.subject.code,
        "area": person.area_code,
        "colour": line.code.colour or "grey",
        "reasons": _reasons(line.code.verdict.reasons),
        "decided_at": line.code.verdict.decided_at,
    }


def _reasons(stored: list[dict[str, Any]]) -> list[dict[str, str]]:
    language = spoken()
    return [{"code": each["code"], "text": explain(Reason(each["code"], each["params"]), language)} for each in stored]


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_PERSONS)
def code(request: HttpRequest, code: str) -> HttpResponse:
    """Show one person's code and everything it rests on; take in a stay in a risk area."""
    by = actor(request)
    form = StayForm(request.POST or None)
    if request.method == "POST":
        require(by, Permission.RECORD_STAYS)
        if form.is_valid():
            try:
                services.record_stay(person_code=code, report=form.report(), at=timezone.now(), by=by)
            except DomainError as error:
                if error.field is None:
                    raise
                add_refusal(form, error)
            else:
                messages.success(request, _("The evidence is recorded. The code follows within seconds."))
                return redirect("health_code", code)
    return _code_page(request, code, form)


def _code_page(request: HttpRequest, code: str, form: StayForm) -> HttpResponse:
    by, at = actor(request), timezone.now()
    person = selectors.person(code, by=by)
    current = selectors.current(person.pk)
    stays = selectors.stays(person.pk)
    language = spoken()
    audit.record("healthcode.read", by=by, at=at, subjects=[person.pk])
    context = {
        "person": person,
        "code": code,
        "masked": identity.mask_name(person.name) or code,
        "current": current,
        "colour": (current.colour if current else "green") or "grey",
        "reasons": _reasons(current.verdict.reasons) if current else [],
        "ways": [label(WayToGreen(way), language) for way in current.verdict.outcome["ways"]] if current else [],
        "stays": stays,
        "declared": selectors.declared_stays(person.pk, at=at),
        "needs_return": bool(stays) and not has_open_return(person.pk, at=at),
        "history": [
            {"row": row, "colour": row.outcome["colour"] or "grey", "reasons": _reasons(row.reasons)}
            for row in selectors.decisions(person.pk)
        ],
        "form": form if may(by, Permission.RECORD_STAYS) else None,
        "appeal_form": AppealForm() if may(by, Permission.RECORD_STAYS) else None,
        "withdraw_form": WithdrawForm(auto_id="withdraw-%s"),
        "may_decide": may(by, Permission.DECIDE_APPEALS),
    }
    return render(request, "healthcode/code.html", context, status=INVALID if form.errors else 200)


@require_POST
@needs(Permission.RECORD_STAYS)
def make_appeal(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Record what the person says against one piece of evidence."""
    by = actor(request)
    stay = selectors.stay(stay_id, by=by)
    form = AppealForm(request.POST)
    if form.is_valid():
        services.appeal(stay_id=stay_id, statement=form.cleaned_data["statement"], at=timezone.now(), by=by)
        messages.success(request, _("The appeal is recorded. A second person decides."))
    else:
        messages.error(request, _("Write down what the person says."))
    return redirect("health_code", stay.subject.code)


@require_http_methods(["GET", "POST"])
@needs(Permission.DECIDE_APPEALS)
def decide(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """Show one appeal with its evidence, and take the decision."""
    by, at = actor(request), timezone.now()
    found = selectors.appeal(appeal_id, by=by)
    form = AppealDecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.decide_appeal(appeal_id=appeal_id, at=at, by=by, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The appeal is decided. The code follows within seconds."))
            return redirect("health_code", found.stay.subject.code)
    audit.record("healthcode.read", by=by, at=at, subjects=[found.stay.subject_id])
    context = {
        "found": found,
        "form": form,
        "is_own": by.pk in {found.recorded_by_id, found.stay.recorded_by_id},
        "decision": getattr(found, "decision", None),
    }
    return render(request, "healthcode/appeal.html", context, status=INVALID if form.errors else 200)
