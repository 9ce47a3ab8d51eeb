"""The gallery: every component in every state, for those who build pages and for the accessibility test."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.signs import SIGNS

_LONG_NAME = "绛县横水镇柳庄村村民委员会疫情防控工作领导小组办公室返乡人员健康监测与生活物资保障临时服务点"
_LONG_WORD = "ASN-2020-1207-JX0417-CHILLED-WHITE-SHRIMP-OUTER-PACKAGE-SURFACE-SWAB-0000000000017"
_AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)
_HOUR_S = 3600


class _GalleryForm(forms.Form):
    """One field of each kind."""

    search = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label="Kind", choices=[("", "All"), ("person", _LONG_NAME)], required=False)
    amount = forms.IntegerField(label="Pieces", min_value=0, help_text="Boxes, not kilograms.")
    keep = forms.BooleanField(label="Keep the good rows")
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    way = forms.ChoiceField(label="Way", choices=[("visit", "Visit"), ("call", "Call")], widget=forms.RadioSelect)


def _funnel() -> list[dict[str, Any]]:
    return [
        {"value": 164, "label": "Exposed", "note": "131 people, 28 lots, 5 places", "href": "?class=all"},
        {"value": 159, "label": "Located", "missing": 5, "missing_label": "missing", "missing_href": "?located=no"},
        {"value": 152, "label": "Under control", "missing": 2, "missing_label": "late", "missing_href": "?late=yes"},
        {"value": 118, "label": "Sampled", "tone": "blue"},
        {"value": 0, "label": "Released", "note": "12-24", "tone": "green"},
    ]


def _path() -> list[dict[str, Any]]:
    start = int(_AT.timestamp())
    return [
        {"subject": "JX-0417", "place": _LONG_NAME, "at": start, "until": start + 3 * _HOUR_S, "seconds": 3 * _HOUR_S},
        {"subject": "王**", "href": "#", "place": "王家", "at": start + 4 * _HOUR_S, "seconds": 12 * _HOUR_S},
        {"subject": _LONG_WORD, "text": "C-12", "at": start + 23 * _HOUR_S, "seconds": 40},
    ]


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "signs": {kind: list(values) for kind, values in SIGNS.items()},
        "funnel": _funnel(),
        "path": _path(),
        "page": Paginator(range(1, 2345), 50).get_page(request.GET.get("page")),
        "form": _GalleryForm(),
        "refused": _GalleryForm({"amount": "-1"}),
        "reasons": [{"code": "C-8", "text": "Touched a positive package without protection."}],
        "facts": [{"label": "Together", "value": "3 h 30 min"}, {"label": "Place", "value": _LONG_NAME}],
        "at": _AT,
        "long_name": _LONG_NAME,
        "long_word": _LONG_WORD,
    }


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component with ordinary, empty, refused and very long contents."""
    return answer(request, "core/gallery.html", _context(request))
