"""The pages of investigations: the list, and the parts of one."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.tracing import exports, services
from lianfang.apps.tracing.forms import ExposureFilterForm, InvestigationFilterForm, PlaceFilterForm, TaskFilterForm
from lianfang.apps.tracing.selectors import investigations as listing
from lianfang.apps.tracing.selectors import involved, work
from lianfang.apps.tracing.selectors.affected import kinds_among, n_of_kind, rows_of
from lianfang.apps.tracing.selectors.proof import exposures_of, ways_to
from lianfang.apps.tracing.selectors.reading import Occasion, Reader, SubjectCard
from lianfang.apps.tracing.selectors.rows import shown_rows
from lianfang.apps.tracing.selectors.runs import history
from lianfang.apps.tracing.views.opening import address, head_of, noted, opened, page_of

READ = "tracing.investigation_read"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigations(request: HttpRequest) -> HttpResponse:
    """List the investigations of the reader's area."""
    reader = Reader(actor(request))
    form = InvestigationFilterForm(request.GET)
    page = page_of(request, listing.listed(reader, form.wanted(request.GET.get("sort", ""))))
    rows = listing.summaries(page, reader, timezone.now())
    noted(request, "tracing.investigations_listed", [row.index for row in rows])
    context = {"form": form, "page": page, "rows": rows, "default_sort": listing.DEFAULT_SORT}
    return answer(request, "tracing/investigations.html", context)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation(request: HttpRequest, number: str) -> HttpResponse:
    """Show what one investigation found: who, what, where, and how far the response is."""
    occasion = opened(request, number)
    form = ExposureFilterForm(request.GET)
    if _is_past(occasion):
        form.leave_out_response()
    wanted = form.wanted(request.GET.get("sort", ""))
    counted = kinds_among(occasion, wanted)
    page = page_of(request, rows_of(occasion, wanted), n_of_kind(counted, wanted.kind))
    rows = shown_rows(page, occasion)
    noted(request, READ, [_index(occasion), *(row.subject for row in rows)], investigation=number)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "segments": _segments(counted, wanted.kind),
        "sort": wanted.sort,
        "timeline": address("investigation_timeline", occasion),
        "may_export": may(occasion.reader.user, Permission.EXPORT),
    }
    return _show(request, occasion, "investigation", context)


@require_GET
@needs(Permission.EXPORT)
def exposures_xlsx(request: HttpRequest, number: str) -> FileResponse:
    """Hand out the rows of the filter as a spreadsheet: what the page shows, without identity numbers and phones."""
    by = actor(request)
    require(by, Permission.VIEW_INVESTIGATIONS)
    occasion = opened(request, number)
    wanted = ExposureFilterForm(request.GET).wanted(request.GET.get("sort", ""))
    file, persons = exports.exposures_workbook(occasion, wanted)
    audit.record("tracing.exported", by=by, at=occasion.at, subjects=persons, investigation=number)
    name = f"{number}-{timezone.localtime(occasion.at):%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def exposure(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Show why one subject is in the investigation: the path of proof, step by step, with reasons and sources."""
    occasion = opened(request, number)
    reader = occasion.reader
    found = exposures_of(occasion.run, code, reader)
    ways = ways_to(found, reader)
    (row,) = shown_rows([found[0].pk], occasion)
    cards = [card for way in ways for step in way.steps for card in (step.source, step.exposed)]
    subject = reader.card(found[0].subject)
    noted(request, "tracing.proof_read", [subject, *cards], investigation=number)
    context = {
        "subject": subject,
        "ways": ways,
        "row": row,
        "timeline": address("investigation_timeline", occasion, subject=code),
        "back": address("investigation", occasion),
        "is_past": _is_past(occasion),
        "investigation": occasion.investigation,
        "run": occasion.run,
    }
    return answer(request, "tracing/exposure.html", context)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation_places(request: HttpRequest, number: str) -> HttpResponse:
    """Show the places involved, with how many people and goods were exposed at each."""
    occasion = opened(request, number)
    form = PlaceFilterForm(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    sort = request.GET.get("sort", involved.DEFAULT_SORT)
    page = page_of(request, involved.places_of(occasion.run, occasion.reader, sort=sort, q=q))
    noted(request, READ, [_index(occasion)], investigation=number)
    context = {
        "form": form,
        "page": page,
        "rows": involved.place_lines(page),
        "default_sort": involved.DEFAULT_SORT,
        "timeline": address("investigation_timeline", occasion),
    }
    return _show(request, occasion, "investigation_places", context)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation_network(request: HttpRequest, number: str) -> HttpResponse:
    """Show the network of people, goods and places, starting at the index."""
    occasion = opened(request, number)
    noted(request, READ, [_index(occasion)], investigation=number)
    return _show(request, occasion, "investigation_network", {"graph": address("investigation_graph", occasion)})


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation_work(request: HttpRequest, number: str) -> HttpResponse:
    """Show the measures and tasks that stand because of the investigation."""
    occasion = opened(request, number)
    about, reader, at = occasion.investigation, occasion.reader, occasion.at
    form = TaskFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = page_of(request, work.listed_tasks(about, reader, at, **chosen))
    rows = work.task_lines(page, reader, at)
    shown = [row.subject for row in rows if row.subject]
    noted(request, READ, [_index(occasion), *shown], investigation=number)
    context: dict[str, Any] = {"form": form, "page": page, "rows": rows}
    if not wants_fragment(request):
        context["measures"] = work.measure_counts(about, reader)
        context["tasks"] = work.task_counts(about, reader, at)
    return _show(request, occasion, "investigation_work", context)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation_runs(request: HttpRequest, number: str) -> HttpResponse:
    """Show every decision the investigation has seen; each can be opened as it was."""
    occasion = opened(request, number)
    noted(request, READ, [_index(occasion)], investigation=number)
    lines = history(occasion.investigation, occasion.reader)
    return _show(request, occasion, "investigation_runs", {"lines": lines})


@require_POST
@needs(Permission.ASSIGN_TASKS)
def decide_again(request: HttpRequest, number: str) -> HttpResponse:
    """Decide the investigation from all facts known now."""
    by = actor(request)
    about = Reader(by).investigation(number)
    run = services.decide_again(investigation_id=about.pk, at=timezone.now(), by=by)
    messages.success(request, gettext("Decided again: run %(n)s is the current one.") % {"n": run.ordinal})
    return redirect("investigation", number=number)


def _show(request: HttpRequest, occasion: Occasion, part: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with one part of the investigation; its heading costs queries, so a fragment goes without."""
    context |= {
        "investigation": occasion.investigation,
        "run": occasion.run,
        "part": part,
        "is_past": _is_past(occasion),
    }
    if not wants_fragment(request):
        context["head"] = head_of(occasion)
    return answer(request, f"tracing/{part}.html", context)


def _is_past(occasion: Occasion) -> bool:
    return occasion.run.pk != occasion.investigation.current_run_id


def _index(occasion: Occasion) -> SubjectCard:
    return occasion.reader.card(occasion.investigation.index_subject)


def _segments(counted: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    """Return people, goods and surfaces of the filter with their numbers; `kind` is what a click asks for."""
    labels = {"": _("All"), "person": _("People"), "goods": _("Goods"), "surface": _("Surfaces")}
    found = [(kind, label, n_of_kind(counted, kind)) for kind, label in labels.items()]
    return [
        {"kind": kind, "label": label, "n": n, "is_chosen": kind == chosen}
        for kind, label, n in found
        if n or kind in {"", chosen}
    ]
