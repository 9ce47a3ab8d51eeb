"""The JSON API: every app's router in one place, session sign-in, refusals in one shape."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import django_auth

from lianfang.apps.areas.api import router as areas
from lianfang.apps.core.api import router as core
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.middleware import refusal
from lianfang.apps.followup.api import router as followup
from lianfang.apps.goods import api as goods
from lianfang.apps.goods.epcis.answers import PREFIX as EPCIS
from lianfang.apps.goods.epcis.answers import problem
from lianfang.apps.goods.epcis.api import router as epcis
from lianfang.apps.lab.api import router as lab
from lianfang.apps.reporting.api import router as reporting
from lianfang.apps.returnees.api import router as returnees
from lianfang.apps.tracing.api import router as tracing

ROUTERS = (core, areas, goods.router, epcis, lab, reporting, followup, returnees, tracing)

# The session's cookie signs in and the CSRF token is asked for. The schema is for the signed-in; no docs page: it would
# bring scripts of its own past the content policy.
api = NinjaAPI(title="Lianfang", version="1", auth=django_auth, docs_url=None, urls_namespace="api")
for router in ROUTERS:
    api.add_router("", router)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    if request.path.startswith(goods.PREFIX):
        return goods.problem(request, error)
    return problem(request, error) if request.path.startswith(EPCIS) else refusal(request, error)


@api.exception_handler(AuthenticationError)
def _not_signed_in(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return JsonResponse({"code": "not_signed_in", "message": "Please sign in.", "field": None}, status=401)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name the first field that is wrong, and why; never its value, which may be personal."""
    first: dict[str, Any] = error.errors[0]
    field = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path", "payload"})
    if request.path.startswith(goods.PREFIX):
        return goods.malformed(error.errors)
    return JsonResponse({"code": "malformed", "message": first["msg"], "field": field or None}, status=422)


@api.exception_handler(RawPostDataException)
def _not_json(_request: HttpRequest, _error: RawPostDataException) -> HttpResponse:
    """A form was sent where JSON is expected: it has been read as a form already."""
    return JsonResponse({"code": "malformed", "message": "Send JSON.", "field": None}, status=422)


def urls() -> tuple[list[Any], str, str]:
    """Return the API's addresses. Operations answer an anonymous caller with 401 instead of the log-in page."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in {"openapi-json", "api-root"}:
            login_not_required(pattern.callback)
    return patterns, app_name, namespace
