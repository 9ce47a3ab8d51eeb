"""Refusing the one character that no stored text can hold, wherever a request carries it."""

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.middleware import refusal

_NUL = "\0"
# How JSON writes it.
_NUL_IN_JSON = b"\\u0000"


class NulCharacter(DomainError):
    """The request has a NUL character in its address or content; PostgreSQL stores none."""

    code = "nul_character"


class NulGuardMiddleware:
    """Answers 400 to a NUL in the path, the query, a form's fields or a JSON body, before any view sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: object) -> HttpResponse | None:
        """Answer in the view's place where there is one."""
        if not _has_nul(request):
            return None
        error = NulCharacter("The request has a character that no text can have.")
        if request.path.startswith("/api/"):
            return refusal(request, error)
        context = {"error_code": error.code, "error_message": _(error.message)}
        return render(request, "core/refused.html", context, status=error.http_status)


def _has_nul(request: HttpRequest) -> bool:
    if request.content_type == "application/json" and _NUL_IN_JSON in request.body:
        return True
    return any(_NUL in text for text in _texts(request))


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            yield name
            yield from values
