"""The shape of what citizens ask."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_QUESTION = 100
DAY_S = 86_400


class StayForm(forms.Form):
    """Where somebody was, from which day to which."""

    place = forms.CharField(
        label=_("Where were you?"),
        max_length=LONGEST_QUESTION,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Province, city, county, community")}
        ),
    )
    first = forms.DateField(label=_("First day there"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day there"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, today: date, longest_s: int) -> None:
        super().__init__(data, initial={"last": today})
        self._today, self._longest = today, timedelta(seconds=2 * longest_s)
        for name in ("first", "last"):
            self.fields[name].widget.attrs["max"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Days in order, not in the future, not more than twice the longest incubation."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if last and last > self._today:
            self.add_error("last", _("This day has not come yet."))
        elif first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        elif first and last and last - first > self._longest:
            days = self._longest.days
            self.add_error("first", _("Ask about at most %(days)d days.") % {"days": days})
        return given


class OwnAppealForm(forms.Form):
    """What a citizen says against evidence."""

    statement = forms.CharField(
        label=_("What is wrong?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )
