"""Phone pages: the shop's scans and recall answers, the inspector's findings."""

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
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.goods import desk, forms, services
from lianfang.apps.goods.models import RecallNotice, Scan
from lianfang.apps.goods.services.recalls import NoticeNotFound
from lianfang.apps.goods.views.steps import act_of
from lianfang.apps.goods.views.warehouse import new_key
from lianfang.apps.places.selectors import place_by_code
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason

INVALID = 422
PAGE_SIZE = 30


@allows_wasm
@require_http_methods(["GET", "POST"])
@needs(Permission.SCAN_GOODS)
def shop(request: HttpRequest) -> HttpResponse:
    """The shop's page: read a code, take goods in or sell them; what is here and on its way; what is called back."""
    by, at = actor(request), timezone.now()
    own = desk.places_of_unit(by)
    form = forms.ScanForm(
        request.POST if request.method == "POST" else None, places={"own": own}, initial={"pieces": 1}
    )
    scan: Scan | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        way = Scan.Way.OUT if request.POST.get("way") == "out" else Scan.Way.IN
        try:
            scan = services.scan(
                text=said["text"], way=way, pieces=said["pieces"], place=said["place"], act=act_of(request, at)
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            form = forms.ScanForm(places={"own": own}, initial={"pieces": 1, "place": said["place"].code})
    lines = desk.notice_lines(list(desk.notices(by=by)), at=at)
    context = {
        "form": form,
        "own": own,
        "key": new_key(),
        "scan": scan,
        "sentences": [explain(Reason(each["code"], each["params"]), spoken()) for each in scan.reasons] if scan else [],
        "stock": desk.stock_at(own),
        "coming": desk.coming_to(own),
        "notices": [line for line in lines if not line.is_closed],
    }
    return render(request, "goods/shop.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_DESK)
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Show one recall notice and take the holder's answer."""
    by, at = actor(request), timezone.now()
    found = desk.notices(by=by).filter(pk=notice_id).first()
    if found is None:
        raise NoticeNotFound("There is no such recall notice.")
    form = forms.ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        pieces = (said["found"], said["sold"], said["destroyed"])
        try:
            services.answer_recall(notice_id=found.pk, pieces=pieces, note=said["note"], by=by, at=at)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("recall_notice", notice_id)
    return _notice_page(request, found, form)


def _notice_page(request: HttpRequest, found: RecallNotice, form: forms.ReplyForm) -> HttpResponse:
    (line,) = desk.notice_lines([found], at=timezone.now())
    replies = found.replies.select_related("by").order_by("-id")
    context = {"line": line, "form": form, "replies": replies}
    return render(request, "goods/notice.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_GOODS)
def inspections(request: HttpRequest) -> HttpResponse:
    """List the inspections of the market with findings and penalties."""
    page = Paginator(desk.inspections(area=actor(request).area_code), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "goods/inspections.html", {"page": page})


@require_http_methods(["GET", "POST"])
@needs(Permission.INSPECT_GOODS)
def inspect(request: HttpRequest) -> HttpResponse:
    """The inspector's page: record a visit; goods found are registered, sealed and sampled on the spot."""
    by, at = actor(request), timezone.now()
    form = forms.FindingForm(
        request.POST if request.method == "POST" else None, initial={"place_code": request.GET.get("place", "")}
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        handlers, tubes = tuple(said.pop("handlers").split()), tuple(said.pop("tubes").split())
        try:
            place = place_by_code(said.pop("place_code").strip(), area=by.area_code)
            entry = services.FindingEntry(place=place, tubes=tubes, **said)
            made = services.inspect(entry, act=act_of(request, at, handlers))
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Recorded: %(number)s") % {"number": made.number})
            return redirect("inspection", made.number)
    return render(request, "goods/inspect.html", {"form": form}, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.INSPECT_GOODS)
def inspection(request: HttpRequest, number: str) -> HttpResponse:
    """Show one inspection and record the penalty."""
    by, at = actor(request), timezone.now()
    found = desk.inspections(area=by.area_code).filter(number=number).first()
    if found is None:
        raise services.InspectionNotFound("There is no such inspection.")
    form = forms.PenaltyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.penalise(inspection_id=found.pk, by=by, at=at, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("inspection", number)
    penalty = getattr(found, "penalty", None)
    context = {"found": found, "penalty": penalty, "form": form}
    return render(request, "goods/inspection.html", context, status=INVALID if form.errors else 200)
