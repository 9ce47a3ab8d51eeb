"""What an index's investigation found, in one line: for reports and drills."""

from collections import Counter
from dataclasses import dataclass

from lianfang.apps.tracing.models import Exposure, Investigation


@dataclass(frozen=True, slots=True)
class InvestigationOutcome:
    """An investigation's number and how many subjects of each class its current run found."""

    number: str
    classes: dict[str, int]


def outcome_of(index_subject_id: int) -> InvestigationOutcome | None:
    """Return the latest investigation of an index, None when it has none. A subject found both ways counts twice."""
    investigation = Investigation.objects.filter(index_subject=index_subject_id).order_by("-id").first()
    if investigation is None:
        return None
    found = Exposure.objects.filter(run=investigation.current_run).values_list("exposure_class", flat=True)
    return InvestigationOutcome(investigation.number, dict(sorted(Counter(found).items())))
