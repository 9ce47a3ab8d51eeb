"""Measures, reasons and reports of one person, in the reader's language, as several pages show them."""

from dataclasses import dataclass
from datetime import datetime

from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Measure, MeasureCause, Verdict
from lianfang.apps.followup.selectors import FollowedLine, lines_of
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason: its row and its sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause of a measure: what kind of source, why, and its own span."""

    kind: str
    reasons: list[ReasonLine]
    edition: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One standing measure as a page shows it; `followed` None where no daily reports are asked."""

    measure: Measure
    test_days: list[int]
    causes: list[CauseLine]
    followed: FollowedLine | None


def standing_of(subject_id: int, *, at: datetime) -> list[Standing]:
    """Return a person's measures in force, with causes, days and reports."""
    measures = Measure.objects.filter(subject=subject_id, ended_at__isnull=True).order_by("starts_at", "id")
    lines = {line.measure.pk: line for line in lines_of(measures, at=at)}
    causes = MeasureCause.objects.filter(measure__in=measures, ended_at__isnull=True).select_related("verdict")
    by_measure: dict[int, list[CauseLine]] = {}
    for cause in causes.order_by("id"):
        by_measure.setdefault(cause.measure_id, []).append(_cause(cause))
    return [
        Standing(
            measure,
            [day + 1 for day in measure.test_offsets_days],
            by_measure.get(measure.pk, []),
            lines.get(measure.pk),
        )
        for measure in measures
    ]


def _cause(cause: MeasureCause) -> CauseLine:
    verdict = cause.verdict
    kind = cause.source.partition(":")[0]
    return CauseLine(kind, reasons_of(verdict), verdict.edition, cause.starts_at, cause.ends_at)


def reasons_of(verdict: Verdict) -> list[ReasonLine]:
    """Return a stored verdict's reasons in the reader's language."""
    language = spoken()
    return [
        ReasonLine(each["code"], explain(Reason(each["code"], each["params"]), language)) for each in verdict.reasons
    ]


def screening_of(subject_id: int) -> Verdict | None:
    """Return the newest screening of a person."""
    return Verdict.objects.filter(subject=subject_id, kind="screen_return").order_by("-id").first()
