"""Keeping verdicts: the stored form is the rule's own canonical JSON, so that a replay compares whole verdicts."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.tracing.models import Run
from lianfang.rules.codec import to_plain
from lianfang.rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and on what a batch of verdicts was decided; `run` None outside an investigation."""

    known_seq: int
    decided_at: datetime
    run: Run | None


def instant(seconds: int) -> datetime:
    """Return epoch seconds as an aware instant."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def stored(verdict: Verdict[Any], subject_id: int | None, occasion: Occasion) -> StoredVerdict:
    """Return the row (not yet saved) of a verdict about a subject."""
    plain = to_plain(verdict)
    return StoredVerdict(
        kind=plain["rule"],
        subject_id=subject_id,
        run=occasion.run,
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
