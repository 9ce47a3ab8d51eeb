"""The permission table, role by role, and the reach of an area."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from lianfang.apps.core.models import Role, User
from lianfang.apps.core.permissions import (
    ROLE_PERMISSIONS,
    AreaMissing,
    Permission,
    PermissionMissing,
    actor,
    covers,
    may,
    needs,
    require,
)

# One row per permission, one column per role; a cross is a decision somebody must answer for.
COLUMNS = [
    Role.COMMAND,
    Role.EPIDEMIOLOGIST,
    Role.COMMUNITY,
    Role.LABORATORY,
    Role.WAREHOUSE,
    Role.REGULATOR,
    Role.UNIT,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
]
TABLE = """
                     COM EPI CMT LAB WAR REG UNI AUD ADM
view_desk             x   x   x   x   x   x   x   x   x
view_investigations   x   x   .   .   .   .   .   .   .
view_persons          x   x   x   .   .   .   .   .   .
view_identity         x   x   x   .   .   .   .   .   .
edit_persons          x   x   x   .   .   .   .   .   .
view_returnees        x   x   x   .   .   .   x   .   .
view_unit_results     .   .   .   .   .   .   x   .   .
follow_up             x   x   x   .   .   .   x   .   .
merge_persons         x   x   .   .   .   .   .   .   .
review_matches        x   x   .   .   .   .   .   .   .
view_goods            x   x   .   .   x   x   .   .   .
view_places           x   x   x   .   x   x   .   .   .
view_sampling         x   x   x   x   x   x   .   .   .
view_rounds           x   x   x   x   .   .   .   .   .
order_sampling        x   x   .   x   .   .   .   .   .
collect_specimens     .   x   x   x   x   x   .   .   .
book_goods            .   .   .   .   x   .   .   .   .
handle_goods          .   .   .   .   x   .   .   .   .
check_certificates    .   .   .   .   .   x   .   .   .
release_goods         .   .   .   .   x   .   .   .   .
scan_goods            .   .   .   .   .   .   x   .   .
capture_events        x   .   .   .   x   x   .   .   .
inspect_goods         x   x   .   .   .   x   .   .   .
record_results        .   .   .   x   .   .   .   .   .
sign_results          .   .   .   x   .   .   .   .   .
exchange_reports      .   .   .   x   .   .   .   .   .
export_results        x   x   .   .   .   .   .   .   .
view_capacity         x   x   .   x   .   .   .   .   .
enter_capacity        x   .   .   x   .   .   .   .   .
plan_laboratories     x   .   .   .   .   .   .   .   .
import                x   x   .   .   x   .   .   .   .
import_registers      x   x   .   .   .   .   .   .   .
report_onset          x   x   x   .   .   .   .   .   .
record_stays          x   x   x   .   .   .   .   .   .
decide_appeals        x   x   .   .   .   .   .   .   .
issue_codes           x   x   x   .   .   .   .   .   .
govern_profiles       x   x   .   .   .   .   .   .   .
destroy_records       x   .   .   .   .   .   .   .   x
watch_codes           x   x   .   .   .   .   .   x   .
view_venues           x   .   x   .   .   x   x   .   .
register_venues       x   .   .   .   .   x   .   .   .
keep_venue_logs       .   .   .   .   .   .   x   .   .
work_tasks            x   x   x   x   x   x   x   .   .
assign_tasks          x   x   .   .   .   .   .   .   .
export                x   x   .   .   .   x   .   .   .
plan_guidance         x   x   .   .   .   .   .   .   .
publish_guidance      x   .   .   .   .   .   .   .   .
record_reach          x   x   x   .   .   x   x   .   .
record_for_others     x   .   x   .   .   .   .   .   .
view_audit            x   .   .   .   .   .   .   x   x
manage_accounts       .   .   .   .   .   .   .   .   x
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]
CASES = [(role, Permission(row[0]), mark == "x") for row in ROWS for role, mark in zip(COLUMNS, row[1:], strict=True)]


def user(role: str = Role.COMMAND, area_code: str = "140826", *, is_active: bool = True) -> User:
    return User(username="w", role=role, area_code=area_code, is_active=is_active)


def test_the_table_is_about_every_role_and_every_permission() -> None:
    assert {role for role, _, _ in CASES} == set(Role.values) == set(ROLE_PERMISSIONS)
    assert {permission for _, permission, _ in CASES} == set(Permission)


@pytest.mark.parametrize(("role", "permission", "allowed"), CASES, ids=str)
def test_each_role_may_exactly_what_the_table_says(role: str, permission: Permission, allowed: bool) -> None:
    assert may(user(role), permission) is allowed


@pytest.mark.parametrize("nobody", [AnonymousUser(), user(is_active=False), user("no such role")])
def test_strangers_and_closed_accounts_may_nothing(nobody: User | AnonymousUser) -> None:
    assert not any(may(nobody, permission) for permission in Permission)


@pytest.mark.parametrize(
    ("own", "record", "covered"),
    [
        ("140826", "140826", True),
        ("140826", "140826100", True),
        ("140826", "140826100200", True),
        ("140826100", "140826100200", True),
        ("140826100", "140826", False),
        ("140826100", "140826101", False),
        ("140826", "140825", False),
        ("140826", "", False),
        ("14", "140826100200", True),
    ],
)
def test_an_area_covers_itself_and_what_lies_in_it(own: str, record: str, covered: bool) -> None:
    assert covers(user(area_code=own), record) is covered


def test_require_asks_for_the_role_first_and_then_the_area() -> None:
    require(user(), Permission.VIEW_PERSONS, area_code="140826100")
    with pytest.raises(PermissionMissing):
        require(user(Role.UNIT), Permission.VIEW_PERSONS, area_code="140825")
    with pytest.raises(AreaMissing):
        require(user(), Permission.VIEW_PERSONS, area_code="140825")


def test_a_guarded_view_declares_its_permission_and_refuses_before_it_runs() -> None:
    ran = []

    @needs(Permission.VIEW_PERSONS)
    def view(request: object, number: int) -> int:
        ran.append(number)
        return number

    request = RequestFactory().get("/")
    request.user = user()
    assert view(request, number=7) == 7
    for stranger in (user(Role.UNIT), AnonymousUser()):
        request.user = stranger
        with pytest.raises(PermissionMissing):
            view(request, number=8)
    assert ran == [7]
    assert view.permission == Permission.VIEW_PERSONS


def test_an_anonymous_request_has_no_actor() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionMissing):
        actor(request)
