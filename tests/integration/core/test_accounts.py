"""Creating, changing and closing accounts: who may, what is refused, what is audited."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from lianfang.apps.core import selectors, services
from lianfang.apps.core.models import AuditEvent, Role, User
from lianfang.apps.core.permissions import AreaMissing, PermissionMissing
from lianfang.apps.core.services import AccountEntry
from tests.support.staff import COUNTY, OTHER_COUNTY, PASSWORD, TOWNSHIP, organisation, signed_in, staff

pytestmark = pytest.mark.django_db
AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)


def entry(
    username: str = "zhao", role: str = Role.COMMUNITY, area_code: str = TOWNSHIP, **more: object
) -> AccountEntry:
    return AccountEntry(username=username, display_name="赵网格", role=role, area_code=area_code, **more)


def admin(area_code: str = COUNTY) -> User:
    return staff(Role.ADMINISTRATOR, area_code=area_code)


def test_a_new_account_gets_a_password_it_must_change() -> None:
    made = services.create_account(entry(), by=admin(), at=AT)
    user = User.objects.get(username="zhao")
    assert user.check_password(made.password)
    assert user.must_change_password
    event = AuditEvent.objects.get(action="account.created")
    assert event.detail == {"account": user.pk, "role": "community", "area": TOWNSHIP}
    assert made.password not in str(event.detail)


def test_generated_passwords_differ_and_satisfy_the_rules() -> None:
    made = [services.create_account(entry(f"u{n}"), by=None, at=AT).password for n in range(20)]
    assert len(set(made)) == 20
    assert {len(password) for password in made} == {14}


def test_the_operator_at_the_console_may_create_the_first_account() -> None:
    services.create_account(entry("root", Role.ADMINISTRATOR, COUNTY), by=None, at=AT)
    assert User.objects.get().role == Role.ADMINISTRATOR


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMINISTRATOR])
def test_no_other_role_manages_accounts(role: str) -> None:
    by, other = staff(role), staff(Role.UNIT, username="other")
    with pytest.raises(PermissionMissing):
        services.create_account(entry(), by=by, at=AT)
    with pytest.raises(PermissionMissing):
        services.reset_password(other.pk, by=by, at=AT)
    with pytest.raises(PermissionMissing):
        services.change_account(other.pk, entry(), is_active=False, by=by, at=AT)
    assert not User.objects.filter(username="zhao").exists()


def test_an_administrator_reaches_no_further_than_their_area() -> None:
    by = admin(TOWNSHIP)
    with pytest.raises(AreaMissing):
        services.create_account(entry(area_code=COUNTY), by=by, at=AT)
    above = staff(username="above")
    with pytest.raises(selectors.AccountNotFound):
        services.reset_password(above.pk, by=by, at=AT)
    inside = services.create_account(entry(), by=by, at=AT).user
    with pytest.raises(AreaMissing):
        services.change_account(inside.pk, entry(area_code=COUNTY), is_active=True, by=by, at=AT)


@pytest.mark.parametrize("username", ["zhao", "ZHAO", "ｚｈａｏ", " zhao "])
def test_a_name_is_taken_in_any_spelling(username: str) -> None:
    services.create_account(entry(), by=None, at=AT)
    with pytest.raises(services.UsernameTaken):
        services.create_account(entry(username), by=None, at=AT)


@pytest.mark.parametrize("username", ["", "z", "zhao wei", "zhao@county", "-zhao", "z" * 65])
def test_malformed_names_are_refused(username: str) -> None:
    with pytest.raises(services.UsernameMalformed):
        services.create_account(entry(username), by=None, at=AT)


@pytest.mark.parametrize("area_code", ["", "1", "140", "1408260", "14082a", "１４０８２６", "1408261000001"])
def test_malformed_areas_are_refused(area_code: str) -> None:
    with pytest.raises(services.AreaCodeMalformed):
        services.create_account(entry(area_code=area_code), by=None, at=AT)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(services.RoleUnknown):
        services.create_account(entry(role="emperor"), by=None, at=AT)


@pytest.mark.parametrize("password", ["", "sh0rt", "1234567890123", "password1234", "zhao-zhao-zhao"])
def test_a_given_password_obeys_the_rules_too(password: str) -> None:
    with pytest.raises(services.PasswordRefused) as refused:
        services.create_account(entry("zhao-zhao-zhao"), password=password, by=None, at=AT)
    assert password == "" or password not in str(refused.value)


def test_a_change_is_audited_with_what_was_before() -> None:
    user = services.create_account(entry(), by=None, at=AT).user
    firm = organisation("firm", "employer", "unit")
    services.change_account(user.pk, entry(role=Role.UNIT, organisation=firm), is_active=False, by=admin(), at=AT)
    user.refresh_from_db()
    assert (user.role, user.is_active, user.username) == (Role.UNIT, False, "zhao")
    assert AuditEvent.objects.get(action="account.changed").detail == {
        "account": user.pk,
        "before": ["community", TOWNSHIP, True],
        "after": ["unit", TOWNSHIP, False],
    }


def test_nobody_changes_their_own_standing() -> None:
    by = admin()
    for changed in (entry(role=Role.COMMAND, area_code=COUNTY), entry(role=Role.ADMINISTRATOR, area_code=TOWNSHIP)):
        with pytest.raises(services.OwnAccount):
            services.change_account(by.pk, changed, is_active=True, by=by, at=AT)
    own = entry(role=Role.ADMINISTRATOR, area_code=COUNTY)
    with pytest.raises(services.OwnAccount):
        services.change_account(by.pk, own, is_active=False, by=by, at=AT)
    assert services.change_account(by.pk, own, is_active=True, by=by, at=AT).display_name == "赵网格"


def test_a_reset_password_ends_open_sessions_and_must_be_changed() -> None:
    user = staff(Role.AUDITOR)
    client = signed_in(user)
    made = services.reset_password(user.pk, by=admin(), at=AT)
    assert client.get("/api/me").status_code == 401
    user.refresh_from_db()
    assert user.must_change_password
    assert user.check_password(made.password)
    assert not user.check_password(PASSWORD)


FIELDS = {"username": "Zhao", "display_name": "赵网格", "role": "community", "area_code": TOWNSHIP, "organisation": ""}


def test_the_pages_create_change_and_reset() -> None:
    organisation("T-1", "township", "territory", TOWNSHIP)
    client = signed_in(admin())
    response = client.post(reverse("account_new"), FIELDS | {"organisation": "T-1"})
    user = User.objects.select_related("organisation").get(username="zhao")
    assert user.organisation.code == "T-1"
    assert response.context["password"].encode() in response.content
    assert response.headers["Cache-Control"] == "private, no-store"
    listing = client.get(reverse("accounts"))
    assert [row.username for row in listing.context["page"]] == ["administrator-140826", "zhao"]
    page = client.get(reverse("account", args=[user.pk]))
    assert page.context["form"].initial["organisation"] == "T-1"
    changed = client.post(reverse("account", args=[user.pk]), FIELDS | {"display_name": "赵大网"})
    assert changed.headers["Location"] == reverse("accounts")
    user.refresh_from_db()
    assert (user.display_name, user.is_active) == ("赵大网", False)
    reset = client.post(reverse("account_password", args=[user.pk]))
    user.refresh_from_db()
    assert user.check_password(reset.context["password"])


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("username", {"username": "a b"}),
        ("username", {"username": "administrator-140826"}),
        ("display_name", {"display_name": ""}),
        ("role", {"role": "emperor"}),
        ("area_code", {"area_code": "12345"}),
        ("organisation", {"organisation": "nowhere"}),
    ],
)
def test_bad_input_is_shown_at_its_field_with_the_rest_kept(field: str, fields: dict[str, str]) -> None:
    response = signed_in(admin()).post(reverse("account_new"), FIELDS | fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert User.objects.count() == 1


def test_an_area_beyond_one_s_own_is_said_above_the_form() -> None:
    response = signed_in(admin(TOWNSHIP)).post(reverse("account_new"), FIELDS | {"area_code": COUNTY})
    assert response.status_code == 422
    assert "__all__" in response.context["form"].errors


def test_one_s_own_role_is_not_changed_by_the_page_either() -> None:
    by = admin()
    response = signed_in(by).post(reverse("account", args=[by.pk]), FIELDS | {"is_active": "on"})
    assert response.status_code == 422
    assert "__all__" in response.context["form"].errors
    by.refresh_from_db()
    assert by.role == Role.ADMINISTRATOR


@pytest.mark.parametrize(
    ("query", "found"),
    [("", ["a-wang", "b-li", "root"]), ("q=li", ["b-li"]), ("role=unit", ["a-wang"]), ("q=li&role=unit", [])],
)
def test_the_list_is_filtered_and_answers_htmx_with_its_rows_only(query: str, found: list[str]) -> None:
    staff(Role.UNIT, username="a-wang")
    staff(Role.COMMAND, username="b-li")
    staff(Role.COMMAND, username="far", area_code=OTHER_COUNTY)
    client = signed_in(staff(Role.ADMINISTRATOR, username="root"))
    page = client.get(f"{reverse('accounts')}?{query}")
    assert [row.username for row in page.context["page"]] == found
    rows = client.get(f"{reverse('accounts')}?{query}", headers={"HX-Request": "true"})
    assert rows.content.lstrip().startswith(b'<div id="account-rows"')
    assert "HX-Request" in rows.headers["Vary"]


def test_accounts_outside_the_area_do_not_exist_for_the_administrator() -> None:
    far = staff(username="far", area_code=OTHER_COUNTY)
    client = signed_in(admin())
    assert client.get(reverse("account", args=[far.pk])).status_code == 404
    assert client.post(reverse("account_password", args=[far.pk])).status_code == 404
    far.refresh_from_db()
    assert far.check_password(PASSWORD)


def test_other_roles_are_refused_at_every_page() -> None:
    client = signed_in(staff(Role.COMMAND))
    for address in (reverse("accounts"), reverse("account_new"), reverse("account", args=[1])):
        assert client.get(address).status_code == 403
    assert client.post(reverse("account_password", args=[1])).status_code == 403


@pytest.mark.parametrize("role", [Role.UNIT, Role.REGULATOR, Role.WAREHOUSE])
def test_who_works_for_an_organisation_names_it(role: str) -> None:
    with pytest.raises(services.OrganisationMissing):
        services.create_account(entry(role=role), by=None, at=AT)
    user = services.create_account(entry(), by=None, at=AT).user
    with pytest.raises(services.OrganisationMissing):
        services.change_account(user.pk, entry(role=role), is_active=True, by=None, at=AT)
    firm = organisation("firm", "employer", "unit")
    assert services.create_account(entry("li", role, organisation=firm), by=None, at=AT).user.organisation == firm
