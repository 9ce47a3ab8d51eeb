"""The shape of what is filled in or filtered on the combined pages; the services decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.signs import SIGNS

Choices = Sequence[tuple[str, str | Promise]]

NOTE_LENGTH = 2_000
CODE_LENGTH = 64
PROOF_TYPES = "image/*,application/pdf,audio/*,.doc,.docx,.xls,.xlsx"


def choices_of(kind: str, every: str | Promise) -> Choices:
    """Return the words of a closed set as choices, "all" first."""
    return [("", every), *((value, sign.word) for value, sign in SIGNS[kind].items())]


def area_choices(areas: Sequence[tuple[str, str]]) -> Choices:
    """Return areas as choices, "all" first."""
    return [("", _("All areas")), *areas]


class FilterForm(forms.Form):
    """A filter in the address: a value that is wrong is as if left out."""

    def values(self) -> dict[str, Any]:
        """The valid values; "" for the others."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class TaskFilterForm(FilterForm):
    """Find tasks."""

    kind = forms.ChoiceField(label=_("Task"), required=False, choices=choices_of("task_kind", _("All tasks")))
    area = forms.ChoiceField(label=_("Area"), required=False)
    responsible = forms.ChoiceField(
        label=_("Responsibility"), required=False, choices=choices_of("responsible", _("All four"))
    )
    # A text with suggestions: a county has thousands, and a choice among all of them takes longer than the rest.
    organisation = forms.CharField(
        label=_("Organisation"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "list": "organisation-options"}),
    )

    def __init__(self, data: Any, *, areas: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        _choose(self, "area", area_choices(areas))


class DoneForm(forms.Form):
    """Finish a task: what was done, and a photo or file."""

    note = forms.CharField(
        label=_("What was done"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    proof = forms.FileField(
        label=_("Photo or file"), required=False, widget=forms.ClearableFileInput(attrs={"accept": PROOF_TYPES})
    )

    on_behalf = forms.CharField(
        label=_("Why you act for the responsible organisation"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


class ReassignForm(forms.Form):
    """Give a task to another organisation."""

    receiver = forms.CharField(
        label=_("Organisation that does it"),
        max_length=CODE_LENGTH,
        help_text=_("Its code; or type a part of the name and choose."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "receiver-options"}),
    )
    note = forms.CharField(
        label=_("Why"), max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class ReturnForm(forms.Form):
    """Give a task back."""

    note = forms.CharField(
        label=_("Why it cannot be done here"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


class FindForm(forms.Form):
    """Find a person or thing; sent by POST, because what is typed may be a name or number."""

    q = forms.CharField(
        label=_("Code, name, identity number or phone"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class PeopleFilterForm(FilterForm):
    """Narrow the list of people."""

    area = forms.ChoiceField(label=_("Area"), required=False)
    cls = forms.ChoiceField(label=_("Class"), required=False, choices=choices_of("class", _("All classes")))
    measure = forms.ChoiceField(label=_("Measure in force"), required=False)

    def __init__(self, data: Any, *, areas: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        _choose(self, "area", area_choices(areas))
        _choose(self, "measure", [("", _("With or without")), ("any", _("Any")), *choices_of("measure", "")[1:]])


class OnsetForm(forms.Form):
    """Report the onset of symptoms."""

    onset_date = forms.DateField(
        label=_("First day of symptoms"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class GoodsFilterForm(FilterForm):
    """Find lots and packages."""

    q = forms.CharField(
        label=_("Code or product"),
        required=False,
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Lots and packages")), ("lot", _("Lots")), ("package", _("Packages"))],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("held", _("On hold")),
            ("destruction", _("To be destroyed")),
            ("released", _("Released")),
            ("free", _("Nothing ordered")),
        ],
    )


class PlaceFilterForm(FilterForm):
    """Find places."""

    q = forms.CharField(
        label=_("Code or name"),
        required=False,
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=choices_of("place", _("All kinds")))
    area = forms.ChoiceField(label=_("Area"), required=False)

    def __init__(self, data: Any, *, areas: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        _choose(self, "area", area_choices(areas))


class SurfaceForm(forms.Form):
    """Register a surface of a place."""

    code = forms.CharField(label=_("Code of the surface"), max_length=CODE_LENGTH)
    label = forms.CharField(label=_("What it is"), max_length=200, help_text=_("As: handle of the cold-room door"))


class DayForm(FilterForm):
    """Choose a day."""

    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PersonForm(forms.Form):
    """Change a person's record; `version` is the one that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the person"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    area_code = forms.RegexField(
        r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$",
        label=_("Division code"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    household = forms.CharField(label=_("Household, code"), required=False, max_length=CODE_LENGTH)
    work_unit = forms.CharField(label=_("Work unit, code"), required=False, max_length=CODE_LENGTH)


class MergeForm(forms.Form):
    """Merge with another record, confirm a merge, or undo it."""

    step = forms.ChoiceField(choices=[(name, name) for name in ("merge", "confirm", "part")], widget=forms.HiddenInput)
    code = forms.CharField(label=_("Code of the record that stays"), required=False, max_length=CODE_LENGTH)
    reason = forms.CharField(
        label=_("How you know"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what each step needs."""
        said = super().clean() or {}
        if said.get("step") != "confirm" and not (said.get("reason") or "").strip():
            self.add_error("reason", _("Say how you know."))
        if said.get("step") == "merge" and not (said.get("code") or "").strip():
            self.add_error("code", _("Say which record stays."))
        return said


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
