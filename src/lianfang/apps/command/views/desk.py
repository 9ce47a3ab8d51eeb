"""The command desk: what is urgent now, every figure with the rows behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.areas.selectors.risk_told import risk_told
from lianfang.apps.command.selectors import desk as selectors
from lianfang.apps.command.selectors import tasks as task_selectors
from lianfang.apps.command.views.reading import noted, persons_on
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, may, needs

TASKS_SHOWN = 15
REFRESH = timedelta(seconds=30)
SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@require_GET
@needs(Permission.VIEW_DESK)
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is urgent for this reader's role and area; refreshed by itself on a wall screen."""
    by, at = actor(request), timezone.now()
    context: dict[str, Any] = {"at": at, "refresh_s": int(REFRESH.total_seconds()), "fresh": selectors.freshness(at)}
    context["risk_told"] = risk_told(by, at=at)
    if selectors.may_see_positives(by):
        context["positives"] = selectors.positives(by=by, at=at)
        _note_positives(request, context["positives"], at)
    if may(by, Permission.VIEW_INVESTIGATIONS):
        context["investigations"], context["n_investigations"] = selectors.open_investigations(by=by, at=at)
    if may(by, Permission.WORK_TASKS):
        context["work"] = selectors.work_figures(by=by, at=at)
        context["lines"] = selectors.responsibilities(by=by, at=at)
        if not wants_fragment(request) and not may(by, Permission.VIEW_INVESTIGATIONS):
            context["today"] = _today(request, by)
    return answer(request, "command/desk.html", context)


def _note_positives(request: HttpRequest, lines: list[selectors.PositiveLine], at: datetime) -> None:
    """Note whose positive was shown: at a refresh only those that were not there at the one before."""
    since = at - 2 * REFRESH if wants_fragment(request) else datetime.min.replace(tzinfo=UTC)
    noted(request, "desk.positives_read", persons_on(line.subject for line in lines if line.signed_at >= since))


def _today(request: HttpRequest, by: User) -> list[task_selectors.TaskCard]:
    """Return the most urgent tasks as cards, for those who do them."""
    at = timezone.now()
    found = task_selectors.with_reasons(task_selectors.found_tasks(task_selectors.TaskQuery(), by=by, at=at))
    cards = task_selectors.cards(found[:TASKS_SHOWN], by=by, at=at)
    subjects = [card.task.subject for card in cards if card.task.subject]
    noted(request, "task.listed", [subject.pk for subject in subjects if subject.kind == "person"])
    return cards


@require_GET
@needs(Permission.WORK_TASKS)
def chart(request: HttpRequest) -> JsonResponse:
    """Return the chart's numbers, by day or by hour."""
    by_hour = request.GET.get("by") == "hour"
    return JsonResponse(selectors.chart(by=actor(request), at=timezone.now(), by_hour=by_hour))


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def positives(request: HttpRequest) -> HttpResponse:
    """List the positives of the last day, week or month with what answered them."""
    span = request.GET.get("span", "")
    span = span if span in SPANS else "24h"
    lines = selectors.positives(by=actor(request), at=timezone.now(), since=SPANS[span])
    noted(request, "desk.positives_read", persons_on(line.subject for line in lines))
    return render(request, "command/positives.html", {"lines": lines, "span": span, "spans": list(SPANS)})
