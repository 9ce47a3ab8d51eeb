"""Proving a phone: ask for a code, type it in, end the session. The answer is the same for every number."""

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.apps.core import citizens, sms
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import CodeForm, PhoneForm, add_refusal
from lianfang.apps.core.rates import TOO_MANY, client_address, counted

INVALID = 422
_NO_STORE = "private, no-store"


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for a phone number and send a code to it."""
    form = PhoneForm(request.POST or None)
    at = timezone.now()
    status = 200
    if request.method == "POST" and form.is_valid():
        if _is_machine(request, "phone-codes", settings.PHONE_CODES_PER_ADDRESS, at):
            form.add_error(None, _("Too many codes were asked for from here. Please try again later."))
            status = TOO_MANY
        else:
            try:
                row = citizens.send_code(phone=form.cleaned_data["phone"], at=at)
            except DomainError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                return _to_code(request, row.handle)
    if form.errors and status == 200:
        status = INVALID
    context = {"form": form, "next": _next(request), "is_available": sms.is_available()}
    return _private(render(request, "core/citizen_phone.html", context, status=status))


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent and begin the session."""
    handle = citizens.asked_handle(request)
    if not handle:
        return redirect(_address("citizen_phone", request))
    form = CodeForm(request.POST or None)
    at = timezone.now()
    status = 200
    if request.method == "POST" and form.is_valid():
        if _is_machine(request, "phone-guesses", settings.PHONE_GUESSES_PER_ADDRESS, at):
            form.add_error(None, _("Too many codes were tried from here. Please try again later."))
            status = TOO_MANY
        else:
            try:
                key = citizens.prove_phone(handle=handle, code=form.cleaned_data["code"], at=at)
            except DomainError as error:
                add_refusal(form, error)
            else:
                return _begun(request, key)
    if form.errors and status == 200:
        status = INVALID
    context = {"form": form, "next": _next(request), "minutes": settings.PHONE_CODE_VALID_S // 60}
    context["is_demo"] = settings.SMS_SENDER == "console"
    return _private(render(request, "core/citizen_code.html", context, status=status))


@login_not_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Send another code to the same phone."""
    at = timezone.now()
    form = CodeForm()
    try:
        if _is_machine(request, "phone-codes", settings.PHONE_CODES_PER_ADDRESS, at):
            raise citizens.TooManyCodes("Too many codes were asked for from here. Please try again later.")
        row = citizens.send_again(handle=citizens.asked_handle(request), at=at)
    except DomainError as error:
        context = {"form": form, "next": _next(request), "minutes": settings.PHONE_CODE_VALID_S // 60}
        context |= {"refusal": _(error.message), "is_demo": settings.SMS_SENDER == "console"}
        return _private(render(request, "core/citizen_code.html", context, status=error.http_status))
    return _to_code(request, row.handle)


@login_not_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End the citizen's session."""
    found = citizens.citizen_of(request)
    if found is not None:
        citizens.end_session(citizen=found, at=timezone.now())
    response = redirect("home")
    response.delete_cookie(citizens.SESSION_COOKIE, samesite="Lax")
    return response


def _begun(request: HttpRequest, key: str) -> HttpResponse:
    response = redirect(_next(request) or "home")
    citizens.remember(response, citizens.SESSION_COOKIE, key, seconds=settings.PHONE_SESSION_S)
    response.delete_cookie(citizens.ASKED_COOKIE, samesite="Lax")
    return response


def _to_code(request: HttpRequest, handle: str) -> HttpResponse:
    response = redirect(_address("citizen_code", request))
    citizens.remember(response, citizens.ASKED_COOKIE, handle, seconds=settings.PHONE_CODE_VALID_S)
    return response


def _is_machine(request: HttpRequest, what: str, limit: tuple[int, int], at: datetime) -> bool:
    n, window_s = limit
    return counted(what, client_address(request), window_s=window_s, now=at) > n


def _next(request: HttpRequest) -> str:
    """Return where the citizen came from, if that is a page of this site."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else ""


def _address(name: str, request: HttpRequest) -> str:
    back = _next(request)
    return f"{reverse(name)}?{urlencode({'next': back})}" if back else reverse(name)


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = _NO_STORE
    return response
