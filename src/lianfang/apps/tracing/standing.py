"""What stands for each subject after all investigations: the causes, the strictest of them, the measures it orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from lianfang.apps.goods import known as goods
from lianfang.apps.tracing.decision import Found
from lianfang.apps.tracing.known import Facts, seconds
from lianfang.apps.tracing.models import Exposure, Investigation, Run
from lianfang.rules.measure import MeasureFacts, MeasureOrder, order_measures
from lianfang.rules.profile import Profile
from lianfang.rules.standing import Cause, Standing, StandingFacts, decide_standing
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import ExposureClass, SubjectKind, strictness


@dataclass(frozen=True, slots=True)
class Ordered:
    """The two verdicts of one subject: which class stands, and the measures it orders."""

    subject: int
    standing: Verdict[Standing]
    measures: Verdict[tuple[MeasureOrder, ...]]

    @property
    def has_several_causes(self) -> bool:
        """Whether the verdict on the causes says more than the one class: several met, or the only one fell."""
        causes = self.standing.facts.causes
        return len(causes) > 1 or any(cause.annulled for cause in causes)


def causes_of(found: Iterable[Found], number: str) -> dict[int, Cause]:
    """Return each subject's cause in one investigation: the strictest of both directions, then the latest."""
    strictest: dict[int, Found] = {}
    for each in found:
        best = strictest.get(each.subject)
        if best is None or _rank(each) > _rank(best):
            strictest[each.subject] = each
    return {subject: Cause(number, each.exposure_class, each.figures.last) for subject, each in strictest.items()}


def _rank(found: Found) -> tuple[int, int]:
    return strictness(found.exposure_class), found.figures.last


def other_causes(subjects: Collection[int], *, without: int, known_seq: int) -> dict[int, list[Cause]]:
    """Return the causes of the other investigations as their last run known at `known_seq` left them.

    An investigation whose last run found no valid positive is annulled: what it found before is listed so.
    """
    latest = Run.objects.filter(investigation=OuterRef("pk"), seq__lte=known_seq).order_by("-seq").values("pk")[:1]
    others = (
        Investigation.objects.exclude(pk=without).annotate(last_run=Subquery(latest)).filter(last_run__isnull=False)
    )
    causes: dict[int, list[Cause]] = defaultdict(list)
    for investigation in others:
        stands = Run.objects.get(pk=investigation.last_run).stands
        for subject, cause in _causes_of_run(investigation, subjects, known_seq, stands=stands).items():
            causes[subject].append(cause)
    return causes


def earlier_causes(investigation: Investigation, subjects: Collection[int] | None, known_seq: int) -> dict[int, Cause]:
    """Return what an investigation's last run with findings said, marked annulled."""
    return _causes_of_run(investigation, subjects, known_seq, stands=False)


def _causes_of_run(
    investigation: Investigation, subjects: Collection[int] | None, known_seq: int, *, stands: bool
) -> dict[int, Cause]:
    runs = Run.objects.filter(investigation=investigation, seq__lte=known_seq, stands=True).order_by("-seq")
    last = runs.first()
    if last is None:
        return {}
    rows = Exposure.objects.filter(run=last)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    best: dict[int, Cause] = {}
    for row in rows.values("subject_id", "exposure_class", "last_at"):
        cause = Cause(
            investigation.number, ExposureClass(row["exposure_class"]), seconds(row["last_at"]), annulled=not stands
        )
        other = best.get(row["subject_id"])
        if other is None or _cause_rank(cause) > _cause_rank(other):
            best[row["subject_id"]] = cause
    return best


def _cause_rank(cause: Cause) -> tuple[int, int]:
    return strictness(cause.exposure_class), cause.last_exposure_at


def order(causes: Mapping[int, list[Cause]], facts: Facts, profile: Profile) -> list[Ordered]:
    """Return what stands for each subject and what that orders, by subject id."""
    kinds = facts.kinds(causes)
    lots = [subject for subject, kind in kinds.items() if kind in {SubjectKind.LOT, SubjectKind.PACKAGE}]
    out = goods.left_the_store(lots, facts.known.seq)
    ordered = []
    for subject in sorted(causes):
        current = _of_our_time(causes[subject], facts.known.horizon - profile.window.episode_gap_s)
        standing = decide_standing(StandingFacts(tuple(sorted(current, key=lambda c: c.investigation))), profile)
        measure_facts = MeasureFacts(
            subject_kind=kinds[subject],
            exposure_class=standing.outcome.exposure_class,
            last_exposure_at=standing.outcome.last_exposure_at or facts.known.horizon,
            decided_at=facts.known.horizon,
            pieces_out=subject in out,
        )
        ordered.append(Ordered(subject, standing, order_measures(measure_facts, profile)))
    return ordered


def _of_our_time(causes: list[Cause], since: int) -> list[Cause]:
    """Leave out what lies a whole episode back, unless there is nothing else: last winter's contact is no cause now."""
    recent = [cause for cause in causes if cause.last_exposure_at >= since]
    return recent or causes
