"""Comparing received rows with the register: candidates by the linkage, a verdict by the rule, then state and task.

Identity numbers and phones are decrypted here, in the worker's memory, for the length of one comparison.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from lianfang.apps.core import bulk, evidence
from lianfang.apps.core.copying import copy_rows, fetch, next_ids
from lianfang.apps.core.models import Task, Verdict
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.core.registers import whole
from lianfang.apps.core.selectors import Concern, Responsibilities, responsibilities
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.lists.matches import Found, facts_of
from lianfang.apps.lists.models import RowState
from lianfang.apps.people.records import opened, register_records
from lianfang.linkage.model import CURRENT_EDITION, load_edition
from lianfang.rules.matching import Match, decide_match
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import ResponsibleKind, TaskKind

State = RowState.State
BELOW_TENTHS = 100  # candidates so far below review are kept too: a reviewer may want the next one
_DAY_S = 86_400  # where an old edition of the profile says nothing
_COMPARE_LOCK = 0x11A7FA22
_LISTED = {
    "key": pl.Int64, "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number_cipher": pl.Binary,
    "phone_cipher": pl.Binary, "address": pl.String, "area_code": pl.String,
}  # fmt: skip


@transaction.atomic
def compare_list(batch_id: int, *, at: datetime) -> int:
    """Decide about every row of a batch that has no state yet, and return how many; repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COMPARE_LOCK])
    rows = _waiting(batch_id)
    if rows.is_empty():
        return 0
    profile = profile_of(settings.PROFILE_EDITION, at=at)
    review = profile.matching.review_tenths if profile.matching else 0
    from lianfang.linkage.linking import link  # it loads Splink: not for every start

    candidates = link(_listed(rows), register_records(), load_edition(), least_tenths=review - BELOW_TENTHS)
    seq = _keep(candidates, at)
    found: dict[int, list[Found]] = {}
    for row, subject, weight, levels in candidates.iter_rows():
        found.setdefault(row, []).append(Found(subject, weight, levels))
    _decide(rows, found, Occasion(seq, at), profile)
    return rows.height


def _waiting(batch_id: int) -> pl.DataFrame:
    query = """
        SELECT r.id, r.name, r.sex, r.birth_date, r.id_number_cipher, r.phone_cipher, r.address, r.area_code
        FROM lists_listedrow r LEFT JOIN lists_rowstate s ON s.row_id = r.id
        WHERE r.batch_id = %s AND s.row_id IS NULL ORDER BY r.id
    """
    return fetch(query, [batch_id], _LISTED)


def _listed(rows: pl.DataFrame) -> pl.DataFrame:
    return opened(rows).with_columns(pl.col("name", "sex", "address").replace("", None)).drop("area_code")


def _keep(candidates: pl.DataFrame, at: datetime) -> int:
    """Store the candidates as one batch of evidence and return its number."""
    batch = evidence.open_batch(kind="linkage", source=CURRENT_EDITION, at=at, by=None)
    rows = candidates.with_columns(id=next_ids("lists_candidate", candidates.height))
    copy_rows(
        "lists_candidate",
        rows.select("id", "subject_id", "weight_tenths", "levels", row_id="row", batch_id=pl.lit(batch.pk)),
    )
    part = rows.select("subject_id", "weight_tenths", "levels", candidate_id="id", row_id="row")
    return evidence.record_batch(batch, [whole(part)])


def _decide(rows: pl.DataFrame, found: dict[int, list[Found]], occasion: Occasion, profile: Profile) -> None:
    verdicts: list[Verdict] = []
    states: list[RowState] = []
    areas = dict(rows.select("key", "area_code").iter_rows())
    for key in areas:
        own = found.get(key, [])
        decided = decide_match(facts_of(own, CURRENT_EDITION), profile)
        subject = own[0].subject_id if decided.outcome is Match.JOIN else None
        if own:  # where nobody came near there is nothing to explain
            verdicts.append(stored(decided, subject, occasion))
        state = {Match.JOIN: State.JOINED, Match.REVIEW: State.REVIEW, Match.NEW: State.VERIFY}[decided.outcome]
        states.append(RowState(row_id=key, state=state, subject_id=subject))
    bulk.allot_ids(verdicts)
    numbers = iter(verdicts)
    for each in states:
        if each.row_id in found:
            each.verdict_id = next(numbers).pk
    verify([state for state in states if state.state == State.VERIFY], areas, at=occasion.decided_at, profile=profile)
    bulk.insert(states)
    evidence.insert("verdict", verdicts)


def verify(states: Sequence[RowState], areas: dict[int, str], *, at: datetime, profile: Profile) -> None:
    """Make a task per row for the village it may concern, and set it in the states, which the caller saves."""
    responsible: Responsibilities = responsibilities()
    due_at = at + timedelta(seconds=profile.matching.verify_due_s if profile.matching else _DAY_S)
    tasks = [
        Task(
            kind=TaskKind.VERIFY_LISTED,
            responsible_kind=ResponsibleKind.TERRITORY,
            organisation_id=responsible.of(ResponsibleKind.TERRITORY, Concern(areas[state.row_id])),
            area_code=areas[state.row_id],
            created_at=at,
            due_at=due_at,
        )
        for state in states
    ]
    bulk.insert(tasks)
    for state, task in zip(states, tasks, strict=True):
        state.task_id = task.pk
