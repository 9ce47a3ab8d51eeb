"""Two addresses for whoever operates the installation: does the process answer, can the system work."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lianfang.apps.core import health

UNAVAILABLE = 503


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - the signature of a view
    """Say that this process answers; nothing else is touched."""
    return JsonResponse({"ok": True})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - the signature of a view
    """Say whether the system can work and which part cannot: 200 or 503."""
    found = health.checks(timezone.now())
    ok = all(check.ok for check in found.values())
    content = {"ok": ok, "checks": {name: asdict(check) for name, check in found.items()}}
    return JsonResponse(content, status=200 if ok else UNAVAILABLE)
