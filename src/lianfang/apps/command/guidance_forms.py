"""The shape of notices, campaigns, reach and results as staff write them; the services decide."""

from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from lianfang.apps.command.models import Channel
from lianfang.apps.command.services.campaigns import ActionPlan, CampaignPlan, Done, Reached
from lianfang.apps.command.services.notices import Words
from lianfang.apps.core.models import Organisation
from lianfang.apps.core.signs import SIGNS

LONGEST_TEXT = 20_000
LONGEST_ACTION = 2_000
LONGEST_NOTE = 300
MOST_PEOPLE = 1_000_000
MOST_POINTS = 100


def _text(label: Any, *, rows: int, required: bool, longest: int = LONGEST_TEXT) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class NoticeForm(forms.Form):
    """A notice's words. `read`: the version they were written from, so that nobody's change is lost silently."""

    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=100)
    text_zh = _text(_("Text in Chinese"), rows=8, required=True)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    text_en = _text(_("Text in English"), rows=6, required=False)
    read = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def words(self) -> Words:
        """The words as the service takes them."""
        names = ("title_zh", "text_zh", "title_en", "text_en")
        return Words(**{name: self.cleaned_data[name] for name in names})


class PublishForm(forms.Form):
    """The draft that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class WithdrawForm(forms.Form):
    """Why a notice no longer holds; everybody reads it."""

    reason = forms.CharField(
        label=_("Reason, shown to the public"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )


class CampaignForm(forms.Form):
    """A campaign."""

    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=100)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    summary_zh = _text(_("Summary in Chinese"), rows=3, required=True, longest=LONGEST_ACTION)
    summary_en = _text(_("Summary in English"), rows=3, required=False, longest=LONGEST_ACTION)
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))
    has_contest = forms.BooleanField(label=_("Rank the organisations' results publicly"), required=False)

    def plan(self) -> CampaignPlan:
        """The plan as the service takes it."""
        return CampaignPlan(**self.cleaned_data)


class ActionForm(forms.Form):
    """One action of a campaign."""

    kind = forms.ChoiceField(label=_("What"), choices=[(value, sign.word) for value, sign in SIGNS["guidance"].items()])
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=100)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    text_zh = _text(_("What to do, in Chinese"), rows=2, required=False, longest=LONGEST_ACTION)
    text_en = _text(_("What to do, in English"), rows=2, required=False, longest=LONGEST_ACTION)
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))

    def plan(self) -> ActionPlan:
        """The plan as the service takes it."""
        return ActionPlan(**self.cleaned_data)


class _OfOrganisation(forms.Form):
    """What is recorded of one organisation."""

    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=64,
        help_text=_("Code; suggestions come while typing."),
        widget=forms.TextInput(attrs={"list": "organisation-options", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, among: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self._among = among

    def clean_organisation(self) -> Organisation:
        """Only one that the actor records for."""
        found: Organisation | None = self._among.filter(code=self.cleaned_data["organisation"]).first()
        if found is None:
            raise forms.ValidationError(_("You record for no organisation of this code."))
        return found


class ReachForm(_OfOrganisation):
    """How many were reached."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    day = _day(_("Day"))
    n_people = forms.IntegerField(label=_("People reached"), min_value=0, max_value=MOST_PEOPLE)
    note = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, required=False)

    def reached(self) -> Reached:
        """The figures as the service takes them."""
        given = self.cleaned_data
        return Reached(given["channel"], given["day"], given["n_people"], given["note"])


class ResultForm(_OfOrganisation):
    """What an organisation did of an action."""

    action = forms.TypedChoiceField(label=_("Named action"), coerce=int)
    n_people = forms.IntegerField(label=_("People taking part"), min_value=0, max_value=MOST_PEOPLE)
    points = forms.IntegerField(label=_("Points, 0 to 100"), min_value=0, max_value=MOST_POINTS)
    note = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, required=False)

    def __init__(self, data: Any, *, among: Any, actions: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(data, among=among, **options)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = actions
        self.order_fields(["action", "organisation", "n_people", "points", "note"])

    def done(self) -> Done:
        """The figures as the service takes them."""
        given = self.cleaned_data
        return Done(given["n_people"], given["points"], given["note"])


class ContactForm(_OfOrganisation):
    """Whom to ring in an organisation's area."""

    phone = forms.CharField(
        label=_("Duty phone"), max_length=20, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    )
    hours = forms.CharField(label=_("Hours"), max_length=60, required=False)


def today() -> dict[str, Any]:
    """The initial values of a form that asks for a day."""
    return {"day": localdate()}
