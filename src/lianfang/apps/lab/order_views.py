"""Who is to be sampled: the list, orders by hand, rounds and who is left in them."""

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.subjects import subject_by_code
from lianfang.apps.core.walking import Asked, walk
from lianfang.apps.lab import order_selectors as selectors
from lianfang.apps.lab import order_upkeep
from lianfang.apps.lab import orders as services
from lianfang.apps.lab.order_forms import OrderFilterForm, OrderForm, RevocationForm, RoundForm
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
INVALID = 422


@require_GET
@needs(Permission.VIEW_SAMPLING)
def orders(request: HttpRequest) -> HttpResponse:
    """Show what is to be sampled in the reader's area, the most pressing first."""
    by, now = actor(request), timezone.now()
    form, n_unread = OrderFilterForm(request.GET), order_upkeep.keep_up()
    found = selectors.OpenOrders(profile=profile_in_force(at=now), now=now, by=by, state=form.chosen())
    page: Page[selectors.OrderRow] = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = [(state.value, n) for state, n in found.counts.items()]
    persons = [row.subject.pk for row in page if row.subject.kind == SubjectKind.PERSON]
    if persons:
        audit.record("lab.orders_listed", by=by, at=now, subjects=persons)
    language = spoken()
    rows = [(row, explain(row.verdict.reasons[0], language)) for row in page]
    context = {"form": form, "page": page, "rows": rows, "counts": counts, "revocation": RevocationForm()}
    return answer(request, "lab/orders.html", {**context, "n_unread": n_unread})


@require_http_methods(["GET", "POST"])
@needs(Permission.ORDER_SAMPLING)
def new_order(request: HttpRequest) -> HttpResponse:
    """Order one subject to be sampled."""
    form = OrderForm(request.POST or None)
    if form.is_valid() and _ordered(form, actor(request)):
        messages.success(request, _("Ordered to be sampled: %(code)s") % {"code": form.cleaned_data["subject_code"]})
        return redirect("order_new")
    return render(request, "lab/order_new.html", {"form": form}, status=INVALID if form.errors else 200)


def _ordered(form: OrderForm, by: User) -> bool:
    given = dict(form.cleaned_data)
    try:
        subject = subject_by_code(given.pop("subject_code"), area=by.area_code)
        services.order_sampling(given=services.Order(subject=subject, **given), at=timezone.now(), by=by)
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


@require_POST
@needs(Permission.ORDER_SAMPLING)
def revoke_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Call an order off."""
    reason = request.POST.get("reason", "")
    services.revoke_order(order_id=order_id, reason=reason[:300], at=timezone.now(), by=actor(request))
    messages.success(request, _("Called off."))
    return redirect("orders")


@require_GET
@needs(Permission.VIEW_ROUNDS)
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds that concern the reader's area."""
    page = Paginator(selectors.rounds(by=actor(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "lab/rounds.html", {"page": page, "now": timezone.now()})


@require_http_methods(["GET", "POST"])
@needs(Permission.ORDER_SAMPLING)
def new_round(request: HttpRequest) -> HttpResponse:
    """Start a round."""
    by = actor(request)
    form = RoundForm(request.POST or None, by=by, initial={"area_code": by.area_code})
    if form.is_valid():
        try:
            services.start_round(given=services.Round(**form.cleaned_data), at=timezone.now(), by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Round started: %(name)s") % {"name": form.cleaned_data["name"]})
            return redirect("round_new")
    return render(request, "lab/round_new.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_ROUNDS)
def round_(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show how far a round has come, village by village."""
    by = actor(request)
    found = selectors.round_of(round_id, by=by)
    villages = selectors.coverage(found, by=by)
    n_persons = sum(each.n_persons for each in villages)
    n_sampled = sum(each.n_sampled for each in villages)
    totals = {"n_persons": n_persons, "n_sampled": n_sampled, "n_left": n_persons - n_sampled}
    context = {"round": found, "villages": villages, "as_of": timezone.now(), "revocation": RevocationForm(), **totals}
    return render(request, "lab/round.html", context)


@require_GET
@needs(Permission.VIEW_PERSONS)
def unsampled(request: HttpRequest, round_id: int) -> HttpResponse:
    """List who is not sampled yet, of one village or of all."""
    by = actor(request)
    found = selectors.round_of(round_id, by=by)
    village = request.GET.get("village", "")[:12]
    page = walk(selectors.unsampled(found, village=village, by=by), Asked.of(request.GET), size=PAGE_SIZE)
    if page.rows:
        audit.record("lab.unsampled_listed", by=by, at=timezone.now(), subjects=[each.pk for each in page.rows])
    return answer(request, "lab/unsampled.html", {"round": found, "village": village, "page": page})


@require_POST
@needs(Permission.ORDER_SAMPLING)
def revoke_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """Call a round off."""
    reason = request.POST.get("reason", "")
    services.revoke_round(round_id=round_id, reason=reason[:300], at=timezone.now(), by=actor(request))
    messages.success(request, _("Called off."))
    return redirect("round", round_id)
