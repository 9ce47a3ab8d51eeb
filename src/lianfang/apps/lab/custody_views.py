"""Tubes: where they are, which are late, and moving them by scanning."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab import custody, custody_selectors
from lianfang.apps.lab.custody_forms import MoveForm
from lianfang.rules.custody import ENDED, Whereabouts
from lianfang.rules.reasons import explain
from lianfang.rules.vocabulary import SubjectKind

SHOWN = 50
INVALID = 422
REFUSALS = {
    "unknown": _("not registered in your area"),
    "collected": _("still at the sampling point: receive it first"),
    "packed": _("packed: it can be sent, received or rejected"),
    "sent": _("on the way: it can be received or rejected"),
    "received": _("at the laboratory: it can be stored, packed or rejected"),
    "rejected": _("rejected: it can only be destroyed"),
    "stored": _("in store: take it out first"),
    "destroyed": _("destroyed"),
    "time_order": _("moved later than this"),
    "signed": _("has a signed result: correct or annul that"),
    "undecided": _("has no signed result yet: it is kept"),
}


@require_http_methods(["GET", "POST"])
@needs(Permission.COLLECT_SPECIMENS)
def tubes(request: HttpRequest) -> HttpResponse:
    """Show where the tubes are and what is late; a scan moves them and says what became of each code."""
    by = actor(request)
    form, moved = MoveForm(by=by), None
    if request.method == "POST":
        form = MoveForm(request.POST, by=by)
        moved = _moved(form, by)
        if moved is not None:
            form = MoveForm(by=by, initial={**form.cleaned_data, "codes": ""})
    context = {"form": form, "moved": moved, "refused": refused_codes(moved), **_whereabouts(by)}
    return render(request, "lab/tubes.html", context, status=INVALID if form.errors else 200)


def _moved(form: MoveForm, by: User) -> custody.Moved | None:
    if not form.is_valid():
        return None
    try:
        return custody.move_tubes(codes=form.cleaned_data["codes"], move=form.move(), at=timezone.now(), by=by)
    except DomainError as error:
        add_refusal(form, error)
        return None


def refused_codes(moved: custody.Moved | None) -> list[tuple[str, Promise]]:
    """Return each code that was not moved with the reason, as it is said."""
    refused = moved.refused if moved else {}
    return [(code, REFUSALS[why]) for code, why in refused.items()]


def _whereabouts(by: User) -> dict[str, object]:
    now = timezone.now()
    profile = profile_in_force(at=now)
    awaited = custody_selectors.awaited(profile=profile, now=now, by=by)
    late = custody_selectors.late(profile=profile, now=now, by=by, most=SHOWN)
    persons = [tube.subject.pk for tube in late if tube.subject.kind == SubjectKind.PERSON and not tube.members]
    if persons:
        audit.record("lab.custody_listed", by=by, at=now, subjects=persons)
    language = spoken()
    return {
        "late": [(tube, [explain(reason, language) for reason in tube.verdict.reasons]) for tube in late],
        "n_late": awaited.n_late,
        "n_awaited": awaited.n_awaited,
        "counts": [(kind.value, awaited.places.get(kind, 0)) for kind in Whereabouts if kind not in ENDED],
    }
