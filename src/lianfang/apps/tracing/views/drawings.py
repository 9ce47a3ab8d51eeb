"""The JSON behind the timeline and the network; shapes: frontend/src/islands/*/data.ts."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.permissions import Permission, needs
from lianfang.apps.tracing.selectors.graph import beginning, neighbourhood
from lianfang.apps.tracing.selectors.overview import overview
from lianfang.apps.tracing.selectors.proof import exposures_of
from lianfang.apps.tracing.selectors.timeline import timeline_of
from lianfang.apps.tracing.views.opening import noted, opened


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def timeline(request: HttpRequest, number: str) -> JsonResponse:
    """Answer with the timeline of `subject` (a code; `direction` where it was found in both), else of the whole run."""
    occasion = opened(request, number)
    code, direction = request.GET.get("subject", ""), request.GET.get("direction", "")
    if code:
        found = exposures_of(occasion.run, code, occasion.reader)
        chosen = next((each for each in found if each.direction == direction), found[0])
        chosen.run = occasion.run
        drawing, cards = timeline_of(chosen, occasion.reader)
    else:
        drawing, cards = overview(occasion.run, occasion.reader)
    noted(request, "tracing.timeline_read", cards, investigation=number)
    return JsonResponse(drawing)


@require_GET
@needs(Permission.VIEW_INVESTIGATIONS)
def graph(request: HttpRequest, number: str) -> JsonResponse:
    """Answer with the neighbourhood of `node`, else with the index and its first generation."""
    occasion = opened(request, number)
    node = request.GET.get("node", "")
    ask = (occasion.run, occasion.reader)
    drawing, cards = neighbourhood(*ask, node) if node else beginning(*ask)
    noted(request, "tracing.network_read", cards, investigation=number)
    return JsonResponse(drawing)
