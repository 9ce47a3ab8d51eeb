"""Every address is guarded: it asks for a sign-in and for a permission, or stands on one of the short lists below.

A new view without `@needs`, or a new API operation without it, fails here.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import (
    IntConverter,
    PathConverter,
    SlugConverter,
    StringConverter,
    UUIDConverter,
)
from ninja.security import django_auth

from lianfang.apps.core.models import Role
from lianfang.apps.core.permissions import ROLE_PERMISSIONS, Permission
from lianfang.config.api import api
from lianfang.config.navigation import ENTRIES, GROUPS
from tests.support.staff import signed_in, staff

# Open to everybody, signed in or not: they show nothing of the county but what is published.
OPEN = {
    "login",
    "set_language",
    "healthz",
    "readyz",
    "home",
    "risk_areas",
    "risk_areas_json",
    "risk_areas_atom",
    "applies",
    "notices",
    "campaigns",
    "citizen_phone",
    "citizen_code",
    "return_declare",
    "gate_snapshot",
    "gate_root",
    "my_code_worker",
}
# Open like those, but by POST, with the number of something published, or with an address that cannot be guessed: tests
# of their own ask them.
OPEN_OTHERWISE = {
    "citizen_again",
    "citizen_end",
    "notice",
    "notice_version",
    "notice_text",
    "campaign",
    "trace",
    "trace_part",
} | {
    "return_own",
    "return_own_correct",
    "return_own_report",
    "gate_consistency",
    "gate_head",
    "gate_update",
    "gate_sync",
}
# Open to citizens who have proven their phone.
CITIZENS = {"applies_to_me", "my_results", "my_code", "my_code_token", "my_code_withdraw", "my_code_appeal"}
# Open to every member of staff: about themselves, or leading on to what is guarded.
ANY_STAFF = {"logout", "password_change", "password_change_done", "gallery"}
# The same for the API: who am I, and the published list of divisions.
ANY_STAFF_OPERATIONS = {"me", "area"}
# Made by the API's framework itself: its schema (signed-in only, tested there) and a root that answers 404.
OF_THE_FRAMEWORK = {"api:openapi-json", "api:api-root"}
SAMPLES = {
    IntConverter: 1,
    StringConverter: "x",
    SlugConverter: "x",
    PathConverter: "x",
    UUIDConverter: "00000000-0000-0000-0000-000000000001",
}


class Address(NamedTuple):
    """One named URL: its full name, the view behind it and a value for each of its parameters."""

    name: str
    view: Callable[..., Any]
    parameters: dict[str, object]

    @property
    def url(self) -> str:
        return reverse(self.name, kwargs=self.parameters)


def walk(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
            continue
        converters = pattern.pattern.converters
        parameters = {
            name: next((value for kind, value in SAMPLES.items() if isinstance(converter, kind)), "x")
            for name, converter in converters.items()
        }
        assert pattern.name, f"{pattern.pattern} has no name"
        yield Address(namespace + pattern.name, pattern.callback, parameters)


ADDRESSES = list(walk(get_resolver().url_patterns))
PAGES = [address for address in ADDRESSES if not address.name.startswith("api:")]
OPERATIONS = [
    operation
    for bound in api._get_bound_routers()
    for view in bound.path_operations.values()
    for operation in view.operations
]


def by_name(address: Address) -> str:
    return address.name


@pytest.mark.parametrize("address", PAGES, ids=by_name)
def test_each_page_declares_its_permission_or_is_on_a_list(address: Address) -> None:
    permission = getattr(address.view, "permission", None)
    is_for_citizens = getattr(address.view, "is_for_citizens", False)
    assert is_for_citizens == (address.name in CITIZENS)
    if address.name in OPEN | OPEN_OTHERWISE | CITIZENS | ANY_STAFF:
        assert permission is None, "declared: take it off the list"
    else:
        assert isinstance(permission, Permission), f"{address.name}: decorate the view with @needs(Permission....)"


@pytest.mark.django_db
def test_anonymous_visitors_are_sent_to_the_log_in() -> None:
    for address in ADDRESSES:
        if address.name in OPEN | OPEN_OTHERWISE | CITIZENS:
            continue
        operation = address.name.startswith("api:") and address.name not in OF_THE_FRAMEWORK
        for method in ("get", "post"):
            response = getattr(Client(), method)(address.url)
            if operation:
                assert response.status_code in {401, 405}, address.name
            else:
                assert response.status_code == 302, address.name
                assert response.headers["Location"].startswith(reverse("login")), address.name


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OPEN))
def test_open_addresses_answer_anybody(name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code in {200, 302, 422, 503}
    assert not response.headers.get("Location", "").startswith(reverse("login"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CITIZENS))
def test_pages_for_citizens_ask_for_the_phone_first_also_of_staff(name: str) -> None:
    for client in (Client(), signed_in(staff())):
        for method in ("get", "post"):
            response = getattr(client, method)(next(each.url for each in ADDRESSES if each.name == name))
            assert response.headers["Location"].startswith(reverse("citizen_phone"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", [a for a in PAGES if a.name in OPEN_OTHERWISE], ids=by_name)
def test_what_is_not_published_is_not_there_for_anybody(address: Address) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(address.url).status_code in {302, 404, 405, 422}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_each_page_refuses_a_role_without_its_permission(role: str) -> None:
    client, allowed = signed_in(staff(role)), ROLE_PERMISSIONS[Role(role)]
    guarded = [address for address in PAGES if isinstance(getattr(address.view, "permission", None), Permission)]
    refused = [address for address in guarded if address.view.permission not in allowed]  # type: ignore[attr-defined]
    assert refused
    for address in refused:
        answers = {getattr(client, method)(address.url).status_code for method in ("get", "post")}
        assert answers <= {403, 405}, address.name
        assert 403 in answers, address.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view_func.__name__)
def test_each_api_operation_asks_for_a_session_and_a_permission(operation: Any) -> None:
    assert operation.auth_callbacks == [django_auth]
    assert not operation.csrf_exempt
    permission = getattr(operation.view_func, "permission", None)
    if operation.url_name in ANY_STAFF_OPERATIONS:
        assert permission is None
    else:
        assert isinstance(permission, Permission), f"{operation.view_func.__name__}: decorate it with @needs(...)"


def test_the_lists_name_nothing_that_is_gone() -> None:
    names = {address.name for address in ADDRESSES}
    assert {operation.url_name for operation in OPERATIONS} >= ANY_STAFF_OPERATIONS
    assert names >= OPEN | OPEN_OTHERWISE | CITIZENS | OF_THE_FRAMEWORK | ANY_STAFF
    assert {f"api:{name}" for name in ANY_STAFF_OPERATIONS} <= names


def test_each_navigation_entry_leads_to_a_page_of_its_own_permission() -> None:
    pages = {address.name: address for address in PAGES}
    for _label, name, _icon, permission, prefix in ENTRIES:
        assert getattr(pages[name].view, "permission", None) == permission, name
        assert pages[name].url.startswith(prefix)


def test_a_menu_names_only_entries_and_each_once() -> None:
    grouped = [name for _label, names in GROUPS for name in names]
    assert set(grouped) <= {name for _label, name, *_rest in ENTRIES}
    assert len(grouped) == len(set(grouped))
