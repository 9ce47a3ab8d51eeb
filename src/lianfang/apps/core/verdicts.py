"""Keeping verdicts: the stored form is the rule's own canonical JSON, so that a replay compares whole verdicts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.rules.codec import to_plain
from lianfang.rules.verdict import Verdict

if TYPE_CHECKING:
    from django.db import models

# Decides a stored verdict again from the facts as they were known at it, and returns the canonical JSON; None when what it
# rests on is nowhere, which is a mismatch. A verdict whose facts were deleted by their retention raises `Expired`.
Replay = Callable[[StoredVerdict], str | None]


class Expired(Exception):
    """Facts of this verdict were deleted by their retention: it can no longer be replayed."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and on what a batch of verdicts was decided; `run` (of an investigation, tracing) None outside one."""

    known_seq: int
    decided_at: datetime
    run: "models.Model | None" = None


def instant(seconds: int) -> datetime:
    """Return epoch seconds as an aware instant."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def stored(verdict: Verdict[Any], subject_id: int | None, occasion: Occasion) -> StoredVerdict:
    """Return the row (not yet saved) of a verdict about a subject; `evidence.insert("verdict", rows)` keeps it."""
    plain = to_plain(verdict)
    return StoredVerdict(
        kind=plain["rule"],
        subject_id=subject_id,
        run_id=None if occasion.run is None else occasion.run.pk,
        outcome=plain["outcome"],
        reasons=plain["reasons"],
        facts=plain["facts"],
        edition=plain["edition"],
        known_seq=occasion.known_seq,
        decided_at=occasion.decided_at,
    )


def text_of(row: StoredVerdict) -> str:
    """Return a stored verdict as the rules' JSON. Keys in the order of the canonical form."""
    plain = {
        "outcome": row.outcome,
        "reasons": row.reasons,
        "facts": row.facts,
        "edition": row.edition,
        "rule": row.kind,
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def replays() -> Mapping[str, Replay]:
    """Return the table "rule -> how its verdicts outside an investigation's runs are replayed" (config/replays.py)."""
    table = cast("Mapping[str, str]", import_string(settings.VERDICT_REPLAYS))
    return {rule: cast("Replay", import_string(name)) for rule, name in table.items()}
