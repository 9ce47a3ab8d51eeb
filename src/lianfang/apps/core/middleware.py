"""The one handler that turns a domain refusal into an HTTP answer, and the gate before a given password is changed."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError, NotAllowed
from lianfang.apps.core.models import User


class DomainErrorMiddleware:
    """Maps DomainError to its status: JSON for the API, a page or fragment with the reason otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a DomainError; anything else is a bug and passes through."""
        if not isinstance(error, DomainError):
            return None
        if request.path.startswith("/api/"):
            return refusal(request, error)
        note_attempt(request, error)
        context = {"error_code": error.code, "error_message": _(error.message)}
        template = {403: "403.html", 404: "404.html"}.get(error.http_status, "core/refused.html")
        return render(request, template, context, status=error.http_status)


def refusal(request: HttpRequest, error: DomainError) -> JsonResponse:
    """Return the API's answer to a refusal: its stable code, its message in English and the field concerned."""
    note_attempt(request, error)
    content = {"code": error.code, "message": error.message, "field": error.field}
    return JsonResponse(content, status=error.http_status)


def note_attempt(request: HttpRequest, error: DomainError) -> None:
    """Keep in the audit trail who tried what their role or area does not cover."""
    if isinstance(error, NotAllowed) and isinstance(request.user, User):
        audit.record("access.refused", by=request.user, at=timezone.now(), code=error.code, path=request.path[:200])


class PasswordToChange(DomainError):
    """The account still has the password somebody else chose."""

    code = "password_to_change"
    http_status = 403


# What is open to an account whose password was given to it, besides the pages for everybody. Everything else waits.
_OPEN: Final = frozenset({"password_change", "password_change_done", "logout"})


class GivenPasswordMiddleware:
    """Sends whoever still has a given password to choose their own before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponse | None:
        """Answer in the view's place where the password comes first."""
        if not getattr(request.user, "must_change_password", False):
            return None
        if request.resolver_match and request.resolver_match.view_name in _OPEN:
            return None
        is_for_everybody = getattr(view, "login_required", True) is False
        if is_for_everybody and not request.path.startswith("/api/"):
            return None
        if request.path.startswith("/api/"):
            return refusal(request, PasswordToChange("Choose your own password first."))
        return redirect("password_change")
