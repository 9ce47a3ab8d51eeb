"""Headers of every answer, and what a script hears when the session has ended."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from lianfang.apps.core.content_policy import POLICY, POLICY_WITH_WASM, allows_wasm
from lianfang.apps.core.models import User
from lianfang.config.middleware import ContentSecurityPolicyMiddleware, FragmentMiddleware


def answered(response: HttpResponse, user: object = None, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/tasks/", headers=headers)
    request.user = user or AnonymousUser()
    return FragmentMiddleware(lambda _request: response)(request)


def test_the_policy_allows_this_site_only_and_nothing_inline() -> None:
    response = ContentSecurityPolicyMiddleware(lambda _request: HttpResponse())(RequestFactory().get("/"))
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert POLICY.startswith("default-src 'none'")


def test_a_view_may_set_a_stricter_policy() -> None:
    strict = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'; sandbox"})
    response = ContentSecurityPolicyMiddleware(lambda _request: strict)(RequestFactory().get("/"))
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_webassembly_is_allowed_where_a_view_says_so_and_scripts_are_never_evaluated() -> None:
    view = allows_wasm(lambda _request: HttpResponse())
    response = ContentSecurityPolicyMiddleware(view)(RequestFactory().get("/shop/"))
    assert response.headers["Content-Security-Policy"] == POLICY_WITH_WASM
    assert "script-src 'self' 'wasm-unsafe-eval';" in POLICY_WITH_WASM
    assert "wasm" not in POLICY
    assert "'unsafe-eval'" not in POLICY_WITH_WASM


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {"accept": "application/json"}])
def test_scripts_get_401_instead_of_the_login_page(headers: dict[str, str]) -> None:
    response = answered(HttpResponseRedirect("/login/?next=/tasks/"), **headers)
    assert (response.status_code, response.headers["X-Login"]) == (401, "/login/")


def test_people_get_the_login_page_and_scripts_other_redirects() -> None:
    assert answered(HttpResponseRedirect("/login/?next=/tasks/")).status_code == 302
    assert answered(HttpResponseRedirect("/desk/"), **{"hx-request": "true"}).status_code == 302


def test_pages_vary_by_who_asks_and_personal_ones_are_not_kept() -> None:
    assert answered(HttpResponse()).headers["Vary"] == "HX-Request"
    assert "Cache-Control" not in answered(HttpResponse()).headers
    assert answered(HttpResponse(), user=User()).headers["Cache-Control"] == "private, no-store"
