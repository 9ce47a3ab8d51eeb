"""Places: the list, and the page of one with the day of everybody who was there."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.areas.selectors import paths_of
from lianfang.apps.command.forms import DayForm, PlaceFilterForm, SurfaceForm
from lianfang.apps.command.selectors import standing, timelines
from lianfang.apps.command.views.reading import INVALID, noted, page_of, persons_on
from lianfang.apps.command.views.tasks import areas_below
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.core.subjects import SubjectNotFound
from lianfang.apps.places import pages, services
from lianfang.apps.places.selectors import place_by_code
from lianfang.apps.tracing.selectors.by_subject import touching_place
from lianfang.apps.tracing.selectors.reading import Reader


@require_GET
@needs(Permission.VIEW_PLACES)
def places(request: HttpRequest) -> HttpResponse:
    """List the places of the reader's area by kind, area and name."""
    by = actor(request)
    form = PlaceFilterForm(request.GET, areas=areas_below(by))
    given = form.values()
    area = given["area"] or by.area_code
    page = page_of(request, pages.found_places(given["q"].strip(), given["kind"], area=area))
    names = paths_of({place.area_code for place in page}, below=by.area_code[:6])
    context = {"form": form, "page": page, "rows": [(place, names[place.area_code]) for place in page]}
    return answer(request, "command/places.html", context)


@require_GET
@needs(Permission.VIEW_PLACES)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Show the record of one place."""
    return _place_page(request, code, SurfaceForm())


def _place_page(request: HttpRequest, code: str, surface_form: forms.Form) -> HttpResponse:
    """Draw the record. It asks itself: an invalid form leads here from a view that asks for another permission."""
    by, at = actor(request), timezone.now()
    require(by, Permission.VIEW_PLACES)
    found = place_by_code(code, area=by.area_code)
    day = DayForm(request.GET).values()["day"] or timelines.default_day(found, at)
    context = {
        "place": found,
        "area": paths_of([found.area_code], below=by.area_code[:6])[found.area_code],
        "surfaces": pages.surfaces_at(found.pk),
        "surface_form": surface_form,
        "measures": standing.measures_of(place_id=found.pk),
        "touched": touching_place(found.pk, Reader(by)) if may(by, Permission.VIEW_INVESTIGATIONS) else None,
        "day": day,
        "day_form": DayForm({"day": day}),
    }
    return render(request, "command/place.html", context, status=INVALID if surface_form.errors else 200)


@require_GET
@needs(Permission.VIEW_PERSONS)
def timeline(request: HttpRequest, code: str) -> JsonResponse:
    """Return who and what was at a place on a county day."""
    by, at = actor(request), timezone.now()
    found = place_by_code(code, area=by.area_code)
    day = DayForm(request.GET).values()["day"] or timelines.default_day(found, at)
    content, cards = timelines.day_at(found, day, Reader(by), at)
    noted(request, "place.timeline_read", persons_on(cards))
    return JsonResponse(content)


@require_GET
@needs(Permission.VIEW_PLACES)
def surface(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the page of the place that a surface belongs to."""
    found = pages.place_of_surface_code(code, area=actor(request).area_code)
    if found is None:
        raise SubjectNotFound("Nothing in your area has this code.")
    return redirect("place", found.code)


@require_POST
@needs(Permission.VIEW_PLACES)
@needs(Permission.COLLECT_SPECIMENS)
def new_surface(request: HttpRequest, code: str) -> HttpResponse:
    """Register a surface of a place, so that it can be sampled."""
    by = actor(request)
    found = place_by_code(code, area=by.area_code)
    form = SurfaceForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.register_surface(
                code=given["code"], label=given["label"], place_code=found.code, at=timezone.now(), by=by
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Registered: %(code)s") % {"code": given["code"]})
            return redirect("place", found.code)
    return _place_page(request, code, form)
