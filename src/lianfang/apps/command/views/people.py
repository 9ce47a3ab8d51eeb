"""Persons: the list, the search, one person's page, and reporting an onset."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.apps.command.forms import FindForm, OnsetForm, PeopleFilterForm
from lianfang.apps.command.selectors import people as selectors
from lianfang.apps.command.selectors import standing, timelines
from lianfang.apps.command.selectors import tasks as task_selectors
from lianfang.apps.command.views.reading import INVALID, PAGE_SIZE, noted, persons_on
from lianfang.apps.command.views.tasks import areas_below
from lianfang.apps.core import audit
from lianfang.apps.core import identity as identities
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, may, needs, require
from lianfang.apps.core.selectors import AuditQuery, audit_page
from lianfang.apps.core.walking import Asked, walk
from lianfang.apps.lab.selectors import specimens_of
from lianfang.apps.people import reports
from lianfang.apps.people.editing import history_of
from lianfang.apps.people.merging import merged_now
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person, case_reports, person_by_code
from lianfang.apps.returnees.reading import standing_of
from lianfang.apps.returnees.selectors import returns_of
from lianfang.apps.tracing.selectors.by_subject import exposures_of_subject
from lianfang.apps.tracing.selectors.reading import Reader

TASKS_SHOWN = 30
READS_SHOWN = 20


@require_GET
@needs(Permission.VIEW_PERSONS)
def people(request: HttpRequest) -> HttpResponse:
    """List the persons of the reader's area, by area, class and measure; names are masked."""
    by = actor(request)
    form = PeopleFilterForm(request.GET, areas=areas_below(by))
    found = selectors.listed(selectors.PeopleQuery(**form.values()), by=by)
    page = walk(found, Asked.of(request.GET), size=PAGE_SIZE)
    rows = selectors.rows_of(page.rows, by=by)
    noted(request, "person.listed", [row.person.pk for row in rows])
    return answer(request, "command/people.html", {"form": form, "find": FindForm(), "page": page, "rows": rows})


@require_POST
@needs(Permission.VIEW_PERSONS)
def find(request: HttpRequest) -> HttpResponse:
    """Search by code, name, identity number or phone; by POST, so that none of them is ever in an address or log."""
    by = actor(request)
    form = FindForm(request.POST)
    if not form.is_valid():
        return render(request, "command/people_found.html", {"find": form}, status=INVALID)
    found = selectors.search(form.cleaned_data["q"], by=by)
    noted(request, "person.searched", [person.pk for person in found.persons])
    if found.exact is not None:
        return redirect("person", found.exact.subject.code)
    context = {"find": form, "rows": selectors.rows_of(found.persons, by=by), "has_more": found.has_more}
    return render(request, "command/people_found.html", context)


@require_GET
@needs(Permission.VIEW_PERSONS)
def person(request: HttpRequest, code: str) -> HttpResponse:
    """Show one person's record; the reading is noted."""
    return _person_page(request, code, {})


def _person_page(request: HttpRequest, code: str, more: dict[str, Any]) -> HttpResponse:
    """Draw the record. It asks itself: an invalid form leads here from views that ask for another permission."""
    by, at = actor(request), timezone.now()
    require(by, Permission.VIEW_PERSONS)
    found = _person(code, by)
    reader = Reader(by)
    exposures = list(exposures_of_subject(found.pk, reader))
    cards = reader.cards({exposure.via_subject_id for exposure in exposures})
    query = task_selectors.TaskQuery(subject=code)
    tasks = task_selectors.with_reasons(task_selectors.matching(query, by=by).order_by("finished_at", "due_at", "id"))
    context = {
        "person": found,
        "masked": identities.mask_name(found.name) or code,
        "standing": standing.standing_class(found.pk),
        "measures": standing.measures_of(subject_id=found.pk),
        "exposures": [(exposure, cards.get(exposure.via_subject_id)) for exposure in exposures],
        "specimens": specimens_of(found.pk),
        "tasks": task_selectors.cards(tasks[:TASKS_SHOWN], by=by, at=at),
        "verdicts": standing.verdicts_of(found.pk),
        "reports": case_reports([found.pk]).select_related("reported_by"),
        "history": history_of(found.pk),
        "survivor": found.survivor,
        "merged": merged_now(found.pk),
        "onset_form": OnsetForm(),
        "followed": standing_of(found.pk, at=at),
        "returns": returns_of(found.pk, by=by) if may(by, Permission.VIEW_RETURNEES) else [],
        "reads": audit_page(AuditQuery(subject=code), by=by, size=READS_SHOWN)[0]
        if may(by, Permission.VIEW_AUDIT)
        else None,
        **more,
    }
    noted(request, "person.read", [found.pk, *persons_on(cards.values())])
    status = INVALID if isinstance(more.get("onset_form"), forms.Form) else 200
    return render(request, "command/person.html", context, status=status)


def _person(code: str, by: User) -> Person:
    found = person_by_code(code, area=by.area_code)
    return persons_of([found.pk])[found.pk]


@require_POST
@needs(Permission.VIEW_IDENTITY)
def identity(request: HttpRequest, code: str) -> HttpResponse:
    """Show the unmasked name, identity number and phone of one person, and note by whom they were read."""
    by = actor(request)
    found = _person(code, by)
    audit.record("person.identity_shown", by=by, at=timezone.now(), subjects=[found.pk])
    context = {
        "person": found,
        "id_number": identities.decrypt(found.id_number_cipher) if found.id_number_cipher else "",
        "phone": identities.decrypt(found.phone_cipher) if found.phone_cipher else "",
    }
    page = "command/_identity.html" if wants_fragment(request) else "command/identity.html"
    return render(request, page, context)


@require_POST
@needs(Permission.REPORT_ONSET)
def onset(request: HttpRequest, code: str) -> HttpResponse:
    """Report the first day of symptoms."""
    by = actor(request)
    found = _person(code, by)
    form = OnsetForm(request.POST)
    if form.is_valid():
        try:
            day = form.cleaned_data["onset_date"]
            at = timezone.now()
            earliest = selectors.earliest_onset(found.pk, at)
            reports.report_onset(person=found, onset_date=day, earliest=earliest, at=at, by=by)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The onset is recorded."))
            return redirect("person", code)
    return _person_page(request, code, {"onset_form": form})


@require_GET
@needs(Permission.VIEW_PERSONS)
def timeline(request: HttpRequest, code: str) -> JsonResponse:
    """Return where a person was in the last days they are known of."""
    by = actor(request)
    found = person_by_code(code, area=by.area_code)
    content, cards = timelines.last_days(found.subject, Reader(by), timezone.now())
    noted(request, "person.timeline_read", persons_on(cards))
    return JsonResponse(content)
