"""The shape of what is entered about key places."""

import uuid
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.venues.selectors import Registration, regulators
from lianfang.apps.venues.services import LogReport, Terms
from lianfang.rules.vocabulary import LogKind
from lianfang.rules.words import label


class LogForm(forms.Form):
    """One entry of one log. Counts are asked for staff health alone."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    kind = forms.ChoiceField(label=_("Log"), choices=())
    n_staff = forms.IntegerField(
        label=_("Staff checked"), min_value=0, max_value=100_000, required=False, help_text=_("Staff health only.")
    )
    n_unwell = forms.IntegerField(
        label=_("Of them with fever or symptoms"), min_value=0, max_value=100_000, required=False
    )
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.value, label(kind, spoken())) for kind in LogKind]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def report(self) -> LogReport:
        """The valid form as the service takes it."""
        given: dict[str, Any] = self.cleaned_data
        photo = given["photo"].read() if given["photo"] else b""
        kind = LogKind(given["kind"])
        n_staff, n_unwell = (given["n_staff"], given["n_unwell"]) if kind is LogKind.STAFF_HEALTH else (None, None)
        return LogReport(given["client_id"], kind, given["note"], n_staff, n_unwell, photo)


class TermsForm(forms.Form):
    """What is to hold for a key place."""

    place = forms.CharField(
        label=_("Code of the place"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    is_open = forms.BooleanField(label=_("In business"), required=False, initial=True)
    limit = forms.IntegerField(label=_("How many may be inside"), min_value=1, max_value=1_000_000, required=False)
    opens = forms.TimeField(
        label=_("Opens"), initial=time(8), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes = forms.TimeField(
        label=_("Closes"), initial=time(21), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    regulator: Any = forms.ModelChoiceField(label=_("Regulator"), queryset=None)

    def __init__(self, *args: Any, by: User, current: Registration | None = None, **kwargs: Any) -> None:
        if current is not None:
            kwargs["initial"] = {
                "place": current.place.code,
                "is_open": current.is_open,
                "limit": current.limit,
                "opens": _time(current.opens_minute),
                "closes": _time(min(current.closes_minute, 1439)),
                "regulator": current.regulator_id,
            }
        super().__init__(*args, **kwargs)
        field: Any = self.fields["regulator"]
        field.queryset = regulators(area=by.area_code)
        field.label_from_instance = lambda organisation: organisation.name

    def clean(self) -> dict[str, Any]:
        """Refuse a place that closes before it opens."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes = given.get("opens"), given.get("closes")
        if opens and closes and opens >= closes:
            self.add_error("closes", _("It closes after it opens; midnight is 23:59."))
        return given

    def terms(self) -> Terms:
        """The valid form as the service takes it."""
        given: dict[str, Any] = self.cleaned_data
        opens, closes = (each.hour * 60 + each.minute for each in (given["opens"], given["closes"]))
        return Terms(given["is_open"], given["limit"], opens, closes, given["regulator"].pk)


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)
