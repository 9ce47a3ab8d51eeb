"""For whoever watches over the codes: what looks made rather than found, each with its rows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.core import audit
from lianfang.apps.core.language import spoken
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.healthcode.monitors import alarms
from lianfang.rules.monitor import AlarmKind
from lianfang.rules.reasons import explain
from lianfang.rules.words import label


@require_GET
@needs(Permission.WATCH_CODES)
def monitors(request: HttpRequest) -> HttpResponse:
    """Show every alarm of the reader's area."""
    by, at = actor(request), timezone.now()
    found = alarms(area=by.area_code, at=at)
    subjects = [subject.pk for alarm in found for subject in alarm.persons]
    audit.record("healthcode.monitors_read", by=by, at=at, subjects=subjects)
    context = {
        "at": at,
        "groups": [
            (label(kind, spoken()), [(explain(each.reason, spoken()), each) for each in found if each.kind == kind])
            for kind in AlarmKind
        ],
        "may_open": may(by, Permission.VIEW_PERSONS),
    }
    return render(request, "healthcode/monitors.html", context)
