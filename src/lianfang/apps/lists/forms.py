"""The shape of what staff say about listed rows; the services decide."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lianfang.apps.areas.selectors import Division, townships_of, villages_of
from lianfang.apps.core import identity
from lianfang.apps.lists.models import ListedRow, RowState
from lianfang.apps.people.registering import PersonEntry
from lianfang.apps.people.selectors import Person

_COUNTY_DIGITS = 6


def _note() -> forms.CharField:
    return forms.CharField(label=_("How you know"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class KnownForm(forms.Form):
    """Say which registered person a row is."""

    code = forms.CharField(
        label=_("Code of the person"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    note = _note()


class NewForm(forms.Form):
    """Register the person of a row, with what the list says of them filled in."""

    name = forms.CharField(
        label=_("Name of the person"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    id_number = forms.CharField(
        label=_("Identity number"),
        max_length=18,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("If it is known under another name, the person is registered without it."),
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Person.Sex.choices)
    area_code = forms.ChoiceField(label=_("Lives in"))
    note = _note()

    def __init__(self, *args: Any, area: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area_code"].choices = _villages(area)  # type: ignore[attr-defined]

    def clean_id_number(self) -> str:
        """Refuse a number that cannot be one, at its field."""
        return _checked(self.cleaned_data["id_number"], identity.clean_id_number)

    def clean_phone(self) -> str:
        """Refuse a phone that cannot be one, at its field."""
        return _checked(self.cleaned_data["phone"], identity.clean_phone)

    def entry(self) -> PersonEntry:
        """Return the person as typed; call it on a valid form."""
        said = self.cleaned_data
        names = ("name", "phone", "area_code", "id_number", "birth_date", "sex")
        return PersonEntry(**{name: said[name] for name in names})


class ElsewhereForm(forms.Form):
    """Say that rows are nobody of the county."""

    note = _note()


class RowsForm(ElsewhereForm):
    """The same of several rows at once."""

    rows = forms.TypedMultipleChoiceField(coerce=int, choices=(), error_messages={"required": _("Choose rows.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("rows") if self.is_bound else []  # type: ignore[attr-defined]
        self.fields["rows"].choices = [(each, each) for each in sent if each.isdecimal()]  # type: ignore[attr-defined]


class RowFilterForm(forms.Form):
    """Narrow the rows of a list."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All rows")), *RowState.State.choices])


class PairForm(forms.Form):
    """One answer of a reviewer."""

    row = forms.IntegerField()
    subject = forms.IntegerField()
    answer = forms.ChoiceField(choices=[("same", "same"), ("different", "different"), ("skip", "skip")])


def listed_values(row: ListedRow) -> dict[str, Any]:
    """Return what a list says of a person as a form begins with it; masked numbers are left out."""
    number, phone = (identity.decrypt(each) if each else "" for each in (row.id_number_cipher, row.phone_cipher))
    return {
        "name": row.name,
        "id_number": "" if "*" in number else number,
        "phone": "" if "*" in phone else phone,
        "birth_date": row.birth_date,
        "sex": row.sex or Person.Sex.UNKNOWN,
        "area_code": row.area_code,
    }


def _checked(text: str, clean: Any) -> str:
    try:
        return str(clean(text)) if text.strip() else ""
    except identity.IdentityInvalid as error:
        raise ValidationError(error.message) from error


def _villages(area: str) -> list[tuple[str, Any]]:
    """The villages of an area by township, as choices; of the area itself where it has none below."""
    villages: dict[str, list[Division]] = {}
    for each in villages_of(area[:9]):
        if each.code.startswith(area):
            villages.setdefault(each.code[:9], []).append(each)
    towns = {each.code: each.name for each in townships_of(area[:_COUNTY_DIGITS])}
    return [("", "–")] + [
        (towns.get(town, town), [(each.code, each.name) for each in of]) for town, of in villages.items()
    ]
