"""Merging two persons, confirming what another wished, and undoing it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianfang.apps.command.forms import MergeForm
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.people import merging
from lianfang.apps.people.selectors import Person, person_by_code
from lianfang.rules.merging import MergeDecision

INVALID = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.MERGE_PERSONS)
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """Say of which other record this one is a part; confirm a wish; or make it a person of its own again."""
    by, at = actor(request), timezone.now()
    person = person_by_code(code, area=by.area_code)
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            told = _done(said["step"], said["code"], said["reason"], (person, by, at))
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, told)
            return redirect("person", code)
    audit.record("person.read", by=by, at=at, subjects=[person.pk])
    context = {
        "person": person,
        "form": form,
        "wish": merging.wish_of(person.pk),
        "history": merging.merges_of(person.pk),
    }
    return render(request, "command/person_merge.html", context, status=INVALID if form.errors else 200)


def _done(step: str, other: str, reason: str, act: tuple[Person, User, datetime]) -> str:
    person, by, at = act
    if step == "confirm":
        merging.confirm_merge(merged=person, at=at, by=by)
        return _("The records are one person now.")
    if step == "part":
        merging.unmerge_person(merged=person, reason=reason, at=at, by=by)
        return _("The record is a person of its own again.")
    survivor = person_by_code(other, area=by.area_code)
    outcome = merging.merge_persons(merged=person, survivor=survivor, reason=reason, at=at, by=by)
    if outcome is MergeDecision.ASK_SECOND:
        return _("The records contradict each other: a second person has to confirm it.")
    return _("The records are one person now.")
