"""Limits on how often somebody without an account may ask: counted in the database, so one limit for all processes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from lianfang.apps.core.identity import search_hash
from lianfang.apps.core.models import RateWindow

TOO_MANY = 429
KEPT = timedelta(hours=1)
Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponse]


def client_address(request: HttpRequest) -> str:
    """Return who asks: behind TLS the address our own proxy saw, which it appends last."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_TLS else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def counted(what: str, who: str, *, window_s: int, now: datetime) -> int:
    """Count one request and return how many there were in the present window."""
    seconds = int(now.timestamp())
    starts_at = datetime.fromtimestamp(seconds - seconds % window_s, tz=UTC)
    statement = (
        "INSERT INTO core_ratewindow (key, starts_at, n) VALUES (%s, %s, 1)"
        " ON CONFLICT (key, starts_at) DO UPDATE SET n = core_ratewindow.n + 1 RETURNING n"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [search_hash(f"rate:{what}:{who}"), starts_at])
        n: int = cursor.fetchone()[0]
    if n == 1:  # a newcomer tidies up, so that the table stays as small as an hour's visitors
        RateWindow.objects.filter(starts_at__lt=now - KEPT).delete()
    return n


def at_most(n: int, *, window_s: int, what: str) -> Callable[[View[Params]], View[Params]]:
    """Decorate a public view: more requests than `n` in a window are answered with 429. Staff are not counted."""

    def decorate(view: View[Params]) -> View[Params]:
        @wraps(view)
        def limited(request: HttpRequest, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                now = timezone.now()
                if counted(what, client_address(request), window_s=window_s, now=now) > n:
                    wait = window_s - int(now.timestamp()) % window_s
                    answer = render(request, "core/too_many.html", {"wait": wait}, status=TOO_MANY)
                    answer.headers["Retry-After"] = str(wait)
                    answer.headers["Cache-Control"] = "no-store"
                    return answer
            return view(request, *args, **kwargs)

        return cast("View[Params]", limited)

    return decorate
