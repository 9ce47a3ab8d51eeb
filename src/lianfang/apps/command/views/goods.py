"""Goods: the list of lots and packages, and the page of one."""

from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.command.forms import GoodsFilterForm
from lianfang.apps.command.selectors import goods as selectors
from lianfang.apps.command.selectors import standing, timelines
from lianfang.apps.command.selectors import tasks as task_selectors
from lianfang.apps.command.views.reading import noted, page_of, persons_on
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.goods import desk, pages
from lianfang.apps.goods.lot_trace import way_of
from lianfang.apps.goods.views.steps import STEPS, steps_now
from lianfang.apps.lab.selectors import specimens_of
from lianfang.apps.places.pages import contacts_about
from lianfang.apps.tracing.selectors.by_subject import exposures_of_subject
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import Direction

TASKS_SHOWN = 30
PACKAGES_SHOWN = 8
CONTACTS_SHOWN = 50


@require_GET
@needs(Permission.VIEW_GOODS)
def goods(request: HttpRequest) -> HttpResponse:
    """List the lots and packages of the reader's area with their hold state."""
    form = GoodsFilterForm(request.GET)
    page = page_of(request, selectors.listed(selectors.GoodsQuery(**form.values()), by=actor(request)))
    return answer(request, "command/goods.html", {"form": form, "page": page, "rows": selectors.rows_of(page)})


@require_GET
@needs(Permission.VIEW_GOODS)
def lot(request: HttpRequest, code: str) -> HttpResponse:
    """Show the record of one lot or package: what it became, where it was, who had it in hand, what was ordered."""
    by, at = actor(request), timezone.now()
    record = selectors.record_of(code, by=by)
    subject, reader = record.subject, Reader(by)
    exposures = list(exposures_of_subject(subject.pk, reader))
    contacts = contacts_about(subject.pk)
    handled = list(contacts[:CONTACTS_SHOWN])
    handlers = [one for contact in handled for one in (contact.source_id, contact.exposed_id) if one != subject.pk]
    cards = reader.cards({*handlers, *(exposure.via_subject_id for exposure in exposures)})
    tasks = task_selectors.matching(task_selectors.TaskQuery(subject=code), by=by)
    tasks = task_selectors.with_reasons(tasks.order_by("finished_at", "due_at", "id"))
    packages, n_packages = ([], 0) if record.package else pages.packages_in(subject.pk, PACKAGES_SHOWN)
    context = {
        **_regime(record, request),
        "record": record,
        "state": selectors.state_of(record),
        "lot_measures": standing.measures_of(subject_id=record.lot.pk) if record.package else [],
        "standing": standing.standing_class(subject.pk),
        "measures": standing.measures_of(subject_id=subject.pk),
        "came_from": pages.tree_of(subject.pk, "up"),
        "became": pages.tree_of(subject.pk, "down"),
        "packages": packages,
        "n_packages": n_packages,
        "contacts": [
            (each, cards.get(each.exposed_id if each.source_id == subject.pk else each.source_id)) for each in handled
        ],
        "n_contacts": contacts.count(),
        "exposures": [(exposure, cards.get(exposure.via_subject_id)) for exposure in exposures],
        "specimens": specimens_of(subject.pk),
        "tasks": task_selectors.cards(tasks[:TASKS_SHOWN], by=by, at=at),
    }
    noted(request, "lot.read", persons_on(cards.values()))
    return render(request, "command/lot.html", context)


@require_GET
@needs(Permission.VIEW_GOODS)
def way(request: HttpRequest, code: str) -> HttpResponse:
    """Show where a lot or package came from and what became of it: goods, places, shops, people, with the proof of each."""
    by, at = actor(request), timezone.now()
    record = selectors.record_of(code, by=by)
    began = perf_counter()
    ways = [(name, way_of(record.subject, direction, at=at)) for name, direction in _WAYS]
    took_ms = round(1000 * (perf_counter() - began))
    reader = Reader(by)
    shown = [each for _, found in ways for each in (*found.people, *found.goods)]
    cards = reader.cards({subject.pk for each in shown for subject in (each.subject, each.via)})
    told = [(name, found, [(each, cards.get(each.subject.pk)) for each in found.people]) for name, found in ways]
    context = {"record": record, "ways": told, "at": at, "took_ms": took_ms}
    noted(request, "lot.way_read", persons_on(cards.values()))
    return render(request, "command/lot_way.html", context)


_WAYS = (("backward", Direction.BACKWARD), ("forward", Direction.FORWARD))


def _regime(record: selectors.Record, request: HttpRequest) -> dict[str, Any]:
    """Return the way of goods through the warehouse, what they wait for and the steps their reader may take now.

    A package that is not followed by itself goes the way of its lot.
    """
    regime = desk.regime_of(record.subject.pk) or desk.regime_of(record.lot.pk)
    if regime is None:
        return {"regime": None}
    names = steps_now(regime)
    user = actor(request)
    return {
        "regime": regime,
        "points": desk.points_of(regime, at=timezone.now()),
        "steps": [(name, STEPS[name].title) for name in names if may(user, STEPS[name].permission)],
        "next_step": names[0] if names else "",
    }


@require_GET
@needs(Permission.VIEW_GOODS)
def timeline(request: HttpRequest, code: str) -> JsonResponse:
    """Return where a lot or package was in the last days it is known of."""
    by = actor(request)
    record = selectors.record_of(code, by=by)
    content, cards = timelines.last_days(record.subject, Reader(by), timezone.now())
    noted(request, "lot.timeline_read", persons_on(cards))
    return JsonResponse(content)
