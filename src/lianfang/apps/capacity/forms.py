"""The shape of what is entered about laboratories, of the commissioning plan and of what is assumed."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from lianfang.apps.capacity.forecasting import Assumed
from lianfang.apps.capacity.models import LaboratoryEntry, Milestone
from lianfang.apps.capacity.services import Sheet, Shown, Step
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.lab.custody_selectors import laboratories

_SHIFT_EXAMPLE = "8-20 6"
PEOPLE_MOST = 2_000_000


def _count(label: object, least: int = 1, most: int = 1_000, help_text: object = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]
        min_value=least,
        max_value=most,
        widget=widget,
        help_text=help_text,  # type: ignore[arg-type]
    )


def _day(label: object) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # type: ignore[arg-type]


class LaboratoryForm(forms.Form):
    """What a laboratory can work."""

    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    opens_on = _day(_("Takes tubes from"))
    extractors = _count(_("Extractors"))
    thermocyclers = _count(_("Thermocyclers"))
    batch = _count(_("Tubes in one run"), help_text=_("Without the controls: 92 to 94 on a plate of 96."))
    extract_minutes = _count(_("Extraction, minutes"))
    amplify_minutes = _count(_("Amplification, minutes"))
    sign_minutes = _count(_("From the end of a run to signed results, minutes"), least=0)
    transport_minutes = _count(_("Way from the sampling points, minutes"), least=0)
    staff_per_line = _count(_("People at one extractor"), most=100)
    tubes_per_day = _count(_("Tubes a day the laboratory answers for"), least=0, most=1_000_000)
    shifts = forms.CharField(
        label=_("Shifts"),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "placeholder": _SHIFT_EXAMPLE}),
        help_text=_("One a line: first and last hour, people. A night in two lines: 20-24 and 0-8."),
    )

    @classmethod
    def of(cls, entry: LaboratoryEntry | None) -> "LaboratoryForm":
        """Return the form with what is known."""
        if entry is None:
            return cls()
        names = [name for name in cls.base_fields if name not in {"seen", "shifts"}]
        shifts = "\n".join(f"{starts}-{ends} {staff}" for starts, ends, staff in entry.shifts)
        return cls(initial={name: getattr(entry, name) for name in names} | {"seen": entry.version, "shifts": shifts})

    def clean_shifts(self) -> tuple[tuple[int, int, int], ...]:
        """Read the lines; the service judges the hours."""
        found = []
        for number, line in enumerate(filter(None, map(str.strip, self.cleaned_data["shifts"].splitlines())), 1):
            parts = line.replace("-", " ").replace("–", " ").replace("—", " ").split()
            if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
                message = _("Line %(number)d is not a shift. Write it as %(example)s.")
                raise forms.ValidationError(message % {"number": number, "example": _SHIFT_EXAMPLE})
            starts, ends, staff = map(int, parts)
            found.append((starts, ends, staff))
        return tuple(found)

    def sheet(self) -> Sheet:
        """Return what was entered."""
        return Sheet(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})


class WhatIfForm(forms.Form):
    """What is assumed beside the live queue."""

    laboratory = forms.ChoiceField(label=_("More extractors at"), required=False)
    extra_lines = _count(_("How many more"), least=0, most=50)
    people = _count(
        _("People of a round"),
        least=0,
        most=PEOPLE_MOST,
        help_text=_("At most 400,000 tubes are simulated: beyond that, assume more people in one tube."),
    )
    days = _count(_("Collected over days"), most=10)
    pool_size = _count(_("People in one tube"))
    positives_per_100000 = _count(_("Positives in 100,000"), least=0, most=100_000)

    def __init__(self, *args: Any, pool_most: int, known: list[LaboratoryEntry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(str(each.organisation_id), each.organisation.name) for each in known]
        self.fields["laboratory"].choices = [("", _("None")), *chosen]  # type: ignore[attr-defined]
        size = self.fields["pool_size"]
        size.max_value = pool_most  # type: ignore[attr-defined]
        size.validators = [MinValueValidator(1), MaxValueValidator(pool_most)]

    def assumed(self) -> Assumed:
        """Return what was assumed."""
        given = dict(self.cleaned_data)
        chosen = given.pop("laboratory")
        return Assumed(laboratory=int(chosen) if chosen else None, **given)


class StepForm(forms.Form):
    """A step of a new laboratory."""

    laboratory = forms.ModelChoiceField(label=_("Laboratory"), queryset=Organisation.objects.none())
    kind = forms.ChoiceField(label=_("Step"), choices=Milestone.Kind.choices)
    due_on = _day(_("To be done by"))
    responsible = forms.CharField(
        label=_("Responsible unit, by its code"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(
        label=_("Why the plan changes"),
        max_length=300,
        required=False,
        help_text=_("Only where this step was planned before."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["laboratory"]
        chosen.queryset = laboratories(by=by).order_by("name")  # type: ignore[attr-defined]
        chosen.label_from_instance = lambda each: each.name  # type: ignore[attr-defined]
        self._area = by.area_code

    def clean_responsible(self) -> Organisation:
        """Find the unit in the own area."""
        code = self.cleaned_data["responsible"].strip()
        found = Organisation.objects.filter(code=code, area_code__startswith=self._area).first()
        if found is None:
            raise forms.ValidationError(_("There is no such organisation in your area."))
        return found

    def step(self) -> Step:
        """Return what was entered."""
        given = dict(self.cleaned_data)
        return Step(kind=Milestone.Kind(given.pop("kind")), **given)


class DoneForm(forms.Form):
    """That a step is done, and what shows it."""

    done_on = _day(_("Done on"))
    note = forms.CharField(
        label=_("What shows it"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )
    file = forms.FileField(label=_("Certificate or photo"), required=False)

    def shown(self) -> Shown:
        """Return what was entered."""
        return Shown(**self.cleaned_data)
