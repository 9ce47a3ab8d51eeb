"""Demo accounts: every role, a township's and a village's worker, never beside accounts of real staff."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.password_validation import validate_password
from django.test import Client
from django.urls import reverse

from lianfang.apps.core import services
from lianfang.apps.core.demo_accounts import DEMO_PASSWORD, NotADemoDatabase, create_demo_accounts, demo_accounts
from lianfang.apps.core.models import Role, User
from tests.support.staff import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, organisation, staff

pytestmark = pytest.mark.django_db
AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)


@pytest.fixture
def county() -> None:
    organisation("t2", "township", "territory", OTHER_TOWNSHIP)
    organisation("t1", "township", "territory", TOWNSHIP)
    organisation("v2", "village", "territory", "140826101200")
    organisation("v1", "village", "territory", VILLAGE)
    organisation("h", "hospital", "unit")
    organisation("e", "employer", "unit")
    organisation("w", "warehouse", "unit")
    organisation("r", "regulator", "regulator")


def test_every_role_and_both_local_workers(county: None) -> None:
    made = create_demo_accounts(at=AT)
    assert {account.role for account in made} == set(Role.values)
    areas = {account.username: account.area_code for account in made}
    assert (areas["township"], areas["village"]) == (TOWNSHIP, VILLAGE)
    assert {area for name, area in areas.items() if name not in {"township", "village"}} == {COUNTY}
    assert User.objects.get(username="lab").organisation.code == "h"


def test_they_can_log_in_at_once_with_a_password_that_satisfies_the_rules(county: None) -> None:
    for account in create_demo_accounts(at=AT):
        validate_password(account.password, User.objects.get(username=account.username))
        fields = {"username": account.username, "password": account.password}
        assert Client().post(reverse("login"), fields).status_code == 302


def test_a_second_start_adds_nothing_and_tells_the_same(county: None) -> None:
    first = create_demo_accounts(at=AT)
    assert create_demo_accounts(at=AT) == first == demo_accounts()
    assert User.objects.count() == len(first)


def test_an_account_whose_password_was_changed_is_told_no_more(county: None) -> None:
    create_demo_accounts(at=AT)
    services.change_password(user=User.objects.get(username="cdc"), old=DEMO_PASSWORD, new="my-own-words-9", at=AT)
    services.reset_password(User.objects.get(username="lab").pk, by=None, at=AT)
    told = {account.username for account in demo_accounts()}
    assert {"cdc", "lab"} & told == set()
    assert len(told) == len(create_demo_accounts(at=AT)) - 2


def test_a_database_with_staff_of_its_own_gets_none() -> None:
    staff()
    with pytest.raises(NotADemoDatabase):
        create_demo_accounts(at=AT)
    assert demo_accounts() == ()


def test_without_organisations_everybody_sees_the_county() -> None:
    assert {account.area_code for account in create_demo_accounts(at=AT)} == {COUNTY}
