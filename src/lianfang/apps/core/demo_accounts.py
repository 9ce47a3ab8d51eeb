"""Accounts for trying the system out: each role, a township's and a village's worker; never on a real database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField
from django.db.models.functions import Cast

from lianfang.apps.core.errors import Conflict
from lianfang.apps.core.models import AuditEvent, Organisation, Role, User
from lianfang.apps.core.selectors import OrganisationKind
from lianfang.apps.core.services import OF_AN_ORGANISATION, AccountEntry, create_account

# The same at every start, so that a second start can print it again; it satisfies the password rules.
DEMO_PASSWORD: Final = "jiangxian-2020-demo"  # noqa: S105


class NotADemoDatabase(Conflict):
    """The database has accounts of real staff; demo accounts with a known password would be a door for anyone."""

    code = "not_a_demo_database"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account as the start prints it."""

    username: str
    password: str
    role: str
    display_name: str
    area_code: str


class _Person(NamedTuple):
    username: str
    display_name: str
    role: Role
    organisation_kind: OrganisationKind | None = None


_STAFF: Final = (
    _Person("command", "王值班", Role.COMMAND, OrganisationKind.COMMAND),
    _Person("cdc", "李流调", Role.EPIDEMIOLOGIST),
    _Person("township", "张镇干", Role.COMMUNITY, OrganisationKind.TOWNSHIP),
    _Person("village", "赵网格", Role.COMMUNITY, OrganisationKind.VILLAGE),
    _Person("lab", "陈检验", Role.LABORATORY, OrganisationKind.HOSPITAL),
    _Person("signer", "钱签发", Role.LABORATORY, OrganisationKind.HOSPITAL),
    _Person("warehouse", "刘仓管", Role.WAREHOUSE, OrganisationKind.WAREHOUSE),
    _Person("regulator", "孙监管", Role.REGULATOR, OrganisationKind.REGULATOR),
    _Person("unit", "周单位", Role.UNIT, OrganisationKind.EMPLOYER),
    _Person("shop", "马店主", Role.UNIT, OrganisationKind.VENUE),
    _Person("auditor", "吴审计", Role.AUDITOR),
    _Person("admin", "郑管理", Role.ADMINISTRATOR),
)
# A township's or village's worker sees only there; everybody else sees the county.
_LOCAL_KINDS: Final = frozenset({OrganisationKind.TOWNSHIP, OrganisationKind.VILLAGE})


@transaction.atomic
def create_demo_accounts(*, by: User | None = None, at: datetime) -> tuple[DemoAccount, ...]:
    """Create the demo accounts that are missing and return all of them. Organisations must have been entered before.

    The village's worker belongs to the township of the other one. Raises: NotADemoDatabase if any other account exists.
    """
    names = {person.username for person in _STAFF}
    if User.objects.exclude(username__in=names).exists():
        raise NotADemoDatabase("This database has accounts of its own; demo accounts are not added to it.")
    present = {user.username: user for user in User.objects.all()}
    township = _organisation(OrganisationKind.TOWNSHIP, settings.COUNTY_CODE)
    for person in _STAFF:
        if person.username not in present:
            created = _create(person, township, by=by, at=at)
            present |= {} if created is None else {person.username: created}
    return tuple(_account(present[person.username]) for person in _STAFF if person.username in present)


def _create(person: _Person, township: Organisation | None, *, by: User | None, at: datetime) -> User | None:
    kind = person.organisation_kind
    within = township.area_code if township and kind in _LOCAL_KINDS else settings.COUNTY_CODE
    organisation = _organisation(kind, within) if kind else None
    if organisation is None and person.role in OF_AN_ORGANISATION:
        return None  # the county has entered none such: the account would have nothing to see
    area_code = organisation.area_code if organisation and kind in _LOCAL_KINDS else settings.COUNTY_CODE
    entry = AccountEntry(person.username, person.display_name, person.role, area_code, organisation)
    user = create_account(entry, password=DEMO_PASSWORD, by=by, at=at).user
    user.must_change_password = False
    user.save(update_fields=["must_change_password"])
    return user


def _organisation(kind: OrganisationKind, area_code: str) -> Organisation | None:
    found = Organisation.objects.filter(kind=kind, area_code__startswith=area_code)
    return found.order_by("area_code", "code").first()


def demo_accounts() -> tuple[DemoAccount, ...]:
    """Return the demo accounts that still have the demo password, for printing at a later start; nothing is written."""
    changed = AuditEvent.objects.filter(action__in=["account.password_changed", "account.password_reset"])
    changed_ids = changed.annotate(account=Cast("detail__account", BigIntegerField())).values("account")
    names = [person.username for person in _STAFF]
    users = User.objects.filter(username__in=names, is_active=True).exclude(pk__in=changed_ids)
    return tuple(_account(user) for user in sorted(users, key=lambda user: names.index(user.username)))


def _account(user: User) -> DemoAccount:
    return DemoAccount(user.username, DEMO_PASSWORD, user.role, user.display_name, user.area_code)
