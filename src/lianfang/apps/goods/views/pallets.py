"""Pallets: which stand where with what on them, and moving one as a whole."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.goods import desk, forms, selectors, services
from lianfang.apps.goods.views.steps import INVALID, act_of
from lianfang.apps.goods.views.warehouse import new_key
from lianfang.apps.places.selectors import place_by_code, places


@require_GET
@needs(Permission.VIEW_GOODS)
def pallets(request: HttpRequest) -> HttpResponse:
    """List the pallets of the area with what stands on them."""
    found = selectors.loads(area=actor(request).area_code)
    lines = [(sscc, list(loads)) for sscc, loads in groupby(found, key=lambda load: load.sscc)]
    return render(request, "goods/pallets.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_GOODS)
def pallet(request: HttpRequest, sscc: str) -> HttpResponse:
    """Show one pallet, and move it or send it out with everything on it."""
    by = actor(request)
    loads = list(selectors.loads(area=by.area_code).filter(sscc=sscc))
    if not loads:
        raise services.PalletEmpty("Nothing stands on this pallet.")
    form = None
    if may(by, Permission.HANDLE_GOODS):
        targets = places(area=by.area_code).filter(kind__in=[*desk.ROOMS, *desk.VEHICLES])
        offered = [place for place in targets[: desk.SHOWN] if place.pk != loads[0].place_id]
        form = forms.PalletMoveForm(request.POST or None, places={"targets": offered})
    if request.method == "POST":
        require(by, Permission.HANDLE_GOODS)
        if form is not None and form.is_valid() and _moved(request, sscc, form):
            return redirect("warehouse_pallets")
    context = {"sscc": sscc, "loads": loads, "place": loads[0].place, "form": form, "key": new_key()}
    return render(request, "goods/pallet.html", context, status=INVALID if form and form.errors else 200)


def _moved(request: HttpRequest, sscc: str, form: forms.PalletMoveForm) -> bool:
    said, act = form.cleaned_data, act_of(request, timezone.now(), form.hands())
    code = said["destination"].strip()
    try:
        destination = place_by_code(code, area=act.by.area_code) if code else None
        services.move_pallet(sscc, target=said["target"], destination=destination, act=act)
    except DomainError as error:
        add_refusal(form, error)
        return False
    messages.success(request, _("Pallet moved with everything on it."))
    return True
