"""Shared tubes: sampling on a phone, what waits, and each tube's result."""

from collections.abc import Callable

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.content_policy import allows_wasm
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer, worker_answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.lab import pool_results, pooling, selectors
from lianfang.apps.lab.forms import AnnulmentForm, CorrectionForm, ValueForm
from lianfang.rules.vocabulary import SpecimenResult

PAGE_SIZE = 50
INVALID = 422


@require_GET
@allows_wasm
@needs(Permission.COLLECT_SPECIMENS)
def sampling(request: HttpRequest) -> HttpResponse:
    """Show the sampling point's page, which goes on without a connection."""
    return render(request, "lab/sampling.html", {"most": pooling.most_per_tube(timezone.now())})


@require_GET
@needs(Permission.COLLECT_SPECIMENS)
def worker(_request: HttpRequest) -> HttpResponse:
    """Hand over the page's service worker: under this address it reaches `/sampling/` and nothing else."""
    return worker_answer("src/islands/sampling/index.ts")


@require_GET
@needs(Permission.RECORD_RESULTS)
def pools(request: HttpRequest) -> HttpResponse:
    """Show the shared tubes of the area, those without a signed result first."""
    found = selectors.pools(by=actor(request))
    return answer(request, "lab/pools.html", {"page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))})


@require_GET
@needs(Permission.RECORD_RESULTS)
def pool(request: HttpRequest, code: str) -> HttpResponse:
    """Show one shared tube: who is in it, its result, and what may be done next."""
    return _page(request, code, {})


@require_POST
@needs(Permission.RECORD_RESULTS)
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Write or rewrite the draft."""
    form = ValueForm(request.POST)

    def act(by: User) -> None:
        value = SpecimenResult(form.cleaned_data["value"])
        pool_results.record_pool_result(code=code, value=value, at=timezone.now(), by=by)

    return _acted(request, code, ("value_form", form), act)


@require_POST
@needs(Permission.SIGN_RESULTS)
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Sign the draft; what it means for each member follows."""
    form = ValueForm(request.POST)

    def act(by: User) -> None:
        seen = SpecimenResult(form.cleaned_data["value"])
        pool_results.sign_pool_result(code=code, at=timezone.now(), by=by, seen=seen)

    return _acted(request, code, ("value_form", form), act)


@require_POST
@needs(Permission.SIGN_RESULTS)
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """Replace a signed result by another value, for a reason."""
    form = CorrectionForm(request.POST)

    def act(by: User) -> None:
        value, reason = SpecimenResult(form.cleaned_data["value"]), form.cleaned_data["reason"]
        pool_results.change_pool_result(code=code, value=value, reason=reason, at=timezone.now(), by=by)

    return _acted(request, code, ("correction_form", form), act)


@require_POST
@needs(Permission.SIGN_RESULTS)
def annul(request: HttpRequest, code: str) -> HttpResponse:
    """Declare that the tube has no valid result, for a reason."""
    form = AnnulmentForm(request.POST)

    def act(by: User) -> None:
        reason = form.cleaned_data["reason"]
        pool_results.change_pool_result(code=code, value=None, reason=reason, at=timezone.now(), by=by)

    return _acted(request, code, ("annulment_form", form), act)


def _acted(request: HttpRequest, code: str, given: tuple[str, forms.Form], act: Callable[[User], None]) -> HttpResponse:
    name, form = given
    if form.is_valid():
        try:
            act(actor(request))
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("pool", code)
    return _page(request, code, {name: form})


def _page(request: HttpRequest, code: str, refused: dict[str, forms.Form]) -> HttpResponse:
    by = actor(request)
    found = pooling.pool_of(code, by=by)
    members = list(found.members.select_related("specimen", "subject").order_by("position"))
    audit.record(
        "lab.pool_read", by=by, at=timezone.now(), subjects=[each.subject_id for each in members], pool=found.pk
    )
    versions = list(found.results.select_related("recorded_by", "signed_by").order_by("-version"))
    latest = versions[0] if versions else None
    context = {
        "pool": found,
        "members": members,
        "versions": versions,
        "latest": latest,
        "is_draft": latest is None or latest.status == selectors.Result.Status.DRAFT,
        "is_mine": latest is not None and latest.recorded_by_id == by.pk,
        "actions": {name: reverse(f"pool_{name}", args=[code]) for name in ("record", "sign", "correct", "annul")},
        "value_form": ValueForm(initial={"value": latest.value} if latest else None),
        "correction_form": CorrectionForm(),
        "annulment_form": AnnulmentForm(),
        **refused,
    }
    return render(request, "lab/pool.html", context, status=INVALID if refused else 200)
