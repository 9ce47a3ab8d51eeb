"""The one handler that turns a domain refusal into an HTTP answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lianfang.apps.core.errors import DomainError


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
            content = {"code": error.code, "message": error.message, "field": error.field}
            return JsonResponse(content, status=error.http_status)
        context = {"error_code": error.code, "error_message": _(error.message)}
        template = {403: "403.html", 404: "404.html"}.get(error.http_status, "core/refused.html")
        return render(request, template, context, status=error.http_status)
