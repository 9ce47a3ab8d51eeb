"""Reading lists: what came from whom, what became of each row, who is listed and has not declared."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.lists.models import Candidate, ListedRow, RowDecision, RowState

State = RowState.State


class ListedRowNotFound(NotFound):
    """No such row, or not in this area (we do not tell which)."""

    code = "listed_row_not_found"


@dataclass(frozen=True, slots=True)
class Received:
    """One received list and where its rows stand; `waiting`: not compared yet."""

    batch_id: int
    source: str
    filename: str
    received_at: datetime
    rows: int
    joined: int
    review: int
    verify: int
    elsewhere: int

    @property
    def waiting(self) -> int:
        """Rows the worker has not compared yet."""
        return self.rows - self.joined - self.review - self.verify - self.elsewhere


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed person as other parts count them; subject_id None: joined to nobody. Names stay in their row."""

    row_id: int
    source: str
    from_area: str
    on_date: date | None
    area_code: str
    state: str
    subject_id: int | None


def received(*, area: str, limit: int = 50) -> list[Received]:
    """Return the newest lists that have rows in an area, with the counts of those rows."""
    counts = {state: Count("id", filter=Q(state__state=state)) for state in State.values}
    rows = (
        ListedRow.objects.filter(area_code__startswith=area)
        .values("batch_id", "source__name", "received_at")
        .annotate(
            rows=Count("id"),
            joined=counts[State.JOINED],
            review=counts[State.REVIEW],
            verify=counts[State.VERIFY],
            elsewhere=counts[State.ELSEWHERE],
        )
        .order_by("-batch_id")[:limit]
    )
    files = dict(FactBatch.objects.filter(pk__in=[row["batch_id"] for row in rows]).values_list("pk", "source"))
    return [
        Received(
            batch_id=row["batch_id"],
            source=row["source__name"],
            filename=files[row["batch_id"]],
            received_at=row["received_at"],
            rows=row["rows"],
            joined=row["joined"],
            review=row["review"],
            verify=row["verify"],
            elsewhere=row["elsewhere"],
        )
        for row in rows
    ]


def listed(*, area: str, since: date | None = None, source: str = "") -> list[Listed]:
    """Return the listed persons of an area, newest day first: of a source and since a day where these are given."""
    rows = ListedRow.objects.filter(area_code__startswith=area).order_by("-on_date", "id")
    if since is not None:
        rows = rows.filter(Q(on_date__gte=since) | Q(on_date=None))
    if source:
        rows = rows.filter(source__name=source)
    values = rows.values_list(
        "id", "source__name", "from_area", "on_date", "area_code", "state__state", "state__subject_id"
    )
    return [Listed(*row[:5], row[5] or "", row[6]) for row in values]


def listed_not_declared(declared: Collection[int], *, area: str, since: date | None = None) -> list[Listed]:
    """Return who is listed and not among the persons (subject ids) that declared; strangers included.

    Where two rows are joined to one person, both are returned. Who was found to be elsewhere is left out.
    """
    known = set(declared)
    return [
        each
        for each in listed(area=area, since=since)
        if each.state != State.ELSEWHERE and each.subject_id not in known
    ]


def row_of(row_id: int, *, area: str) -> ListedRow:
    """Return a row of an area with its state. Raises: ListedRowNotFound."""
    rows = ListedRow.objects.select_related("source", "state__subject", "state__verdict", "state__task")
    found = rows.filter(pk=row_id, area_code__startswith=area).first()
    if found is None:
        raise ListedRowNotFound("There is no such row in your area.")
    return found


def row_of_task(task_id: int) -> int | None:
    """Return the row a task is about, if it is about one."""
    return RowState.objects.filter(task=task_id).values_list("row_id", flat=True).first()


def open_candidates(area: str) -> QuerySet[Candidate]:
    """Return the candidates in an area that nobody has said to be another person, the likeliest first."""
    refused = RowDecision.objects.filter(
        row=OuterRef("row"), subject=OuterRef("subject"), decision=RowDecision.Decision.DIFFERENT
    )
    found = Candidate.objects.filter(~Exists(refused), subject__area_code__startswith=area)
    return found.select_related("subject").order_by("-weight_tenths", "subject_id")


def to_review(by: User) -> QuerySet[RowState]:
    """Return the states of the rows a reviewer of this area can decide, those never skipped first."""
    visible = open_candidates(by.area_code).filter(row=OuterRef("row"))
    rows = RowState.objects.filter(state=State.REVIEW, row__area_code__startswith=by.area_code)
    return rows.filter(Exists(visible))
