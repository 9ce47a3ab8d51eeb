"""Reviewing possible matches: one pair for one reviewer at a time, every answer a fact."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from lianfang.apps.core import audit
from lianfang.apps.core.errors import Conflict
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lists.models import Candidate, ListedRow, RowDecision, RowState
from lianfang.apps.lists.selectors import open_candidates, to_review
from lianfang.apps.lists.verifying import give_tasks, record_decisions

State, Decision = RowState.State, RowDecision.Decision
HELD_FOR = timedelta(minutes=5)  # a pair shown to a reviewer is nobody else's so long


class ReviewTaken(Conflict):
    """The pair was given to another reviewer, or decided, meanwhile."""

    code = "review_taken"


@dataclass(frozen=True, slots=True)
class Pair:
    """A row and the person it may be."""

    row: ListedRow
    candidate: Candidate


@transaction.atomic
def next_pair(*, by: User, at: datetime) -> Pair | None:
    """Return the pair this reviewer is at, else the next one that nobody else has; None if there is none left."""
    require(by, Permission.REVIEW_MATCHES)
    queue = to_review(by).select_for_update(of=("self",), skip_locked=True)
    mine = queue.filter(reviewer=by, reviewer_until__gt=at).first()
    free = queue.filter(Q(reviewer=None) | Q(reviewer_until__lte=at) | Q(reviewer=by))
    state = mine or free.order_by(F("skipped_at").asc(nulls_first=True), "row_id").first()
    if state is None:
        return None
    state.reviewer, state.reviewer_until = by, at + HELD_FOR
    state.save(update_fields=["reviewer", "reviewer_until"])
    row = ListedRow.objects.select_related("source", "state__verdict").get(pk=state.row_id)
    candidate = open_candidates(by.area_code).filter(row=row).first()
    assert candidate is not None  # the queue holds only rows with one
    audit.record("lists.pair_read", by=by, at=at, subjects=[candidate.subject_id], row=row.pk)
    return Pair(row, candidate)


@transaction.atomic
def skip_pair(*, row_id: int, at: datetime, by: User) -> None:
    """Leave a pair for later or for somebody else. Raises: ReviewTaken."""
    state = _held(row_id, by)
    state.reviewer, state.reviewer_until, state.skipped_at = None, None, at
    state.save(update_fields=["reviewer", "reviewer_until", "skipped_at"])


@transaction.atomic
def decide_pair(*, row_id: int, subject_id: int, is_same: bool, at: datetime, by: User) -> None:
    """Record whether a row is a candidate. The last candidate refused, the village is to find out who it is.

    Raises: ReviewTaken, PermissionMissing.
    """
    state = _held(row_id, by)
    open_ids = list(open_candidates(by.area_code).filter(row=row_id).values_list("subject_id", flat=True))
    if subject_id not in open_ids:
        raise ReviewTaken("Somebody has decided about this pair meanwhile.")
    state.reviewer, state.reviewer_until = None, None
    if is_same:
        state.state, state.subject_id = State.JOINED, subject_id
    elif not _worth_asking(row_id, subject_id, at):
        row = ListedRow.objects.get(pk=row_id)
        state.state = State.VERIFY
        give_tasks([state], {row_id: row.area_code}, batch_id=row.batch_id, at=at)
    state.save()
    decision = Decision.SAME if is_same else Decision.DIFFERENT
    record_decisions([RowDecision(row_id=row_id, decision=decision, subject_id=subject_id, by=by, at=at)])


def _held(row_id: int, by: User) -> RowState:
    require(by, Permission.REVIEW_MATCHES)
    state = RowState.objects.select_for_update().filter(pk=row_id, state=State.REVIEW, reviewer=by).first()
    if state is None:
        raise ReviewTaken("Somebody has decided about this pair meanwhile.")
    return state


def _worth_asking(row_id: int, refused_id: int, at: datetime) -> bool:
    """Whether another candidate than the one just refused is likely enough to be shown."""
    profile = profile_in_force(at=at)
    least = profile.matching.review_tenths if profile.matching else 0
    others = open_candidates("").filter(row=row_id, weight_tenths__gte=least)
    return others.exclude(subject=refused_id).exists()
