"""A plate: begun, filled by scanning, sealed, printed, and read from the instrument's file."""

import csv
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core.content_policy import allows_wasm
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.forms import FileForm, PlateForm, RepeatForm, TubeForm, WellForm, kit_names
from lianfang.apps.lab.bench.selectors import Plate
from lianfang.apps.lab.bench.services import plates, runs
from lianfang.apps.lab.bench.views.grid import grid_of
from lianfang.apps.lab.bench.words import said_of_file, said_of_well
from lianfang.formats.instruments.plates import PlateSize, positions
from lianfang.rules.profile_laboratory import ControlKind

INVALID = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.RECORD_RESULTS)
def new_plate(request: HttpRequest) -> HttpResponse:
    """Begin a plate; its controls are there at once."""
    now = timezone.now()
    form = PlateForm(request.POST or None, kits=_kits(now), initial=_usual(now))
    if request.method == "POST" and form.is_valid():
        try:
            plate = plates.begin_plate(given=plates.NewPlate(**form.cleaned_data), at=now, by=actor(request))
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("bench_plate", plate.code)
    context = {"form": form, "has_lot": selectors.lots().exists()}
    return render(request, "bench/plate_new.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.RECORD_RESULTS)
def repeat(request: HttpRequest, run_id: int) -> HttpResponse:
    """Begin a plate with the same tubes and controls as a run."""
    now, by = timezone.now(), actor(request)
    run = selectors.run_of(run_id, by=by)
    form = RepeatForm(request.POST or None, kits=_kits(now), initial=_usual(now) | {"lot": run.lot_id})
    if request.method == "POST" and form.is_valid():
        given = plates.NewPlate(size=PlateSize(run.plate.size), **form.cleaned_data)
        try:
            plate = plates.repeat_plate(run=run, given=given, at=now, by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("bench_plate", plate.code)
    context = {"form": form, "run": run, "has_lot": True}
    return render(request, "bench/plate_new.html", context, status=INVALID if form.errors else 200)


def _usual(now: datetime) -> dict[str, Any]:
    lot = selectors.lots().filter(expires_on__gte=timezone.localdate(now)).order_by("expires_on").first()
    return {"code": f"PL-{timezone.localtime(now):%y%m%d-%H%M%S}", "lot": lot}


def _kits(now: datetime) -> dict[str, str]:
    return kit_names(dict(profile_in_force(at=now).kits), spoken())


@require_GET
@allows_wasm
@needs(Permission.RECORD_RESULTS)
def plate(request: HttpRequest, code: str) -> HttpResponse:
    """Show a plate: its wells, and what may be done next."""
    return _page(request, code, {})


@require_POST
@allows_wasm
@needs(Permission.RECORD_RESULTS)
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Put the scanned tube into the next well."""
    form = TubeForm(request.POST)

    def act(by: User, now: datetime) -> str:
        well = plates.add_tube(plate_code=code, tube_code=form.cleaned_data["tube"].strip(), at=now, by=by)
        return _("%(tube)s is in %(well)s.") % {"tube": well.tube, "well": well.position}

    return _acted(request, code, ("tube_form", form), act)


@require_POST
@needs(Permission.RECORD_RESULTS)
def fill(request: HttpRequest, code: str) -> HttpResponse:
    """Put waiting tubes into the free wells."""

    def act(by: User, now: datetime) -> str:
        n = len(plates.fill_plate(plate_code=code, at=now, by=by))
        return ngettext("%(n)s tube was put on the plate.", "%(n)s tubes were put on the plate.", n) % {"n": n}

    return _acted(request, code, ("tube_form", TubeForm({"tube": "-"})), act)


@require_POST
@needs(Permission.RECORD_RESULTS)
def well(request: HttpRequest, code: str) -> HttpResponse:
    """Empty a well, or put a control into it."""
    form = WellForm(request.POST)

    def act(by: User, now: datetime) -> str:
        given = form.cleaned_data["position"].replace(" ", "").upper()
        position = f"{given[0]}{int(given[1:]):02d}"
        plates.empty_well(plate_code=code, position=position, at=now, by=by)
        if form.cleaned_data["kind"]:
            kind = ControlKind(form.cleaned_data["kind"])
            plates.set_control(plate_code=code, position=position, kind=kind, at=now, by=by)
        return ""

    return _acted(request, code, ("well_form", form), act)


@require_POST
@needs(Permission.RECORD_RESULTS)
def seal(request: HttpRequest, code: str) -> HttpResponse:
    """Fix the plate."""

    def act(by: User, now: datetime) -> str:
        plates.seal_plate(plate_code=code, at=now, by=by)
        return ""

    return _acted(request, code, ("tube_form", TubeForm({"tube": "-"})), act)


@require_POST
@needs(Permission.RECORD_RESULTS)
def give_up(request: HttpRequest, code: str) -> HttpResponse:
    """Close the plate unread."""
    plates.give_up_plate(plate_code=code, at=timezone.now(), by=actor(request))
    return redirect("bench")


@require_POST
@needs(Permission.RECORD_RESULTS)
def read(request: HttpRequest, code: str) -> HttpResponse:
    """Read the instrument's file; every reason against it is named."""
    form, against = FileForm(request.POST, request.FILES), dict[tuple[str, str], list[int]]()
    if form.is_valid():
        file = form.cleaned_data["file"]
        given = {"content": file.read(), "filename": file.name or ""}
        try:
            run = runs.read_file(plate_code=code, at=timezone.now(), by=actor(request), **given)
            return redirect("bench_run", run.pk)
        except runs.FileUnreadable as error:
            form.add_error("file", said_of_file(error.cause))
        except runs.FileOfAnotherPlate as error:
            add_refusal(form, error)
            for each in error.mismatches:
                against.setdefault((each.position, said_of_well(each)), []).append(each.line)
        except DomainError as error:
            add_refusal(form, error)
    return _page(request, code, {"file_form": form, "against": [(*said, lines) for said, lines in against.items()]})


@require_GET
@needs(Permission.RECORD_RESULTS)
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The plate as a table for the instrument: well, sample, task."""
    found = selectors.plate_of(code, by=actor(request))
    wells = selectors.contents(found)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="plate-{found.pk}.csv"'
    lines = csv.writer(response)
    lines.writerow(["Well Position", "Sample Name", "Task"])
    tasks = {ControlKind.NEGATIVE: "NTC", ControlKind.EXTRACTION: "NTC"}
    for place in positions(PlateSize(found.size)):
        if place in wells:
            control = wells[place].control
            task = tasks.get(ControlKind(control), "POSITIVE") if control else "UNKNOWN"
            lines.writerow([place, wells[place].tube or control, task])
    return response


def _acted(
    request: HttpRequest, code: str, given: tuple[str, forms.Form], act: Callable[[User, datetime], str]
) -> HttpResponse:
    name, form = given
    if form.is_valid():
        try:
            said = act(actor(request), timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            if said:
                messages.success(request, said)
            return redirect("bench_plate", code)
    return _page(request, code, {name: form})


def _page(request: HttpRequest, code: str, refused: dict[str, Any]) -> HttpResponse:
    by, now = actor(request), timezone.now()
    found: Plate = selectors.plate_of(code, by=by)
    wells = selectors.contents(found)
    free = next((place for place in positions(PlateSize(found.size)) if place not in wells), None)
    context = {
        "plate": found,
        "kit": _kits(now).get(found.lot.kit, found.lot.kit),
        "grid": grid_of(PlateSize(found.size), wells, next_free=free if found.state == "filling" else None),
        "n_tubes": sum(not each.control for each in wells.values()),
        "n_controls": sum(bool(each.control) for each in wells.values()),
        "next_free": free,
        "n_waiting": len(selectors.waiting(by=by, limit=found.size)) if found.state == "filling" else 0,
        "tube_form": TubeForm(),
        "well_form": WellForm(),
        "file_form": FileForm(),
        **refused,
    }
    return render(request, "bench/plate.html", context, status=INVALID if refused else 200)
