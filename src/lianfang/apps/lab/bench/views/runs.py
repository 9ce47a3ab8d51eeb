"""A run: whether its controls are in order, what was read and called, and the second person's signature."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.forms import SignForm
from lianfang.apps.lab.bench.services import signing
from lianfang.apps.lab.bench.views.grid import grid_of
from lianfang.apps.lab.bench.views.wells import said, wells_of
from lianfang.apps.lab.bench.words import said_of_row
from lianfang.formats.instruments.plates import PlateSize
from lianfang.rules.quality_control import RunValidity

INVALID = 422


@require_GET
@needs(Permission.RECORD_RESULTS)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show a run."""
    return _page(request, run_id, SignForm(), status=200)


@require_POST
@needs(Permission.SIGN_RESULTS)
def sign(request: HttpRequest, run_id: int) -> HttpResponse:
    """Sign what the run put forward, but for ticked wells."""
    form, aside = SignForm(request.POST), request.POST.getlist("aside")
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if aside and not reason:
            form.add_error("reason", _("Say why these wells are set aside."))
        else:
            try:
                set_aside = dict.fromkeys(aside, reason)
                signing.sign_run(run_id=run_id, set_aside=set_aside, at=timezone.now(), by=actor(request))
            except DomainError as error:
                add_refusal(form, error)
            else:
                return redirect("bench_run", run_id)
    return _page(request, run_id, form, status=INVALID)


@require_GET
@needs(Permission.RECORD_RESULTS)
def file(request: HttpRequest, run_id: int) -> HttpResponse:
    """The file as the instrument wrote it."""
    by = actor(request)
    found = selectors.run_of(run_id, by=by)
    audit.record("lab.run_opened", by=by, at=timezone.now(), run=found.pk)
    response = HttpResponse(bytes(found.file.content), content_type="application/octet-stream")
    name = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in found.filename)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _page(request: HttpRequest, run_id: int, form: SignForm, *, status: int) -> HttpResponse:
    by = actor(request)
    found = selectors.run_of(run_id, by=by)
    wells = list(selectors.read_wells(found))
    persons = {well.specimen.subject_id for well in wells if well.specimen}
    audit.record("lab.run_opened", by=by, at=timezone.now(), subjects=persons, run=found.pk)
    results = selectors.proposals(wells)
    forward = {} if hasattr(found, "signature") else signing.forward_of(found, results)
    context = {
        "run": found,
        "reasons": said(found.judgement.verdict),
        "is_valid": found.judgement.validity != RunValidity.INVALID,
        "is_mine": found.recorded_by_id == by.pk,
        "grid": grid_of(PlateSize(found.plate.size), {well.position: well for well in wells}),
        "wells": wells_of(wells, results, forward),
        "n_forward": len(forward),
        "refused": [(line, place, said_of_row(code, params)) for line, place, code, params in found.refused],
        "aside": request.POST.getlist("aside"),
        "form": form,
    }
    return render(request, "bench/run.html", context, status=status)
