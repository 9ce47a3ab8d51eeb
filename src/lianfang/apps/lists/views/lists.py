"""The received lists, one of them with its rows, and the review of possible matches."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.apps.areas.selectors import paths_of
from lianfang.apps.core import audit, identity
from lianfang.apps.core.language import spoken
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.core.walking import Asked, walk
from lianfang.apps.lists import reviewing, selectors
from lianfang.apps.lists.comparing import STEPS
from lianfang.apps.lists.forms import PairForm, RowFilterForm, RowsForm
from lianfang.apps.lists.matches import Found, agreement
from lianfang.apps.lists.models import ListedRow
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason

INVALID = 422
PAGE_SIZE = 50


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


@require_GET
@needs(Permission.VIEW_PERSONS)
def one(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show how far one list is and what became of its rows; names are masked unless the reader may see them."""
    return list_page(request, batch_id, RowsForm())


def list_page(request: HttpRequest, batch_id: int, chosen: RowsForm) -> HttpResponse:
    """Draw a list's page; chosen: what was said about several rows, with its errors."""
    by = actor(request)
    received, how_far = selectors.list_of(batch_id, area=by.area_code)
    if request.GET.get("part") == "state":
        return render(request, "lists/_list_state.html", {"each": received, "how_far": how_far, "steps": STEPS})
    form = RowFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    exact = request.GET.get("area", "")[:12]
    found = selectors.rows_of(batch_id, area=by.area_code, state=state, exact=exact)
    page = walk(found, Asked.of(request.GET), size=PAGE_SIZE)
    joined = [row.state.subject_id for row in page.rows if hasattr(row, "state") and row.state.subject_id]
    audit.record("lists.rows_listed", by=by, at=timezone.now(), subjects=joined, batch=batch_id)
    knows = may(by, Permission.VIEW_IDENTITY)
    context = {
        "each": received,
        "how_far": how_far,
        "steps": STEPS,
        "form": form,
        "page": page,
        "area": exact,
        "rows": [(row, row.name if knows else identity.mask_name(row.name)) for row in page.rows],
        "chosen": chosen,
        "can_settle": knows and may(by, Permission.WORK_TASKS),
    }
    return answer(request, "lists/list.html", context, status=INVALID if chosen.errors else 200)


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
        context |= {"lines": lines_of(pair.row, person, pair.candidate.levels), "reasons": reasons_of(pair.row)}
    page = "lists/_pair.html" if wants_fragment(request) else "lists/review.html"
    return render(request, page, context, status=INVALID if form.is_bound and not form.is_valid() else 200)


def reasons_of(found: ListedRow) -> Sequence[str]:
    """Return why a row stands as it does, in the reader's language."""
    verdict = found.state.verdict if hasattr(found, "state") else None
    language = spoken()
    said = verdict.reasons if verdict else []
    return [explain(Reason(each["code"], each["params"]), language) for each in said]


def lines_of(found: ListedRow, person: Person | None, levels: str) -> list[Line]:
    """Return a row's fields beside those of a person; levels: how the linkage compared them, "" if it did not."""
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
