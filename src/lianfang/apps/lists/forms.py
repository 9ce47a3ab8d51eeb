"""The shape of what staff say about a listed row; the services decide."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SettleForm(forms.Form):
    """Say who a listed person is, or that they are not in the county."""

    code = forms.CharField(
        label=_("Code of the person"),
        required=False,
        max_length=64,
        help_text=_("Leave empty if the person is not in the county."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(label=_("How you know"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class PairForm(forms.Form):
    """One answer of a reviewer."""

    row = forms.IntegerField()
    subject = forms.IntegerField()
    answer = forms.ChoiceField(choices=[("same", "same"), ("different", "different"), ("skip", "skip")])
