"""The main navigation: what a role may open, in one order on every page."""

from collections.abc import Iterator, Mapping
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


class NavMenu(TypedDict):
    """Entries that stand together, or one that stands alone."""

    label: str
    entries: list[NavItem]
    active: bool


# label, URL name, icon, permission, path prefix that marks it active
ENTRIES = (
    (_("Desk"), "desk", "layout-dashboard", Permission.VIEW_DESK, "/desk/"),
    (_("Today"), "today", "list-details", Permission.FOLLOW_UP, "/today/"),
    (_("Investigations"), "investigations", "git-fork", Permission.VIEW_INVESTIGATIONS, "/investigations/"),
    (_("People"), "people", "users", Permission.VIEW_PERSONS, "/people/"),
    (_("Returnees"), "returnees", "truck", Permission.VIEW_RETURNEES, "/returnees/"),
    (_("Health codes"), "health_codes", "qrcode", Permission.VIEW_PERSONS, "/health-codes/"),
    (_("Monitors"), "health_code_monitors", "eye-check", Permission.WATCH_CODES, "/health-codes/monitors/"),
    (_("Goods"), "goods", "package", Permission.VIEW_GOODS, "/goods/"),
    (_("Total warehouse"), "warehouse", "building-warehouse", Permission.VIEW_GOODS, "/warehouse/"),
    (_("Scan goods"), "shop", "zoom-scan", Permission.SCAN_GOODS, "/shop/"),
    (_("Inspections"), "inspections", "building-store", Permission.VIEW_GOODS, "/inspections/"),
    (_("Events"), "epcis_events", "transfer", Permission.VIEW_GOODS, "/epcis/"),
    (_("Places"), "places", "map-pin", Permission.VIEW_PLACES, "/places/"),
    (_("Key places"), "venues", "building-store", Permission.VIEW_VENUES, "/venues/"),
    (_("Tasks"), "tasks", "checklist", Permission.WORK_TASKS, "/tasks/"),
    (_("Results"), "results", "test-pipe", Permission.RECORD_RESULTS, "/results/"),
    (_("To be sampled"), "orders", "checklist", Permission.VIEW_SAMPLING, "/orders/"),
    (_("Rounds of sampling"), "rounds", "users", Permission.VIEW_ROUNDS, "/rounds/"),
    (_("Sampling"), "sampling", "zoom-scan", Permission.COLLECT_SPECIMENS, "/sampling/"),
    (_("Shared tubes"), "pools", "users", Permission.RECORD_RESULTS, "/pools/"),
    (_("Bench"), "bench", "test-pipe", Permission.RECORD_RESULTS, "/bench/"),
    (_("Reagents"), "bench_lots", "package", Permission.RECORD_RESULTS, "/reagents/"),
    (_("Tubes"), "custody", "package", Permission.COLLECT_SPECIMENS, "/custody/"),
    (_("Capacity"), "capacity", "hourglass", Permission.VIEW_CAPACITY, "/capacity/"),
    (_("Results of our orders"), "reports_ordered", "checklist", Permission.ORDER_SAMPLING, "/reports/ordered/"),
    (_("Employees' tests"), "reports_employees", "test-pipe", Permission.VIEW_UNIT_RESULTS, "/reports/employees/"),
    (_("Received reports"), "reports_received", "transfer", Permission.EXCHANGE_REPORTS, "/reports/received/"),
    (_("Table for the province"), "reports_export", "download", Permission.EXPORT_RESULTS, "/reports/export/"),
    (_("Numbers"), "numbers", "chart-bar", Permission.VIEW_PERSONS, "/numbers/"),
    (_("Risk areas"), "risk_lists", "alert-triangle", Permission.VIEW_DESK, "/risk-lists/"),
    (_("Lists"), "lists", "user-question", Permission.VIEW_PERSONS, "/lists/"),
    (_("Telling the public"), "telling", "speakerphone", Permission.RECORD_REACH, "/telling/"),
    (_("Imports"), "imports", "file-import", Permission.IMPORT, "/imports/"),
    (_("Changes of the rules"), "profile_changes", "adjustments", Permission.GOVERN_PROFILES, "/profile-changes/"),
    (_("Audit"), "audit", "eye-check", Permission.VIEW_AUDIT, "/audit/"),
    (_("Accounts"), "accounts", "user-cog", Permission.MANAGE_ACCOUNTS, "/accounts/"),
)
# What everybody may open, for visitors without an account: label, URL name, icon, path prefix.
PUBLIC_ENTRIES = (
    (_("Start"), "home", "home", None),
    (_("My health code"), "my_code", "qrcode", "/my-code/"),
    (_("My results"), "my_results", "test-pipe", "/my-results/"),
    (_("I am coming back"), "return_declare", "truck", "/back/"),
    (_("Risk areas"), "risk_areas", "alert-triangle", "/risk-areas/"),
    (_("What applies to me"), "applies", "help-circle", "/applies/"),
    (_("Notices"), "notices", "bell", "/notices/"),
    (_("Guidance"), "campaigns", "speakerphone", "/guidance/"),
)
# Entries drawn as one menu, by URL name; the others stand alone. A menu of one entry is drawn as that entry.
_REPORTS = ("reports_ordered", "reports_employees", "reports_received", "reports_export")
GROUPS = (
    (_("People"), ("people", "returnees", "lists", "health_codes", "health_code_monitors", "numbers")),
    (_("Goods"), ("goods", "warehouse", "inspections", "shop", "epcis_events")),
    (_("Places"), ("places", "venues")),
    (
        _("Laboratory"),
        ("results", "bench", "orders", "rounds", "pools", "sampling", "custody", "bench_lots", "capacity", *_REPORTS),
    ),
    (_("Public"), ("risk_lists", "telling")),
    (_("System"), ("imports", "profile_changes", "audit", "accounts")),
)


def navigation(request: HttpRequest) -> dict[str, list[NavItem] | list[NavMenu]]:
    """Return what this request's user may open: `nav`, all entries in order; `nav_menus`, the same as menus."""
    if not request.user.is_authenticated:
        items = {entry[1]: _public(request, *entry) for entry in PUBLIC_ENTRIES}
        return {"nav": list(items.values()), "nav_menus": list(_menus(items))}
    items = {
        name: NavItem(label=str(label), url=reverse(name), icon=icon, active=request.path.startswith(prefix))
        for label, name, icon, permission, prefix in ENTRIES
        if may(request.user, permission)
    }
    return {"nav": list(items.values()), "nav_menus": list(_menus(items))}


def _public(request: HttpRequest, label: str, name: str, icon: str, prefix: str | None) -> NavItem:
    is_here = request.path == "/" if prefix is None else request.path.startswith(prefix)
    return NavItem(label=str(label), url=reverse(name), icon=icon, active=is_here)


def _menus(items: Mapping[str, NavItem]) -> Iterator[NavMenu]:
    """Yield the menus in the order of their first entries."""
    group_of = {name: number for number, (_label, names) in enumerate(GROUPS) for name in names}
    drawn: set[int] = set()
    for name, item in items.items():
        number = group_of.get(name)
        if number is None:
            yield NavMenu(label=item["label"], entries=[item], active=item["active"])
        elif number not in drawn:
            drawn.add(number)
            label, names = GROUPS[number]
            entries = [items[each] for each in names if each in items]
            title = entries[0]["label"] if len(entries) == 1 else str(label)
            yield NavMenu(label=title, entries=entries, active=any(entry["active"] for entry in entries))
