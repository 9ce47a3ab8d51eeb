"""What doors send: batches of events, believed by the door's own signature and nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lianfang.apps.core import clock
from lianfang.apps.gates import services


@csrf_exempt
@login_not_required
@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """Take in a batch; the answer means that it is durable."""
    taken = services.take(content=request.body, at=clock.now())
    return JsonResponse(taken.plain())
