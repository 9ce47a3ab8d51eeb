"""The shape of what is filled in at the bench; the services decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.signs import SIGNS
from lianfang.apps.lab.bench.selectors import ReagentLot, laboratory_of
from lianfang.apps.lab.custody_forms import codes_of
from lianfang.apps.lab.custody_selectors import laboratories
from lianfang.apps.lab.forms import CODE_LENGTH, REASON_LENGTH
from lianfang.formats.instruments.plates import PlateSize
from lianfang.rules.profile_laboratory import ControlKind, Kit

PLATE_CODE_LENGTH = 40
LARGEST_FILE = 64 << 20
_TYPED = {"autocomplete": "off", "spellcheck": "false"}


class ScanInForm(forms.Form):
    """Tubes that arrive, one per line; where somebody of the whole county receives them is asked."""

    organisation: "forms.ModelChoiceField[Organisation]" = forms.ModelChoiceField(
        label=_("Laboratory"), queryset=Organisation.objects.none()
    )
    codes = forms.CharField(
        label=_("Tubes"),
        help_text=_("Scan one after the other; one code per line."),
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True, "data-code": "", **_TYPED}),
    )

    def __init__(self, *args: object, by: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        own, field = laboratory_of(by), self.fields["organisation"]
        field.queryset = laboratories(by=by)  # type: ignore[attr-defined]
        field.label_from_instance = lambda each: each.name  # type: ignore[attr-defined]
        if own is not None:
            field.initial, field.widget = own.pk, forms.HiddenInput()

    def clean_codes(self) -> list[str]:
        """One code per line, each once."""
        return codes_of(self.cleaned_data["codes"])


class PlateForm(forms.Form):
    """Begin a plate."""

    code = forms.RegexField(
        r"^[\w.-]+$",
        label=_("Plate code"),
        max_length=PLATE_CODE_LENGTH,
        error_messages={"invalid": _("Only letters, digits, dots, hyphens and underscores.")},
        widget=forms.TextInput(attrs={"autofocus": True, **_TYPED}),
        help_text=_("Scan the plate's barcode, or keep the number."),
    )
    size = forms.TypedChoiceField(
        label=_("Wells"),
        choices=[(size.value, str(size.value)) for size in PlateSize],
        coerce=lambda value: PlateSize(int(value)),
        widget=forms.RadioSelect,
        initial=PlateSize.SMALL.value,
    )
    lot: "forms.ModelChoiceField[ReagentLot]" = forms.ModelChoiceField(
        label=_("Reagent lot"), queryset=ReagentLot.objects.order_by("expires_on")
    )

    def __init__(self, *args: object, kits: dict[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["lot"].label_from_instance = lambda lot: f"{lot.number} · {kits.get(lot.kit, lot.kit)}"  # type: ignore[attr-defined]


class RepeatForm(PlateForm):
    """Begin a plate that repeats another: its size is given."""

    size = None  # type: ignore[assignment]


class TubeForm(forms.Form):
    """Scan one tube onto the plate."""

    tube = forms.CharField(
        label=_("Scan a tube"),
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"autofocus": True, "data-code": "", **_TYPED}),
    )


class WellForm(forms.Form):
    """Change one well by hand."""

    position = forms.RegexField(
        r"^\s*[A-Pa-p]\s*0*([1-9]|1[0-9]|2[0-4])\s*$",
        label=_("Well"),
        max_length=6,
        widget=forms.TextInput(attrs={"placeholder": "A01", **_TYPED}),
    )
    kind = forms.ChoiceField(
        label=_("Holds"),
        required=False,
        choices=[("", _("Nothing")), *((kind.value, SIGNS["control_kind"][kind].word) for kind in ControlKind)],
    )


class FileForm(forms.Form):
    """The instrument's file."""

    file = forms.FileField(
        label=_("The instrument's file"),
        help_text=_("ABI 7500, QuantStudio, Bio-Rad CFX, LightCycler, RDML or .eds, as the instrument writes it."),
    )

    def clean_file(self) -> object:
        """A file no larger than the readers take."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large."))
        return file


class SignForm(forms.Form):
    """Sign a run; why wells are set aside."""

    reason = forms.CharField(
        label=_("Why wells are set aside"),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only if wells are ticked above: their tubes are tested again."),
    )


class LotForm(forms.Form):
    """Register a lot of reagent."""

    kit = forms.ChoiceField(label=_("Kit"))
    number = forms.CharField(
        label=_("Lot number"), max_length=40, widget=forms.TextInput(attrs={"data-code": "", **_TYPED})
    )
    expires_on = forms.DateField(
        label=_("Expires on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, kits: dict[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kit"].choices = list(kits.items())  # type: ignore[attr-defined]


class DiluteForm(forms.Form):
    """Dilute single specimens into one tube."""

    code = forms.CharField(
        label=_("Code of the new tube"),
        max_length=60,
        widget=forms.TextInput(attrs={"autofocus": True, **_TYPED}),
    )
    tubes = forms.CharField(
        label=_("Single specimens"),
        help_text=_("Scan one after the other; one code per line."),
        widget=forms.Textarea(attrs={"rows": 6, "data-code": "", **_TYPED}),
    )

    def clean_tubes(self) -> list[str]:
        """One code per line, each once."""
        return codes_of(self.cleaned_data["tubes"])


def kit_names(kits: dict[str, Kit], language: str) -> dict[str, str]:
    """Return each kit's name in a language."""
    return {slug: kit.name_zh if language == "zh" else kit.name_en for slug, kit in kits.items()}
