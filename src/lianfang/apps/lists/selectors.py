"""Reading lists: what came from whom, what became of each row, who is listed and has not declared."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.walking import within
from lianfang.apps.lists.models import Candidate, Comparison, ListedRow, RowDecision, RowState, Tally
from lianfang.apps.people.known import survivors_now

__all__ = ["Candidate", "Comparison", "ListedRow", "RowState"]

State = RowState.State


class ListedRowNotFound(NotFound):
    """No such row, or not in this area (we do not tell which)."""

    code = "listed_row_not_found"


class ListNotFound(NotFound):
    """No such list, or none of its rows is in this area (we do not tell which)."""

    code = "list_not_found"


@dataclass(frozen=True, slots=True)
class TaskRows:
    """The rows of a task: of which list and division, how many, and how many are still to be verified."""

    batch_id: int
    area_code: str
    source: str
    n: int
    n_left: int


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


def received(*, area: str, batch_id: int | None = None, limit: int = 20) -> list[Received]:
    """Return the newest lists that have rows in an area (or the one of a batch), with the counts of those rows."""
    here = Tally.objects.filter(area_code__startswith=area)
    if batch_id is None:
        newest = Comparison.objects.filter(Exists(here.filter(batch=OuterRef("pk")))).order_by("-pk")
        here = here.filter(batch__in=list(newest.values_list("pk", flat=True)[:limit]))
    else:
        here = here.filter(batch=batch_id)
    counts: dict[int, dict[str, int]] = {}
    for batch, state, n in here.values_list("batch_id", "state").annotate(n=Sum("n")):
        counts.setdefault(batch, {})[state] = n
    row = ListedRow.objects.filter(batch=OuterRef("pk")).values("source__name")[:1]
    batches = FactBatch.objects.filter(pk__in=counts).annotate(sender=Subquery(row)).order_by("-pk")
    return [
        Received(
            batch_id=batch.pk,
            source=batch.sender,
            filename=batch.source,
            received_at=batch.recorded_at,
            rows=counts[batch.pk][""],
            joined=counts[batch.pk].get(State.JOINED, 0),
            review=counts[batch.pk].get(State.REVIEW, 0),
            verify=counts[batch.pk].get(State.VERIFY, 0),
            elsewhere=counts[batch.pk].get(State.ELSEWHERE, 0),
        )
        for batch in batches
    ]


def list_of(batch_id: int, *, area: str) -> tuple[Received, Comparison]:
    """Return one list and how far its comparison is. Raises: ListNotFound, also where no row of it is in the area."""
    found = received(area=area, batch_id=batch_id)
    how_far = Comparison.objects.filter(pk=batch_id).first()
    if not found or how_far is None:
        raise ListNotFound("There is no such list in your area.")
    return found[0], how_far


def rows_of(batch_id: int, *, area: str, state: str = "", exact: str = "") -> QuerySet[ListedRow]:
    """Return a list's rows in an area, in one state where it is given; `exact`: of this very division only."""
    rows = ListedRow.objects.filter(within(area), batch=batch_id).select_related("state__subject")
    rows = rows.filter(state__state=state) if state else rows
    return rows.filter(area_code=exact) if exact else rows


def next_to_verify(row: ListedRow, *, area: str) -> ListedRow | None:
    """Return the next row of the same list and division that is still to be verified."""
    left = rows_of(row.batch_id, area=area, state=State.VERIFY, exact=row.area_code).order_by("pk")
    return left.filter(pk__gt=row.pk).first() or left.first()


def not_declared(declared: QuerySet[Any], *, area: str, since: datetime) -> QuerySet[RowState]:
    """Return who is listed since and has not declared, a row each: of one person the first one; strangers all.

    declared: the ids (`pk`) of the records, merged ones followed, that have declared. Rows have an `area_code`: where the
    person lives, else what the row concerns. Who was found to be elsewhere, or waits for a reviewer, is left out.
    """
    recent = Q(row__on_date__gte=since.date()) | Q(row__on_date=None, row__received_at__gte=since)
    moved = [When(subject=merged, then=Value(survivor)) for merged, survivor in survivors_now().items()]
    standing: dict[str, Any] = {"person": Case(*moved, default="subject_id", output_field=BigIntegerField())}
    listed: QuerySet[Any] = RowState.objects.filter(recent, state__in=[State.JOINED, State.VERIFY]).annotate(**standing)
    earlier = listed.filter(person=OuterRef("person"), row__lt=OuterRef("row"))
    found = listed.annotate(area_code=Coalesce("subject__area_code", "row__area_code"))
    missing = Q(subject=None) | ~Q(person__in=declared) & ~Exists(earlier)
    rows: QuerySet[RowState] = found.filter(missing, area_code__startswith=area).select_related("subject", "row")
    return rows


def row_of(row_id: int, *, area: str) -> ListedRow:
    """Return a row of an area with its state. Raises: ListedRowNotFound."""
    rows = ListedRow.objects.select_related("source", "state__subject", "state__verdict", "state__task")
    found = rows.filter(pk=row_id, area_code__startswith=area).first()
    if found is None:
        raise ListedRowNotFound("There is no such row in your area.")
    return found


def rows_of_task(task_id: int) -> TaskRows | None:
    """Return what a task about listed persons holds; None for any other task."""
    of = RowState.objects.filter(task=task_id)
    found = of.aggregate(n=Count("pk"), left=Count("pk", filter=Q(state=State.VERIFY)))
    first = of.select_related("row__source").order_by("pk").first()
    if first is None:
        return None
    return TaskRows(first.row.batch_id, first.row.area_code, first.row.source.name, found["n"], found["left"])


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
