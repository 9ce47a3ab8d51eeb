"""Comparing received rows with the register: candidates by the linkage, a verdict by the rule, then state and task.

Identity numbers and phones are decrypted here, in the worker's memory, for the length of one comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl
from django.db import transaction
from django.db.models import F

from lianfang.apps.core import bulk, clock, evidence
from lianfang.apps.core.copying import copy_rows, fetch, next_ids
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Verdict
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.registers import whole
from lianfang.apps.core.telling import Tell, telling
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.lists.matches import Found, facts_of
from lianfang.apps.lists.models import Comparison, RowState
from lianfang.apps.lists.verifying import give_tasks
from lianfang.apps.people.records import opened, register_records
from lianfang.linkage.model import CURRENT_EDITION, load_edition
from lianfang.rules.matching import Match, decide_match
from lianfang.rules.profile import Profile

State = RowState.State
BELOW_TENTHS = 100  # candidates so far below review are kept too: a reviewer may want the next one
_TELL_ROWS = 1_000
_STATES = {Match.JOIN: State.JOINED, Match.REVIEW: State.REVIEW, Match.NEW: State.VERIFY}
STEPS = ("register", "pairs", "deciding", "storing")
Said = Callable[..., None]  # step, rows done
_LISTED = {
    "key": pl.Int64, "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number_cipher": pl.Binary,
    "phone_cipher": pl.Binary, "address": pl.String, "area_code": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deciding:
    """What deciding about the rows of one list needs besides them."""

    occasion: Occasion
    profile: Profile
    said: Said


def compare_list(batch_id: int, *, at: datetime) -> int:
    """Decide about every row of a batch that has no state yet, and return how many; repeating it changes nothing.

    One transaction: a killed run leaves nothing half done. How far it is stands in its `Comparison`.
    """
    how_far = Comparison.objects.filter(pk=batch_id)
    Comparison.objects.get_or_create(pk=batch_id)
    how_far.update(state=Comparison.State.RUNNING, step="", done=0, started_at=at, finished_at=None)
    try:
        with telling("UPDATE lists_comparison SET step = %s, done = %s WHERE batch_id = %s") as tell:
            said = partial(_say, tell, batch_id)
            with transaction.atomic():
                compared = _compare(batch_id, at, said)
                how_far.update(state=Comparison.State.DONE, step="", done=F("total"), finished_at=clock.now())
                return compared
    except BaseException:
        how_far.update(state=Comparison.State.FAILED, finished_at=clock.now())
        raise


def _say(tell: Tell, batch_id: int, step: str, done: int = 0) -> None:
    tell([step, done, batch_id], now=done == 0)


def _compare(batch_id: int, at: datetime, said: Said) -> int:
    wait_for(Lock.COMPARE)
    said("register")
    rows = _waiting(batch_id)
    if rows.is_empty():
        return 0
    profile = profile_in_force(at=at)
    review = profile.matching.review_tenths if profile.matching else 0
    registered = register_records()
    said("pairs")
    from lianfang.linkage.linking import link  # it loads Splink: not for every start

    candidates = link(_listed(rows), registered, load_edition(), least_tenths=review - BELOW_TENTHS)
    said("deciding")
    seq = _keep(candidates, at)
    found: dict[int, list[Found]] = {}
    for row, subject, weight, levels in candidates.iter_rows():
        found.setdefault(row, []).append(Found(subject, weight, levels))
    _decide(
        batch_id, dict(rows.select("key", "area_code").iter_rows()), found, Deciding(Occasion(seq, at), profile, said)
    )
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


def _decide(batch_id: int, areas: dict[int, str], found: dict[int, list[Found]], deciding: Deciding) -> None:
    verdicts: list[Verdict] = []
    states: list[RowState] = []
    for number, key in enumerate(areas, start=1):
        own = found.get(key, [])
        decided = decide_match(facts_of(own, CURRENT_EDITION), deciding.profile)
        subject = own[0].subject_id if decided.outcome is Match.JOIN else None
        if own:  # where nobody came near there is nothing to explain
            verdicts.append(stored(decided, subject, deciding.occasion))
        states.append(RowState(row_id=key, state=_STATES[decided.outcome], subject_id=subject))
        if number % _TELL_ROWS == 0:
            deciding.said("deciding", number)
    deciding.said("storing")
    bulk.allot_ids(verdicts)
    numbers = iter(verdicts)
    for each in states:
        if each.row_id in found:
            each.verdict_id = next(numbers).pk
    to_verify = [state for state in states if state.state == State.VERIFY]
    give_tasks(to_verify, areas, batch_id=batch_id, at=deciding.occasion.decided_at)
    bulk.insert(states)
    evidence.insert("verdict", verdicts)
