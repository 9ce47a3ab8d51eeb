"""The shape of orders to be sampled and of rounds; the services decide."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.signs import SIGNS
from lianfang.apps.lab.forms import CODE_LENGTH, REASON_LENGTH
from lianfang.rules.ordering import OrderState

_WIRE = "%Y-%m-%dT%H:%M"
STATES = [(state, sign.word) for state, sign in SIGNS["order_state"].items()]


def _instant(label: object) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WIRE)
    return forms.DateTimeField(label=label, widget=widget)  # type: ignore[arg-type]


def _typed() -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off"})


class OrderFilterForm(forms.Form):
    """Find what is to be sampled."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *STATES])

    def chosen(self) -> OrderState | None:
        """The state asked for, None for all."""
        state = self.cleaned_data.get("state") if self.is_valid() else None
        return OrderState(state) if state else None


class OrderForm(forms.Form):
    """One subject to be sampled; the hidden number makes a second press of the button harmless."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    subject_code = forms.CharField(label=_("Code of the person or goods"), max_length=CODE_LENGTH, widget=_typed())
    reason = forms.CharField(label=_("Why to be sampled"), max_length=200, widget=_typed())
    due_from = _instant(_("From"))
    due_until = _instant(_("Until"))


class RoundForm(forms.Form):
    """Everybody of an area, or of one unit in it."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    name = forms.CharField(label=_("Name"), max_length=100, widget=_typed())
    area_code = forms.CharField(
        label=_("Area"), max_length=12, widget=forms.TextInput(attrs={"list": "area-options", "autocomplete": "off"})
    )
    organisation: "forms.ModelChoiceField[Organisation]" = forms.ModelChoiceField(
        label=_("Only who works at"), queryset=Organisation.objects.none(), required=False
    )
    starts_at = _instant(_("From"))
    ends_at = _instant(_("Until"))

    def __init__(self, *args: object, by: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        units = Organisation.objects.filter(area_code__startswith=by.area_code, responsible_kind="unit")
        self.fields["organisation"].queryset = units.order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["organisation"].label_from_instance = lambda each: each.name  # type: ignore[attr-defined]


class RevocationForm(forms.Form):
    """Why something is called off."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH, widget=_typed())
