"""The shape of what staff fill in about accounts and the audit trail; the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import Role, User
from lianfang.apps.core.signs import SIGNS


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Show a domain refusal at the field it concerns, or above the form."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, gettext(error.message))


class PasswordForm(forms.Form):
    """Choose a new password."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new_password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 10 characters, not only digits, no common password, not like your name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_new_password2(self) -> str:
        """Both must be the same."""
        again: str = self.cleaned_data["new_password2"]
        if self.cleaned_data.get("new_password1") not in {None, again}:
            raise forms.ValidationError(_("The two new passwords differ."))
        return again


class AccountFilterForm(forms.Form):
    """Find accounts."""

    q = forms.CharField(label=_("Name"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *Role.choices])


class AccountForm(forms.Form):
    """What an account is."""

    display_name = forms.CharField(label=_("Name"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    area_code = forms.CharField(
        label=_("Area"),
        max_length=12,
        help_text=_("Division code; the account sees everything below it."),
        widget=forms.TextInput(attrs={"list": "area-options", "inputmode": "numeric", "autocomplete": "off"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"), max_length=64, required=False, help_text=_("Code of the organisation they work for.")
    )

    @classmethod
    def of(cls, user: User) -> dict[str, Any]:
        """Return an account's present values as the form's initial ones."""
        return {
            "display_name": user.display_name,
            "role": user.role,
            "area_code": user.area_code,
            "organisation": user.organisation.code if user.organisation else "",
            "is_active": user.is_active,
        }


class NewAccountForm(AccountForm):
    """A new account also has a name to log in with."""

    username = forms.CharField(
        label=_("User name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ("username", "display_name", "role", "area_code", "organisation")


class ChangedAccountForm(AccountForm):
    """An existing account can also be closed."""

    is_active = forms.BooleanField(label=_("May log in"), required=False)


class AuditFilterForm(forms.Form):
    """Find events of the audit trail."""

    subject = forms.CharField(
        label=_("Person or goods"), max_length=64, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    username = forms.CharField(label=_("User name"), max_length=64, required=False)
    group = forms.ChoiceField(
        label=_("Action"),
        required=False,
        choices=[("", _("All actions")), *((group, sign.word) for group, sign in SIGNS["audit"].items())],
    )
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PhoneForm(forms.Form):
    """The phone that a code is sent to."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.RegexField(
        r"^\s*[0-9]{4,8}\s*$",
        label=_("Code you were sent"),
        max_length=12,
        error_messages={"invalid": _("Type the digits of the text you were sent.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "class": "lf-code"}
        ),
    )

    def clean_code(self) -> str:
        """Without the blanks a phone copies along."""
        return str(self.cleaned_data["code"]).strip()
