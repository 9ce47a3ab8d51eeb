"""For the person coming back, on a phone and without an account: declare, correct, see what applies, report health."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.apps.areas.selectors import name_of
from lianfang.apps.areas.selectors.risk import divisions_of
from lianfang.apps.core.citizens import is_proven_by
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.rates import at_most
from lianfang.apps.followup.selectors import HealthRecord, recorded_today
from lianfang.apps.followup.services import HealthEntry, record_health
from lianfang.apps.returnees import selectors, services
from lianfang.apps.returnees.forms import DeclarationForm, HealthForm, OwnDeclarationForm, employers, tenths
from lianfang.apps.returnees.reading import reasons_of, screening_of, standing_of

INVALID = 422
# A family fills in a handful; whoever fills in more in an hour is no family.
DECLARED, WINDOW_S = 20, 3600
LOOKED, LOOK_WINDOW_S = 60, 60


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@at_most(DECLARED * 3, window_s=WINDOW_S, what="declare-return")
def declare(request: HttpRequest) -> HttpResponse:
    """Take in a declaration; the village of the poster is chosen already."""
    form = OwnDeclarationForm(request.POST or None, initial={"area_code": request.GET.get("village", "")})
    if request.method == "POST" and form.is_valid():
        entry = form.person()
        is_proven = is_proven_by(request, entry.phone)
        source = services.Source(selectors.Declaration.Reporter.CITIZEN, is_phone_proven=is_proven)
        try:
            returned = services.declare(person=entry, said=form.said(), source=source, at=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your declaration has arrived. Keep this page: it shows what applies to you."))
            return redirect("return_own", returned.handle)
    return _form_page(request, form)


def _form_page(request: HttpRequest, form: DeclarationForm, **more: Any) -> HttpResponse:
    context = {"form": form, "units": employers().order_by("name").values_list("name", flat=True)[:500], **more}
    return render(request, "returnees/declare.html", context, status=INVALID if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET"])
@at_most(LOOKED, window_s=LOOK_WINDOW_S, what="own-return")
def own(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Show what applies to the person who holds this address, and why."""
    return _own_page(request, handle, HealthForm())


def _own_page(request: HttpRequest, handle: uuid.UUID, form: HealthForm) -> HttpResponse:
    returned, at = selectors.own_return(handle), timezone.now()
    said = selectors.declarations_of(returned)[0]
    verdict = screening_of(returned.subject_id)
    context = {
        "returned": returned,
        "said": said,
        "village": name_of(returned.area_code),
        "places": divisions_of(stay["area_code"] for stay in said.stays),
        "reasons": reasons_of(verdict) if verdict else [],
        "verdict": verdict,
        "standing": standing_of(returned.subject_id, at=at),
        "today": recorded_today([returned.subject_id], at=at).get(returned.subject_id),
        "form": form,
    }
    response = render(request, "returnees/own.html", context, status=INVALID if form.errors else 200)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@at_most(LOOKED, window_s=LOOK_WINDOW_S, what="own-return")
def correct(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Take in a correction of one's own declaration."""
    returned = selectors.own_return(handle)
    newest = selectors.declarations_of(returned)[0]
    form = DeclarationForm(request.POST or None, initial=DeclarationForm.of(newest))
    if request.method == "POST" and form.is_valid():
        source = services.Source(selectors.Declaration.Reporter.CITIZEN)
        try:
            services.correct(
                returned=returned,
                said=form.said(),
                seen_version=seen_version(request),
                source=source,
                at=timezone.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your correction is stored."))
            return redirect("return_own", handle)
    return _form_page(request, form, version=newest.version, returned=returned)


def seen_version(request: HttpRequest) -> int:
    """Return the version the form was filled from; 0, which is none, if it says nothing sensible."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@login_not_required
@never_cache
@require_POST
@at_most(LOOKED, window_s=LOOK_WINDOW_S, what="own-return")
def report(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Take in one's own daily report."""
    returned, at = selectors.own_return(handle), timezone.now()
    form = HealthForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        entry = HealthEntry(
            client_id=data["client_id"],
            subject_id=returned.subject_id,
            way=HealthRecord.Way.REPORT,
            taken_at=at,
            tenths_celsius=tenths(data["temperature"]),
            symptoms=data["symptoms"],
        )
        try:
            record_health(entry=entry, at=at, by=None)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your report of today is recorded."))
            return redirect("return_own", handle)
    return _own_page(request, handle, form)
