"""The runs of an investigation and how fresh the current one is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count

from lianfang.apps.core.models import EvidenceEntry
from lianfang.apps.tracing.concern import TRACED_BATCHES
from lianfang.apps.tracing.models import Exposure, Investigation, Run
from lianfang.apps.tracing.selectors.affected import strictest
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import STRICTEST_FIRST

# What can make a run out of date. Results and reports are answered by themselves, at once.
_NEWS: Final = tuple(f"batch:{kind}" for kind in TRACED_BATCHES)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a run knew: `known_at` when its last fact was recorded; `newer_at` the last since that may change it, or None."""

    as_of: datetime
    known_seq: int
    known_at: datetime | None
    newer_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in the history, with its subjects by class (not exposed included)."""

    ordinal: int
    cause: str
    decided_at: datetime
    known_seq: int
    edition: str
    stands: bool
    is_current: bool
    seconds: float
    by_class: Sequence[tuple[str, int]]


def freshness(run: Run) -> Freshness:
    """Return how fresh a run is; facts that were looked at and do not concern its investigation make it no older."""
    investigation = run.investigation
    looked = investigation.checked_seq if investigation.current_run_id == run.pk else run.known_seq
    known = EvidenceEntry.objects.filter(seq=run.known_seq).values_list("recorded_at", flat=True).first()
    newer = (
        EvidenceEntry.objects.filter(seq__gt=max(looked, run.known_seq), kind__in=_NEWS)
        .order_by("-seq")
        .values_list("recorded_at", flat=True)
        .first()
    )
    return Freshness(run.decided_at, run.known_seq, known, newer)


def response_seconds(run: Run) -> float:
    """Return the seconds from the signature a run answers to until everything it ordered was stored."""
    return (run.recorded_at - run.signed_at).total_seconds()


def history(investigation: Investigation, reader: Reader) -> list[RunLine]:
    """Return all runs, the newest first."""
    runs = list(investigation.runs.order_by("-ordinal"))
    found = Exposure.objects.filter(run__in=runs, subject__area_code__startswith=reader.area_code)
    rows = strictest(found).values("run_id", "exposure_class").annotate(n=Count("pk"))
    classes: dict[int, dict[str, int]] = defaultdict(dict)
    for run, name, n in rows.values_list("run_id", "exposure_class", "n"):
        classes[run][name] = n
    return [
        RunLine(
            ordinal=run.ordinal,
            cause=run.cause,
            decided_at=run.decided_at,
            known_seq=run.known_seq,
            edition=run.edition,
            stands=run.stands,
            is_current=run.pk == investigation.current_run_id,
            seconds=response_seconds(run),
            by_class=[(name, n) for name in STRICTEST_FIRST if (n := classes[run.pk].get(name, 0))],
        )
        for run in runs
    ]
