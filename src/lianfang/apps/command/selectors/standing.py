"""What stands for a subject: class, measures and the verdicts behind them, each with its reasons."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.models import Measure, MeasureCause, Verdict
from lianfang.apps.tracing.selectors.explaining import ReasonText, reasons_of

RULES: Final[dict[str, str | Promise]] = {
    "index_windows": _("Windows of the index"),
    "classify": _("Class of an exposure"),
    "decide_standing": _("Class over all investigations"),
    "order_measures": _("Measures"),
    "decide_release": _("Release or extension"),
}
MOST_VERDICTS: Final = 50


@dataclass(frozen=True, slots=True)
class StandingClass:
    """The class on which a subject's measures rest now, and why."""

    cls: str
    reasons: Sequence[ReasonText]
    edition: str
    decided_at: datetime
    known_seq: int


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure with the reasons and investigations that ordered it; `end` "" while it stands."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    end: str
    test_days: Sequence[int]
    reasons: Sequence[ReasonText]
    edition: str
    numbers: Sequence[str]


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict of the history."""

    rule: str | Promise
    reasons: Sequence[ReasonText]
    edition: str
    decided_at: datetime
    known_seq: int
    number: str


def standing_class(subject_id: int) -> StandingClass | None:
    """Return the class that a subject's newest order of measures rests on; None if nothing was ever ordered."""
    verdict = Verdict.objects.filter(subject=subject_id, kind="order_measures").order_by("-id").first()
    if verdict is None:
        return None
    return StandingClass(
        verdict.facts["exposure_class"],
        reasons_of(verdict.reasons),
        verdict.edition,
        verdict.decided_at,
        verdict.known_seq,
    )


def classes_of(subject_ids: Collection[int]) -> dict[int, str]:
    """Return the standing class of each of many subjects that has one, in one query."""
    newest = Verdict.objects.filter(subject__in=subject_ids, kind="order_measures")
    rows = (
        newest.order_by("subject_id", "-id").distinct("subject_id").values_list("subject_id", "facts__exposure_class")
    )
    return dict(rows)


def measures_of(*, subject_id: int | None = None, place_id: int | None = None) -> list[MeasureLine]:
    """Return all measures ever ordered for a subject or a place: those in force first, then the newest."""
    chosen = Measure.objects.filter(subject=subject_id) if subject_id else Measure.objects.filter(place=place_id)
    causes = MeasureCause.objects.select_related("verdict", "investigation").order_by("id")
    rows = chosen.prefetch_related(Prefetch("causes", causes, to_attr="all_causes"))
    return [_line(row) for row in rows.order_by(F("ended_at").desc(nulls_first=True), "-ordered_at", "id")]


def _line(measure: Measure) -> MeasureLine:
    causes: list[MeasureCause] = measure.all_causes  # type: ignore[attr-defined]
    verdict = causes[0].verdict if causes else None
    return MeasureLine(
        kind=measure.kind,
        starts_at=measure.starts_at,
        ends_at=measure.ends_at,
        ended_at=measure.ended_at,
        end=measure.end,
        test_days=[day + 1 for day in measure.test_offsets_days],
        reasons=reasons_of(verdict.reasons) if verdict else [],
        edition=verdict.edition if verdict else "",
        numbers=list(dict.fromkeys(cause.investigation.number for cause in causes if cause.investigation)),
    )


def kinds_in_force(subject_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the kinds of measures in force for each of many subjects, in one query."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Measure.objects.filter(subject__in=subject_ids, ended_at__isnull=True).order_by("starts_at", "id")
    for subject, kind in rows.values_list("subject_id", "kind"):
        found[subject or 0].append(kind)
    return found


def verdicts_of(subject_id: int) -> list[VerdictLine]:
    """Return the newest verdicts about a subject."""
    rows = Verdict.objects.filter(subject=subject_id).select_related("run__investigation").defer("facts", "outcome")
    return [
        VerdictLine(
            rule=RULES.get(row.kind, row.kind),
            reasons=reasons_of(row.reasons),
            edition=row.edition,
            decided_at=row.decided_at,
            known_seq=row.known_seq,
            number=row.run.investigation.number if row.run else "",
        )
        for row in rows.order_by("-id")[:MOST_VERDICTS]
    ]
