"""The shape of a move of tubes: what is scanned, and where they go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.permissions import may
from lianfang.apps.core.signs import SIGNS
from lianfang.apps.lab.custody import NEEDED, Move
from lianfang.apps.lab.custody_selectors import laboratories
from lianfang.apps.lab.forms import CODE_LENGTH, REASON_LENGTH
from lianfang.rules.custody import Whereabouts

TUBES_AT_ONCE = 500
SPOT_LENGTH = 80


class MoveForm(forms.Form):
    """Scan tubes, one per line: a scanner's line end begins the next one."""

    kind = forms.ChoiceField(label=_("What happens"), widget=forms.RadioSelect)
    organisation: "forms.ModelChoiceField[Organisation]" = forms.ModelChoiceField(
        label=_("Laboratory"),
        queryset=Organisation.objects.none(),
        required=False,
        help_text=_("Of tubes that are sent or received."),
    )
    spot = forms.CharField(
        label=_("Box or freezer"),
        max_length=SPOT_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why rejected"),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    codes = forms.CharField(
        label=_("Tubes"),
        help_text=_("Scan one after the other; one code per line."),
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: object, by: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        words = SIGNS["whereabouts"]
        choices = [(kind.value, words[kind].word) for kind, needed in NEEDED.items() if may(by, needed)]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = laboratories(by=by)  # type: ignore[attr-defined]
        self.fields["organisation"].label_from_instance = lambda each: each.name  # type: ignore[attr-defined]

    def clean_codes(self) -> list[str]:
        """One code per line, each once, in the order of scanning."""
        return codes_of(self.cleaned_data["codes"])

    def move(self) -> Move:
        """What the valid form says."""
        given = self.cleaned_data
        return Move(Whereabouts(given["kind"]), given["organisation"], given["spot"], given["reason"])


def codes_of(text: str) -> list[str]:
    """Return scanned codes, one per line, each once. Raises: ValidationError."""
    codes = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(codes) > TUBES_AT_ONCE:
        raise forms.ValidationError(_("At most 500 tubes at once."))
    if any(len(code) > CODE_LENGTH for code in codes):
        raise forms.ValidationError(_("One of the codes is too long: is every code on a line of its own?"))
    return codes
