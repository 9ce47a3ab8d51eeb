"""The desk."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, needs


@require_GET
@needs(Permission.VIEW_DESK)
def desk(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return answer(request, "command/desk.html", {})
