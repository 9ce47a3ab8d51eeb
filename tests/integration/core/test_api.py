"""The API's frame: who gets in, one shape for every refusal, a schema for the signed-in."""

import pytest
from django.test import Client

from lianfang.apps.core.models import Role
from lianfang.apps.core.permissions import ROLE_PERMISSIONS
from tests.support.staff import COUNTY, TOWNSHIP, organisation, signed_in, staff

pytestmark = pytest.mark.django_db


def test_an_account_learns_what_it_is_and_may() -> None:
    user = staff(Role.COMMUNITY, area_code=TOWNSHIP, organisation=organisation("T-1", "township", "territory"))
    assert signed_in(user).get("/api/me").json() == {
        "username": user.username,
        "display_name": "王值班",
        "role": "community",
        "area_code": TOWNSHIP,
        "organisation": "T-1",
        "permissions": sorted(ROLE_PERMISSIONS[Role.COMMUNITY]),
    }


@pytest.mark.parametrize("address", ["/api/me", "/api/areas/140826"])
def test_an_anonymous_caller_gets_401_in_the_one_shape(address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 401
    assert response.json() == {"code": "not_signed_in", "message": "Please sign in.", "field": None}


def test_a_refusal_has_code_message_and_field() -> None:
    response = signed_in(staff()).get("/api/areas/999999")
    assert response.status_code == 404
    assert response.json() == {
        "code": "area_not_found",
        "message": "There is no administrative division with this code.",
        "field": "area_code",
    }


def test_the_schema_is_for_the_signed_in_and_there_is_no_page_with_scripts() -> None:
    assert Client().get("/api/openapi.json").status_code == 302
    client = signed_in(staff(area_code=COUNTY))
    schema = client.get("/api/openapi.json").json()
    assert {"/api/me", "/api/areas/{code}"} <= set(schema["paths"])
    assert client.get("/api/docs").status_code == 404
    assert client.get("/api/").status_code == 404


def test_a_wrong_method_is_405() -> None:
    assert signed_in(staff()).post("/api/me").status_code == 405
