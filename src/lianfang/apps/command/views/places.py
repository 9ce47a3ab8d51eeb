"""Places."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, needs


@require_GET
@needs(Permission.VIEW_PLACES)
def places(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return answer(request, "command/places.html", {})


@require_GET
@needs(Permission.VIEW_PLACES)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Show one."""
    return answer(request, "command/place.html", {"code": code})
