"""Results: registering specimens, recording, signing, correcting and annulling results."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.core.signs import sign_for
from lianfang.apps.core.subjects import subject_by_code, subjects_by_prefix
from lianfang.apps.core.walking import Asked, ByNewest, walk
from lianfang.apps.lab import custody_selectors, selectors, services
from lianfang.apps.lab.forms import AnnulmentForm, CorrectionForm, ResultFilterForm, SpecimenForm, ValueForm
from lianfang.apps.people import pages as people
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

PAGE_SIZE = 50
DRAFTS_SHOWN = 20
SUGGESTIONS = 8
INVALID = 422


@require_GET
@needs(Permission.RECORD_RESULTS)
def results(request: HttpRequest) -> HttpResponse:
    """Show the desk of the laboratory: register, what waits for a signature, all specimens."""
    by = actor(request)
    form = ResultFilterForm(request.GET)
    found = selectors.found_specimens(selectors.SpecimenQuery(**form.criteria()), by=by)
    page = walk(found, Asked.of(request.GET), size=PAGE_SIZE, order=ByNewest("collected_at"))
    _audit("lab.specimens_listed", [specimen.subject for specimen in page.rows], by)
    context = {"form": form, "page": page, "entry": SpecimenForm.blank(), **_waiting(by)}
    return answer(request, "lab/results.html", context)


def _waiting(by: User) -> dict[str, object]:
    waiting = selectors.drafts(by=by)
    for_me = waiting.exclude(recorded_by=by) if may(by, Permission.SIGN_RESULTS) else waiting.none()
    return {
        "for_me": for_me[:DRAFTS_SHOWN],
        "n_for_me": for_me.count(),
        "n_mine": waiting.filter(recorded_by=by).count(),
    }


@require_http_methods(["GET", "POST"])
@needs(Permission.COLLECT_SPECIMENS)
def new_specimen(request: HttpRequest) -> HttpResponse:
    """Register a tube; a scan that leaves a field open comes back with the cursor there."""
    by = actor(request)
    if request.method == "GET":
        return render(request, "lab/specimen_new.html", {"entry": SpecimenForm.blank(request.GET.get("subject", ""))})
    form = SpecimenForm(request.POST)
    if form.is_valid():
        try:
            given = form.cleaned_data
            specimen = services.register_specimen(
                code=given["code"],
                subject=subject_by_code(given["subject_code"], area=by.area_code),
                collected_at=given["collected_at"],
                at=timezone.now(),
                by=by,
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Registered: %(code)s") % {"code": specimen.code})
            if may(by, Permission.RECORD_RESULTS):
                return redirect("specimen", specimen.code)
            return redirect("specimen_new")
    form.focus_first_error()
    return render(request, "lab/specimen_new.html", {"entry": form}, status=INVALID)


@require_POST
@needs(Permission.COLLECT_SPECIMENS)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Return options for a code or name being typed; a POST, so that no name is ever in an address or log."""
    by = actor(request)
    text = request.POST.get("subject_code", "").strip()
    found = {subject.pk: subject for subject in subjects_by_prefix(text, area=by.area_code, limit=SUGGESTIONS)}
    for person in people.named(text, area=by.area_code)[: SUGGESTIONS - len(found)]:
        found.setdefault(person.subject_id, person.subject)
    _audit("lab.suggested", list(found.values()), by)
    return render(request, "lab/_suggestions.html", {"subjects": found.values(), "typed": text})


@require_GET
@needs(Permission.RECORD_RESULTS)
def specimen(request: HttpRequest, code: str) -> HttpResponse:
    """Show one specimen: its result, every version of it, and what may be done next."""
    return _specimen_page(request, code, {})


@require_POST
@needs(Permission.RECORD_RESULTS)
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Write or rewrite the draft, then go back to the list for the next tube."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    form = ValueForm(request.POST)
    if form.is_valid():
        value = SpecimenResult(form.cleaned_data["value"])
        try:
            services.record_result(specimen_id=found.pk, value=value, at=timezone.now(), by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            word = sign_for("result", value).word
            text = _("%(code)s: %(result)s. A second person signs.") % {"code": found.code, "result": word}
            messages.success(request, text)
            return redirect("results")
    return _specimen_page(request, code, {"value_form": form})


@require_POST
@needs(Permission.SIGN_RESULTS)
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Sign the draft; what it sets going is shown on the specimen's page."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    form = ValueForm(request.POST)
    if not form.is_valid():
        return _specimen_page(request, code, {"value_form": form})
    seen = SpecimenResult(form.cleaned_data["value"])
    services.sign_result(specimen_id=found.pk, at=timezone.now(), by=by, seen=seen)
    return redirect("specimen", found.code)


@require_POST
@needs(Permission.SIGN_RESULTS)
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """Replace a signed result by another value, for a reason."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        value, reason = SpecimenResult(form.cleaned_data["value"]), form.cleaned_data["reason"]
        try:
            services.correct_result(specimen_id=found.pk, value=value, reason=reason, at=timezone.now(), by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("specimen", found.code)
    return _specimen_page(request, code, {"correction_form": form})


@require_POST
@needs(Permission.SIGN_RESULTS)
def annul(request: HttpRequest, code: str) -> HttpResponse:
    """Declare that the specimen has no valid result, for a reason."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    form = AnnulmentForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            services.annul_result(specimen_id=found.pk, reason=reason, at=timezone.now(), by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("specimen", found.code)
    return _specimen_page(request, code, {"annulment_form": form})


def _specimen_page(request: HttpRequest, code: str, refused: dict[str, forms.Form]) -> HttpResponse:
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    _audit("lab.specimen_read", [found.subject], by)
    versions = list(found.results.select_related("recorded_by", "signed_by").order_by("-version"))
    latest = versions[0] if versions else None
    is_draft = latest is None or latest.status == selectors.Result.Status.DRAFT
    context = {
        "specimen": found,
        "versions": versions,
        "steps": custody_selectors.steps_of(found),
        "latest": latest,
        "is_draft": is_draft,
        "is_mine": latest is not None and latest.recorded_by_id == by.pk,
        "actions": {name: reverse(f"result_{name}", args=[code]) for name in ("record", "sign", "correct", "annul")},
        "value_form": ValueForm(initial={"value": latest.value} if latest else None),
        "correction_form": CorrectionForm(),
        "annulment_form": AnnulmentForm(),
        **refused,
    }
    return render(request, "lab/specimen.html", context, status=INVALID if refused else 200)


def _audit(action: str, subjects: list[Subject], by: User) -> None:
    persons = [subject.pk for subject in subjects if subject.kind == SubjectKind.PERSON]
    if persons:
        audit.record(action, by=by, at=timezone.now(), subjects=persons)
