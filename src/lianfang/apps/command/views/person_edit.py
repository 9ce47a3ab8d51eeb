"""Editing a person: the form, and both versions side by side when somebody else was faster."""

from dataclasses import asdict, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianfang.apps.command.forms import PersonForm
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.people import editing
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import person_by_code
from lianfang.apps.places.selectors import place_ids

INVALID, STALE = 422, 409


class HouseholdUnknown(DomainError):
    """No place has this code."""

    code = "household_unknown"
    http_status = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_PERSONS)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change name, phone, division, household and work unit of one person."""
    by, at = actor(request), timezone.now()
    found = person_by_code(code, area=by.area_code)
    person = persons_of([found.pk])[found.pk]
    if request.method != "POST":
        audit.record("person.identity_shown", by=by, at=at, subjects=[person.pk])
        form = PersonForm(initial=asdict(editing.values_of(person)) | {"version": person.version})
        return render(request, "command/person_edit.html", {"form": form, "code": code})
    form = PersonForm(request.POST)
    if form.is_valid():
        said = dict(form.cleaned_data)
        wanted = editing.Wanted(said.pop("version"), editing.PersonValues(**said), None)
        try:
            wanted = replace(wanted, household_id=_household(said["household"]))
            editing.edit_person(subject_id=person.pk, wanted=wanted, at=at, by=by)
        except editing.PersonChanged as conflict:
            audit.record("person.identity_shown", by=by, at=at, subjects=[person.pk])
            return render(request, "command/person_conflict.html", _both(code, wanted, conflict), status=STALE)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The record is saved."))
            return redirect("person", code)
    return render(request, "command/person_edit.html", {"form": form, "code": code}, status=INVALID)


def _household(code: str) -> int | None:
    if not code.strip():
        return None
    ids = place_ids([code.strip()])["id"].to_list()
    if not ids:
        raise HouseholdUnknown("No household has this code.", field="household")
    return int(ids[0])


def _both(code: str, wanted: editing.Wanted, conflict: editing.PersonChanged) -> dict[str, object]:
    """Both versions, field by field: (name, label, mine, theirs, whether I touched it).

    Where they agree there is nothing to choose; what I left as it was is theirs unless I say otherwise.
    """
    mine, theirs, seen = asdict(wanted.values), asdict(conflict.current), asdict(conflict.seen)
    fields = PersonForm().fields
    rows = [(name, fields[name].label, mine[name], theirs[name], mine[name] != seen[name]) for name in mine]
    return {
        "code": code,
        "version": conflict.version,
        "by": conflict.by,
        "differing": [row for row in rows if row[2] != row[3]],
        "same": [row for row in rows if row[2] == row[3]],
    }
