"""API of reports: signed results as HL7 v2.5.1 ORU^R01 and FHIR, and others' reports taken. Repeating changes nothing."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.reporting import outgoing, receiving
from lianfang.apps.reporting.models import ReceivedReport
from lianfang.formats.fhir import Release, bundle_of, read_bundle
from lianfang.formats.hl7 import read_oru, write_ack, write_oru
from lianfang.formats.lab_report import ReportError

router = Router(tags=["reports"])
HL7, FHIR = "x-application/hl7-v2+er7; charset=utf-8", "application/fhir+json; charset=utf-8"
REFUSED = 422


@router.get("/lab-reports/{path:code}/hl7", url_name="report_hl7")
@needs(Permission.EXCHANGE_REPORTS)
def report_hl7(request: HttpRequest, code: str) -> HttpResponse:
    """Return a signed result as ORU^R01. Refuses: not_found, not_a_persons_specimen, permission_missing."""
    report = outgoing.report_of(code, at=timezone.now(), by=actor(request))
    return HttpResponse(write_oru(report), content_type=HL7)


@router.get("/lab-reports/{path:code}/fhir", url_name="report_fhir")
@needs(Permission.EXCHANGE_REPORTS)
def report_fhir(request: HttpRequest, code: str, release: Release = Release.R5) -> HttpResponse:
    """Return a signed result as a bundle around a DiagnosticReport. Refuses: as `report_hl7`."""
    report = outgoing.report_of(code, at=timezone.now(), by=actor(request))
    return HttpResponse(json.dumps(bundle_of(report, release), ensure_ascii=False), content_type=FHIR)


@router.post("/lab-reports/hl7", url_name="take_hl7")
@needs(Permission.EXCHANGE_REPORTS)
def take_hl7(request: HttpRequest) -> HttpResponse:
    """Take an ORU^R01 as a proposed result; the answer is its acknowledgement (AA, AE refused, AR unreadable)."""
    by, content = actor(request), request.body
    try:
        report = read_oru(content)
    except ReportError as error:
        return HttpResponse(write_ack("", "AR", error.code, timezone.now()), content_type=HL7, status=REFUSED)
    taken = receiving.receive(handed=receiving.Handed(report, "HL7", content), at=timezone.now(), by=by)
    code, status = ("AE", REFUSED) if taken.state == ReceivedReport.State.REFUSED else ("AA", 200)
    answer = write_ack(report.message_id, code, taken.reason or taken.state, timezone.now())
    return HttpResponse(answer, content_type=HL7, status=status)


@router.post("/lab-reports/fhir", url_name="take_fhir")
@needs(Permission.EXCHANGE_REPORTS)
def take_fhir(request: HttpRequest, release: Release = Release.R5) -> HttpResponse:
    """Take a bundle as a proposed result; the answer is an OperationOutcome."""
    by, content = actor(request), request.body
    try:
        report = read_bundle(content, release)
    except ReportError as error:
        return _outcome(error.code, "error")
    taken = receiving.receive(handed=receiving.Handed(report, release.value, content), at=timezone.now(), by=by)
    is_refused = taken.state == ReceivedReport.State.REFUSED
    return _outcome(taken.reason or taken.state, "error" if is_refused else "information")


def _outcome(code: str, severity: str) -> HttpResponse:
    issue = {
        "severity": severity,
        "code": "processing" if severity == "error" else "informational",
        "diagnostics": code,
    }
    content = {"resourceType": "OperationOutcome", "issue": [issue]}
    return HttpResponse(json.dumps(content), content_type=FHIR, status=REFUSED if severity == "error" else 200)
