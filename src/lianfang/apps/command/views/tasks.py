"""Tasks: the list, one task, and taking, finishing and returning it."""

import mimetypes
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.areas import selectors as areas
from lianfang.apps.command.forms import DoneForm, ReassignForm, ReturnForm, TaskFilterForm
from lianfang.apps.command.selectors import tasks as selectors
from lianfang.apps.command.selectors.tasks import TaskCard, TaskQuery
from lianfang.apps.core import audit, duties, work
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import Task, User
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.selectors import organisations
from lianfang.apps.lists.selectors import rows_of_task

PAGE_SIZE = 25
SUGGESTIONS = 300
INVALID = 422
# Shown in the page; everything else is only handed over as a file.
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


@require_GET
@needs(Permission.WORK_TASKS)
def tasks(request: HttpRequest) -> HttpResponse:
    """List the tasks of the reader's area or organisation by segment and filter."""
    by, at = actor(request), timezone.now()
    form = TaskFilterForm(request.GET, areas=areas_below(by))
    query = _query(request, form)
    found = selectors.with_reasons(selectors.found_tasks(query, by=by, at=at))
    counts = selectors.segment_counts(query, by=by, at=at)
    page = Paginator(found, PAGE_SIZE)
    page.count = counts[query.segment]  # counted already, with the other segments
    shown = page.get_page(request.GET.get("page"))
    cards = selectors.cards(shown.object_list, by=by, at=at)
    _audit("task.listed", cards, by, at)
    context = {"form": form, "query": query, "counts": counts, "page": shown, "cards": cards, "at": at}
    if not wants_fragment(request):
        context["organisations"] = _organisations(by)
    return answer(request, "command/tasks.html", context)


def _query(request: HttpRequest, form: TaskFilterForm) -> TaskQuery:
    given = request.GET
    segment = given.get("segment", "")
    return TaskQuery(
        segment=segment if segment in selectors.SEGMENTS else selectors.DEFAULT_SEGMENT,
        group=given.get("group", "") if given.get("group") in selectors.GROUPS else "",
        investigation=given.get("investigation", ""),
        subject=given.get("subject", ""),
        **form.values(),
    )


def areas_below(by: User) -> list[tuple[str, str]]:
    """Return the units directly below the reader's area (of the county for who sees more), as choices."""
    within = settings.COUNTY_CODE if settings.COUNTY_CODE.startswith(by.area_code) else by.area_code
    return [(unit.code, unit.name) for unit in areas.children(within)]


def _organisations(by: User) -> list[str]:
    """Return the names of organisations that have a task this reader may see, as suggestions."""
    having = duties.tasks_for(by).order_by().values("organisation").distinct()
    return list(organisations().filter(pk__in=having).order_by("name").values_list("name", flat=True)[:SUGGESTIONS])


@require_GET
@needs(Permission.WORK_TASKS)
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show one task: what to do, why it exists, what happened to it."""
    return _task_page(request, task_id, {})


def _task_page(request: HttpRequest, task_id: int, refused: dict[str, forms.Form]) -> HttpResponse:
    by, at = actor(request), timezone.now()
    card = selectors.card(task_id, by=by, at=at)
    _audit("task.read", [card], by, at)
    opened = request.GET.get("form", "")
    context: dict[str, Any] = {"card": card, "next": request.POST.get("next", ""), "opened": opened}
    is_part = wants_fragment(request)
    if opened or refused or not is_part:
        context["done_form"] = DoneForm(auto_id=f"task-{task_id}-done-%s")
        context["return_form"] = ReturnForm(auto_id=f"task-{task_id}-return-%s")
    context |= refused
    if "done_form" in context and not card.is_on_behalf:
        del context["done_form"].fields["on_behalf"]
    status = INVALID if refused else 200
    if is_part:
        return render(request, "command/_task_card.html", context, status=status)
    context["listed"] = rows_of_task(task_id)
    context |= {"at": at, "events": selectors.events_of(card.task)}
    if card.can_reassign:
        context.setdefault("reassign_form", ReassignForm(auto_id=f"task-{task_id}-reassign-%s"))
        context["receivers"] = duties.receivers(by).order_by("code")[:SUGGESTIONS]
    return render(request, "command/task.html", context, status=status)


@require_POST
@needs(Permission.WORK_TASKS)
def take(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take a task."""
    work.take_task(task_id=task_id, at=timezone.now(), by=actor(request))
    return _done(request, task_id)


@require_POST
@needs(Permission.WORK_TASKS)
def finish(request: HttpRequest, task_id: int) -> HttpResponse:
    """Finish a task with a note, a photo or a file."""
    form = DoneForm(request.POST, request.FILES, auto_id=f"task-{task_id}-done-%s")

    def act(given: dict[str, Any]) -> None:
        proof = work.Proof(given["note"], given["proof"], given["on_behalf"])
        work.finish_task(task_id=task_id, proof=proof, at=timezone.now(), by=actor(request))

    return _act(request, task_id, ("done_form", form), act)


@require_POST
@needs(Permission.WORK_TASKS)
def give_back(request: HttpRequest, task_id: int) -> HttpResponse:
    """Return a task with the reason."""
    form = ReturnForm(request.POST, auto_id=f"task-{task_id}-return-%s")

    def act(given: dict[str, Any]) -> None:
        work.return_task(task_id=task_id, note=given["note"], at=timezone.now(), by=actor(request))

    return _act(request, task_id, ("return_form", form), act)


@require_POST
@needs(Permission.WORK_TASKS)
def reassign(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give a task to another organisation."""
    form = ReassignForm(request.POST, auto_id=f"task-{task_id}-reassign-%s")

    def act(given: dict[str, Any]) -> None:
        work.reassign_task(
            task_id=task_id, receiver=given["receiver"], note=given["note"], at=timezone.now(), by=actor(request)
        )

    return _act(request, task_id, ("reassign_form", form), act)


def _act(
    request: HttpRequest, task_id: int, named: tuple[str, forms.Form], act: Callable[[dict[str, Any]], None]
) -> HttpResponse:
    """Do it if the form holds; a refusal about a field comes back with the form, any other as what it is."""
    name, form = named
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as error:
            if error.http_status != INVALID:
                raise
            add_refusal(form, error)
        else:
            return _done(request, task_id)
    return _task_page(request, task_id, {name: form})


def _done(request: HttpRequest, task_id: int) -> HttpResponse:
    if wants_fragment(request):
        return _task_page(request, task_id, {})
    following = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(following, allowed_hosts=None):
        return redirect(following)
    # Given to another organisation, it may be out of sight.
    if not duties.tasks_for(actor(request)).filter(pk=task_id).exists():
        return redirect("tasks")
    return redirect("task", task_id)


@require_GET
@needs(Permission.WORK_TASKS)
def proof(request: HttpRequest, event_id: int) -> HttpResponseBase:
    """Hand over the file of a proof to who may see its task; never under a public address."""
    by, at = actor(request), timezone.now()
    event = selectors.proof_event(event_id, by=by)
    name = PurePosixPath(event.proof.name or "").name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    subjects = [event.task.subject_id] if event.task.subject_id else []
    audit.record("task.proof_read", by=by, at=at, subjects=subjects, task=event.task_id)
    response = FileResponse(event.proof.open("rb"), as_attachment=kind not in PICTURES, filename=name)
    response.headers["Content-Type"] = kind if kind in PICTURES else "application/octet-stream"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _audit(action: str, cards: list[TaskCard], by: User, at: datetime) -> None:
    shown: list[Task] = [card.task for card in cards]
    persons = [each.subject_id for each in shown if each.subject is not None and each.subject.kind == "person"]
    if persons:
        audit.record(action, by=by, at=at, subjects=[subject for subject in persons if subject is not None])
