"""Numbers by township and village, the rows behind each, and both as spreadsheets."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianfang.apps.areas import selectors as areas
from lianfang.apps.command import number_exports as exports
from lianfang.apps.command.selectors import numbers
from lianfang.apps.command.selectors.people import masked_names
from lianfang.apps.command.views.reading import noted, page_of
from lianfang.apps.core import audit
from lianfang.apps.core.identity import mask_name
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.rules.vocabulary import ReturnCategory

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 20


@require_GET
@needs(Permission.VIEW_PERSONS)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the figures of an area, each leading to its rows."""
    by, at = actor(request), timezone.now()
    area = numbers.shown_area(by, request.GET.get("area", "")[:LONGEST])
    context = {
        "overview": numbers.overview(area, by=by, at=at),
        "origins": numbers.origins(area, by=by, at=at),
        "figures": numbers.FIGURES,
        "categories": list(ReturnCategory),
        "at": at,
        "may_export": may(by, Permission.EXPORT),
        "is_lowest": len(area) >= max(areas.CODE_DIGITS.values()),
        "up": _above(area, by.area_code),
    }
    return render(request, "command/numbers.html", context)


@require_GET
@needs(Permission.VIEW_PERSONS)
def rows(request: HttpRequest) -> HttpResponse:
    """Show the rows behind a figure."""
    by, at = actor(request), timezone.now()
    choice = _choice(request)
    page = page_of(request, numbers.rows(choice, by=by, at=at))
    noted(request, "numbers.rows_read", _persons_behind(page))
    context = {
        "figure": numbers.figure(choice.figure),
        "choice": choice,
        "area": areas.name_of(choice.area) if choice.area else "",
        "origin": areas.name_of(choice.origin) if choice.origin else "",
        "page": page,
        "rows": _shown(list(page)),
        "at": at,
        "may_export": may(by, Permission.EXPORT),
    }
    return answer(request, "command/number_rows.html", context)


@require_GET
@needs(Permission.EXPORT)
def export(request: HttpRequest) -> FileResponse:
    """Hand over an area's table as a spreadsheet."""
    by, at = actor(request), timezone.now()
    area = numbers.shown_area(by, request.GET.get("area", "")[:LONGEST])
    table = numbers.overview(area, by=by, at=at)
    file = exports.overview_workbook(table, numbers.origins(area, by=by, at=at), at)
    audit.record("numbers.exported", by=by, at=at, area=area)
    return FileResponse(file, as_attachment=True, filename=_named("numbers", area, at), content_type=XLSX)


@require_GET
@needs(Permission.EXPORT)
def export_rows(request: HttpRequest) -> FileResponse:
    """Hand over the rows behind a figure as a spreadsheet: names masked as on the page."""
    by, at = actor(request), timezone.now()
    choice = _choice(request)
    found = list(numbers.rows(choice, by=by, at=at))
    file = exports.rows_workbook(str(numbers.figure(choice.figure).label), _shown(found), at)
    audit.record(
        "numbers.exported", by=by, at=at, subjects=_persons_behind(found), figure=choice.figure, area=choice.area
    )
    return FileResponse(file, as_attachment=True, filename=_named(choice.figure, choice.area, at), content_type=XLSX)


def _choice(request: HttpRequest) -> numbers.Choice:
    given = {name: request.GET.get(name, "")[:LONGEST] for name in ("figure", "area", "exact", "origin", "category")}
    return numbers.Choice(**given)


def _shown(found: Sequence[Any]) -> list[exports.ShownRow]:
    """Return rows of whatever table as what is shown of each: code, masked name, area and what it is about."""
    names = masked_names(_persons_behind(found))
    places = areas.paths_of({row.area_code for row in found})
    return [
        exports.ShownRow(
            code=row.subject.code if row.subject else "",
            name=names.get(row.subject_id, "") if row.subject else mask_name(row.row.name),
            listed_row=getattr(row, "row_id", None),
            area=places[row.area_code].rpartition(" / ")[2] if row.area_code else "",
            path=places[row.area_code],
            kind=getattr(row, "kind", ""),
            category=getattr(row, "category", ""),
            since=getattr(row, "starts_at", None),
            until=getattr(row, "ends_at", None) or getattr(row, "due_at", None),
            expected_on=getattr(row, "expected_on", None) or getattr(getattr(row, "row", None), "on_date", None),
        )
        for row in found
    ]


def _persons_behind(found: Iterable[Any]) -> list[int]:
    """The ids of the persons; strangers have none."""
    return [row.subject_id for row in found if row.subject_id]


def _above(area: str, own: str) -> str:
    """Return the area one level up, "" where that is not the reader's."""
    shorter = [digits for digits in areas.CODE_DIGITS.values() if digits < len(area)]
    above = area[: max(shorter, default=0)]
    return above if above.startswith(own) and len(above) >= len("140826") else ""


def _named(what: str, area: str, at: datetime) -> str:
    return f"{what}-{area or 'all'}-{timezone.localtime(at):%Y%m%d-%H%M}.xlsx"
