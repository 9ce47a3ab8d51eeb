"""The citizen's page: my code, why it has its colour, who says so, and what I can do about it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from lianfang.apps.command.public_forms import OwnAppealForm
from lianfang.apps.command.selectors.campaigns import contact_for
from lianfang.apps.command.selectors.my_code import my_codes
from lianfang.apps.core import audit, built_assets, citizens
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.middleware import refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.rates import at_most
from lianfang.apps.healthcode import heads, issuing, own
from lianfang.apps.healthcode.services import AlreadyAppealed

ASKED, WINDOW_S = 60, 60
ISLAND = "src/islands/mycode/index.ts"


@citizens.citizen
@require_GET
@at_most(ASKED, window_s=WINDOW_S, what="my-code")
def my_code(request: HttpRequest) -> HttpResponse:
    """Show the codes of the persons registered with the citizen's phone."""
    citizen, at = citizens.acting(request), timezone.now()
    codes = my_codes(citizen, at=at)
    by = request.user if isinstance(request.user, User) else None
    subjects = [each.subject_id for each in codes]
    audit.record("citizen.code_read", by=by, at=at, subjects=subjects, proof=citizen.proof)
    context = {
        "codes": codes,
        "citizen": citizen,
        "at": at,
        "contact": contact_for(settings.COUNTY_CODE),
        "log_keys": heads.phone_keys(),
    }
    return render(request, "public/my_code.html", context)


@citizens.citizen
@require_POST
@at_most(ASKED, window_s=WINDOW_S, what="my-code-token")
def token(request: HttpRequest) -> HttpResponse:
    """Hand this phone the signed text of a code: `person`, and `holder`, the phone's public key in hex (empty: none)."""
    citizen, at = citizens.acting(request), timezone.now()
    try:
        holder = bytes.fromhex(request.POST.get("holder", "")) or None
    except ValueError:
        return refusal(request, own.NoHolderKey("This is no key of a phone."))
    person = request.POST.get("person", "")
    try:
        made = own.code_for_phone(citizen=citizen, person_code=person, holder=holder, at=at)
    except DomainError as error:
        return refusal(request, error)
    answer = {
        "text": issuing.text_of(made),
        "colour": made.colour,
        "issued_at": int(made.issued_at.timestamp()),
        "expires_at": int(made.expires_at.timestamp()),
    }
    return JsonResponse(answer)


@citizens.citizen
@require_POST
@at_most(ASKED, window_s=WINDOW_S, what="my-code-token")
def withdraw(request: HttpRequest) -> HttpResponse:
    """Withdraw every code of one person: the other phone or the paper is lost."""
    own.withdraw_own(citizen=citizens.acting(request), person_code=request.POST.get("person", ""), at=timezone.now())
    messages.success(request, _("Earlier codes are withdrawn. This page fetches a new one."))
    return redirect("my_code")


@citizens.citizen
@require_POST
@at_most(ASKED, window_s=WINDOW_S, what="my-code-token")
def appeal(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Take what the person says against one piece of evidence."""
    form = OwnAppealForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what is wrong."))
        return redirect("my_code")
    statement = form.cleaned_data["statement"]
    try:
        own.appeal_own(citizen=citizens.acting(request), stay_id=stay_id, statement=statement, at=timezone.now())
    except AlreadyAppealed:
        messages.info(request, _("Your appeal was recorded before."))
    else:
        messages.success(request, _("Your appeal is recorded. Somebody who did not record the evidence decides."))
    return redirect("my_code")


@login_not_required
@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """Return the script that keeps the page on the phone; from here, so that it reaches no other page."""
    content = built_assets.worker_file(ISLAND).read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": reverse("my_code")}
    return HttpResponse(content, content_type="text/javascript; charset=utf-8", headers=headers)
