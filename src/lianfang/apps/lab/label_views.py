"""Labels for tubes: new numbers, or known codes again, as sheets, on a roll, or for a label printer."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lianfang.apps.core import audit
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.lab.forms import CODE_LENGTH
from lianfang.apps.lab.labelling import new_codes
from lianfang.formats.tube_labels import Media, TubeLabelError, tube_pdf, tube_zpl

INVALID = 422
MOST = 960  # twenty sheets
ZPL = "zpl"


class LabelForm(forms.Form):
    """How many new labels, or which codes again, and on what."""

    n = forms.IntegerField(
        label=_("New labels"),
        min_value=1,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("48 are on a sheet. Every number is handed out once in the county."),
    )
    codes = forms.CharField(
        label=_("Or codes to be printed again"),
        required=False,
        max_length=MOST * (CODE_LENGTH + 1),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One a line."),
    )
    printed_on = forms.ChoiceField(
        label=_("Printed on"),
        choices=[
            (Media.SHEET.value, _("Sheets A4, 48 labels of 48.5 × 24 mm (PDF)")),
            (Media.ROLL.value, _("Roll, 50 × 25 mm (PDF)")),
            (ZPL, _("Label printer, 50 × 25 mm (ZPL)")),
        ],
    )

    def clean_codes(self) -> list[str]:
        """One code a line, each once."""
        found = dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["codes"].splitlines())))
        if len(found) > MOST or any(len(code) > CODE_LENGTH for code in found):
            raise forms.ValidationError(_("These are too many codes, or one of them is too long."))
        return list(found)

    def clean(self) -> dict[str, Any]:
        """Either new labels or known codes."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(given.get("n")) == bool(given.get("codes")):
            self.add_error("n", _("Say how many new labels, or list codes: one of both."))
        return given


@require_http_methods(["GET", "POST"])
@needs(Permission.COLLECT_SPECIMENS)
def tube_labels(request: HttpRequest) -> HttpResponse:
    """Make labels for tubes; by POST, since new numbers are handed out."""
    by, at = actor(request), timezone.now()
    form = LabelForm(request.POST or None, initial={"n": 48})
    if form.is_valid():
        codes, media = form.cleaned_data["codes"], form.cleaned_data["printed_on"]
        try:
            # What is printed again is tried before it is noted; new numbers fit every label.
            known = _file(codes, media) if codes else None
            if known:
                audit.record("lab.labels_made", by=by, at=at, n=len(codes))
            return known or _file(new_codes(n=form.cleaned_data["n"], at=at, by=by), media)
        except TubeLabelError as error:
            message = _("%(code)s does not fit on this label: choose sheets, or a shorter code of letters and digits.")
            form.add_error("codes", message % {"code": error.code})
    return render(request, "lab/tube_labels.html", {"form": form}, status=INVALID if form.errors else 200)


def _file(codes: list[str], media: str) -> HttpResponse:
    note = f"{timezone.localdate():%Y-%m-%d}"
    if media == ZPL:
        content, kind, name = tube_zpl(codes, note).encode(), "application/zpl", "tubes.zpl"
    else:
        content, kind, name = tube_pdf(codes, Media(media), note), "application/pdf", "tubes.pdf"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
