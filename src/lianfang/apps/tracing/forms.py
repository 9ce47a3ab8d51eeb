"""What pages of investigations can be filtered by; only the shape is checked here."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lianfang.apps.areas.selectors import townships_of
from lianfang.apps.core.signs import SIGNS
from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.selectors.affected import DEFAULT_SORT, RowFilter
from lianfang.apps.tracing.selectors.investigations import ListFilter
from lianfang.rules.vocabulary import Direction, ExposureClass, SubjectKind, TaskKind

_MAX_TEXT = 64
ANY = ("", _("All"))


def _search(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "search", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=_MAX_TEXT, widget=widget)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[ANY, *choices])


def _words(kind: str, values: Any) -> list[tuple[str, Any]]:
    return [(value.value, SIGNS[kind][value.value].word) for value in values]


class InvestigationFilterForm(forms.Form):
    """Find investigations."""

    q = _search(_("Number, code or goods"))
    status = _choice(_("Status"), list(Investigation.Status.choices))
    kind = _choice(_("Index"), _words("subject", SubjectKind))

    def wanted(self, sort: str) -> ListFilter:
        """Return the filter; a form with errors filters nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        return ListFilter(**given, **({"sort": sort} if sort else {}))


class ExposureFilterForm(forms.Form):
    """Narrow down who and what a run found. `goods` are lots and packages together."""

    q = _search(_("Code, goods or place"))
    cls = _choice(_("Class"), _words("class", ExposureClass))
    kind = _choice(_("Kind"), [("goods", _("Lots and packages")), *_words("subject", SubjectKind)])
    direction = _choice(_("Direction"), _words("direction", Direction))
    area = _choice(_("Township"), [])
    state = _choice(
        _("Response"),
        [
            ("unlocated", _("Not yet located")),
            ("located", _("Located")),
            ("uncontrolled", _("Not yet under control")),
            ("controlled", _("Under control")),
            ("unsampled", _("Not yet sampled")),
            ("sampled", _("Sampled")),
            ("unreleased", _("Not yet released")),
            ("released", _("Released")),
        ],
    )
    late = _choice(_("Late"), [("yes", _("With a late task"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        townships = [(each.code, each.name) for each in townships_of(settings.COUNTY_CODE)]
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [ANY, *townships]

    def leave_out_response(self) -> None:
        """Ask only what an older run found: how far the response is belongs to the current one."""
        del self.fields["state"], self.fields["late"]

    def wanted(self, sort: str) -> RowFilter:
        """Return the filter; a field with errors filters nothing."""
        self.is_valid()
        given = {**self.cleaned_data, "late": self.cleaned_data.get("late") == "yes"}
        return RowFilter(**given, sort=sort or DEFAULT_SORT)


class PlaceFilterForm(forms.Form):
    """Narrow down the places of a run."""

    q = _search(_("Place"))


class TaskFilterForm(forms.Form):
    """Narrow down the tasks of an investigation."""

    state = _choice(_("State"), [("late", _("Late")), ("open", _("To be done")), ("done", _("Done"))])
    kind = _choice(_("Task"), _words("task_kind", TaskKind))
