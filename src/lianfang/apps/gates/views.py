"""What doors send: batches of events, believed by the door's own signature and nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lianfang.apps.core import clock
from lianfang.apps.core.errors import DomainError
from lianfang.apps.gates import services


@csrf_exempt
@login_not_required
@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """Take in a batch; the answer means that it is durable."""
    try:
        content = request.body
    except RawPostDataException:  # a form was sent, and has been read as one: no door does that
        content = b""
    try:
        taken = services.take(content=content, at=clock.now())
    except DomainError as error:  # whoever asks is a program, whatever it says it accepts
        return JsonResponse({"code": error.code, "message": error.message, "field": None}, status=error.http_status)
    return JsonResponse(taken.plain())
