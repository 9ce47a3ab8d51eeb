"""Pages of reports: a citizen's own results, what was ordered, what others reported, the table for the province."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.core import audit, citizens
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.rates import at_most
from lianfang.apps.lab import order_selectors
from lianfang.apps.reporting import outgoing, telling
from lianfang.apps.reporting.forms import PeriodForm
from lianfang.apps.reporting.models import ReceivedReport
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
INVALID = 422
ASKED, WINDOW_S = 60, 60


@citizens.citizen
@require_GET
@at_most(ASKED, window_s=WINDOW_S, what="my-results")
def my_results(request: HttpRequest) -> HttpResponse:
    """Show the results of the persons registered with the citizen's phone."""
    citizen, at = citizens.acting(request), timezone.now()
    persons = telling.own_results(citizen)
    by = request.user if isinstance(request.user, User) else None
    subjects = [each.subject_id for each in persons]
    audit.record("citizen.results_read", by=by, at=at, subjects=subjects, proof=citizen.proof)
    return render(request, "public/my_results.html", {"persons": persons, "citizen": citizen, "at": at})


@require_GET
@needs(Permission.ORDER_SAMPLING)
def ordered(request: HttpRequest) -> HttpResponse:
    """Show what became of the orders of the reader's own organisation."""
    by = actor(request)
    page = Paginator(order_selectors.orders_of_unit(by=by), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = order_selectors.answered(page.object_list)
    persons = [row.order.subject_id for row in rows if row.order.subject.kind == SubjectKind.PERSON]
    if persons:
        audit.record("reporting.ordered_read", by=by, at=timezone.now(), subjects=persons)
    return render(request, "reporting/ordered.html", {"page": page, "rows": rows, "own": by.organisation})


@require_GET
@needs(Permission.VIEW_UNIT_RESULTS)
def employees(request: HttpRequest) -> HttpResponse:
    """Show a unit whether its employees were tested."""
    by, at = actor(request), timezone.now()
    page = Paginator(telling.employees_of(by), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = telling.told_to_unit(list(page.object_list))
    if rows:
        audit.record("reporting.employees_read", by=by, at=at, subjects=[row.subject.pk for row in rows])
    context = {"page": page, "rows": rows, "own": by.organisation, "at": at}
    return render(request, "reporting/employees.html", context)


@require_GET
@needs(Permission.EXCHANGE_REPORTS)
def received(request: HttpRequest) -> HttpResponse:
    """List what other systems reported and what became of it."""
    mine = ReceivedReport.objects.filter(received_by__area_code__startswith=actor(request).area_code)
    found = mine.defer("content_cipher").select_related("received_by").order_by("-received_at", "-id")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reporting/received.html", {"page": page})


@require_http_methods(["GET", "POST"])
@needs(Permission.EXPORT_RESULTS)
def export(request: HttpRequest) -> HttpResponseBase:
    """Hand over the results signed in a period as CSV; asked for by POST, since it leaves a trace."""
    by, at = actor(request), timezone.now()
    yesterday = timezone.localdate(at) - timedelta(days=1)
    form = PeriodForm(request.POST or None, initial={"first": yesterday, "last": yesterday})
    if form.is_valid():
        period = form.period()
        try:
            parts = outgoing.province_csv(period, at=at, by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            name = f"results-{by.area_code}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.csv"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8", headers=headers)
    return render(request, "reporting/export.html", {"form": form}, status=INVALID if form.errors else 200)
