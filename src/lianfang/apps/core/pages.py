"""One URL, two answers: the full page, or its fragment for HTMX; and the worker that keeps a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianfang.apps.core.built_assets import worker_file


def wants_fragment(request: HttpRequest) -> bool:
    """Return whether HTMX asks for a part; going back in the browser's history asks for the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def answer(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render `core/accounts.html`, or `core/_accounts.html` where HTMX asks: page and swap share one source."""
    if wants_fragment(request):
        folder, _, name = page.rpartition("/")
        page = f"{folder}/_{name}"
    return render(request, page, context, status=status)


def worker_answer(entry: str) -> HttpResponse:
    """Hand over the service worker that one entry of the front end brings along; its address says what it reaches."""
    script = worker_file(entry).read_bytes()
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
