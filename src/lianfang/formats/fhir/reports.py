"""A report as DiagnosticReport, Observation, Specimen, ServiceRequest and Patient in one collection, and back."""

import importlib
import json
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from lianfang.formats.lab_report import (
    CT_UNIT,
    FINDING_CODES,
    FINDINGS,
    LOINC,
    SNOMED,
    Finality,
    LabReport,
    Observation,
    Patient,
    RefusedObservation,
    ReportedSpecimen,
    ReportError,
)

UNDETERMINED = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
TEST_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
STATUS = {
    Finality.PRELIMINARY: "preliminary",
    Finality.FINAL: "final",
    Finality.CORRECTED: "corrected",
    Finality.ANNULLED: "entered-in-error",
}
FINALITY = {**{text: finality for finality, text in STATUS.items()}, "amended": Finality.CORRECTED}
SEXES = {"M": "male", "F": "female", "O": "other", "U": "unknown"}
POOLED = "pooled"


class Release(StrEnum):
    """The releases that are written."""

    R4B = "R4B"
    R5 = "R5"


MODELS = {Release.R4B: "fhir.resources.R4B.bundle", Release.R5: "fhir.resources.bundle"}


def _validated(content: Any, release: Release) -> None:
    """Raises ReportError naming what is not FHIR. The models of a release take a second to load: only when needed."""
    model: Any = importlib.import_module(MODELS[release]).Bundle
    try:
        model.model_validate(content)
    except ValueError as error:
        raise ReportError("not_fhir", why=str(error)[:300]) from error


def bundle_of(report: LabReport, release: Release) -> dict[str, Any]:
    """The bundle as JSON values. Raises ReportError when it would not be valid."""
    parts = [
        _patient(report.patient),
        _specimen(report.specimen, release),
        _request(report),
        *(_observation(number, each) for number, each in enumerate(report.observations, 1)),
        _diagnostic(report),
    ]
    content = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"value": report.message_id},
        "timestamp": _instant(report.sent_at),
        **({"meta": {"tag": [TEST_TAG]}} if report.is_test else {}),
        "entry": [{"fullUrl": f"urn:lianfang:{each['resourceType']}:{each['id']}", "resource": each} for each in parts],
    }
    _validated(content, release)
    return content


def _reference(kind: str, number: str = "1") -> dict[str, str]:
    return {"reference": f"urn:lianfang:{kind}:{number}"}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "1",
        "identifier": [{"value": patient.identifier}],
        **({"name": [{"text": patient.name}]} if patient.name else {}),
        **({"birthDate": patient.birth_date.isoformat()} if patient.birth_date else {}),
        **({"gender": SEXES[patient.sex]} if patient.sex in SEXES else {}),
    }


def _specimen(specimen: ReportedSpecimen, release: Release) -> dict[str, Any]:
    """R5 says that a specimen is pooled; in R4B the note does, since it has no place for it."""
    pooled: dict[str, Any] = {}
    if specimen.pooled > 1:
        note = {"note": [{"text": f"{POOLED}: {specimen.pooled}"}]}
        pooled = {"combined": POOLED, **note} if release is Release.R5 else note
    coding = {"system": SNOMED, "code": specimen.type_code, "display": specimen.type_name or specimen.type_code}
    return {
        "resourceType": "Specimen",
        "id": "1",
        "identifier": [{"value": specimen.code}],
        "subject": _reference("Patient"),
        **({"type": {"coding": [coding]}} if specimen.type_code else {}),
        **({"collection": {"collectedDateTime": _instant(specimen.collected_at)}} if specimen.collected_at else {}),
        **pooled,
    }


def _request(report: LabReport) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": "1",
        "status": "completed",
        "intent": "order",
        "subject": _reference("Patient"),
        **({"identifier": [{"value": report.order_id}]} if report.order_id else {}),
    }


def _observation(number: int, each: Observation) -> dict[str, Any]:
    value: dict[str, Any] = {"dataAbsentReason": {"coding": [{"system": UNDETERMINED, "code": "not-detected"}]}}
    if each.finding is not None:
        code, name = FINDING_CODES[each.finding]
        value = {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code, "display": name}]}}
    elif each.ct_milli is not None:
        value = {"valueQuantity": {"value": each.ct_milli / 1000, "unit": CT_UNIT}}
    return {
        "resourceType": "Observation",
        "id": str(number),
        "status": STATUS[each.finality],
        "code": {"coding": [{"system": LOINC, "code": each.loinc, "display": each.name or each.loinc}]},
        "subject": _reference("Patient"),
        "specimen": _reference("Specimen"),
        **({"effectiveDateTime": _instant(each.observed_at)} if each.observed_at else {}),
        **value,
    }


def _diagnostic(report: LabReport) -> dict[str, Any]:
    strictest = next((each for each in FINALITY.values() if any(o.finality is each for o in report.observations)), None)
    first = report.observations[0]
    return {
        "resourceType": "DiagnosticReport",
        "id": "1",
        "status": STATUS[strictest or Finality.FINAL],
        "code": {"coding": [{"system": LOINC, "code": first.loinc, "display": first.name or first.loinc}]},
        "subject": _reference("Patient"),
        "issued": _instant(report.sent_at),
        "basedOn": [_reference("ServiceRequest")],
        "specimen": [_reference("Specimen")],
        "result": [_reference("Observation", str(number)) for number in range(1, len(report.observations) + 1)],
        "performer": [{"display": report.sender}] if report.sender else [{"display": "unknown"}],
    }


def read_bundle(content: bytes, release: Release) -> LabReport:
    """Read one bundle with one report. Raises ReportError for what is not valid FHIR or holds several."""
    try:
        bundle = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ReportError("not_json") from error
    _validated(bundle, release)
    parts = [entry["resource"] for entry in bundle.get("entry", []) if "resource" in entry]
    report, patient, specimen = (_one(parts, kind) for kind in ("DiagnosticReport", "Patient", "Specimen"))
    found, refused = _observations([part for part in parts if part["resourceType"] == "Observation"])
    requests = [part for part in parts if part["resourceType"] == "ServiceRequest"]
    return LabReport(
        message_id=bundle.get("identifier", {}).get("value", "") or _missing("no_message_id"),
        sent_at=_at(bundle.get("timestamp") or report.get("issued")) or _missing("no_instant"),
        sender=next((each.get("display", "") for each in report.get("performer", [])), ""),
        receiver="",
        is_test=any(tag.get("code") == TEST_TAG["code"] for tag in bundle.get("meta", {}).get("tag", [])),
        patient=_read_patient(patient),
        specimen=_read_specimen(specimen),
        order_id=_identifier(requests[0]) if requests else "",
        observations=tuple(found),
        refused=tuple(refused),
    )


def _missing(code: str) -> Any:
    raise ReportError(code)


def _one(parts: list[Any], kind: str) -> Any:
    found = [part for part in parts if part["resourceType"] == kind]
    if len(found) != 1:
        raise ReportError("no_resource" if not found else "several_resources", resource=kind)
    return found[0]


def _identifier(part: Any) -> str:
    return next((str(each["value"]) for each in part.get("identifier", []) if each.get("value")), "")


def _at(written: str | None) -> datetime | None:
    """An instant; a day alone, or one without its zone, is none."""
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _read_patient(part: Any) -> Patient:
    written = part.get("birthDate", "")
    sexes = {word: letter for letter, word in SEXES.items()}
    named: Any = next(iter(part.get("name", [])), {})
    return Patient(
        identifier=_identifier(part) or _missing("no_patient_id"),
        name=named.get("text") or " ".join([named.get("family", ""), *named.get("given", [])]).strip(),
        birth_date=date.fromisoformat(written) if len(written) == 10 else None,
        sex=sexes.get(part.get("gender", ""), ""),
    )


def _read_specimen(part: Any) -> ReportedSpecimen:
    coding: Any = next(iter(part.get("type", {}).get("coding", [])), {})
    notes = [note.get("text", "") for note in part.get("note", [])]
    counts = [text.removeprefix(f"{POOLED}: ") for text in notes if text.startswith(f"{POOLED}: ")]
    pooled = int(counts[0]) if counts and counts[0].isdigit() else 1
    if part.get("combined") == POOLED and pooled < 2:
        raise ReportError("pool_size_unknown")  # it must not be taken for one person's specimen
    return ReportedSpecimen(
        code=_identifier(part) or _missing("no_specimen_id"),
        collected_at=_at(part.get("collection", {}).get("collectedDateTime")),
        type_code=coding.get("code", ""),
        type_name=coding.get("display", ""),
        pooled=pooled,
    )


def _observations(parts: list[Any]) -> tuple[list[Observation], list[RefusedObservation]]:
    found: list[Observation] = []
    refused: list[RefusedObservation] = []
    for number, part in enumerate(parts, 1):
        try:
            found.append(_read_observation(part))
        except ReportError as error:
            refused.append(RefusedObservation(number, error.code, error.params))
    return found, refused


def _read_observation(part: Any) -> Observation:
    coding = next((each for each in part["code"].get("coding", []) if each.get("system") == LOINC), None)
    if coding is None or not coding.get("code"):
        raise ReportError("not_loinc")
    if part["status"] not in FINALITY:
        raise ReportError("unknown_status", status=part["status"])
    at = _at(part.get("effectiveDateTime"))
    code, name, finality = coding["code"], coding.get("display", ""), FINALITY[part["status"]]
    if "valueCodeableConcept" in part:
        codes = [each.get("code") for each in part["valueCodeableConcept"].get("coding", [])]
        finding = next((FINDINGS[each] for each in codes if each in FINDINGS), None)
        if finding is None:
            raise ReportError("unknown_finding", value=str(codes)[:60])
        return Observation(code, name, finality, finding, None, at)
    if "valueQuantity" in part:
        milli = round(float(part["valueQuantity"]["value"]) * 1000)
        if not 0 < milli <= 60_000:
            raise ReportError("ct_out_of_range", value=str(milli))
        return Observation(code, name, finality, None, milli, at)
    if "dataAbsentReason" in part:
        return Observation(code, name, finality, None, None, at)
    raise ReportError("no_value")
