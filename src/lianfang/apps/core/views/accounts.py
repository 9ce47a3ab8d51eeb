"""Managing staff accounts: list, create, change, close, give a new first password."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core import selectors, services
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import AccountFilterForm, AccountForm, ChangedAccountForm, NewAccountForm, add_refusal
from lianfang.apps.core.models import User
from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, actor, needs

PAGE_SIZE = 50
INVALID = 422


@require_GET
@needs(Permission.MANAGE_ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts inside the administrator's area."""
    form = AccountFilterForm(request.GET)
    found = selectors.accounts_for(actor(request))
    if form.is_valid():
        q, role = form.cleaned_data["q"], form.cleaned_data["role"]
        found = found.filter(Q(username__icontains=q) | Q(display_name__icontains=q)) if q else found
        found = found.filter(role=role) if role else found
    page = Paginator(found.order_by("username"), PAGE_SIZE).get_page(request.GET.get("page"))
    return answer(request, "core/accounts.html", {"form": form, "page": page})


@require_http_methods(["GET", "POST"])
@needs(Permission.MANAGE_ACCOUNTS)
def new_account(request: HttpRequest) -> HttpResponse:
    """Create an account and show its first password once."""
    by = actor(request)
    form = NewAccountForm(request.POST or None, initial={"area_code": by.area_code})
    if request.method == "POST" and form.is_valid():
        try:
            entry = _entry(form, form.cleaned_data["username"])
            made = services.create_account(entry, by=by, at=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            return render(request, "core/account_password.html", {"account": made.user, "password": made.password})
    context = {"form": form, "within": by.area_code}
    return render(request, "core/account_new.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.MANAGE_ACCOUNTS)
def change_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show and change one account."""
    by = actor(request)
    account = _account(by, account_id)
    form = ChangedAccountForm(request.POST or None, initial=AccountForm.of(account))
    if request.method == "POST" and form.is_valid():
        try:
            entry, is_active = _entry(form, account.username), form.cleaned_data["is_active"]
            services.change_account(account_id, entry, is_active=is_active, by=by, at=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("accounts")
    context = {"form": form, "account": account, "within": by.area_code}
    return render(request, "core/account.html", context, status=INVALID if form.errors else 200)


@require_POST
@needs(Permission.MANAGE_ACCOUNTS)
def reset_password(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give an account a new first password and show it once."""
    made = services.reset_password(account_id, by=actor(request), at=timezone.now())
    return render(request, "core/account_password.html", {"account": made.user, "password": made.password})


def _account(by: User, account_id: int) -> User:
    found = selectors.accounts_for(by).filter(pk=account_id).first()
    if found is None:
        raise selectors.AccountNotFound("There is no such account.")
    return found


def _entry(form: AccountForm, username: str) -> services.AccountEntry:
    given = form.cleaned_data
    organisation = selectors.organisation(given["organisation"]) if given["organisation"] else None
    return services.AccountEntry(username, given["display_name"], given["role"], given["area_code"], organisation)
