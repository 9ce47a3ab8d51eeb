"""Pages of the laboratories' capacity: live queue, forecast, what a laboratory can work, commissioning."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.capacity import forecasting, selectors, services
from lianfang.apps.capacity.forms import DoneForm, LaboratoryForm, StepForm, WhatIfForm
from lianfang.apps.capacity.models import MilestoneEvidence
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.queue_selectors import QUEUE_MOST
from lianfang.rules.profile_laboratory import Priority
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
INVALID = 422


@require_GET
@needs(Permission.VIEW_CAPACITY)
def capacity(request: HttpRequest) -> HttpResponse:
    """Show the laboratories, what waits at each, what should go elsewhere, and the queue with late tubes on top."""
    by, at = actor(request), timezone.now()
    profile, language = profile_in_force(at=at), spoken()
    rows, known = selectors.queue(profile=profile, at=at, by=by), selectors.entries(by=by)
    shown = [row for row in rows if _is_asked(row, request)]
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    persons = [row.tube.subject_id for row in page if row.tube.subject_kind == SubjectKind.PERSON]
    if persons:
        audit.record("capacity.queue_read", by=by, at=at, subjects=persons)
    names = {entry.organisation_id: entry.organisation.name for entry in known}
    context = {
        "at": at,
        "n_late": sum(row.is_late for row in rows),
        "queue_most": QUEUE_MOST,
        "n_waiting": len(rows),
        "priorities": [(each.value, sum(row.priority is each for row in rows)) for each in Priority],
        "loads": selectors.loads(rows, known, at=at),
        "advice": [
            (each, explain(each.verdict.reasons[0], language))
            for each in selectors.advice(rows, known, profile=profile, at=at)
        ],
        "page": page,
        "rows": [
            (row, names.get(row.laboratory_id or 0, ""), explain(row.verdict.reasons[0], language)) for row in page
        ],
        "asked": request.GET.get("priority", "")[:16],
        "own": by.organisation_id,
        "may_plan": may(by, Permission.PLAN_LABORATORIES),
    }
    return answer(request, "capacity/capacity.html", context)


def _is_asked(row: selectors.QueueRow, request: HttpRequest) -> bool:
    laboratory, priority = request.GET.get("laboratory", ""), request.GET.get("priority", "")
    is_there = not laboratory or str(row.laboratory_id) == laboratory
    return is_there and (not priority or row.priority == priority or (priority == "late" and row.is_late))


@require_GET
@needs(Permission.VIEW_CAPACITY)
def forecast(request: HttpRequest) -> HttpResponse:
    """Show when everything will be signed as it is, and as it would be with what is assumed."""
    by, at = actor(request), timezone.now()
    profile, known = profile_in_force(at=at), selectors.entries(by=by)
    rows = selectors.queue(profile=profile, at=at, by=by)
    most = max(profile.laboratory.pool_most, 1) if profile.laboratory else 1
    start = {"extra_lines": 0, "people": 0, "days": 1, "pool_size": most, "positives_per_100000": 10}
    form = WhatIfForm(request.GET or None, pool_most=most, known=known, initial=start)
    assumed = form.assumed() if form.is_valid() else None
    named = [(each.organisation_id, each.organisation.name) for each in known]
    context = {"form": form, "at": at, "n_waiting": len(rows), "assumed": assumed, "laboratories": named}

    def told(given: forecasting.Assumed) -> forecasting.Forecast | None:
        try:
            return forecasting.forecast(rows, known, given, profile=profile, at=at)
        except DomainError as error:
            if given is assumed:
                add_refusal(form, error)
            return None

    base = forecasting.as_is(assumed or forecasting.Assumed())
    now, then = told(base), told(assumed) if assumed and assumed != base else None
    context |= {"now": now, "then": then, "lines": _lines(now, then, named)}
    return render(request, "capacity/forecast.html", context, status=INVALID if form.errors else 200)


def _lines(
    now: forecasting.Forecast | None, then: forecasting.Forecast | None, named: list[tuple[int, str]]
) -> list[tuple[str, datetime | None, datetime | None, bool, bool]]:
    """For each laboratory: when it is done as it is and as assumed, and whether it is the first."""
    return [
        (
            name,
            now.done_by.get(number) if now else None,
            then.done_by.get(number) if then else None,
            now is not None and now.first == number,
            then is not None and then.first == number,
        )
        for number, name in named
    ]


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_CAPACITY)
def laboratory(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Show what a laboratory can work, and take a new version from it."""
    by, at = actor(request), timezone.now()
    organisation, entry = selectors.entry_of(organisation_id, by=by)
    form = LaboratoryForm.of(entry)
    if request.method == "POST":
        form = LaboratoryForm(request.POST)
        if form.is_valid():
            try:
                seen = form.cleaned_data["seen"]
                services.enter_laboratory(organisation=organisation, sheet=form.sheet(), seen=seen, at=at, by=by)
            except DomainError as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("Recorded."))
                return redirect("capacity")
    context = {"organisation": organisation, "entry": entry, "form": form, "may_enter": _may_enter(organisation.pk, by)}
    return render(request, "capacity/laboratory.html", context, status=INVALID if form.errors else 200)


def _may_enter(organisation_id: int, by: User) -> bool:
    is_own = organisation_id == by.organisation_id
    return may(by, Permission.ENTER_CAPACITY) and (is_own or may(by, Permission.PLAN_LABORATORIES))


@require_GET
@needs(Permission.VIEW_CAPACITY)
def commissioning(request: HttpRequest) -> HttpResponse:
    """Show the new laboratories' steps, what is done with which evidence, and what is late."""
    by, at = actor(request), timezone.now()
    steps = selectors.milestones(profile=profile_in_force(at=at), at=at, by=by)
    language = spoken()
    rows = [
        (step, explain(step.verdict.reasons[0], language), _may_enter(step.milestone.laboratory_id, by))
        for step in steps
    ]
    context = {
        "rows": rows,
        "at": at,
        "n_late": sum(step.progress == "late" for step in steps),
        "may_plan": may(by, Permission.PLAN_LABORATORIES),
    }
    return render(request, "capacity/commissioning.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_LABORATORIES)
def new_step(request: HttpRequest) -> HttpResponse:
    """Plan a step, or change its day or unit."""
    by = actor(request)
    form = StepForm(request.POST or None, by=by)
    if form.is_valid():
        try:
            services.plan_step(step=form.step(), at=timezone.now(), by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("commissioning")
    return render(request, "capacity/step_new.html", {"form": form}, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.ENTER_CAPACITY)
def step_done(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Take the evidence that a step is done."""
    by, at = actor(request), timezone.now()
    steps = selectors.milestones(profile=profile_in_force(at=at), at=at, by=by)
    found = next((step for step in steps if step.milestone.pk == milestone_id), None)
    if found is None or not _may_enter(found.milestone.laboratory_id, by):
        raise Http404
    form = DoneForm(request.POST or None, request.FILES or None, initial={"done_on": timezone.localdate(at)})
    if form.is_valid():
        try:
            services.show_done(milestone_id=milestone_id, shown=form.shown(), at=at, by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("commissioning")
    context = {"step": found, "form": form}
    return render(request, "capacity/step_done.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_CAPACITY)
def proof(request: HttpRequest, evidence_id: int) -> FileResponse:
    """Hand over the file that shows a step done."""
    area = actor(request).area_code[:6]
    mine = MilestoneEvidence.objects.filter(milestone__laboratory__area_code__startswith=area)
    found = mine.filter(pk=evidence_id).exclude(proof="").first()
    if found is None:
        raise Http404
    return FileResponse(found.proof.open("rb"), as_attachment=True, content_type="application/octet-stream")
