"""For villages, townships, the command and work units: who comes back, what applies to them, confirmed arrivals."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.areas.selectors import name_of
from lianfang.apps.areas.selectors.risk import divisions_of
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.identity import decrypt
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Role, User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.followup.selectors import records_of, transfers_of
from lianfang.apps.people.selectors import Person, person_by_code
from lianfang.apps.returnees import selectors, services
from lianfang.apps.returnees.forms import (
    ArrivalForm,
    DeclarationForm,
    ReturnFilterForm,
    StaffDeclarationForm,
    StaffHealthForm,
    TransferForm,
    employers,
)
from lianfang.apps.returnees.reading import reasons_of, screening_of, standing_of
from lianfang.apps.returnees.views.public import seen_version

PAGE_SIZE = 50
RECORDS_SHOWN = 30
INVALID = 422


@require_GET
@needs(Permission.VIEW_RETURNEES)
def returnees(request: HttpRequest) -> HttpResponse:
    """List who comes back."""
    by, at = actor(request), timezone.now()
    form = ReturnFilterForm(request.GET, area=by.area_code, units=selectors.units_known(by), language=spoken())
    found = selectors.listed(selectors.ReturnQuery(**form.criteria()), by=by, at=at)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = selectors.rows_of(page, at=at)
    if rows:
        audit.record("returnees.listed", by=by, at=at, subjects=[row.person.pk for row in rows])
    context = {"form": form, "page": page, "rows": rows, "may_enter": may(by, Permission.FOLLOW_UP)}
    return answer(request, "returnees/returnees.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.FOLLOW_UP)
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a declaration on behalf, from paper, or somebody found who has not declared."""
    by = actor(request)
    form = StaffDeclarationForm(request.POST or None, initial=_entered_for(request, by))
    if request.method == "POST" and form.is_valid():
        source = services.Source(form.cleaned_data["reporter"], by=by)
        try:
            returned = services.declare(person=form.person(), said=form.said(), source=source, at=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The declaration is stored."))
            # A work unit that entered somebody who goes elsewhere does not see them afterwards.
            is_visible = selectors.returns_for(by).filter(pk=returned.pk).exists()
            return redirect("return", returned.handle) if is_visible else redirect("returnees")
    return _form_page(request, form)


def _entered_for(request: HttpRequest, by: User) -> dict[str, Any]:
    """Return what is known already of the person whom another page names; their identity for who may see it."""
    code = request.GET.get("person", "")
    if not code or request.method == "POST" or not may(by, Permission.VIEW_IDENTITY):
        return {"area_code": by.area_code}
    person = person_by_code(code, area=by.area_code)
    audit.record("person.identity_shown", by=by, at=timezone.now(), subjects=[person.pk])
    ciphers = {"phone": person.phone_cipher, "id_number": person.id_number_cipher}
    opened = {name: decrypt(cipher) for name, cipher in ciphers.items() if cipher}
    return {
        "area_code": person.area_code,
        "name": person.name,
        "reporter": selectors.Declaration.Reporter.FOUND,
        **opened,
    }


def _form_page(request: HttpRequest, form: DeclarationForm, **more: Any) -> HttpResponse:
    context = {"form": form, "units": employers().order_by("name").values_list("name", flat=True)[:500], **more}
    return render(request, "returnees/enter.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_RETURNEES)
def returned_page(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Show one return: what was said, what applies and why, arrivals, reports, transfers."""
    return _page(request, handle)


def _page(request: HttpRequest, handle: uuid.UUID, **forms: Any) -> HttpResponse:
    by, at = actor(request), timezone.now()
    returned = selectors.return_for(handle, by=by)
    person = Person.objects.select_related("subject").get(pk=returned.subject_id)
    audit.record("returnees.read", by=by, at=at, subjects=[person.pk])
    verdict = screening_of(person.pk)
    versions = selectors.declarations_of(returned)
    confirmed = selectors.confirmations_of(returned)
    party = "unit" if by.role == Role.UNIT else "territory"
    is_known = may(by, Permission.VIEW_IDENTITY)
    context = {
        "returned": returned,
        "person": person,
        "name": person.name if is_known else person.subject.label,
        "phone": decrypt(person.phone_cipher) if is_known and person.phone_cipher else "",
        "state": selectors.state_of(returned, at),
        "village": name_of(returned.area_code),
        "versions": versions,
        "places": divisions_of(stay["area_code"] for said in versions for stay in said.stays),
        "parties": [(each, confirmed.get(each)) for each in _parties(returned)],
        "may_confirm": may(by, Permission.FOLLOW_UP) and party not in confirmed and party in _parties(returned),
        "verdict": verdict,
        "reasons": reasons_of(verdict) if verdict else [],
        "standing": standing_of(person.pk, at=at),
        "records": records_of(person.pk)[:RECORDS_SHOWN],
        "transfers": transfers_of(person.pk),
        "arrival_form": ArrivalForm(initial={"arrived_on": timezone.localdate(at)}),
        "health_form": StaffHealthForm(),
        "transfer_form": TransferForm(),
        **forms,
    }
    status = INVALID if any(form.errors for form in forms.values()) else 200
    return render(request, "returnees/return.html", context, status=status)


def _parties(returned: selectors.Return) -> list[str]:
    return ["territory"] if returned.work_unit_id is None else ["territory", "unit"]


@require_POST
@needs(Permission.FOLLOW_UP)
def confirm(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Confirm the arrival for the actor's party."""
    by = actor(request)
    returned = selectors.return_for(handle, by=by)
    form = ArrivalForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_arrival(returned=returned, at=timezone.now(), by=by, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The arrival is confirmed."))
            return redirect("today") if request.POST.get("next") == "today" else redirect("return", handle)
    return _page(request, handle, arrival_form=form)


@require_http_methods(["GET", "POST"])
@needs(Permission.FOLLOW_UP)
def correct(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Enter a corrected declaration."""
    by = actor(request)
    returned = selectors.return_for(handle, by=by)
    newest = selectors.declarations_of(returned)[0]
    form = DeclarationForm(request.POST or None, initial=DeclarationForm.of(newest))
    if request.method == "POST" and form.is_valid():
        source = services.Source(selectors.Declaration.Reporter.STAFF, by=by)
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
            messages.success(request, _("The correction is stored."))
            return redirect("return", handle)
    return _form_page(request, form, version=newest.version, returned=returned)
