"""The desk of key places: how each stands, who is inside, what is logged and what is missing. Phone first."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.venues import selectors, services
from lianfang.apps.venues.forms import LogForm, TermsForm
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import LogKind
from lianfang.rules.words import label

PAGE_SIZE = 50
INVALID = 422
PICTURES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@require_GET
@needs(Permission.VIEW_VENUES)
def venues(request: HttpRequest) -> HttpResponse:
    """List the key places, those whose regulator has to look first."""
    by, at = actor(request), timezone.now()
    found = selectors.venues(by=by)
    states = selectors.states(list(found.values_list("place_id", flat=True)))
    order = ("unwatched", "missing", "", "in_order", "closed")
    rows = sorted(
        found, key=lambda each: order.index(states[each.place_id].standing if each.place_id in states else "")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(each, states.get(each.place_id), at) for each in page],
        "may_register": may(by, Permission.REGISTER_VENUES),
    }
    return render(request, "venues/venues.html", context)


def _row(registration: selectors.Registration, state: selectors.VenueState | None, at: Any) -> dict[str, Any]:
    return {
        "registration": registration,
        "place": registration.place,
        "standing": state.standing if state else "",
        "reasons": _reasons(state),
        "inside": selectors.inside_now(registration.place_id, at=at),
    }


def _reasons(state: selectors.VenueState | None) -> list[dict[str, str]]:
    language = spoken()
    rows = state.verdict.reasons if state else []
    return [{"code": each["code"], "text": explain(Reason(each["code"], each["params"]), language)} for each in rows]


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_VENUES)
def venue(request: HttpRequest, code: str) -> HttpResponse:
    """Show one key place's desk; take in an entry of a log."""
    by, at = actor(request), timezone.now()
    found = selectors.venue(code, by=by)
    form = LogForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(by, Permission.KEEP_VENUE_LOGS)
        if form.is_valid():
            try:
                services.keep_log(place_code=code, report=form.report(), at=at, by=by)
            except DomainError as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("Recorded."))
                return redirect("venue", code)
    return _desk(request, found, form, at)


def _desk(request: HttpRequest, found: selectors.Registration, form: LogForm, at: Any) -> HttpResponse:
    by = actor(request)
    state = selectors.states([found.place_id]).get(found.place_id)
    missed = set(state.verdict.outcome["missed"]) if state else set()
    entries = selectors.entries(found.place_id)
    last: dict[str, Any] = {}
    for entry in entries:
        last.setdefault(entry.kind, entry)
    inside = selectors.inside_now(found.place_id, at=at)
    context = {
        **_row(found, state, at),
        "at": at,
        "decided_at": state.verdict.decided_at if state else None,
        "is_full": found.limit is not None and inside >= found.limit,
        "logs": [(kind.value, label(kind, spoken()), last.get(kind), kind in missed) for kind in LogKind],
        "entries": [(entry, label(LogKind(entry.kind), spoken())) for entry in entries],
        "form": form if may(by, Permission.KEEP_VENUE_LOGS) else None,
        "may_register": may(by, Permission.REGISTER_VENUES),
    }
    return render(request, "venues/venue.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_VENUES)
def register(request: HttpRequest) -> HttpResponse:
    """Make a place a key place, or change what holds for it (`place`: its code)."""
    by, at = actor(request), timezone.now()
    code = request.GET.get("place", "")
    current = selectors.venues(by=by).filter(place__code=code).first() if code else None
    form = TermsForm(request.POST or None, by=by, current=current, initial=None if current else {"place": code})
    if request.method == "POST" and form.is_valid():
        place = form.cleaned_data["place"].strip()
        try:
            services.register(place_code=place, terms=form.terms(), at=at, by=by)
        except NotFound as error:
            form.add_error("place", _(error.message))
        else:
            messages.success(request, _("Recorded."))
            return redirect("venue", place)
    return render(request, "venues/register.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_VENUES)
def photo(request: HttpRequest, entry_id: int) -> HttpResponseBase:
    """Hand out the picture of an entry to whoever sees its place; a stray script in it cannot run."""
    by = actor(request)
    entry = selectors.entry(entry_id, by=by)
    if not entry.photo:
        raise selectors.VenueNotFound("There is no such entry for you.")
    audit.record("venues.photo_read", by=by, at=timezone.now(), entry=entry.pk)
    kind = PICTURES[str(entry.photo.name).rpartition(".")[2]]
    response = FileResponse(entry.photo.open("rb"), content_type=kind)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
