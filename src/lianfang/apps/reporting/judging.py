"""What a received report comes to: a value that may be proposed, or the reason why it is refused. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lianfang.formats.lab_report import PRESENCE, Finality, Finding, LabReport
from lianfang.rules.vocabulary import SpecimenResult

VALUES: Final[Mapping[Finding, SpecimenResult]] = {
    Finding.DETECTED: SpecimenResult.POSITIVE,
    Finding.NOT_DETECTED: SpecimenResult.NEGATIVE,
    Finding.INCONCLUSIVE: SpecimenResult.INDETERMINATE,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code, and what it is about."""

    code: str
    detail: str = ""


def proposed_value(report: LabReport) -> SpecimenResult | Refusal:
    """The one value that a report's observations agree on."""
    refusal = _unusable(report)
    if refusal is not None:
        return refusal
    findings = {each.finding for each in report.observations if each.finding is not None}
    if len(findings) != 1:
        return Refusal("findings_differ" if findings else "no_finding")
    finding = findings.pop()
    if finding not in VALUES:
        return Refusal("invalid_result")
    if finding is Finding.NOT_DETECTED and any(each.ct_milli is not None for each in report.observations):
        return Refusal("contradicts_ct")
    return VALUES[finding]


def _unusable(report: LabReport) -> Refusal | None:
    """Why a report as a whole cannot be taken: a test, unreadable in parts, not final, about something else."""
    if report.is_test:
        return Refusal("test_message")
    if report.refused:
        first = report.refused[0]
        return Refusal("observation_refused", f"{first.number}: {first.code}")
    finalities = {each.finality for each in report.observations}
    if not finalities <= {Finality.FINAL, Finality.CORRECTED}:
        return Refusal("not_final", ", ".join(sorted(finalities)))
    other = next((each.loinc for each in report.observations if each.finding and each.loinc != PRESENCE), None)
    return None if other is None else Refusal("other_test", other)
