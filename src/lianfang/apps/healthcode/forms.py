"""The shape of evidence and appeals; the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.signs import SIGNS
from lianfang.apps.healthcode.selectors import CodeWithdrawal, RiskStay
from lianfang.apps.healthcode.services import StayReport
from lianfang.rules.vocabulary import Colour
from lianfang.wire.hcert import LONGEST_CHARACTERS

COLOURS = [(colour.value, SIGNS["code"][colour.value].word) for colour in Colour]


class CodeFilterForm(forms.Form):
    """Which codes are listed."""

    colour = forms.ChoiceField(label=_("Colour"), required=False, choices=[("", _("All colours")), *COLOURS])

    def value(self) -> str | None:
        """The valid colour asked for, else None."""
        self.is_valid()
        return self.cleaned_data.get("colour") or None


class StayForm(forms.Form):
    """A stay in a risk area. There is no field for the level: the published lists say it."""

    area_code = forms.CharField(
        label=_("Division"),
        max_length=12,
        help_text=_("Division code, as 130202."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    community = forms.CharField(label=_("Community or address"), max_length=100, required=False)
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    basis = forms.ChoiceField(label=_("How it is known"), choices=RiskStay.Basis.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def report(self) -> StayReport:
        """The valid form as the service takes it."""
        values: dict[str, Any] = self.cleaned_data
        return StayReport(**values)


class AppealForm(forms.Form):
    """What the person says."""

    statement = forms.CharField(
        label=_("What the person says"), max_length=500, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class WithdrawForm(forms.Form):
    """Why codes are withdrawn."""

    why = forms.ChoiceField(label=_("Reason"), choices=CodeWithdrawal.Why.choices)


class AppealDecisionForm(forms.Form):
    """Whether the evidence stands."""

    annuls = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("The evidence is annulled")), ("no", _("The evidence stands"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class ProposalForm(forms.Form):
    """A new edition of the rules' numbers."""

    note = forms.CharField(label=_("What changes, and by which decision"), max_length=500)
    effective_at = forms.DateTimeField(
        label=_("In force from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    toml = forms.CharField(
        label=_("The new edition"),
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "font-monospace"}),
        help_text=_("Give it an edition name of its own. Every number names its source."),
    )


class TravelForm(forms.Form):
    """A certificate as scanned or pasted."""

    text = forms.CharField(
        label=_("Code of the certificate"),
        max_length=LONGEST_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("Scan it, or paste the text that begins with HC1:"),
    )
