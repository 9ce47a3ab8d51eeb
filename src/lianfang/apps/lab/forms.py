"""The shape of what the laboratory fills in; the services decide."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.signs import SIGNS
from lianfang.rules.vocabulary import SpecimenResult

CODE_LENGTH = 64
REASON_LENGTH = 300
_WIRE = "%Y-%m-%dT%H:%M"
VALUES = [(value.value, SIGNS["result"][value].word) for value in SpecimenResult]
STATES = [
    ("pending", _("No result yet")),
    ("draft", _("Waiting for a signature")),
    ("final", _("Signed")),
    ("corrected", _("Corrected")),
    ("annulled", _("Annulled")),
]


class SpecimenForm(forms.Form):
    """Register a tube: scanner first, the fields in the order in which they are read."""

    code = forms.CharField(
        label=_("Tube code"),
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
    subject_code = forms.CharField(
        label=_("Person or goods"),
        max_length=CODE_LENGTH,
        help_text=_("Code of a person, lot, package or surface; or type a name and choose."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "list": "subject-options", "data-suggest": ""}
        ),
    )
    collected_at = forms.DateTimeField(
        label=_("Collected at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WIRE)
    )

    def focus_first_error(self) -> None:
        """Put the cursor where something is missing: after a scan of the tube, that is the next field."""
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name in self.errors:
                field.widget.attrs["autofocus"] = True
                return

    @staticmethod
    def blank(subject_code: str = "") -> "SpecimenForm":
        """An empty form for a specimen taken now."""
        return SpecimenForm(initial={"collected_at": timezone.localtime(), "subject_code": subject_code})


class ValueForm(forms.Form):
    """Record a result."""

    value = forms.ChoiceField(label=_("Result"), choices=VALUES, widget=forms.RadioSelect)


class AnnulmentForm(forms.Form):
    """Why a result does not hold."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class CorrectionForm(AnnulmentForm):
    """What the result is instead, and why."""

    value = forms.ChoiceField(label=_("Right result"), choices=VALUES, widget=forms.RadioSelect)
    field_order = ("value", "reason")


class ResultFilterForm(forms.Form):
    """Find specimens."""

    q = forms.CharField(
        label=_("Tube or code"),
        max_length=CODE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *STATES])
    value = forms.ChoiceField(label=_("Result"), required=False, choices=[("", _("All")), *VALUES])
    day = forms.DateField(
        label=_("Collected on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def criteria(self) -> dict[str, Any]:
        """The valid criteria; a field that is wrong is as if left out, and says so."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}
