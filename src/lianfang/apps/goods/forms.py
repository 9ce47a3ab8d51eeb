"""The shape of what is filled in about goods; the services decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.language import spoken
from lianfang.apps.goods.models import Inspection
from lianfang.apps.places.selectors import Place
from lianfang.rules.vocabulary import CertificateKind
from lianfang.rules.words import label

_CODE = 64
_PIECES = _("Pieces")
_OFF = {"autocomplete": "off", "spellcheck": "false"}
_WIRE = "%Y-%m-%dT%H:%M"


def _when(text: Any, *, required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WIRE)
    return forms.DateTimeField(label=text, widget=widget, required=required)


def _day(text: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=text, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _code(text: Any, *, required: bool = True, help_text: Any = "", length: int = _CODE) -> forms.CharField:
    return forms.CharField(
        label=text, max_length=length, required=required, help_text=help_text, widget=forms.TextInput(attrs=_OFF)
    )


def _pieces(text: Any = _PIECES, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=text, min_value=least, max_value=10_000_000, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )


def _kilograms(*, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Net weight, kg"), min_value=0, max_digits=12, decimal_places=2, required=required
    )


class PlaceChoice(forms.ChoiceField):
    """A choice among a few places, by name."""

    def offer(self, places: Iterable[Place]) -> None:
        """Set the places to choose from."""
        self.by_code = {place.code: place for place in places}
        self.choices = [(code, place.name or code) for code, place in self.by_code.items()]

    def clean(self, value: Any) -> Any:
        """Return the place chosen."""
        return self.by_code[super().clean(value)]


class PlacesForm(forms.Form):
    """A form whose place fields are offered places: `rooms`, `vehicles`, `held` (where the lot is)."""

    offers: dict[str, str] = {}

    def __init__(self, *args: Any, places: dict[str, list[Place]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in self.offers.items():
            field = self.fields[name]
            assert isinstance(field, PlaceChoice)
            field.offer(places[kind])

    def hands(self) -> tuple[str, ...]:
        """The codes of the persons who had the goods in hand."""
        return tuple(str(self.cleaned_data.get("handlers", "")).split())


def _handlers() -> forms.CharField:
    return _code(
        _("Who had the goods in hand"),
        required=False,
        help_text=_("Codes of persons, with blanks between."),
        length=400,
    )


class BookingForm(PlacesForm):
    """Announce a lot."""

    offers = {"warehouse": "rooms"}
    product = _code(_("Product"), length=200)
    country = _code(_("Country of origin"), length=2, help_text=_("Two letters, as EC."))
    n_pieces = _pieces()
    net_weight_kg = _kilograms()
    declaration_no = _code(_("Customs declaration"))
    quarantine_cert_no = _code(_("Quarantine certificate"))
    production_lot = _code(_("Production lot"))
    owner = _code(_("Owner, code"))
    warehouse = PlaceChoice(label=_("Room"))
    due_at = _when(_("Arrives at"))
    vehicle = _code(_("Vehicle"), length=32)
    driver = _code(_("Driver, code of the person"))
    crew = _code(_("Crew, codes"), required=False, length=400)
    container_no = _code(_("Container number"), length=32)
    seal_no = _code(_("Seal number"), length=32)
    destination = _code(_("Destination of the goods"), length=200)


class ArrivalForm(PlacesForm):
    """What stands at the gate."""

    offers = {"room": "rooms"}
    vehicle = _code(_("Vehicle"), length=32)
    driver = _code(_("Driver, code of the person"))
    container_no = _code(_("Container number"), length=32)
    seal_no = _code(_("Seal number"), length=32)
    seal_intact = forms.BooleanField(label=_("The seal is intact"), required=False)
    n_pieces = _pieces()
    room = PlaceChoice(label=_("Room"))
    handlers = _handlers()


class SampleForm(PlacesForm):
    """The tubes of a sampling."""

    tubes = forms.CharField(
        label=_("Tubes"),
        help_text=_("Scan them one after the other."),
        widget=forms.Textarea(attrs={"rows": 4, **_OFF}),
    )
    handlers = _handlers()


class DisinfectForm(PlacesForm):
    """What was disinfected, with what and by whom."""

    coverage = forms.ChoiceField(
        label=_("What"),
        choices=[("walls", _("Inner walls of the vehicle or container")), ("packages", _("Outer packages"))],
        widget=forms.RadioSelect,
    )
    pieces = _pieces(_("Pieces (outer packages)"), least=0)
    agent = _code(_("Agent and concentration"), length=100)
    handlers = _handlers()


class NoteForm(PlacesForm):
    """A reason."""

    note = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class ReleaseForm(PlacesForm):
    """Nothing to fill in: the facts decide."""


class PlaceStepForm(PlacesForm):
    """Pieces at one place."""

    offers = {"place": "held"}
    place = PlaceChoice(label=_("From"))
    pieces = _pieces()
    handlers = _handlers()


class PackageForm(PlacesForm):
    """Follow one package by itself."""

    offers = {"place": "held"}
    package = _code(_("Code on the package"), help_text=_("Scan it, or give it a code of your own."))
    place = PlaceChoice(label=_("At"))
    handlers = _handlers()


class StoreForm(PlaceStepForm):
    """Move inside."""

    offers = {"place": "held", "target": "rooms"}
    target = PlaceChoice(label=_("To"))
    field_order = ("place", "target", "pieces", "handlers")


class PalletForm(PlaceStepForm):
    """Put on a pallet, or take off it."""

    place = PlaceChoice(label=_("At"))
    pallet = _code(_("Pallet (SSCC)"), length=80, help_text=_("Scan its label: 18 digits."))
    field_order = ("place", "pallet", "pieces", "handlers")


class PalletMoveForm(PlacesForm):
    """Move a pallet as a whole."""

    offers = {"target": "targets"}
    target = PlaceChoice(label=_("To"))
    destination = _code(
        _("Destination, code of the place"), required=False, help_text=_("Only where it leaves on a vehicle.")
    )
    handlers = _handlers()


class RepackForm(PlaceStepForm):
    """Pack into other pieces."""

    grams_before = _pieces(_("Grams a piece, before"))
    grams_after = _pieces(_("Grams a piece, after"))
    field_order = ("place", "pieces", "grams_before", "grams_after", "handlers")


class MergeForm(PlacesForm):
    """Join with other parts."""

    offers = {"place": "held"}
    others = _code(_("Other parts, codes"), length=400)
    place = PlaceChoice(label=_("At"))
    handlers = _handlers()


class DispatchForm(PlaceStepForm):
    """Send out."""

    offers = {"place": "held", "vehicle": "vehicles"}
    vehicle = PlaceChoice(label=_("Vehicle"))
    destination = _code(_("Destination, code of the place"))
    field_order = ("place", "pieces", "vehicle", "destination", "handlers")


class CertificateForm(PlacesForm):
    """What a certificate says."""

    kind = forms.ChoiceField(label=_("Certificate"))
    number = _code(_("Number"))
    issuer = _code(_("Issuer"), length=200)
    issued_on = _day(_("Issued on"))
    valid_until = _day(_("Valid until"), required=False)
    product = _code(_("Product on it"), length=200)
    production_lot = _code(_("Production lot on it"), required=False)
    net_weight_kg = _kilograms(required=False)
    file = forms.FileField(label=_("Picture or file"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, label(kind, spoken())) for kind in CertificateKind]


class CertificateCheckForm(forms.Form):
    """What the second person found."""

    confirmed = forms.ChoiceField(
        label=_("Compared with the issuer and the goods"),
        choices=[("yes", _("Right")), ("no", _("Wrong or forged"))],
        widget=forms.RadioSelect,
    )
    note = _code(_("Note"), required=False, length=300)


class ScanForm(PlacesForm):
    """A code read by a shop."""

    offers = {"place": "own"}
    text = _code(_("Code on the label"), length=200, help_text=_("Scan it, or type its digits."))
    pieces = _pieces()
    place = PlaceChoice(label=_("At"))


class FindingForm(forms.Form):
    """What an inspector found."""

    place_code = _code(_("Place, code"))
    finding = forms.ChoiceField(label=_("Finding"), choices=Inspection.Finding.choices)
    product = _code(_("Goods"), required=False, length=200)
    n_pieces = forms.IntegerField(label=_("Pieces"), min_value=0, max_value=10_000_000, initial=0)
    country = _code(_("Country of origin, if known"), required=False, length=2)
    tubes = _code(_("Tubes of the samples"), required=False, length=400, help_text=_("With blanks between."))
    handlers = _handlers()
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


class PenaltyForm(forms.Form):
    """What was decided."""

    amount_yuan = forms.DecimalField(label=_("Penalty, yuan"), min_value=0, max_digits=12, decimal_places=2)
    basis = _code(_("Article it rests on"), length=300)


class ReplyForm(forms.Form):
    """Where the received pieces are."""

    found = _pieces(_("Found and kept"), least=0)
    sold = _pieces(_("Sold"), least=0)
    destroyed = _pieces(_("Destroyed"), least=0)
    note = _code(_("Note"), required=False, length=300)


class ReadingForm(forms.Form):
    """One reading by hand."""

    celsius = forms.DecimalField(label=_("Temperature, °C"), min_value=-60, max_value=60, decimal_places=1)


class LogForm(forms.Form):
    """A logger's file."""

    file = forms.FileField(label=_("Logger's file"), help_text=_("CSV with a column time and a column temperature."))
