"""Today's list on a phone, and what is recorded from it: health after a call or visit, and transfers."""

import uuid
from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.areas.selectors.risk_told import risk_told
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.pages import worker_answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.subjects import subject_by_code
from lianfang.apps.followup.services import HealthEntry, Move, record_health, record_transfer
from lianfang.apps.returnees import selectors
from lianfang.apps.returnees.forms import ArrivalForm, StaffHealthForm, TransferForm, tenths
from lianfang.apps.returnees.today import TodayRow, today_of

MOST = 200
_ROW, _ENTRY = "each-row", "each-entry"


@require_GET
@needs(Permission.FOLLOW_UP)
def today(request: HttpRequest) -> HttpResponse:
    """Show whom to call, visit and expect today, in walking order."""
    by, at = actor(request), timezone.now()
    found = today_of(by, at=at, most=MOST)
    subjects = [row.person.pk for row in found.shown]
    if subjects:
        audit.record("followup.listed", by=by, at=at, subjects=subjects)
    context = {
        "today": found,
        "at": at,
        "risk_told": risk_told(by, at=at),
        "forms": zip(found.to_do, _fields(found.to_do), strict=True),
        "arrival_form": ArrivalForm(initial={"arrived_on": timezone.localdate(at)}),
    }
    return render(request, "returnees/today.html", context)


def _fields(rows: Sequence[TodayRow]) -> Iterator[SafeString]:
    """The fields of a health record for each row, rendered once: two hundred forms would take most of the page's time."""
    form = StaffHealthForm(auto_id=f"id_{_ROW}_%s", initial={"client_id": _ENTRY})
    text = render_to_string("components/form_fields.html", {"form": form})
    for row in rows:
        yield mark_safe(text.replace(_ROW, str(row.person.pk)).replace(_ENTRY, str(uuid.uuid4())))  # noqa: S308 numbers


@require_GET
@needs(Permission.FOLLOW_UP)
def worker(_request: HttpRequest) -> HttpResponse:
    """Hand over the page's service worker: under this address it reaches `/today/` and nothing else."""
    return worker_answer("src/islands/queue/index.ts")


@require_POST
@needs(Permission.FOLLOW_UP)
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Record somebody's health after a call or visit."""
    by, at = actor(request), timezone.now()
    form = StaffHealthForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        entry = HealthEntry(
            client_id=data["client_id"],
            subject_id=subject_by_code(code, area="").pk,
            way=data["way"],
            taken_at=at,
            tenths_celsius=tenths(data["temperature"]),
            symptoms=data["symptoms"],
            is_reached=not data["is_unreached"],
            note=data["note"],
        )
        try:
            record_health(entry=entry, at=at, by=by)
        except DomainError as error:
            messages.error(request, _(error.message))
        else:
            messages.success(request, _("Recorded."))
    else:
        messages.error(request, _("The temperature cannot be read: between 34 and 43 °C, one decimal."))
    return _back(request, code)


@require_POST
@needs(Permission.FOLLOW_UP)
def transfer(request: HttpRequest, code: str) -> HttpResponse:
    """Record that somebody was moved to another place of quarantine."""
    by, at = actor(request), timezone.now()
    form = TransferForm(request.POST)
    if form.is_valid():
        move = Move(subject_id=subject_by_code(code, area="").pk, moved_at=at, **form.cleaned_data)
        try:
            record_transfer(move=move, at=at, by=by)
        except DomainError as error:
            messages.error(request, _(error.message))
        else:
            messages.success(request, _("The transfer is recorded."))
    else:
        messages.error(request, _("Say where to and why."))
    return _back(request, code)


def _back(request: HttpRequest, code: str) -> HttpResponse:
    """Return to the page it came from: today's list, or the person's return."""
    found = selectors.returns_for(actor(request)).filter(subject__code=code).first()
    if request.POST.get("next") == "today" or found is None:
        return redirect("today")
    return redirect("return", found.handle)
