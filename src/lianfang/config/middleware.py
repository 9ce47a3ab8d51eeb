"""What every response says to the browser: the content policy, and that a session has ended."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers

from lianfang.apps.core.content_policy import POLICY

GetResponse = Callable[[HttpRequest], HttpResponseBase]

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ContentSecurityPolicyMiddleware:
    """Adds the headers Django's own security middleware does not know; a view may set a stricter one first."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers added."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class FragmentMiddleware:
    """One URL, two answers: pages vary by HX-Request, personal pages are not stored, scripts never get the login page.

    For HTMX and JSON fetches a redirect to the login page, and a refusal of who is not signed in, becomes 401 with the
    address to log in at in `X-Login`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with an ended session told in a way scripts understand."""
        response = self.get_response(request)
        if _asked_by_script(request) and (_leads_to_login(response) or _refused_unknown(request, response)):
            response = HttpResponse(status=401, headers={"X-Login": resolve_url(settings.LOGIN_URL)})
        patch_vary_headers(response, ["HX-Request"])
        if getattr(request, "user", None) and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _asked_by_script(request: HttpRequest) -> bool:
    if request.headers.get("HX-Request") == "true":
        return True
    return request.headers.get("Accept", "").startswith("application/json")


def _refused_unknown(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether nobody is signed in any more: the token of the form ended with the session, and is asked for first."""
    return response.status_code == 403 and not getattr(request, "user", AnonymousUser()).is_authenticated


def _leads_to_login(response: HttpResponseBase) -> bool:
    if response.status_code != 302:
        return False
    return response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
