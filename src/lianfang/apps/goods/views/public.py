"""What everybody sees behind the code on a label: origin, certificates, tests, disinfection and path; no person."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianfang.apps.core.rates import at_most
from lianfang.apps.goods import desk
from lianfang.apps.goods.labelling import gtin_of
from lianfang.formats.gs1_link import GoodsLink, read_link

ASKED, WINDOW_S = 60, 60


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="trace-code")
def trace(request: HttpRequest, gtin: str, lot: str, serial: str = "") -> HttpResponse:
    """Show a released lot by the address on its label."""
    link = read_link(GoodsLink(gtin, lot, serial).address("https://localhost"))
    found = desk.public_lot(lot, serial) if link else None
    if found is None or gtin_of(found.root).zfill(14) != gtin.zfill(14):
        return render(request, "goods/trace_unknown.html", status=404)
    return render(request, "goods/trace.html", {"found": found})
