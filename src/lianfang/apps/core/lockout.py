"""What failed log-ins are counted by: the account, however its name is spelt, and never a name that is none of ours."""

from typing import Any

from django.http import HttpRequest

from lianfang.apps.core.identity import search_hash
from lianfang.apps.core.models import User
from lianfang.apps.core.services import UsernameMalformed, clean_username


def known_account(typed: str) -> User | None:
    """Return the account a typed name belongs to, if any."""
    try:
        return User.objects.filter(username=clean_username(typed)).first()
    except UsernameMalformed:
        return None


def attempt_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return what attempts are counted and logged under; an unknown name only as a keyed hash: it may be a password."""
    typed = str((credentials or {}).get("username") or request.POST.get("username") or "")
    account = known_account(typed)
    return account.username if account else f"unknown:{search_hash(typed).hex()[:16]}"
