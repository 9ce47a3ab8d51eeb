"""The shape of what is asked about areas at risk and decided about lists; the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.areas.models.risk import LEVELS

LONGEST_QUESTION = 100


class RiskQuestionForm(forms.Form):
    """A place and a day."""

    q = forms.CharField(
        label=_("Place"),
        max_length=LONGEST_QUESTION,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Province, city, county, community")}
        ),
    )
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", _("All levels")), *LEVELS])

    def criteria(self) -> dict[str, Any]:
        """The valid criteria; one that is wrong is as if left out, and says so."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}


class ListDecisionForm(forms.Form):
    """Why a list is confirmed or refused."""

    note = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class UploadListForm(forms.Form):
    """A published list."""

    file = forms.FileField(label=_("List"), help_text=_("JSON of the national series, or a bulletin's text."))


class PlacementForm(forms.Form):
    """Where a listed place is."""

    area_code = forms.CharField(
        label=_("County or its parts"),
        max_length=12,
        help_text=_("Division code, as 510107."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "list": "place-options"}),
    )
    all_under_heading = forms.BooleanField(label=_("All undecided places under the same heading"), required=False)
    note = forms.CharField(label=_("Reason"), max_length=300, required=False)
