"""Numbers by township and village: every figure is the count of exactly the rows it opens, from one and the same query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Left
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from lianfang.apps.areas import selectors as areas
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Measure, Task, User
from lianfang.apps.core.permissions import covers
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.followup import selectors as followup
from lianfang.apps.lists import selectors as lists
from lianfang.apps.returnees import selectors as returnees
from lianfang.apps.returnees.selectors import Declaration, ReturnQuery
from lianfang.rules.vocabulary import MeasureKind, TaskKind

# Rows of any figure have a person (`subject`, None for a stranger on a list) and an `area_code`; which table they are of is
# the figure's business.
Rows = QuerySet[Any]
_PROVINCE_DIGITS: Final = 2
_TESTS: Final = (TaskKind.COLLECT_SPECIMENS, TaskKind.COME_FOR_TEST)


class FigureUnknown(NotFound):
    """No figure has this name, or not for this area."""

    code = "figure_unknown"


@dataclass(frozen=True, slots=True)
class Figure:
    """One column: its name in addresses, its words, and the rows it counts."""

    name: str
    label: str | Promise
    tone: str
    rows: Callable[[User, datetime], Rows]


@dataclass(frozen=True, slots=True)
class Line:
    """One area with a number for each figure, in the figures' order. `is_exact`: nothing below it is meant."""

    area_code: str
    name: str
    counts: Sequence[int]
    is_exact: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody in it."""
        return not any(self.counts)


@dataclass(frozen=True, slots=True)
class Overview:
    """The table of one area: its parts, what lies in none of them (as a line of its own) and the sums."""

    area_code: str
    name: str
    lines: Sequence[Line]
    total: Line


@dataclass(frozen=True, slots=True)
class Origin:
    """How many come from a province, and how many of them from where it counts."""

    code: str
    name: str
    n: int
    by_category: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows: a figure, an area, a province of origin, a category of return; empty means all.

    `exact`: not empty if only rows of the area itself are meant, nothing below it.
    """

    figure: str
    area: str = ""
    exact: str = ""
    origin: str = ""
    category: str = ""


def _returns(state: str) -> Callable[[User, datetime], Rows]:
    def rows(by: User, at: datetime) -> Rows:
        since = localtime(at).date() - timedelta(days=returnees.OPEN_DAYS)
        found = returnees.listed(ReturnQuery(state=state), by=by, at=at).filter(expected_on__gt=since)
        return found.filter(is_declared=True) if state == "" else found

    return rows


def _all_returns(by: User, at: datetime) -> Rows:
    since = localtime(at).date() - timedelta(days=returnees.OPEN_DAYS)
    return returnees.returns_for(by).filter(expected_on__gt=since)


def _listed_only(by: User, at: datetime) -> Rows:
    """Who is on a list of the last weeks and has not declared: a row a person, one for each stranger."""
    since = at - timedelta(days=returnees.OPEN_DAYS)
    return lists.not_declared(returnees.declared_records(since), area=by.area_code, since=since)


def _under(*kinds: MeasureKind) -> Callable[[User, datetime], Rows]:
    def rows(by: User, at: datetime) -> Rows:
        found = Measure.objects.filter(
            kind__in=kinds,
            subject__kind="person",
            ended_at__isnull=True,
            starts_at__lte=at,
            area_code__startswith=by.area_code,
        )
        return found.select_related("subject")

    return rows


def _overdue_follow_ups(by: User, at: datetime) -> Rows:
    """Standing measures whose report of today is late, or of an earlier day is missing."""
    followed = followup.followed(by).filter(starts_at__lte=at)
    reports = followup.reports_of(followed, at=at)
    late = [pk for pk, each in reports.items() if each.is_late or each.missed]
    return Measure.objects.filter(pk__in=late).select_related("subject")


def _tests_due(by: User, at: datetime) -> Rows:
    """Unfinished tasks of a person's test that are due by the end of today: of each test the one of the first due."""
    until = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    due = Task.objects.filter(
        kind__in=_TESTS,
        status__in=UNFINISHED,
        due_at__lt=until,
        subject__kind="person",
        area_code__startswith=by.area_code,
    )
    once = due.order_by("measure_id", "due_at", "id").distinct("measure_id").values("pk")
    return Task.objects.filter(pk__in=once).select_related("subject")


FIGURES: Final = (
    Figure("returnees", _("Returnees"), "blue", _all_returns),
    Figure("declared", _("Declared"), "green", _returns("")),
    Figure("undeclared", _("Undeclared"), "red", _returns("undeclared")),
    Figure("listed_only", _("Listed, not declared"), "red", _listed_only),
    Figure("expected_late", _("Arrival overdue"), "orange", _returns("overdue")),
    Figure("central", _("Central quarantine"), "orange", _under(MeasureKind.CENTRAL_QUARANTINE)),
    Figure("home", _("Home quarantine"), "yellow", _under(MeasureKind.HOME_QUARANTINE)),
    Figure("monitored", _("Health monitoring"), "blue", _under(MeasureKind.HEALTH_MONITORING)),
    Figure("follow_up_late", _("Follow-up overdue"), "red", _overdue_follow_ups),
    Figure("test_due", _("Test due"), "orange", _tests_due),
)
OF_RETURNS: Final = frozenset({"returnees", "declared", "undeclared", "expected_late"})


def figure(name: str) -> Figure:
    """Return a figure by its name. Raises: FigureUnknown."""
    found = next((each for each in FIGURES if each.name == name), None)
    if found is None:
        raise FigureUnknown("There is no such figure.")
    return found


def rows(choice: Choice, *, by: User, at: datetime) -> Rows:
    """Return the rows behind a figure, by area. Raises: FigureUnknown, also for an area outside the reader's."""
    found = figure(choice.figure).rows(by, at)
    if choice.area:
        if not covers(by, choice.area):
            raise FigureUnknown("There is no such figure.")
        found = found.filter(**{"area_code" if choice.exact else "area_code__startswith": choice.area})
    if choice.figure in OF_RETURNS and choice.category:
        found = found.filter(category=choice.category)
    if choice.figure in OF_RETURNS and choice.origin:
        found = _with_origin(found).filter(origin=choice.origin)
    ordered: Rows = found.order_by("area_code", "pk")
    return ordered


def overview(area_code: str, *, by: User, at: datetime) -> Overview:
    """Return the table of an area: its townships, or a township's villages. Raises: FigureUnknown."""
    if not covers(by, area_code):
        raise FigureUnknown("There is no such figure.")
    below = [digits for digits in areas.CODE_DIGITS.values() if digits > len(area_code)]
    digits = below[0] if below else len(area_code)
    counted = [_counts(each, area_code, digits, by=by, at=at) for each in FIGURES]
    names = {unit.code: unit.name for unit in areas.children(area_code)}
    others = sorted({code for counts in counted for code in counts} - set(names))
    names |= areas.names_of(others)
    lines = [
        Line(code, names[code], [counts.get(code, 0) for counts in counted], is_exact=len(code) < digits)
        for code in names
    ]
    total = Line(area_code, areas.name_of(area_code), [sum(counts.values()) for counts in counted])
    return Overview(area_code, total.name, lines, total)


def _counts(of: Figure, area_code: str, digits: int, *, by: User, at: datetime) -> dict[str, int]:
    found = of.rows(by, at).filter(area_code__startswith=area_code).order_by()
    counted = found.values(unit=Left("area_code", digits)).annotate(n=Count("pk")).values_list("unit", "n")
    return dict(counted)


def origins(area_code: str, *, by: User, at: datetime) -> list[Origin]:
    """Return where the returnees of an area come from, most first: the province of their last stay."""
    found = _with_origin(figure("returnees").rows(by, at).filter(area_code__startswith=area_code)).order_by()
    counted = found.values("origin", "category").annotate(n=Count("pk")).values_list("origin", "category", "n")
    by_origin: dict[str, dict[str, int]] = {}
    for code, category, n in counted:
        by_origin.setdefault(code or "", {})[category] = n
    names = areas.names_of(code for code in by_origin if code)
    rows_ = [Origin(code, names.get(code, ""), sum(of.values()), of) for code, of in by_origin.items()]
    return sorted(rows_, key=lambda row: (-row.n, row.code))


def _with_origin(found: Rows) -> Rows:
    """Annotate returns with `origin`: the province where the newest declaration's last stay was."""
    newest = Declaration.objects.filter(returned=OuterRef("pk"), version=OuterRef("version"))
    last_stay = KeyTextTransform("area_code", KeyTransform("-1", "stays"))
    annotated: Rows = found.annotate(origin=Left(Subquery(newest.values(code=last_stay)[:1]), _PROVINCE_DIGITS))
    return annotated


def shown_area(by: User, asked: str) -> str:
    """Return the area whose table is shown: the one asked for, else the reader's own inside the county."""
    own = settings.COUNTY_CODE if settings.COUNTY_CODE.startswith(by.area_code) else by.area_code
    return asked if asked and asked.isdecimal() else own
