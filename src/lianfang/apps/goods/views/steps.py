"""The steps of one lot: each has a small form of its own, and one service behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, needs, require
from lianfang.apps.goods import desk, forms, selectors, services
from lianfang.apps.goods.models import Lot
from lianfang.apps.places.selectors import Place, place_by_code, places

INVALID = 422
LARGEST_FILE = 10 << 20
Run = Callable[[Lot, forms.PlacesForm, services.Act], object]


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step's page: its title, form, who may take it, and the service that does."""

    title: str | Promise
    form: type[forms.PlacesForm]
    permission: Permission
    run: Run


class StepUnknown(NotFound):
    """There is no such step."""

    code = "step_unknown"


def _arrive(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = {name: value for name, value in form.cleaned_data.items() if name != "handlers"}
    return services.arrive(lot, services.ArrivalEntry(**said), act=act)


def _certificate(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = dict(form.cleaned_data)
    upload = said.pop("file")
    scan = (upload.name, upload.read(LARGEST_FILE)) if upload else None
    return services.enter_certificate(lot, services.CertificateEntry(**said, scan=scan), by=act.by, at=act.at)


def _sample(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    return services.sample(lot, tubes=form.cleaned_data["tubes"].split(), act=act)


def _disinfect(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = form.cleaned_data
    return services.disinfect(lot, coverage=said["coverage"], pieces=said["pieces"], agent=said["agent"], act=act)


def _store(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = form.cleaned_data
    return services.store(lot, pieces=said["pieces"], source=said["place"], target=said["target"], act=act)


def _at_place(service: Callable[..., object]) -> Run:
    def run(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
        return service(lot, pieces=form.cleaned_data["pieces"], place=form.cleaned_data["place"], act=act)

    return run


def _on_pallet(service: Callable[..., object]) -> Run:
    def run(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
        said = form.cleaned_data
        return service(lot, pieces=said["pieces"], pallet=said["pallet"], place=said["place"], act=act)

    return run


def _single_out(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = form.cleaned_data
    return services.single_out(lot, package=said["package"], place=said["place"], act=act)


def _repack(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = form.cleaned_data
    grams = (said["grams_before"], said["grams_after"])
    return services.repack(lot, pieces=said["pieces"], grams=grams, place=said["place"], act=act)


def _merge(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    others = [selectors.lot_by_code(code, area=act.by.area_code) for code in form.cleaned_data["others"].split()]
    return services.merge([lot, *others], place=form.cleaned_data["place"], act=act)


def _dispatch(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
    said = form.cleaned_data
    destination = place_by_code(said["destination"].strip(), area=act.by.area_code)
    return services.dispatch(lot, pieces=said["pieces"], way=(said["place"], said["vehicle"], destination), act=act)


def _noted(service: Callable[..., object]) -> Run:
    def run(lot: Lot, form: forms.PlacesForm, act: services.Act) -> object:
        return service(lot, note=form.cleaned_data["note"], act=act)

    return run


_P = Permission
STEPS: Final[Mapping[str, StepPage]] = {
    "arrive": StepPage(gettext_lazy("Take in"), forms.ArrivalForm, _P.HANDLE_GOODS, _arrive),
    "accept": StepPage(
        gettext_lazy("Answer for the difference"),
        forms.NoteForm,
        _P.CHECK_CERTIFICATES,
        _noted(services.accept_difference),
    ),
    "certificate": StepPage(gettext_lazy("Enter a certificate"), forms.CertificateForm, _P.BOOK_GOODS, _certificate),
    "sample": StepPage(gettext_lazy("Take samples"), forms.SampleForm, _P.COLLECT_SPECIMENS, _sample),
    "disinfect": StepPage(gettext_lazy("Disinfect"), forms.DisinfectForm, _P.HANDLE_GOODS, _disinfect),
    "release": StepPage(
        gettext_lazy("Release"),
        forms.ReleaseForm,
        _P.RELEASE_GOODS,
        lambda lot, _form, act: services.release(lot, act=act),
    ),
    "store": StepPage(gettext_lazy("Move inside"), forms.StoreForm, _P.HANDLE_GOODS, _store),
    "split": StepPage(gettext_lazy("Split"), forms.PlaceStepForm, _P.HANDLE_GOODS, _at_place(services.split)),
    "package": StepPage(gettext_lazy("Follow one package"), forms.PackageForm, _P.HANDLE_GOODS, _single_out),
    "merge": StepPage(gettext_lazy("Merge"), forms.MergeForm, _P.HANDLE_GOODS, _merge),
    "pallet": StepPage(
        gettext_lazy("Put on a pallet"), forms.PalletForm, _P.HANDLE_GOODS, _on_pallet(services.put_on_pallet)
    ),
    "unpallet": StepPage(
        gettext_lazy("Take off a pallet"), forms.PalletForm, _P.HANDLE_GOODS, _on_pallet(services.take_off_pallet)
    ),
    "repack": StepPage(gettext_lazy("Repack"), forms.RepackForm, _P.HANDLE_GOODS, _repack),
    "dispatch": StepPage(gettext_lazy("Send out"), forms.DispatchForm, _P.HANDLE_GOODS, _dispatch),
    "seal": StepPage(gettext_lazy("Seal"), forms.NoteForm, _P.INSPECT_GOODS, _noted(services.seal)),
    "unseal": StepPage(gettext_lazy("Lift seal or recall"), forms.NoteForm, _P.INSPECT_GOODS, _noted(services.unseal)),
    "recall": StepPage(gettext_lazy("Recall"), forms.NoteForm, _P.INSPECT_GOODS, _noted(services.recall)),
    "destroy": StepPage(gettext_lazy("Destroy"), forms.PlaceStepForm, _P.INSPECT_GOODS, _at_place(services.destroy)),
    "return": StepPage(gettext_lazy("Send back"), forms.PlaceStepForm, _P.INSPECT_GOODS, _at_place(services.send_back)),
}


def steps_now(regime: desk.Regime) -> list[str]:
    """Return the steps that make sense for a lot now, the next one first; whether they are permitted the rules say."""
    standing, kinds = regime.standing, {each.kind for each in regime.steps}
    stopped = standing.is_held or standing.is_sealed or standing.is_recalled
    if standing.arrived_at is None and standing.root_id == standing.pk:
        return ["arrive", "certificate"]
    names = []
    if not standing.is_released:
        open_points = set(standing.waits_for)
        if "G-14" in open_points:
            names.append("accept")
        names += [step for step, rows in _TODO.items() if rows & open_points]
        names += ["certificate", "sample", "disinfect"]
        if not stopped:
            names.insert(0 if not open_points else len(names), "release")
    elif regime.stock and not stopped:
        names += ["dispatch", "store", "split", "repack", "merge", "sample"]
    names += ["package"] if sum(row.n_pieces for row in regime.stock) > 1 and not stopped else []
    names += ["unseal"] if standing.is_sealed or standing.is_recalled else ["seal"]
    names += [] if "recalled" in kinds and standing.is_recalled else ["recall"]
    names += ["destroy", "return"] if stopped or standing.decision in {"destroy", "refuse"} else []
    names += ["pallet"] if regime.stock else []
    names += ["unpallet"] if regime.loads else []
    return list(dict.fromkeys(names))


_TODO: Final[Mapping[str, frozenset[str]]] = {
    "certificate": frozenset({"G-4"}),
    "sample": frozenset({"G-11"}),
    "disinfect": frozenset({"G-8", "G-12"}),
}


def offered(lot: Lot, area: str) -> dict[str, list[Place]]:
    """Return the places that forms offer: rooms, vehicles, and where the lot lies."""
    found = places(area=area)
    regime = desk.regime_of(lot.pk)
    return {
        "rooms": list(found.filter(kind__in=desk.ROOMS)[: desk.SHOWN]),
        "vehicles": list(found.filter(kind__in=desk.VEHICLES)[: desk.SHOWN]),
        "held": [row.place for row in regime.stock] if regime else [],
    }


def act_of(request: HttpRequest, at: datetime, handlers: tuple[str, ...] = ()) -> services.Act:
    """Return who does a step now; the form's key makes sending it twice one step."""
    return services.Act(at, actor(request), handlers, request.POST.get("key", "")[:64])


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_GOODS)
def step(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """Show the form of one step of a lot, and take it."""
    page, by, at = STEPS.get(step), actor(request), timezone.now()
    if page is None:
        raise StepUnknown("There is no such step.")
    require(by, page.permission)
    lot = selectors.lot_by_code(code, area=by.area_code)
    initial = _initial(lot, step)
    form = page.form(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        places=offered(lot, by.area_code),
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            page.run(lot, form, act_of(request, at, form.hands()))
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Recorded: %(step)s") % {"step": page.title})
            return redirect("lot", code)
    context = {"lot": lot, "page": page, "step": step, "form": form, "key": uuid4().hex}
    return render(request, "goods/step.html", context, status=INVALID if form.errors else 200)


def _initial(lot: Lot, step: str) -> dict[str, Any]:
    """Return what a form begins with: never what has to be read off the lorry, but what is the lot's anyway."""
    regime = desk.regime_of(lot.pk)
    if step == "certificate":
        return {"product": lot.product, "production_lot": lot.production_lot, "net_weight_kg": lot.net_weight_kg}
    if step in {"disinfect", "destroy", "return"} and regime:
        return {"pieces": sum(row.n_pieces for row in regime.stock)}
    return {}
