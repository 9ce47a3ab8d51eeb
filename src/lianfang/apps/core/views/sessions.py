"""Logging in and out, and choosing one's password; each is audited, a password or an unknown name never."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import PasswordForm, add_refusal
from lianfang.apps.core.lockout import known_account
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import actor
from lianfang.apps.core.services import change_password

TOO_MANY_REQUESTS = 429
INVALID = 422


class Login(LoginView):
    """Log in; a new session key is given, so that one known before is worth nothing."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Start the session."""
        response = super().form_valid(form)
        audit.record("session.started", by=actor(self.request), at=timezone.now(), address=_address(self.request))
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Refuse; an account that exists is named by its number, any other name is not kept: it may be a password."""
        account = known_account(str(form.data.get("username", "")))
        detail: dict[str, Any] = {"account": account.pk} if account else {"unknown": True}
        if getattr(self.request, "axes_locked_out", False):
            detail["locked"] = True
        audit.record("session.refused", by=None, at=timezone.now(), address=_address(self.request), **detail)
        return self.render_to_response(self.get_context_data(form=form), status=INVALID)


class Logout(LogoutView):
    """Log out (POST only)."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session."""
        if isinstance(request.user, User):
            audit.record("session.ended", by=request.user, at=timezone.now())
        return super().post(request, *args, **kwargs)


def locked_out(request: HttpRequest, *_: object) -> HttpResponse:
    """Answer a log-in that came after too many failed ones."""
    return render(request, "core/locked.html", status=TOO_MANY_REQUESTS)


@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password; this session goes on under a new key, all others of the account end."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = change_password(
                user=actor(request),
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["new_password1"],
                at=timezone.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            update_session_auth_hash(request, user)
            return redirect("password_change_done")
    return render(
        request, "registration/password_change_form.html", {"form": form}, status=INVALID if form.errors else 200
    )


def password_done(request: HttpRequest) -> HttpResponse:
    """Say that the password was changed."""
    return render(request, "registration/password_change_done.html")


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
