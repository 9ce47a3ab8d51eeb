"""The shape of a declaration, of a confirmed arrival, of a health record and of the lists' filters."""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.apps.areas.selectors import townships_of, villages_of
from lianfang.apps.areas.selectors.risk import divisions_of, gazetteer
from lianfang.apps.core.models import Organisation
from lianfang.apps.core.selectors import OrganisationKind, organisations
from lianfang.apps.followup.selectors import HealthRecord, Symptom
from lianfang.apps.people.registering import PersonEntry
from lianfang.apps.returnees.selectors import Declaration
from lianfang.apps.returnees.services import Said, Stay
from lianfang.rules.vocabulary import ReturnCategory
from lianfang.rules.words import WORDS

STAYS = 3
_EMPLOYING = (OrganisationKind.EMPLOYER, OrganisationKind.VENUE, OrganisationKind.HOSPITAL, OrganisationKind.WAREHOUSE)
_DAY = {"type": "date"}
Sections = Iterator[tuple[str | Promise, list[BoundField]]]


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day, with the browser's own calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), **more)


def temperature_field(**more: Any) -> forms.DecimalField:
    """Return a field for a body temperature in degrees, one decimal."""
    widget = forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.1", "autocomplete": "off"})
    return forms.DecimalField(
        label=_("Temperature (°C)"),
        min_value=Decimal(34),
        max_value=Decimal(43),
        decimal_places=1,
        widget=widget,
        **more,
    )


def tenths(value: Decimal | None) -> int | None:
    """Return degrees as tenths."""
    return None if value is None else int(value * 10)


class DeclarationForm(forms.Form):
    """What somebody coming back says, without who they are: also the form of a correction."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    expected_on = day_field(_("Day of arrival"))
    transport = forms.ChoiceField(label=_("Travels by"), choices=Declaration.Transport.choices)
    transport_number = forms.CharField(
        label=_("Train, flight or number plate"), max_length=40, required=False, help_text=_("As G625 or 晋M12345.")
    )
    seat = forms.CharField(label=_("Seat"), max_length=20, required=False)
    area_code = forms.ChoiceField(label=_("Village or community"))
    address = forms.CharField(label=_("House or building"), max_length=200, required=False)
    home_unfit = forms.BooleanField(label=_("I cannot live apart from others there"), required=False)
    work_unit = forms.CharField(
        label=_("Work unit"),
        max_length=200,
        required=False,
        help_text=_("Its name as on the list; leave it empty if you have none."),
        widget=forms.TextInput(attrs={"list": "unit-options", "autocomplete": "off"}),
    )
    symptoms = forms.MultipleChoiceField(
        label=_("Symptoms"), choices=Symptom.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    temperature = temperature_field(required=False)
    negative_on = day_field(_("Day of your last negative test"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area_code"].choices = village_choices()  # type: ignore[attr-defined]
        for number in range(1, STAYS + 1):
            first = number == 1
            label = _("Place you come from") if first else _("Place before that")
            hint = _("Province, city, county and community, as 河北省石家庄市藁城区增村镇小果庄村.") if first else ""
            self.fields[f"place_{number}"] = forms.CharField(
                label=label,
                max_length=200,
                required=first,
                help_text=hint,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"from_{number}"] = day_field(_("From"), required=first)
            self.fields[f"until_{number}"] = day_field(_("Until"), required=first)
        if not self.is_bound:
            self.initial.setdefault("client_id", uuid.uuid4())

    def clean_work_unit(self) -> Organisation | None:
        """Return the organisation of the name or code typed."""
        text = self.cleaned_data["work_unit"].strip()
        if not text:
            return None
        found = employers().filter(code=text).first() or employers().filter(name=text).first()
        if found is None:
            raise forms.ValidationError(_("Choose a work unit from the list, or leave it empty."))
        return found

    def clean(self) -> dict[str, Any]:
        """Read the places of the stays and their days."""
        data: dict[str, Any] = self.cleaned_data
        data["stays"] = [stay for number in range(1, STAYS + 1) if (stay := self._stay(number)) is not None]
        return data

    def _stay(self, number: int) -> Stay | None:
        names = tuple(f"{part}_{number}" for part in ("place", "from", "until"))
        text, first, last = (self.cleaned_data.get(name) for name in names)
        if not text:
            return None
        if first is None or last is None:
            missing = names[1] if first is None else names[2]
            if missing not in self.errors:
                self.add_error(missing, _("Enter the day."))
            return None
        if first > last:
            self.add_error(names[2], _("The last day is before the first."))
        found = gazetteer().find("".join(text.split()), limit=5)
        if len({code for code, _rest in found}) != 1 or len(found[0][0]) < 6:
            options = "; ".join(divisions_of(code for code, _rest in found).values())
            more = _("Which one? %(options)s") % {"options": options} if options else ""
            self.add_error(names[0], _("Write province, city and county in full.") + f" {more}")
            return None
        return Stay(found[0][0], found[0][1], first, last)

    def said(self) -> Said:
        """Return what a valid form says."""
        data = self.cleaned_data
        names = ("client_id", "stays", "expected_on", "area_code", "transport", "transport_number", "seat", "address")
        more = {name: data[name] for name in (*names, "home_unfit", "work_unit", "symptoms", "negative_on")}
        return Said(**more, tenths_celsius=tenths(data["temperature"]))

    def sections(self) -> Sections:
        """Yield the steps in which it is filled in."""
        yield (
            _("Where you were"),
            [self[f"{part}_{n}"] for n in range(1, STAYS + 1) for part in ("place", "from", "until")],
        )
        yield _("How you travel"), [self[name] for name in ("expected_on", "transport", "transport_number", "seat")]
        yield _("Where you go"), [self[name] for name in ("area_code", "address", "home_unfit", "work_unit")]
        yield _("How you are"), [self[name] for name in ("symptoms", "temperature", "negative_on")]

    @staticmethod
    def of(declaration: Declaration) -> dict[str, Any]:
        """Return a version as the initial values of its correction."""
        names = (
            "expected_on",
            "transport",
            "transport_number",
            "seat",
            "area_code",
            "address",
            "home_unfit",
            "symptoms",
        )
        values: dict[str, Any] = {name: getattr(declaration, name) for name in (*names, "negative_on")}
        values["work_unit"] = declaration.work_unit.name if declaration.work_unit else ""
        if declaration.tenths_celsius is not None:
            values["temperature"] = Decimal(declaration.tenths_celsius) / 10
        places = divisions_of(stay["area_code"] for stay in declaration.stays)
        for number, stay in enumerate(declaration.stays[:STAYS], 1):
            values[f"place_{number}"] = places.get(stay["area_code"], "") + stay["community"]
            values[f"from_{number}"], values[f"until_{number}"] = stay["from"], stay["until"]
        return values


class OwnDeclarationForm(DeclarationForm):
    """A first declaration also says who it is."""

    name = forms.CharField(label=_("Full name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Phone"), max_length=20, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    id_number = forms.CharField(
        label=_("Identity number"), max_length=18, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def person(self) -> PersonEntry:
        """Return who it is."""
        data = self.cleaned_data
        unit = data["work_unit"]
        return PersonEntry(
            data["name"], data["phone"], data["area_code"], data["id_number"], None, unit.pk if unit else None
        )

    def sections(self) -> Sections:
        """Yield who it is first."""
        yield _("Who you are"), [self[name] for name in ("name", "phone", "id_number")]
        yield from super().sections()


class StaffDeclarationForm(OwnDeclarationForm):
    """The same entered by staff, who say how it reached them."""

    reporter = forms.ChoiceField(
        label=_("Said by"),
        choices=[each for each in Declaration.Reporter.choices if each[0] != Declaration.Reporter.CITIZEN],
        initial=Declaration.Reporter.STAFF,
    )

    def sections(self) -> Sections:
        """Yield how it came to staff first."""
        sections = list(super().sections())
        yield sections[0][0], [self["reporter"], *sections[0][1]]
        yield from sections[1:]


class ArrivalForm(forms.Form):
    """That somebody has arrived."""

    arrived_on = day_field(_("Day of arrival"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class HealthForm(forms.Form):
    """How somebody is today."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    temperature = temperature_field(required=False)
    symptoms = forms.MultipleChoiceField(
        label=_("Symptoms"), choices=Symptom.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("client_id", uuid.uuid4())


class StaffHealthForm(HealthForm):
    """The same recorded by staff after a call or visit."""

    way = forms.ChoiceField(
        label=_("Way"), choices=[each for each in HealthRecord.Way.choices if each[0] != HealthRecord.Way.REPORT]
    )
    is_unreached = forms.BooleanField(label=_("Not reached"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class TransferForm(forms.Form):
    """Where somebody was moved to."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    site = forms.CharField(label=_("New place of quarantine"), max_length=200)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("client_id", uuid.uuid4())


STATES = (
    ("expected", _("Expected")),
    ("overdue", _("Not arrived when expected")),
    ("half", _("Confirmed by one of two")),
    ("arrived", _("Arrived")),
    ("undeclared", _("Not declared")),
)


class ReturnFilterForm(forms.Form):
    """Which returns."""

    q = forms.CharField(
        label=_("Full name"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    area = forms.ChoiceField(label=_("Township or village"), required=False)
    unit = forms.ChoiceField(label=_("Work unit"), required=False)
    category = forms.ChoiceField(label=_("Coming from"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *STATES])

    def __init__(self, data: Any, *, area: str, units: Any, language: str) -> None:
        super().__init__(data)
        spoken = 1 if language == "zh" else 0
        words = [(each.value, WORDS[ReturnCategory][each][spoken]) for each in ReturnCategory]
        everywhere = [("", _("All"))]
        self.fields["category"].choices = [*everywhere, *words]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [*everywhere, *((each.code, each.name) for each in units)]  # type: ignore[attr-defined]
        self.fields["area"].choices = [*everywhere, *area_choices(area)]  # type: ignore[attr-defined]

    def criteria(self) -> dict[str, str]:
        """The valid criteria; one that is wrong is as if left out."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


def village_choices() -> list[tuple[str, Any]]:
    """Return the county's villages and communities by township, for a select."""
    villages = villages_of(settings.COUNTY_CODE)
    groups = [
        (town.name, [(each.code, each.name) for each in villages if each.parent_code == town.code])
        for town in townships_of(settings.COUNTY_CODE)
    ]
    return [("", _("Choose")), *((name, rows) for name, rows in groups if rows)]


def area_choices(area: str) -> list[tuple[str, str]]:
    """Return the townships of an area, and its villages where it is a township or village."""
    if len(area) <= 6:
        return [(each.code, each.name) for each in townships_of(settings.COUNTY_CODE) if each.code.startswith(area)]
    return [(each.code, each.name) for each in villages_of(area[:9]) if each.code.startswith(area)]


def employers() -> QuerySet[Organisation]:
    """Return the county's organisations that somebody can work for."""
    return organisations(settings.COUNTY_CODE).filter(kind__in=_EMPLOYING)
