"""A laboratory's report as every message format carries it: whose specimen, what was found, how final it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
# Codes and names as the COVID-19 library of HL7 has them.
PRESENCE = "94500-6"
CT_CODES: Mapping[str, str] = {"ORF1ab": "94511-3", "N": "94510-5"}
NAMES: Mapping[str, str] = {
    "94500-6": "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
    "94745-7": "SARS-CoV-2 (COVID-19) RNA [Cycle Threshold #] in Respiratory system specimen by NAA with probe detection",
    "94746-5": "SARS-CoV-2 (COVID-19) RNA [Cycle Threshold #] in Specimen by NAA with probe detection",
    "94511-3": "SARS-CoV-2 (COVID-19) ORF1ab region [Cycle Threshold #] in Specimen by NAA with probe detection",
    "94510-5": "SARS-CoV-2 (COVID-19) N gene [Cycle Threshold #] in Specimen by NAA with probe detection",
}
CT_UNIT = "{Ct_value}"


class Finding(StrEnum):
    """What was found."""

    DETECTED = "detected"
    NOT_DETECTED = "not_detected"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class Finality(StrEnum):
    """How far a result stands."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    ANNULLED = "annulled"


# SNOMED CT; 10828004 and 260385009 are what older systems send.
FINDINGS: Mapping[str, Finding] = {
    "260373001": Finding.DETECTED,
    "10828004": Finding.DETECTED,
    "260415000": Finding.NOT_DETECTED,
    "260385009": Finding.NOT_DETECTED,
    "419984006": Finding.INCONCLUSIVE,
    "455371000124106": Finding.INVALID,
}
FINDING_CODES: Mapping[Finding, tuple[str, str]] = {
    Finding.DETECTED: ("260373001", "Detected"),
    Finding.NOT_DETECTED: ("260415000", "Not detected"),
    Finding.INCONCLUSIVE: ("419984006", "Inconclusive"),
    Finding.INVALID: ("455371000124106", "Invalid result"),
}


@dataclass(frozen=True, slots=True)
class Patient:
    """Whom it is about. Identity data: never logged."""

    identifier: str
    name: str = ""
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True)
class ReportedSpecimen:
    """A tube. `pooled`: how many persons' swabs it holds; 1: one's own."""

    code: str
    collected_at: datetime | None = None
    type_code: str = ""
    type_name: str = ""
    pooled: int = 1


@dataclass(frozen=True, slots=True)
class Observation:
    """One result: a finding or a Ct (thousandths of a cycle; None of a Ct code: undetermined)."""

    loinc: str
    name: str
    finality: Finality
    finding: Finding | None = None
    ct_milli: int | None = None
    observed_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RefusedObservation:
    """A result that is not taken, by its number in the message, with a stable code."""

    number: int
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabReport:
    """One report. n_observations = observations + answers (to questions asked at ordering) + refused."""

    message_id: str
    sent_at: datetime
    sender: str
    receiver: str
    is_test: bool
    patient: Patient
    specimen: ReportedSpecimen
    order_id: str
    observations: tuple[Observation, ...]
    answers: int = 0
    refused: tuple[RefusedObservation, ...] = ()

    @property
    def n_observations(self) -> int:
        """How many the message had."""
        return len(self.observations) + self.answers + len(self.refused)


class ReportError(Exception):
    """A message that is not taken at all, with a stable code."""

    def __init__(self, code: str, **params: str) -> None:
        self.code = code
        self.params: Mapping[str, str] = params
        super().__init__(f"{code}: {params}")
