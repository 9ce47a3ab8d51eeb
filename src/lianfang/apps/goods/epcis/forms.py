"""The shape of what is asked about events and handed in; the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.signs import SIGNS
from lianfang.apps.goods.epcis.models import Capture


class EventFilterForm(forms.Form):
    """Find events."""

    q = forms.CharField(
        label=_("Goods"),
        max_length=500,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("EPC, GS1 link or lot code")}
        ),
    )
    type = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All kinds")), *((k, sign.word) for k, sign in SIGNS["event_type"].items() if k != "error")],
    )
    start = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def values(self) -> dict[str, Any]:
        """The valid criteria; one that is wrong is as if left out, and says so."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class CaptureForm(forms.Form):
    """Hand in a document."""

    file = forms.FileField(label=_("EPCIS document"), help_text=_("JSON or JSON-LD, at most 10,000 events and 8 MB."))
    behaviour = forms.ChoiceField(label=_("If something is wrong"), choices=Capture.Behaviour.choices)
