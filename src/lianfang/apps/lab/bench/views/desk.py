"""The bench's desk: tubes scanned in, what waits for a plate, plates and runs; lots of reagent; specimens diluted."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.core.content_policy import allows_wasm
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.control_series import series_of
from lianfang.apps.lab.bench.forms import DiluteForm, LotForm, ScanInForm, kit_names
from lianfang.apps.lab.bench.services import lots as lot_services
from lianfang.apps.lab.bench.services import pools
from lianfang.apps.lab.bench.views.control_chart import chart_of
from lianfang.apps.lab.custody import Move, Moved, move_tubes
from lianfang.apps.lab.custody_views import refused_codes
from lianfang.rules.custody import Whereabouts

SHOWN = 20
PAGE_SIZE = 50
INVALID = 422


@require_http_methods(["GET", "POST"])
@allows_wasm
@needs(Permission.RECORD_RESULTS)
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is at the bench; a scan receives tubes and says what became of each."""
    by = actor(request)
    form, moved = ScanInForm(by=by), None
    if request.method == "POST":
        form = ScanInForm(request.POST, by=by)
        moved = _received(form, by)
        if moved is not None:
            form = ScanInForm(by=by, initial={"organisation": form.cleaned_data["organisation"]})
    waiting = selectors.waiting(by=by, limit=SHOWN + 1)
    context = {
        "form": form,
        "moved": moved,
        "refused": refused_codes(moved),
        "waiting": waiting[:SHOWN],
        "is_more": len(waiting) > SHOWN,
        "plates": selectors.plates(by=by).filter(is_open=True)[:SHOWN],
        "to_sign": selectors.to_sign(by=by)[:SHOWN],
    }
    return render(request, "bench/desk.html", context, status=INVALID if form.errors else 200)


def _received(form: ScanInForm, by: User) -> Moved | None:
    if not form.is_valid():
        return None
    move = Move(Whereabouts.RECEIVED, form.cleaned_data["organisation"])
    try:
        return move_tubes(codes=form.cleaned_data["codes"], move=move, at=timezone.now(), by=by)
    except DomainError as error:
        add_refusal(form, error)
        return None


@require_GET
@needs(Permission.RECORD_RESULTS)
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs of the area, the newest first."""
    found = Paginator(selectors.runs(by=actor(request)), PAGE_SIZE)
    return answer(request, "bench/runs.html", {"page": found.get_page(request.GET.get("page"))})


@require_http_methods(["GET", "POST"])
@allows_wasm
@needs(Permission.RECORD_RESULTS)
def lots(request: HttpRequest) -> HttpResponse:
    """Show the lots with their first use, and the cut-offs of each kit; register one."""
    by, now = actor(request), timezone.now()
    profile = profile_in_force(at=now)
    names = kit_names(dict(profile.kits), spoken())
    form = LotForm(request.POST or None, kits=names)
    if request.method == "POST" and form.is_valid():
        try:
            lot = lot_services.register_lot(**form.cleaned_data, at=now, by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Registered: %(code)s") % {"code": lot.number})
            return redirect("bench_lots")
    context = {
        "form": form,
        "lots": [(lot, names.get(lot.kit, lot.kit)) for lot in selectors.lots()],
        "today": timezone.localdate(now),
        "kits": [(names[slug], kit) for slug, kit in profile.kits.items()],
        "edition": profile.edition,
    }
    return render(request, "bench/lots.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.RECORD_RESULTS)
def lot(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Show a lot: its weak positive control from run to run, drawn and as tables."""
    by, now = actor(request), timezone.now()
    profile = profile_in_force(at=now)
    found = selectors.lot_of(lot_id)
    series = series_of(found, profile=profile, by=by)
    numbers = profile.quality_control
    context = {
        "lot": found,
        "kit": kit_names(dict(profile.kits), spoken()).get(found.kit, found.kit),
        "charts": [(each, chart_of(each)) for each in series],
        "needed": numbers.baseline_values if numbers else 0,
        "today": timezone.localdate(now),
        "at": now,
    }
    return render(request, "bench/lot.html", context)


@require_http_methods(["GET", "POST"])
@allows_wasm
@needs(Permission.RECORD_RESULTS)
def dilute(request: HttpRequest) -> HttpResponse:
    """Put portions of single specimens into one tube, if the rules allow it."""
    form = DiluteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pool = pools.dilute(**form.cleaned_data, at=timezone.now(), by=actor(request))
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Diluted into %(code)s: it waits for a plate.") % {"code": pool.code})
            return redirect("bench")
    dilution = profile_in_force(at=timezone.now()).dilution
    context = {"form": form, "most": dilution.size_max if dilution else 0}
    return render(request, "bench/dilute.html", context, status=INVALID if form.errors else 200)
