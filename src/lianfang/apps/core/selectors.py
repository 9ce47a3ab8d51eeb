"""Questions about organisations, accounts and the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.timezone import get_default_timezone

from lianfang.apps.core.audit_words import ACTION_WORDS
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import AuditEvent, Organisation, OutboxEvent, Subject, User
from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind, SubjectKind


class OrganisationKind(StrEnum):
    """What an organisation is; the words of `Organisation.kind`."""

    COMMAND = "command"
    TOWNSHIP = "township"
    VILLAGE = "village"
    REGULATOR = "regulator"
    EMPLOYER = "employer"
    VENUE = "venue"
    HOSPITAL = "hospital"
    WAREHOUSE = "warehouse"


class RegulatorField(StrEnum):
    """What a regulating bureau answers for."""

    MARKET = "market"
    HEALTH = "health"
    EDUCATION = "education"
    TRANSPORT = "transport"
    CULTURE = "culture"


# A county's bureaus bear the same names all over the nation, so the name says the field (行业监管, S-1.1).
_BUREAU_WORDS: Final[Mapping[RegulatorField, tuple[str, ...]]] = {
    RegulatorField.MARKET: ("市场监督", "市场监管"),
    RegulatorField.HEALTH: ("卫生健康", "卫健"),
    RegulatorField.EDUCATION: ("教育",),
    RegulatorField.TRANSPORT: ("交通",),
    RegulatorField.CULTURE: ("文化和旅游", "文旅"),
}
_FIELD_OF_PLACE: Final[Mapping[str, RegulatorField]] = {
    PlaceKind.CLASSROOM: RegulatorField.EDUCATION,
    PlaceKind.DORMITORY: RegulatorField.EDUCATION,
    PlaceKind.HOTEL: RegulatorField.CULTURE,
    PlaceKind.PUBLIC_PLACE: RegulatorField.CULTURE,
    PlaceKind.RESTAURANT: RegulatorField.MARKET,
    PlaceKind.SHOP: RegulatorField.MARKET,
    PlaceKind.MARKET: RegulatorField.MARKET,
    PlaceKind.COLD_ROOM: RegulatorField.MARKET,
    PlaceKind.WAREHOUSE: RegulatorField.MARKET,
    PlaceKind.BUS: RegulatorField.TRANSPORT,
    PlaceKind.TRAIN: RegulatorField.TRANSPORT,
    PlaceKind.CAR: RegulatorField.TRANSPORT,
    PlaceKind.TRUCK: RegulatorField.TRANSPORT,
}
_GOODS: Final = frozenset({SubjectKind.LOT, SubjectKind.PACKAGE})


class OrganisationNotFound(NotFound):
    """No organisation has this code."""

    code = "organisation_not_found"


class AccountNotFound(NotFound):
    """No account of this name, or none in the actor's area."""

    code = "account_not_found"


def organisation(code: str) -> Organisation:
    """Return one organisation. Raises: OrganisationNotFound."""
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise OrganisationNotFound("There is no organisation with this code.", field="organisation")
    return found


def organisations(area_code: str = "", responsible_kind: ResponsibleKind | None = None) -> QuerySet[Organisation]:
    """Return the organisations of an area (everything below it included), of one responsibility if given."""
    found = Organisation.objects.filter(area_code__startswith=area_code)
    return found.filter(responsible_kind=responsible_kind) if responsible_kind else found


def territories_of(county_code: str) -> dict[str, Organisation]:
    """Return the territorial organisation of each area of a county that has one; the lowest code of several."""
    found = organisations(county_code, ResponsibleKind.TERRITORY).order_by("-code")
    return {each.area_code: each for each in found}


@dataclass(frozen=True, slots=True)
class Concern:
    """What a task is about: its area, the kind of place and subject, and the unit that runs or employs, where known."""

    area_code: str
    place_kind: str = ""
    subject_kind: str = ""
    unit_id: int | None = None

    @property
    def field(self) -> RegulatorField:
        """Which industry regulates it: goods the market's, places by their kind, all else health."""
        if self.subject_kind in _GOODS:
            return RegulatorField.MARKET
        return _FIELD_OF_PLACE.get(self.place_kind, RegulatorField.HEALTH)


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """Who answers for what in one county, loaded once so that thousands of tasks need no query each (S-1.1)."""

    county_code: str
    territories: Mapping[str, int]
    regulators: Mapping[tuple[RegulatorField, str], int]

    def of(self, kind: ResponsibleKind, concern: Concern) -> int | None:
        """Return the id of the organisation responsible, or None if the county has entered none.

        Territory: the village's, else the township's, else the county's. Regulator: the bureau of the field nearest to
        the area. Unit: the one given. A citizen, and a unit or regulator that is not known, is called by the territory;
        what lies outside the county, by the county's own.
        """
        found: int | None = None
        if kind == ResponsibleKind.UNIT:
            found = concern.unit_id
        elif kind == ResponsibleKind.REGULATOR:
            found = self._regulator(concern.field, concern.area_code)
        return self._territory(concern.area_code) if found is None else found

    def _territory(self, area_code: str) -> int | None:
        areas = self._nearest_first(area_code)
        return next((self.territories[area] for area in areas if area in self.territories), None)

    def _regulator(self, field: RegulatorField, area_code: str) -> int | None:
        keys = [(wanted, area) for wanted in (field, RegulatorField.HEALTH) for area in self._nearest_first(area_code)]
        return next((self.regulators[key] for key in keys if key in self.regulators), None)

    def _nearest_first(self, area_code: str) -> list[str]:
        return [area_code[:digits] for digits in (12, 9, 6, 4, 2) if digits <= len(area_code)] + [self.county_code]


def responsibilities(county_code: str | None = None) -> Responsibilities:
    """Load who answers for what in a county (the installation's own by default)."""
    county = county_code or settings.COUNTY_CODE
    regulators: dict[tuple[RegulatorField, str], int] = {}
    for bureau in organisations(county, ResponsibleKind.REGULATOR):
        for field, words in _BUREAU_WORDS.items():
            if any(word in bureau.name for word in words):
                regulators.setdefault((field, bureau.area_code), bureau.pk)
    territories = {area: each.pk for area, each in territories_of(county).items()}
    return Responsibilities(county, territories, regulators)


def responsible_organisation(kind: ResponsibleKind, concern: Concern) -> Organisation | None:
    """Return the organisation responsible for one concern; for many, ask `responsibilities()` once."""
    found = responsibilities().of(kind, concern)
    return None if found is None else Organisation.objects.get(pk=found)


def accounts_for(by: User | None) -> QuerySet[User]:
    """Return the accounts this administrator may manage: those inside their area; the console (None) sees all."""
    accounts = User.objects.select_related("organisation")
    return accounts if by is None else accounts.filter(area_code__startswith=by.area_code)


def account(username: str) -> User:
    """Return the account of a name, in any case. Raises: AccountNotFound."""
    found = User.objects.filter(username__iexact=username.strip()).first()
    if found is None:
        raise AccountNotFound("There is no such account.", field="username")
    return found


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for in the audit trail; empty means all. `group` is what actions begin with, as in `person.read`.

    `before` is the id of the last event already seen.
    """

    subject: str = ""
    username: str = ""
    group: str = ""
    day: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event with the codes of the first subjects concerned; `n_hidden` more are not listed.

    `account` is the user name of the account the action was about, where it was about one.
    """

    event: AuditEvent
    subjects: Sequence[str]
    n_hidden: int
    account: str

    @property
    def group(self) -> str:
        """What the action begins with."""
        return self.event.action.partition(".")[0]

    @property
    def word(self) -> str:
        """What the action is called; its code if it has no word."""
        return str(ACTION_WORDS.get(self.event.action, self.event.action))

    @property
    def detail(self) -> dict[str, object]:
        """The details, without the account's number where its name is known."""
        return {key: value for key, value in self.event.detail.items() if key != "account" or not self.account}


SUBJECTS_SHOWN: Final = 5


def audit_page(query: AuditQuery, *, by: User, size: int) -> tuple[list[AuditRow], int | None]:
    """Return one page of events, newest first, and the `before` of the next page (None on the last)."""
    events = list(_audit_events(query, by)[: size + 1])
    more, shown = len(events) > size, events[:size]
    ids = {subject for event in shown for subject in event.subject_ids[:SUBJECTS_SHOWN]}
    codes = dict(Subject.objects.filter(pk__in=ids).values_list("id", "code"))
    concerned = {event.detail["account"] for event in shown if "account" in event.detail}
    accounts = dict(User.objects.filter(pk__in=concerned).values_list("id", "username"))
    rows = [
        AuditRow(
            event=event,
            subjects=[codes[subject] for subject in event.subject_ids[:SUBJECTS_SHOWN] if subject in codes],
            n_hidden=max(0, len(event.subject_ids) - SUBJECTS_SHOWN),
            account=accounts.get(event.detail.get("account"), ""),
        )
        for event in shown
    ]
    return rows, shown[-1].pk if more else None


def _audit_events(query: AuditQuery, by: User) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.select_related("by").order_by("-id")
    inside = Q(by__area_code__startswith=by.area_code)
    # What nobody signed in did (failed log-ins, the system itself) concerns the county as a whole.
    events = events.filter(inside | Q(by=None) if settings.COUNTY_CODE.startswith(by.area_code) else inside)
    if query.before is not None:
        events = events.filter(pk__lt=query.before)
    if query.username:
        events = events.filter(by__username__iexact=query.username)
    if query.group:
        events = events.filter(action__startswith=f"{query.group}.")
    if query.day:
        start, end = day_span(query.day)
        events = events.filter(at__gte=start, at__lt=end)
    if query.subject:
        wanted = subject_ids(query.subject)
        events = events.filter(subject_ids__contains=wanted) if wanted else events.none()
    return events


def subject_ids(code: str) -> list[int]:
    """Return the id of the subject with this code, in a list; empty if there is none."""
    return list(Subject.objects.filter(code=code).values_list("id", flat=True))


# Far from what date arithmetic and time zones can hold: pages also look at the days around.
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(9000, 1, 1)


def day_span(day: date) -> tuple[datetime, datetime]:
    """Return a county day as instants [start, end) in UTC; a day no instant can be counted around is the nearest."""
    zone = get_default_timezone()
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    start = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def oldest_undelivered() -> datetime | None:
    """Return when the oldest event that still waits for its reactions was written, or None."""
    pending = OutboxEvent.objects.filter(delivered_at=None).order_by("id").values_list("created_at", flat=True)
    return pending.first()
