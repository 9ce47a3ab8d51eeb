"""People."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, needs


@require_GET
@needs(Permission.VIEW_PERSONS)
def people(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return answer(request, "command/people.html", {})


@require_GET
@needs(Permission.VIEW_PERSONS)
def person(request: HttpRequest, code: str) -> HttpResponse:
    """Show one."""
    return answer(request, "command/person.html", {"code": code})
