"""Goods."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, needs


@require_GET
@needs(Permission.VIEW_GOODS)
def goods(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return answer(request, "command/goods.html", {})


@require_GET
@needs(Permission.VIEW_GOODS)
def lot(request: HttpRequest, code: str) -> HttpResponse:
    """Show one."""
    return answer(request, "command/lot.html", {"code": code})
