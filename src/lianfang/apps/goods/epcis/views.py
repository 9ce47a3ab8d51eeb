"""For staff: events with their filters, one event, captures with what was wrong, subscriptions."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.goods.epcis import selectors, services, words
from lianfang.apps.goods.epcis.forms import CaptureForm, EventFilterForm
from lianfang.apps.goods.epcis.models import Capture, Event
from lianfang.apps.goods.epcis.selectors import listing
from lianfang.apps.goods.epcis.selectors.following import follow

PAGE_SIZE = 30
REACHED_SHOWN = 50
INVALID = 422


@require_GET
@needs(Permission.VIEW_GOODS)
def events(request: HttpRequest) -> HttpResponse:
    """List the events of the reader's area as sentences."""
    by, form = actor(request), EventFilterForm(request.GET)
    found = listing.listed(form.values(), area=by.area_code)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rows": _sentences(page), "may_capture": may(by, Permission.CAPTURE_EVENTS)}
    return answer(request, "epcis/events.html", context)


def _sentences(page: Page[Event] | Iterable[Event]) -> list[tuple[Event, str]]:
    found = list(page)
    keys, places = listing.keys_of(found), listing.place_names(map(words.place_of, found))
    return [(event, words.sentence(event, keys.get(event.pk, ()), places)) for event in found]


@require_GET
@needs(Permission.VIEW_GOODS)
def event(request: HttpRequest, number: int) -> HttpResponse:
    """Show one event: its sentence, what it names, where its goods came from and what they became, its JSON."""
    by = actor(request)
    found = listing.event_by_number(number, area=by.area_code)
    keys = listing.keys_of([found]).get(found.pk, [])
    before = [key.key for key in keys if key.role in {"epc", "child", "input"}]
    after = [key.key for key in keys if key.role in {"epc", "parent", "output"}]
    context = {
        "found": found,
        "sentence": words.sentence(found, keys, listing.place_names([words.place_of(found)])),
        "step": words.step_word(found),
        "keys": keys,
        "came_from": follow(before, "backward", area=by.area_code)[:REACHED_SHOWN],
        "became": follow(after, "forward", area=by.area_code)[:REACHED_SHOWN],
        "alike": [each for each in selectors.event_by_id(found.event_id, area=by.area_code) if each.pk != found.pk],
        "text": json.dumps(found.body, ensure_ascii=False, indent=2),
    }
    return render(request, "epcis/event.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_GOODS)
def captures(request: HttpRequest) -> HttpResponse:
    """List what was handed in, and take in a document."""
    by = actor(request)
    form = CaptureForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(by, Permission.CAPTURE_EVENTS)
        if form.is_valid() and (made := _take(form, request)):
            messages.info(request, _("The document was taken and is being read."))
            return redirect("epcis_capture", made.pk)
    page = Paginator(selectors.captures(area=by.area_code), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form if may(by, Permission.CAPTURE_EVENTS) else None, "page": page}
    return answer(request, "epcis/captures.html", context, status=INVALID if form.errors else 200)


def _take(form: CaptureForm, request: HttpRequest) -> Capture | None:
    content = form.cleaned_data["file"].read()
    try:
        return services.capture(content, behaviour=form.cleaned_data["behaviour"], at=timezone.now(), by=actor(request))
    except DomainError as error:
        add_refusal(form, error)
        return None


@require_GET
@needs(Permission.VIEW_GOODS)
def capture(request: HttpRequest, capture_id: UUID) -> HttpResponse:
    """Show how a capture went: its counts, each problem with its pointer, what the trace could use."""
    found = selectors.capture_by_id(capture_id, area=actor(request).area_code)
    reading: dict[str, Any] = found.reading or {}
    context = {
        "found": found,
        "state": "partly" if found.status == Capture.Status.DONE and found.n_rejected else found.status,
        "errors": [(pointer, words.problem_word(code)) for pointer, code in found.errors],
        "reading": reading,
        "left_out": [(where, words.problem_word(code)) for where, code in reading.get("left_out", ())][:REACHED_SHOWN],
        "is_slow": not found.finished_at and timezone.now() - found.created_at > timedelta(minutes=2),
        "rows": _sentences(listing.events_of(found)[:REACHED_SHOWN]),
    }
    return answer(request, "epcis/capture.html", context)


@require_GET
@needs(Permission.VIEW_GOODS)
def subscriptions(request: HttpRequest) -> HttpResponse:
    """List who is told of new events, and how the last message went."""
    by = actor(request)
    page = Paginator(selectors.subscriptions(area=by.area_code), PAGE_SIZE).get_page(request.GET.get("page"))
    last = selectors.deliveries_of(page)
    context = {
        "page": page,
        "rows": [(each, last.get(each.pk)) for each in page],
        "queries": selectors.named_queries(area=by.area_code),
        "may_end": may(by, Permission.CAPTURE_EVENTS),
    }
    return answer(request, "epcis/subscriptions.html", context)


@require_POST
@needs(Permission.CAPTURE_EVENTS)
def end(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Tell a receiver no longer."""
    services.end_subscription(subscription_id, at=timezone.now(), by=actor(request))
    messages.success(request, _("The subscription has ended."))
    return redirect("epcis_subscriptions")
