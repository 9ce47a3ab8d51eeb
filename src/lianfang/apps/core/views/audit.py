"""The audit trail as auditors read it; reading it is itself an event."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.core import audit
from lianfang.apps.core.forms import AuditFilterForm
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.selectors import AuditQuery, audit_page, subject_ids

PAGE_SIZE = 50
MAX_DIGITS = 19  # a bigint has no more


@require_GET
@needs(Permission.VIEW_AUDIT)
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Show who did or read what, newest first."""
    by = actor(request)
    form = AuditFilterForm(request.GET)
    query = AuditQuery(**form.cleaned_data, before=_before(request)) if form.is_valid() else AuditQuery()
    rows, older = audit_page(query, by=by, size=PAGE_SIZE)
    # Whose trail was looked at is kept; other words typed are not, they may be names.
    audit.record("audit.read", by=by, at=timezone.now(), subjects=subject_ids(query.subject))
    return answer(request, "core/audit.html", {"form": form, "rows": rows, "older": older})


def _before(request: HttpRequest) -> int | None:
    page = request.GET.get("page", "")
    return int(page) if page.isascii() and page.isdigit() and len(page) < MAX_DIGITS else None
