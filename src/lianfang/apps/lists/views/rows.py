"""One listed row: who it is; and several rows at once that are nobody of the county."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.lists import selectors, verifying
from lianfang.apps.lists.forms import ElsewhereForm, KnownForm, NewForm, RowsForm, listed_values
from lianfang.apps.lists.selectors import ListedRow
from lianfang.apps.lists.verifying import Settled
from lianfang.apps.lists.views.lists import INVALID, lines_of, list_page, reasons_of

_SAID: dict[str, Callable[[Any], Settled]] = {
    "known": lambda form: Settled(form.cleaned_data["note"], code=form.cleaned_data["code"].strip()),
    "new": lambda form: Settled(form.cleaned_data["note"], entry=form.entry()),
    "elsewhere": lambda form: Settled(form.cleaned_data["note"]),
}


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_IDENTITY)
def row(request: HttpRequest, row_id: int) -> HttpResponse:
    """Show one listed row and take in who it is; the next one of the same list and place follows."""
    by, at = actor(request), timezone.now()
    found = selectors.row_of(row_id, area=by.area_code)
    answered = request.POST.get("who", "")
    forms_ = _forms(request, found, by)
    form = forms_.get(answered)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            verifying.settle_row(row_id=row_id, said=_SAID[answered](form), at=at, by=by)
        except DomainError as error:
            if error.http_status != INVALID:
                raise
            add_refusal(form, error)
        else:
            messages.success(request, _("It is recorded."))
            following = selectors.next_to_verify(found, area=by.area_code)
            return redirect("list_row", following.pk if following else row_id)
    subject = found.state.subject if hasattr(found, "state") else None
    audit.record("lists.row_read", by=by, at=at, subjects=[subject.pk] if subject else [], row=found.pk)
    context = {
        "row": found,
        "lines": [line for line in lines_of(found, None, "") if line.listed],
        "joined": subject,
        "can_settle": may(by, Permission.WORK_TASKS) and hasattr(found, "state") and found.state.state == "verify",
        "reasons": reasons_of(found),
        "answered": answered,
        **{f"{name}_form": each for name, each in forms_.items()},
    }
    is_wrong = request.method == "POST" and (form is None or bool(form.errors))
    return render(request, "lists/row.html", context, status=INVALID if is_wrong else 200)


def _forms(request: HttpRequest, found: ListedRow, by: User) -> dict[str, forms.Form]:
    """The three answers; only the one that was sent is bound."""
    sent = {request.POST.get("who", ""): request.POST}
    return {
        "known": KnownForm(sent.get("known"), auto_id="known-%s"),
        "new": NewForm(sent.get("new"), auto_id="new-%s", area=by.area_code, initial=listed_values(found)),
        "elsewhere": ElsewhereForm(sent.get("elsewhere"), auto_id="elsewhere-%s"),
    }


@require_POST
@needs(Permission.VIEW_IDENTITY)
def elsewhere(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take in that several rows of a list are nobody of the county."""
    by, at = actor(request), timezone.now()
    selectors.list_of(batch_id, area=by.area_code)
    form = RowsForm(request.POST)
    if not form.is_valid():
        return list_page(request, batch_id, form)
    said = form.cleaned_data
    n = verifying.settle_elsewhere(row_ids=said["rows"], note=said["note"], at=at, by=by)
    messages.success(request, ngettext("%(n)s row is recorded.", "%(n)s rows are recorded.", n) % {"n": n})
    response = redirect("list", batch_id)
    response.headers["Location"] += f"?{request.GET.urlencode()}" if request.GET else ""
    return response
