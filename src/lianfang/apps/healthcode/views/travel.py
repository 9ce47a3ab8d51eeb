"""Certificates that travellers bring: read and verified by our own list of keys. Nothing follows from one, nothing is kept."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianfang.apps.core import audit
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.healthcode.forms import TravelForm
from lianfang.wire import hcert
from lianfang.wire.refusal import Refusal, Refused

INVALID = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.RECORD_STAYS)
def travel(request: HttpRequest) -> HttpResponse:
    """Read a certificate and say what it says."""
    trust, at = settings.TRAVEL_TRUST, timezone.now()
    form = TravelForm(request.POST or None)
    found, status = None, 200
    if request.method == "POST":
        found, status = None, INVALID
        if form.is_valid():
            try:
                found = hcert.read(form.cleaned_data["text"], trust, at=int(at.timestamp()))
                status = 200
            except Refused as error:
                form.add_error("text", _why(error.reason))
        audit.record("healthcode.certificate_read", by=actor(request), at=at, verified=found is not None)
    context: dict[str, Any] = {"form": form, "found": found, "n_keys": len(trust.keys), "at": at}
    if found is not None:
        context["issued_at"], context["expires_at"] = (
            datetime.fromtimestamp(second, tz=UTC) for second in (found.issued_at, found.expires_at)
        )
    return render(request, "healthcode/travel.html", context, status=status)


def _why(reason: Refusal) -> str:
    return {
        Refusal.NOT_OURS: _("This is no certificate of this kind: its code begins with HC1:"),
        Refusal.UNKNOWN_KEY: _("Whoever signed this is not in our list: it proves nothing here."),
        Refusal.KEY_NOT_IN_FORCE: _("The key that signed this was not in force then: it proves nothing."),
        Refusal.EXPIRED: _("This certificate has run out."),
        Refusal.BAD_SIGNATURE: _("The signature does not hold: this was changed or forged."),
    }.get(reason, _("This certificate cannot be read: it is damaged, or was not read completely."))
