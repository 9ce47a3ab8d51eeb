"""For staff: the lists with their self-checks and differences, what waits for a second person, places to decide."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.areas import services
from lianfang.apps.areas.forms import ListDecisionForm, PlacementForm, UploadListForm
from lianfang.apps.areas.models import RiskList
from lianfang.apps.areas.selectors import risk
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason

PAGE_SIZE = 30
ROWS_SHOWN = 50
CHANGES_SHOWN = 100
LARGEST_UPLOAD = 32 << 20
INVALID = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_DESK)
def risk_lists(request: HttpRequest) -> HttpResponse:
    """Show all lists, those that wait first, and take in a new one."""
    by, at = actor(request), timezone.now()
    form = UploadListForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(by, Permission.IMPORT)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                outcome = services.import_risk_list(upload.read(LARGEST_UPLOAD), name=upload.name, by=by, at=at)
            except DomainError as error:
                add_refusal(form, error)
            else:
                _tell(request, outcome)
                return redirect("risk_list", outcome.risk_list.pk)
    page = Paginator(risk.risk_lists(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form if may(by, Permission.IMPORT) else None,
        "page": page,
        "waiting": list(risk.waiting()),
        "current": risk.list_in_force(at),
        "n_unresolved": risk.unresolved(now=at).count(),
    }
    return answer(request, "areas/risk_lists.html", context, status=INVALID if form.errors else 200)


def _tell(request: HttpRequest, outcome: services.ListImported) -> None:
    if not outcome.is_new:
        messages.info(request, _("This list was imported before."))
    elif outcome.takes_effect:
        messages.success(request, _("The list is in effect and published."))
    else:
        messages.warning(request, _("The list waits for a second person."))


@require_GET
@needs(Permission.VIEW_DESK)
def risk_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Show one list: its self-check, why it waits, what it changes, its entries."""
    return _list_page(request, risk.risk_list(list_id), ListDecisionForm())


def _list_page(request: HttpRequest, found: RiskList, form: ListDecisionForm) -> HttpResponse:
    by = actor(request)
    page = Paginator(risk.rows_of(found), ROWS_SHOWN).get_page(request.GET.get("page"))
    change = getattr(found, "change", None)
    decision = getattr(found, "decision", None)
    totals = [count for count in found.counts if not count["heading"]]
    context = {
        "found": found,
        "decision": decision,
        "previous": risk.list_before(found),
        "totals": totals,
        "n_headings": len(found.counts) - len(totals),
        "n_by_count": sum(count["found"] == "by_count" for count in found.counts),
        "mismatches": [count for count in found.counts if count["stated"] != count["counted"]],
        "reasons": _sentences(found),
        "page": page,
        "divisions": risk.divisions_of(row.area_code for row in page),
        "change": change,
        "changes": risk.changes_of(change)[:CHANGES_SHOWN] if change else [],
        "may_decide": decision is None and may(by, Permission.IMPORT) and found.imported_by_id != by.pk,
        "form": form,
    }
    return answer(request, "areas/risk_list.html", context, status=INVALID if form.errors else 200)


def _sentences(found: RiskList) -> list[str]:
    language = spoken()
    return [explain(Reason(each["code"], each["params"]), language) for each in found.verdict["reasons"]]


@require_POST
@needs(Permission.IMPORT)
def confirm(request: HttpRequest, list_id: int) -> HttpResponse:
    """Let a list that waits take effect."""
    return _decide(request, list_id, takes_effect=True)


@require_POST
@needs(Permission.IMPORT)
def refuse(request: HttpRequest, list_id: int) -> HttpResponse:
    """Keep a list that waits from taking effect."""
    return _decide(request, list_id, takes_effect=False)


def _decide(request: HttpRequest, list_id: int, *, takes_effect: bool) -> HttpResponse:
    form = ListDecisionForm(request.POST)
    if form.is_valid():
        services.decide_risk_list(
            list_id=list_id,
            takes_effect=takes_effect,
            note=form.cleaned_data["note"],
            at=timezone.now(),
            by=actor(request),
        )
        return redirect("risk_list", list_id)
    return _list_page(request, risk.risk_list(list_id), form)


@require_GET
@needs(Permission.VIEW_DESK)
def places(request: HttpRequest) -> HttpResponse:
    """Show the places whose county is not known: of the list in force, or of all lists."""
    everything = request.GET.get("lists") == "all"
    found = risk.unresolved(now=timezone.now(), only_in_force=not everything)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "everything": everything,
        "divisions": risk.divisions_of(each.area_code for each in page),
    }
    return answer(request, "areas/risk_places.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.IMPORT)
def place(request: HttpRequest, place_id: int) -> HttpResponse:
    """Show one listed place, propose divisions, and take the decision."""
    found = risk.place(place_id)
    form = PlacementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.resolve_place(
                place_id=place_id,
                placement=services.Placement(**form.cleaned_data),
                at=timezone.now(),
                by=actor(request),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            n = len(made)
            messages.success(request, ngettext("%(n)d place decided", "%(n)d places decided", n) % {"n": n})
            return redirect("risk_places")
    suggestions = risk.suggestions_for(found)
    history = found.resolutions.select_related("by").order_by("-id")
    context = {
        "found": found,
        "form": form,
        "suggestions": suggestions,
        "history": history,
        "divisions": risk.divisions_of(each.area_code for each in history),
    }
    return render(request, "areas/risk_place.html", context, status=INVALID if form.errors else 200)
