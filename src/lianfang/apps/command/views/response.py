"""What follows from a signed result: asked again and again until everything it orders is stored."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.command.selectors.response import response_to
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.lab.selectors import specimen_of


@require_GET
@needs(Permission.RECORD_RESULTS)
def response(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether the newest result is being answered, or what answered it and after how many seconds."""
    specimen = specimen_of(code, by=actor(request))
    found = response_to(specimen, at=timezone.now())
    return answer(request, "command/response.html", {"specimen": specimen, "response": found})
