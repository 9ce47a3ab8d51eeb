"""The main navigation: what a role may open, in one order on every page."""

from typing import TypedDict

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.permissions import Permission, may


class NavItem(TypedDict):
    """One entry as the base template draws it."""

    label: str
    url: str
    icon: str
    active: bool


# label, URL name, icon, permission, path prefix that marks it active
ENTRIES = (
    (_("Desk"), "desk", "layout-dashboard", Permission.VIEW_DESK, "/desk/"),
    (_("Investigations"), "investigations", "git-fork", Permission.VIEW_INVESTIGATIONS, "/investigations/"),
    (_("People"), "people", "users", Permission.VIEW_PERSONS, "/people/"),
    (_("Goods"), "goods", "package", Permission.VIEW_GOODS, "/goods/"),
    (_("Places"), "places", "map-pin", Permission.VIEW_PLACES, "/places/"),
    (_("Tasks"), "tasks", "checklist", Permission.WORK_TASKS, "/tasks/"),
    (_("Results"), "results", "test-pipe", Permission.RECORD_RESULTS, "/results/"),
    (_("Risk areas"), "risk_lists", "alert-triangle", Permission.VIEW_DESK, "/risk-lists/"),
    (_("Telling the public"), "telling", "speakerphone", Permission.RECORD_REACH, "/telling/"),
    (_("Imports"), "imports", "file-import", Permission.IMPORT, "/imports/"),
    (_("Audit"), "audit", "eye-check", Permission.VIEW_AUDIT, "/audit/"),
    (_("Accounts"), "accounts", "user-cog", Permission.MANAGE_ACCOUNTS, "/accounts/"),
)
# What everybody may open, for visitors without an account: label, URL name, icon, path prefix.
PUBLIC_ENTRIES = (
    (_("Start"), "home", "home", None),
    (_("Risk areas"), "risk_areas", "alert-triangle", "/risk-areas/"),
    (_("What applies to me"), "applies", "help-circle", "/applies/"),
    (_("Notices"), "notices", "bell", "/notices/"),
    (_("Guidance"), "campaigns", "speakerphone", "/guidance/"),
)


def navigation(request: HttpRequest) -> dict[str, list[NavItem]]:
    """Return the entries this request's user may open, as the template variable `nav`."""
    if not request.user.is_authenticated:
        return {"nav": [_public(request, *entry) for entry in PUBLIC_ENTRIES]}
    return {
        "nav": [
            NavItem(label=str(label), url=reverse(name), icon=icon, active=request.path.startswith(prefix))
            for label, name, icon, permission, prefix in ENTRIES
            if may(request.user, permission)
        ]
    }


def _public(request: HttpRequest, label: str, name: str, icon: str, prefix: str | None) -> NavItem:
    is_here = request.path == "/" if prefix is None else request.path.startswith(prefix)
    return NavItem(label=str(label), url=reverse(name), icon=icon, active=is_here)
