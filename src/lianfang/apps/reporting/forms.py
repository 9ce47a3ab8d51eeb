"""The shape of a period to be exported."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.reporting.outgoing import Period


def _day(label: object) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # type: ignore[arg-type]


class PeriodForm(forms.Form):
    """Days, both inclusive."""

    first = _day(_("First day"))
    last = _day(_("Last day"))

    def period(self) -> Period:
        """Return what was entered."""
        return Period(**self.cleaned_data)
