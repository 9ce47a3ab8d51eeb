"""The warehouse's desk: what is due, what waits for what, the four completes, rooms, certificates, recalls, bookings."""

from datetime import timedelta
from decimal import Decimal
from pathlib import PurePath
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.core.selectors import organisation
from lianfang.apps.goods import desk, forms, selectors, services
from lianfang.apps.goods.labelling import labels_of
from lianfang.apps.goods.models import Certificate
from lianfang.apps.places.selectors import place_by_code, places
from lianfang.formats.labels import LabelSize, label_pdf, label_zpl

INVALID = 422
PAGE_SIZE = 50
LARGEST_LOG = 20 << 20
CHART_DAYS = 2


@require_GET
@needs(Permission.VIEW_GOODS)
def warehouse(request: HttpRequest) -> HttpResponse:
    """Show what is due today, what waits for what, the four completes and what is wrong."""
    by, at = actor(request), timezone.now()
    area = by.area_code
    rooms = desk.room_lines(desk.rooms(area=area), at=at)
    lines = desk.notice_lines(list(desk.notices(by=by)), at=at)
    context = {
        "at": at,
        "completes": desk.completes(area=area, at=at),
        "due": desk.bookings_on(at, area=area)[: desk.SHOWN],
        "n_ahead": desk.bookings_ahead(at, area=area),
        "waiting": desk.waiting(area=area)[: desk.SHOWN],
        "road": desk.on_the_road(area=area)[: desk.SHOWN],
        "refused": desk.refused_scans(area=area, at=at)[: desk.SHOWN],
        "warm": [line for line in rooms if line.n_excursions],
        "n_unchecked": desk.unchecked_papers(area=area).count(),
        "n_open_notices": sum(not line.is_closed for line in lines),
        "late_after": at - desk.LATE_ON_THE_ROAD,
    }
    return render(request, "goods/warehouse.html", context)


@require_GET
@needs(Permission.VIEW_GOODS)
def incomplete(request: HttpRequest, name: str) -> HttpResponse:
    """List the lots that lack one of the four completes."""
    by, at = actor(request), timezone.now()
    if name not in desk.COMPLETES:
        raise Http404
    rows = desk.incomplete(name, area=by.area_code, at=at)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "goods/incomplete.html", {"name": name, "page": page})


@require_http_methods(["GET", "POST"])
@needs(Permission.BOOK_GOODS)
def book(request: HttpRequest) -> HttpResponse:
    """Announce a lot."""
    by, at = actor(request), timezone.now()
    rooms = list(places(area=by.area_code).filter(kind__in=desk.ROOMS)[: desk.SHOWN])
    initial = {"due_at": localtime(at + timedelta(days=2, hours=1))}
    form = forms.BookingForm(
        request.POST if request.method == "POST" else None, places={"rooms": rooms}, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            said["owner"] = organisation(said["owner"])
            entry = services.BookingEntry(**{**said, "crew": tuple(said["crew"].split())})
            booking = services.book(entry, by=by, at=at)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Booked: %(number)s") % {"number": booking.number})
            return redirect("lot", booking.lot.subject.code)
    return render(request, "goods/booking.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_GOODS)
def labels(request: HttpRequest, code: str, size: str, kind: str) -> HttpResponse:
    """Return the labels of a released lot or part for printing: PDF, or ZPL for a label printer."""
    lot = selectors.lot_by_code(code, area=actor(request).area_code)
    if size not in set(LabelSize) or kind not in {"pdf", "zpl"}:
        raise Http404
    wanted = labels_of(lot, base=request.build_absolute_uri("/"))
    if kind == "zpl":
        content, media = label_zpl(wanted, LabelSize(size)).encode(), "application/zpl"
    else:
        content, media = label_pdf(wanted, LabelSize(size)), "application/pdf"
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'inline; filename="label-{size}.{kind}"'
    return response


@require_GET
@needs(Permission.VIEW_GOODS)
def certificates(request: HttpRequest) -> HttpResponse:
    """List the certificates that wait for a second person."""
    page = Paginator(desk.unchecked_papers(area=actor(request).area_code), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "goods/certificates.html", {"page": page})


def _certificate(request: HttpRequest, certificate_id: int) -> Certificate:
    found = Certificate.objects.filter(pk=certificate_id, lot__subject__area_code__startswith=actor(request).area_code)
    certificate = found.select_related("lot__subject", "entered_by").first()
    if certificate is None:
        raise Http404
    return certificate


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_GOODS)
def certificate(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Show a certificate beside its lot, and take the second person's answer."""
    by, at = actor(request), timezone.now()
    found = _certificate(request, certificate_id)
    form = forms.CertificateCheckForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(by, Permission.CHECK_CERTIFICATES)
        if form.is_valid():
            said = form.cleaned_data
            try:
                services.check_certificate(
                    certificate_id=found.pk, confirmed=said["confirmed"] == "yes", note=said["note"], by=by, at=at
                )
            except DomainError as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("Recorded."))
                return redirect("warehouse_certificates")
    may_check = may(by, Permission.CHECK_CERTIFICATES) and found.entered_by_id != by.pk
    checks = found.checks.select_related("by").order_by("-id")
    context = {"found": found, "lot": found.lot, "form": form if may_check else None, "checks": checks}
    return render(request, "goods/certificate.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.VIEW_GOODS)
def certificate_file(request: HttpRequest, certificate_id: int) -> FileResponse:
    """Hand out the picture of a certificate, always as a download."""
    found = _certificate(request, certificate_id)
    if not found.file:
        raise Http404
    name = f"certificate-{found.pk}{PurePath(str(found.file)).suffix}"
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name)


@require_GET
@needs(Permission.VIEW_GOODS)
def rooms(request: HttpRequest) -> HttpResponse:
    """List the rooms and vehicles with their last temperature."""
    at = timezone.now()
    lines = desk.room_lines(desk.rooms(area=actor(request).area_code), at=at)
    return render(request, "goods/rooms.html", {"lines": lines, "at": at})


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_GOODS)
def room(request: HttpRequest, code: str) -> HttpResponse:
    """Show a room's temperatures and what lies in it; take a reading or a logger's file."""
    by, at = actor(request), timezone.now()
    place = place_by_code(code, area=by.area_code)
    is_file = bool(request.FILES)
    reading = forms.ReadingForm(request.POST if request.method == "POST" and not is_file else None)
    log = forms.LogForm(request.POST if is_file else None, request.FILES or None)
    if request.method == "POST":
        require(by, Permission.HANDLE_GOODS)
        form = log if is_file else reading
        if form.is_valid():
            try:
                _store_readings(request, log if is_file else reading, place.code)
            except DomainError as error:
                add_refusal(form, error)
            else:
                return redirect("warehouse_room", code)
    rows, found, limit = desk.readings_of(place, since=at - timedelta(days=7), at=at)
    context = {
        "place": place,
        "last": rows[-1] if rows else None,
        "excursions": found[::-1],
        "limit": Decimal(limit) / 10,
        "stock": desk.stock_at([place]),
        "reading": reading if may(by, Permission.HANDLE_GOODS) else None,
        "log": log,
    }
    return render(request, "goods/room.html", context, status=INVALID if reading.errors or log.errors else 200)


def _store_readings(request: HttpRequest, form: forms.ReadingForm | forms.LogForm, code: str) -> None:
    by, at = actor(request), timezone.now()
    place = place_by_code(code, area=by.area_code)
    if "celsius" in form.cleaned_data:
        tenths = int(form.cleaned_data["celsius"] * 10)
        services.store_readings([(at.replace(microsecond=0), tenths)], place=place, source="by hand", by=by, at=at)
        messages.success(request, _("Recorded."))
        return
    upload = form.cleaned_data["file"]
    outcome = services.import_temperatures(upload.read(LARGEST_LOG), name=upload.name, place=place, by=by, at=at)
    words = _("%(rows)d rows: %(stored)d stored, %(known)d known before, %(wrong)d rejected.") % {
        "rows": outcome.rows_in,
        "stored": outcome.n_stored,
        "known": outcome.n_duplicates,
        "wrong": len(outcome.rejects),
    }
    lines = ", ".join(str(line) for line, _why in outcome.rejects[:20])
    if lines:
        words = f"{words} {_('Rejected lines: %(lines)s') % {'lines': lines}}"
    (messages.warning if outcome.rejects else messages.success)(request, words)


@require_GET
@needs(Permission.VIEW_GOODS)
def room_chart(request: HttpRequest, code: str) -> JsonResponse:
    """Return a room's last two days for the chart: the readings and the limit."""
    at = timezone.now()
    place = place_by_code(code, area=actor(request).area_code)
    last = desk.last_reading_at(place) or at
    rows, _excursions, limit = desk.readings_of(place, since=last - timedelta(days=CHART_DAYS), at=at)
    content = {
        "kind": "line",
        "categories": [f"{localtime(row.at):%m-%d %H:%M}" for row in rows],
        "series": [
            {"name": _("Temperature, °C"), "data": [row.tenths_celsius / 10 for row in rows], "tone": "blue"},
            {"name": _("Limit"), "data": [limit / 10] * len(rows), "tone": "red"},
        ],
    }
    return JsonResponse(content)


@require_GET
@needs(Permission.VIEW_GOODS)
def recalls(request: HttpRequest) -> HttpResponse:
    """Show all recall notices with their balance, those still open first."""
    by, at = actor(request), timezone.now()
    lines = desk.notice_lines(list(desk.notices(by=by)), at=at)
    lines.sort(key=lambda line: line.is_closed)
    context = {
        "lines": lines,
        "n_open": sum(not line.is_closed for line in lines),
        "n_late": sum(line.is_late for line in lines),
        "received": sum(line.notice.n_received for line in lines),
        "accounted": sum((line.found or 0) + (line.sold or 0) + (line.destroyed or 0) for line in lines),
    }
    return render(request, "goods/recalls.html", context)


def new_key() -> str:
    """Return a key that makes sending a form twice one step."""
    return uuid4().hex
