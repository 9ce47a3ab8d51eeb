"""Writing organisations and staff accounts."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lianfang.apps.core import audit, selectors
from lianfang.apps.core.errors import Conflict, DomainError, NotAllowed
from lianfang.apps.core.identity import clean_uscc
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.rules.vocabulary import ResponsibleKind

AREA_CODE = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", re.ASCII)
USERNAME = re.compile(r"[\w][\w.\-]{1,63}")
# They see and do only what their organisation answers for.
OF_AN_ORGANISATION = frozenset({Role.UNIT, Role.WAREHOUSE, Role.REGULATOR})
# No look-alikes (0 O 1 l I), so that a password can be read out; 60 bits.
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS = (4, 4, 4)


class AreaCodeMalformed(DomainError):
    """An area code has 2, 4, 6, 9 or 12 digits."""

    code = "area_code_malformed"
    http_status = 422


class OrganisationAlreadyRegistered(Conflict):
    """The code belongs to an organisation with another responsibility, kind or area."""

    code = "organisation_already_registered"


class UsernameTaken(Conflict):
    """Another account has this name (case does not matter)."""

    code = "username_taken"


class UsernameMalformed(DomainError):
    """A user name has 2 to 64 letters, digits, dots, dashes or underscores."""

    code = "username_malformed"
    http_status = 422


class RoleUnknown(DomainError):
    """No such role."""

    code = "role_unknown"
    http_status = 422


class OrganisationMissing(DomainError):
    """The role works for one organisation, which must be named."""

    code = "organisation_missing"
    http_status = 422


class PasswordRefused(DomainError):
    """The password breaks a rule; the message says which, never the password."""

    code = "password_refused"
    http_status = 422


class PasswordWrong(DomainError):
    """The present password is not the one given."""

    code = "password_wrong"
    http_status = 422


class OwnAccount(NotAllowed):
    """Nobody changes their own role, area or activity: a colleague does."""

    code = "own_account"


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """One organisation to register; `uscc` is its unified social credit code, if it has one."""

    code: str
    name: str
    kind: str
    responsible_kind: ResponsibleKind
    area_code: str
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """What an account is, besides its password."""

    username: str
    display_name: str
    role: str
    area_code: str
    organisation: Organisation | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with the password that was just set; shown once, stored only as a hash."""

    user: User
    password: str


def register_organisation(entry: OrganisationEntry, *, by: User | None, at: datetime) -> Organisation:
    """Register one organisation; see `register_organisations`."""
    return register_organisations([entry], by=by, at=at)[entry.code]


@transaction.atomic
def register_organisations(
    entries: Iterable[OrganisationEntry], *, by: User | None, at: datetime
) -> dict[str, Organisation]:
    """Register organisations and return them by code; repeating it changes nothing, a new name or credit code replaces.

    Raises: IdentityInvalid, AreaCodeMalformed, OrganisationAlreadyRegistered; then nothing is stored.
    """
    wanted = {entry.code: _checked(entry) for entry in entries}
    present = {row.code: row for row in Organisation.objects.select_for_update().filter(code__in=wanted).order_by("pk")}
    added = [Organisation(**_columns(entry)) for code, entry in wanted.items() if code not in present]
    changed = [row for code, row in present.items() if _take_over(row, wanted[code])]
    Organisation.objects.bulk_create(added, batch_size=5_000)
    Organisation.objects.bulk_update(changed, ["name", "uscc"], batch_size=2_000)
    if added or changed:
        audit.record("organisation.registered", by=by, at=at, added=len(added), changed=len(changed))
    return present | {row.code: row for row in added}


def _checked(entry: OrganisationEntry) -> OrganisationEntry:
    _check_area(entry.area_code)
    if entry.uscc:
        clean_uscc(entry.uscc)
    return entry


def _columns(entry: OrganisationEntry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind,
        "responsible_kind": entry.responsible_kind,
        "area_code": entry.area_code,
        "uscc": clean_uscc(entry.uscc) if entry.uscc else "",
    }


def _take_over(row: Organisation, entry: OrganisationEntry) -> bool:
    columns = _columns(entry)
    if any(getattr(row, name) != columns[name] for name in ("kind", "responsible_kind", "area_code")):
        raise OrganisationAlreadyRegistered("Another organisation is registered under this code.", field="code")
    changed = any(getattr(row, name) != columns[name] for name in ("name", "uscc"))
    row.name, row.uscc = columns["name"], columns["uscc"]
    return changed


def _check_area(area_code: str) -> None:
    if not AREA_CODE.fullmatch(area_code):
        raise AreaCodeMalformed("An area code has 2, 4, 6, 9 or 12 digits.", field="area_code")


def clean_username(username: str) -> str:
    """Return a user name as it is stored: NFKC, lower case. Raises: UsernameMalformed."""
    cleaned = unicodedata.normalize("NFKC", username).strip().lower()
    if not USERNAME.fullmatch(cleaned):
        raise UsernameMalformed(
            "A user name has 2 to 64 letters, digits, dots, dashes or underscores.", field="username"
        )
    return cleaned


def generate_password() -> str:
    """Return a random password that can be read out and satisfies the rules."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(n)) for n in _GROUPS)


@transaction.atomic
def create_account(entry: AccountEntry, *, password: str | None = None, by: User | None, at: datetime) -> Credentials:
    """Create an account whose owner must choose a password at the first log-in; without one given it is generated.

    `by` is None only for the operator at the console.
    Raises: PermissionMissing, AreaMissing, AreaCodeMalformed, RoleUnknown, OrganisationMissing, UsernameMalformed, UsernameTaken,
    PasswordRefused.
    """
    _may_manage(by, entry.area_code)
    user = User(username=clean_username(entry.username), must_change_password=True)
    _apply(user, entry)
    chosen = generate_password() if password is None else password
    _set(user, chosen)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameTaken("This user name is taken.", field="username") from error
    audit.record("account.created", by=by, at=at, account=user.pk, role=user.role, area=user.area_code)
    return Credentials(user, chosen)


@transaction.atomic
def change_account(user_id: int, entry: AccountEntry, *, is_active: bool, by: User | None, at: datetime) -> User:
    """Change what an account is, or close or reopen it; open sessions of a closed account end at once.

    The user name stays. Raises: AccountNotFound, OwnAccount and what `create_account` raises.
    """
    user = _lock(user_id, by)
    _may_manage(by, entry.area_code)
    if by is not None and user.pk == by.pk and _standing(user) != (entry.role, entry.area_code, is_active):
        raise OwnAccount("Your own role, area and access are changed by a colleague.")
    before = _standing(user)
    _apply(user, entry)
    user.is_active = is_active
    user.save()
    audit.record("account.changed", by=by, at=at, account=user.pk, before=before, after=_standing(user))
    return user


@transaction.atomic
def reset_password(user_id: int, *, password: str | None = None, by: User | None, at: datetime) -> Credentials:
    """Give an account a new first password, to be changed at the next log-in; its open sessions end.

    Raises: AccountNotFound, PermissionMissing, PasswordRefused.
    """
    user = _lock(user_id, by)
    chosen = generate_password() if password is None else password
    _set(user, chosen)
    user.must_change_password = True
    user.save()
    audit.record("account.password_reset", by=by, at=at, account=user.pk)
    return Credentials(user, chosen)


@transaction.atomic
def change_password(*, user: User, old: str, new: str, at: datetime) -> User:
    """Let the owner choose a password; their other sessions end. Raises: PasswordWrong, PasswordRefused."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not locked.check_password(old):
        raise PasswordWrong("This is not your present password.", field="old_password")
    if new == old:
        raise PasswordRefused("The new password must differ from the present one.", field="new_password1")
    _set(locked, new)
    locked.must_change_password = False
    locked.save()
    audit.record("account.password_changed", by=locked, at=at, account=locked.pk)
    return locked


def _standing(user: User) -> tuple[str, str, bool]:
    return user.role, user.area_code, user.is_active


def _may_manage(by: User | None, area_code: str) -> None:
    _check_area(area_code)
    if by is not None:
        require(by, Permission.MANAGE_ACCOUNTS, area_code=area_code)


def _lock(user_id: int, by: User | None) -> User:
    if by is not None:
        require(by, Permission.MANAGE_ACCOUNTS)
    accounts = selectors.accounts_for(by).select_related(None)
    user = accounts.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise selectors.AccountNotFound("There is no such account.")
    return user


def _apply(user: User, entry: AccountEntry) -> None:
    if entry.role not in Role.values:
        raise RoleUnknown("There is no such role.", field="role")
    if entry.role in OF_AN_ORGANISATION and entry.organisation is None:
        raise OrganisationMissing("Name the organisation this account works for.", field="organisation")
    user.display_name = entry.display_name.strip()
    user.role, user.area_code, user.organisation = entry.role, entry.area_code, entry.organisation


def _set(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(" ".join(error.messages), field="new_password1") from error
    user.set_password(password)
