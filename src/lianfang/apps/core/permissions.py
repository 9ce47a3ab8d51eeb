"""What each role may do, and where: one table, asked by every view and API call."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from lianfang.apps.core.errors import NotAllowed
from lianfang.apps.core.models import Role, User


class Permission(StrEnum):
    """One thing a role may do inside its area."""

    VIEW_DESK = "view_desk"
    VIEW_INVESTIGATIONS = "view_investigations"
    VIEW_PERSONS = "view_persons"
    VIEW_IDENTITY = "view_identity"  # the unmasked name, number and phone of a person
    VIEW_GOODS = "view_goods"
    VIEW_PLACES = "view_places"
    BOOK_GOODS = "book_goods"  # announce lots and enter their certificates
    HANDLE_GOODS = "handle_goods"  # take in, store, disinfect, split, dispatch
    CHECK_CERTIFICATES = "check_certificates"  # the second person: certificates, differences at the gate
    RELEASE_GOODS = "release_goods"
    SCAN_GOODS = "scan_goods"  # a shop's own goods, in and out
    INSPECT_GOODS = "inspect_goods"  # find, seal, recall, penalise
    CAPTURE_EVENTS = "capture_events"  # hand in others' EPCIS events, keep queries, subscribe
    EDIT_PERSONS = "edit_persons"  # name, phone, where somebody lives and works
    REPORT_ONSET = "report_onset"  # the first day of somebody's symptoms: it moves the window of the whole trace
    RECORD_STAYS = "record_stays"  # evidence for health codes, and appeals against it
    DECIDE_APPEALS = "decide_appeals"
    ISSUE_CODES = "issue_codes"  # printed, for who has no phone
    WATCH_CODES = "watch_codes"  # what looks made rather than found
    VIEW_VENUES = "view_venues"  # key places of the area; a unit: its own
    REGISTER_VENUES = "register_venues"  # which places are key places, their limit and regulator
    KEEP_VENUE_LOGS = "keep_venue_logs"  # of the own place
    VIEW_RETURNEES = "view_returnees"  # of the area; a work unit: those who come to it
    FOLLOW_UP = "follow_up"  # daily records, transfers, declarations on behalf, confirmed arrivals
    COLLECT_SPECIMENS = "collect_specimens"
    VIEW_SAMPLING = "view_sampling"  # what is to be sampled; persons only with view_persons or record_results
    VIEW_ROUNDS = "view_rounds"  # how far rounds of sampling have come, by village
    ORDER_SAMPLING = "order_sampling"  # of one subject, or of a whole area or unit
    EXCHANGE_REPORTS = "exchange_reports"  # with other systems: signed results out, proposed ones in
    EXPORT_RESULTS = "export_results"  # signed results with names, for the province
    VIEW_UNIT_RESULTS = "view_unit_results"  # whether the own unit's employees were tested: never a diagnosis
    VIEW_CAPACITY = "view_capacity"  # laboratories, their queue and forecast, the commissioning plan
    ENTER_CAPACITY = "enter_capacity"  # of the own laboratory
    PLAN_LABORATORIES = "plan_laboratories"  # steps of new ones; capacity of any
    RECORD_RESULTS = "record_results"
    SIGN_RESULTS = "sign_results"
    IMPORT = "import"  # hand in tables of what one may enter anyway
    IMPORT_REGISTERS = "import_registers"  # persons, places, lists and other tables of the whole county
    MERGE_PERSONS = "merge_persons"
    REVIEW_MATCHES = "review_matches"  # whether a listed person is a registered one
    WORK_TASKS = "work_tasks"
    ASSIGN_TASKS = "assign_tasks"
    EXPORT = "export"
    PLAN_GUIDANCE = "plan_guidance"  # notices and campaigns: plan and draft
    PUBLISH_GUIDANCE = "publish_guidance"  # show them to everybody; a notice only if somebody else drafted it
    RECORD_REACH = "record_reach"
    RECORD_FOR_OTHERS = "record_for_others"  # reach, results and contact points of every organisation in the own area
    VIEW_AUDIT = "view_audit"
    MANAGE_ACCOUNTS = "manage_accounts"
    GOVERN_PROFILES = "govern_profiles"  # propose changes of the rules' numbers, and approve others' proposals
    DESTROY_RECORDS = "destroy_records"  # when an emergency is over, two persons together


P = Permission
_TELL = frozenset({P.RECORD_REACH, P.RECORD_FOR_OTHERS})
_LOOK = frozenset({P.VIEW_DESK, P.VIEW_INVESTIGATIONS, P.VIEW_PERSONS, P.VIEW_GOODS, P.VIEW_PLACES})
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.COMMAND: _LOOK
    | _TELL
    | {
        P.RECORD_STAYS,
        P.DECIDE_APPEALS,
        P.ISSUE_CODES,
        P.VIEW_SAMPLING,
        P.VIEW_ROUNDS,
        P.VIEW_CAPACITY,
        P.EXPORT_RESULTS,
        P.ENTER_CAPACITY,
        P.PLAN_LABORATORIES,
        P.ORDER_SAMPLING,
        P.VIEW_VENUES,
        P.REGISTER_VENUES,
        P.WATCH_CODES,
        P.DESTROY_RECORDS,
        P.GOVERN_PROFILES,
    }
    | {P.PLAN_GUIDANCE, P.PUBLISH_GUIDANCE}
    | {
        P.VIEW_IDENTITY,
        P.EDIT_PERSONS,
        P.VIEW_RETURNEES,
        P.FOLLOW_UP,
        P.REPORT_ONSET,
        P.WORK_TASKS,
        P.ASSIGN_TASKS,
        P.EXPORT,
        P.IMPORT,
        P.IMPORT_REGISTERS,
        P.VIEW_AUDIT,
        P.INSPECT_GOODS,
        P.CAPTURE_EVENTS,
        P.REVIEW_MATCHES,
        P.MERGE_PERSONS,
    },
    Role.EPIDEMIOLOGIST: _LOOK
    | {
        P.PLAN_GUIDANCE,
        P.RECORD_REACH,
        P.VIEW_IDENTITY,
        P.EDIT_PERSONS,
        P.VIEW_RETURNEES,
        P.FOLLOW_UP,
        P.REPORT_ONSET,
        P.RECORD_STAYS,
        P.DECIDE_APPEALS,
        P.WATCH_CODES,
        P.GOVERN_PROFILES,
        P.ISSUE_CODES,
        P.WORK_TASKS,
        P.ASSIGN_TASKS,
        P.EXPORT,
        P.IMPORT,
        P.IMPORT_REGISTERS,
        P.REVIEW_MATCHES,
        P.MERGE_PERSONS,
        P.COLLECT_SPECIMENS,
        P.VIEW_SAMPLING,
        P.VIEW_ROUNDS,
        P.VIEW_CAPACITY,
        P.EXPORT_RESULTS,
        P.ORDER_SAMPLING,
        P.INSPECT_GOODS,
    },
    Role.COMMUNITY: _TELL
    | frozenset(
        {
            P.VIEW_DESK,
            P.VIEW_PERSONS,
            P.VIEW_IDENTITY,
            P.EDIT_PERSONS,
            P.VIEW_RETURNEES,
            P.FOLLOW_UP,
            P.REPORT_ONSET,
            P.RECORD_STAYS,
            P.ISSUE_CODES,
            P.VIEW_VENUES,
            P.VIEW_PLACES,
            P.WORK_TASKS,
            P.COLLECT_SPECIMENS,
            P.VIEW_SAMPLING,
            P.VIEW_ROUNDS,
        }
    ),
    Role.LABORATORY: frozenset(
        {
            P.VIEW_DESK,
            P.VIEW_SAMPLING,
            P.VIEW_ROUNDS,
            P.VIEW_CAPACITY,
            P.ENTER_CAPACITY,
            P.EXCHANGE_REPORTS,
            P.ORDER_SAMPLING,
            P.COLLECT_SPECIMENS,
            P.RECORD_RESULTS,
            P.SIGN_RESULTS,
            P.WORK_TASKS,
        }
    ),
    Role.WAREHOUSE: frozenset(
        {
            P.VIEW_DESK,
            P.VIEW_GOODS,
            P.VIEW_PLACES,
            P.WORK_TASKS,
            P.COLLECT_SPECIMENS,
            P.VIEW_SAMPLING,
            P.BOOK_GOODS,
            P.HANDLE_GOODS,
            P.RELEASE_GOODS,
            P.CAPTURE_EVENTS,
            P.IMPORT,
        }
    ),
    Role.REGULATOR: frozenset(
        {
            P.VIEW_DESK,
            P.VIEW_GOODS,
            P.VIEW_PLACES,
            P.WORK_TASKS,
            P.EXPORT,
            P.CHECK_CERTIFICATES,
            P.CAPTURE_EVENTS,
            P.INSPECT_GOODS,
            P.VIEW_VENUES,
            P.REGISTER_VENUES,
            P.COLLECT_SPECIMENS,
            P.VIEW_SAMPLING,
            P.RECORD_REACH,
        }
    ),
    Role.UNIT: frozenset(
        {
            P.VIEW_VENUES,
            P.KEEP_VENUE_LOGS,
            P.VIEW_DESK,
            P.WORK_TASKS,
            P.SCAN_GOODS,
            P.RECORD_REACH,
            P.VIEW_RETURNEES,
            P.VIEW_UNIT_RESULTS,
            P.FOLLOW_UP,
        }
    ),
    Role.AUDITOR: frozenset({P.VIEW_DESK, P.VIEW_AUDIT, P.WATCH_CODES}),
    Role.ADMINISTRATOR: frozenset({P.VIEW_DESK, P.MANAGE_ACCOUNTS, P.VIEW_AUDIT, P.DESTROY_RECORDS}),
}


class PermissionMissing(NotAllowed):
    """The actor's role does not include the permission."""

    code = "permission_missing"


class AreaMissing(NotAllowed):
    """The record lies outside the actor's area."""

    code = "area_missing"


def may(user: User | AnonymousUser, permission: Permission) -> bool:
    """Return whether the user's role includes the permission (their area is asked separately)."""
    return isinstance(user, User) and user.is_active and permission in ROLE_PERMISSIONS.get(user.role, frozenset())


def covers(user: User, area_code: str) -> bool:
    """Return whether the user's area contains the division (codes nest by prefix)."""
    return area_code.startswith(user.area_code)


def require(user: User, permission: Permission, *, area_code: str | None = None) -> None:
    """Refuse unless role and, where given, area allow it. Raises: PermissionMissing, AreaMissing."""
    if not may(user, permission):
        raise PermissionMissing("Your role does not allow this.")
    if area_code is not None and not covers(user, area_code):
        raise AreaMissing("This record lies outside your area.")


def actor(request: HttpRequest) -> User:
    """Return the signed-in member of staff. Raises: PermissionMissing for an anonymous request."""
    if not isinstance(request.user, User):
        raise PermissionMissing("Please sign in.")
    return request.user


Params = ParamSpec("Params")
Answer = TypeVar("Answer")
View = Callable[Concatenate[HttpRequest, Params], Answer]


def needs(permission: Permission) -> Callable[[View[Params, Answer]], View[Params, Answer]]:
    """Decorate a view or API operation: the role must include the permission, or the answer is 403."""

    def decorate(view: View[Params, Answer]) -> View[Params, Answer]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Params.args, **kwargs: Params.kwargs) -> Answer:
            require(actor(request), permission)
            return view(request, *args, **kwargs)

        cast("Any", checked).permission = permission
        return cast("View[Params, Answer]", checked)

    return decorate
