"""What is printed on A4: a village's poster with its QR code, the paper form, and the notice of what is ordered for somebody."""

import uuid
from io import BytesIO
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.areas.selectors import division, name_of
from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import Subject
from lianfang.apps.core.permissions import Permission, actor, covers, may, needs
from lianfang.apps.followup.selectors import Symptom
from lianfang.apps.people.selectors import Person, person_by_code
from lianfang.apps.returnees.forms import STAYS
from lianfang.apps.returnees.reading import standing_of
from lianfang.apps.returnees.selectors import Declaration, declarations_of, return_for

VILLAGE_DIGITS = 12


def _village(request: HttpRequest) -> str:
    """Return the village asked for if it is in the actor's area, else the actor's own if that is one, else none."""
    by, asked = actor(request), request.GET.get("village", "")
    code = asked if len(asked) == VILLAGE_DIGITS and covers(by, asked) else by.area_code
    try:
        return division(code).code if len(code) == VILLAGE_DIGITS else ""
    except DomainError:
        return ""


def _address(request: HttpRequest, village: str) -> str:
    query = f"?{urlencode({'village': village})}" if village else ""
    return request.build_absolute_uri(reverse("return_declare")) + query


@require_GET
@needs(Permission.VIEW_RETURNEES)
def poster(request: HttpRequest) -> HttpResponse:
    """Show the poster of one village."""
    village = _village(request)
    context = {"village": village, "name": name_of(village) if village else "", "address": _address(request, village)}
    return render(request, "returnees/poster.html", context)


@require_GET
@needs(Permission.VIEW_RETURNEES)
def poster_code(request: HttpRequest) -> HttpResponse:
    """Return the poster's QR code as SVG."""
    image = BytesIO()
    segno.make(_address(request, _village(request)), error="q").save(
        image, kind="svg", scale=8, border=4, xmldecl=False
    )
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


@require_GET
@needs(Permission.VIEW_RETURNEES)
def paper_form(request: HttpRequest) -> HttpResponse:
    """Show the form to fill in by hand."""
    village = _village(request)
    context = {
        "name": name_of(village) if village else "",
        "stays": range(1, STAYS + 1),
        "symptoms": Symptom.labels,
        "transports": Declaration.Transport.labels,
    }
    return render(request, "returnees/paper_form.html", context)


@require_GET
@needs(Permission.VIEW_RETURNEES)
def notice(request: HttpRequest, handle: uuid.UUID) -> HttpResponse:
    """Show the notice that is handed to somebody under measures: what, until when, why, and what they are to do."""
    returned = return_for(handle, by=actor(request))
    return _notice(request, returned.subject, back=reverse("return", args=[handle]), said=declarations_of(returned)[0])


@require_GET
@needs(Permission.VIEW_PERSONS)
def person_notice(request: HttpRequest, code: str) -> HttpResponse:
    """Show the same for anybody of the actor's area, a contact for instance."""
    person = person_by_code(code, area=actor(request).area_code)
    return _notice(request, person.subject, back=reverse("person", args=[code]), said=None)


def _notice(request: HttpRequest, subject: Subject, *, back: str, said: Declaration | None) -> HttpResponse:
    by, at = actor(request), timezone.now()
    audit.record("person.read", by=by, at=at, subjects=[subject.pk])
    context = {
        "subject": subject,
        "back": back,
        "name": Person.objects.get(pk=subject.pk).name if may(by, Permission.VIEW_IDENTITY) else "",
        "village": name_of(subject.area_code if said is None else said.returned.area_code),
        "address": "" if said is None else said.address,
        "standing": standing_of(subject.pk, at=at),
        "at": at,
    }
    return render(request, "returnees/notice.html", context)
