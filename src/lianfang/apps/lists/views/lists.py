"""The received lists, the review of possible matches, and one row that is to be verified."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.areas.selectors import paths_of
from lianfang.apps.core import audit, identity
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.pages import wants_fragment
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.lists import reviewing, selectors
from lianfang.apps.lists.forms import PairForm, SettleForm
from lianfang.apps.lists.matches import Found, agreement
from lianfang.apps.lists.models import ListedRow
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason

INVALID = 422


class Line(NamedTuple):
    """One field of a pair, side by side; agreement: agrees | nearly | differs | unknown."""

    label: str | Promise
    listed: str
    registered: str
    agreement: str


@require_GET
@needs(Permission.VIEW_PERSONS)
def lists(request: HttpRequest) -> HttpResponse:
    """Show what came from whom, and how far it is."""
    by = actor(request)
    context = {
        "received": selectors.received(area=by.area_code),
        "n_review": selectors.to_review(by).count() if may(by, Permission.REVIEW_MATCHES) else 0,
    }
    return render(request, "lists/lists.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.REVIEW_MATCHES)
def review(request: HttpRequest) -> HttpResponse:
    """Show one possible match after the other; an answer brings the next."""
    by, at = actor(request), timezone.now()
    form = PairForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["answer"] == "skip":
            reviewing.skip_pair(row_id=said["row"], at=at, by=by)
        else:
            same = said["answer"] == "same"
            reviewing.decide_pair(row_id=said["row"], subject_id=said["subject"], is_same=same, at=at, by=by)
        if not wants_fragment(request):
            return redirect("list_review")
    pair = reviewing.next_pair(by=by, at=at)
    context: dict[str, Any] = {"pair": pair, "n_left": selectors.to_review(by).count()}
    if pair is not None:
        person = persons_of([pair.candidate.subject_id])[pair.candidate.subject_id]
        context |= {"lines": _lines(pair.row, person, pair.candidate.levels), "reasons": _reasons(pair.row)}
    page = "lists/_pair.html" if wants_fragment(request) else "lists/review.html"
    return render(request, page, context, status=INVALID if form.is_bound and not form.is_valid() else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_IDENTITY)
def row(request: HttpRequest, row_id: int) -> HttpResponse:
    """Show one listed row and take in who it is."""
    by, at = actor(request), timezone.now()
    found = selectors.row_of(row_id, area=by.area_code)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.settle_row(row_id=row_id, at=at, by=by, **form.cleaned_data)
        except reviewing.NotAPerson as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("It is recorded."))
            return redirect("list_row", row_id)
    subject = found.state.subject if hasattr(found, "state") else None
    audit.record("lists.row_read", by=by, at=at, subjects=[subject.pk] if subject else [], row=found.pk)
    context = {
        "row": found,
        "lines": [line for line in _lines(found, None, "") if line.listed],
        "joined": subject,
        "can_settle": may(by, Permission.WORK_TASKS) and hasattr(found, "state") and found.state.state == "verify",
        "reasons": _reasons(found),
        "form": form,
    }
    return render(request, "lists/row.html", context, status=INVALID if form.errors else 200)


def _reasons(found: ListedRow) -> Sequence[str]:
    verdict = found.state.verdict if hasattr(found, "state") else None
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    said = verdict.reasons if verdict else []
    return [explain(Reason(each["code"], each["params"]), language) for each in said]  # type: ignore[arg-type]


def _lines(found: ListedRow, person: Person | None, levels: str) -> list[Line]:
    by_field = Found(0, 0, levels).by_field if levels else {}
    values = [
        ("name", gettext_lazy("Name of the person"), found.name, person.name if person else ""),
        (
            "id",
            gettext_lazy("Identity number"),
            _open(found.id_number_cipher),
            _open(person.id_number_cipher if person else None),
        ),
        ("phone", gettext_lazy("Phone"), _open(found.phone_cipher), _open(person.phone_cipher if person else None)),
        ("birth", gettext_lazy("Date of birth"), _text(found.birth_date), _text(person.birth_date if person else None)),
        ("sex", gettext_lazy("Sex"), _sex(found.sex), _sex(person.sex if person else "")),
        (
            "address",
            gettext_lazy("Address"),
            found.address,
            paths_of([person.area_code])[person.area_code] if person else "",
        ),
    ]
    return [
        Line(label, listed, registered, agreement(by_field.get(name, "?")).value)
        for name, label, listed, registered in values
    ]


def _open(content: bytes | memoryview | None) -> str:
    return identity.decrypt(content) if content else ""


def _text(value: object) -> str:
    return str(value) if value else ""


def _sex(value: str) -> str:
    return str(dict(Person.Sex.choices).get(value, "")) if value else ""
