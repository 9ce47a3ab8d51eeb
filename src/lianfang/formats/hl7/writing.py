"""Writing ORU^R01 v2.5.1; what is written passes hl7apy's strict validation."""

from datetime import UTC, datetime

from hl7apy.parser import parse_message

from lianfang.formats.lab_report import CT_UNIT, FINDING_CODES, Finality, Finding, LabReport, Observation

STATUS = {Finality.FINAL: "F", Finality.CORRECTED: "C", Finality.PRELIMINARY: "P", Finality.ANNULLED: "W"}
ABNORMAL = {Finding.DETECTED: "A", Finding.NOT_DETECTED: "N"}


def write_oru(report: LabReport) -> bytes:
    """One message, UTF-8, segments ended by CR. Raises hl7apy's ValidationError for a report that cannot be said."""
    specimen, patient = report.specimen, report.patient
    lines = [
        _line(
            "MSH",
            "^~\\&",
            "LIANFANG",
            _safe(report.sender),
            "",
            _safe(report.receiver),
            _instant(report.sent_at),
            "",
            "ORU^R01^ORU_R01",
            _safe(report.message_id),
            "T" if report.is_test else "P",
            "2.5.1",
            *[""] * 5,
            "UNICODE UTF-8",
        ),
        _line("PID", "1", "", _safe(patient.identifier), "", _name(patient.name), "", _day(report), _safe(patient.sex)),
        _line("ORC", "RE", "", _safe(report.order_id)),
        _line("OBR", "1", "", _safe(report.order_id), _panel(report), "", "", _instant(specimen.collected_at)),
        *(_line(*_observation(number, each)) for number, each in enumerate(report.observations, 1)),
        _line(
            "SPM",
            "1",
            _safe(specimen.code),
            "",
            _coded(specimen.type_code, specimen.type_name, "SCT") or "^unknown",
            *[""] * 8,
            str(specimen.pooled) if specimen.pooled > 1 else "",
            *[""] * 3,
            _instant(specimen.collected_at),
        ),
    ]
    text = "\r".join(lines) + "\r"
    parse_message(text, find_groups=True).validate()
    return text.encode()


def _line(*fields: str) -> str:
    return "|".join(fields).rstrip("|")


def _safe(text: str) -> str:
    """Text with the separators escaped; line ends would be segments."""
    flat = " ".join(text.split()) if any(sign in text for sign in "\r\n\t") else text
    for sign, escaped in (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\")):
        flat = flat.replace(sign, escaped)
    return flat


def _coded(code: str, name: str, system: str) -> str:
    return "^".join((_safe(code), _safe(name), system)) if code else ""


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000") if at else ""


def _day(report: LabReport) -> str:
    born = report.patient.birth_date
    return born.strftime("%Y%m%d") if born else ""


def _name(name: str) -> str:
    return "^".join(_safe(part) for part in name.split(" ", 1)) if name else "^"


def _panel(report: LabReport) -> str:
    first = report.observations[0]
    return _coded(first.loinc, first.name, "LN")


def _observation(number: int, each: Observation) -> tuple[str, ...]:
    if each.finding is not None:
        code, name = FINDING_CODES[each.finding]
        kind, value, unit = "CWE", _coded(code, name, "SCT"), ""
    elif each.ct_milli is not None:
        kind, value, unit = "NM", f"{each.ct_milli / 1000:.3f}", CT_UNIT
    else:
        kind, value, unit = "NM", "", CT_UNIT
    flag = ABNORMAL.get(each.finding, "") if each.finding else ""
    return (
        "OBX",
        str(number),
        kind,
        _coded(each.loinc, each.name, "LN"),
        "",
        value,
        unit,
        "",
        flag,
        "",
        "",
        STATUS[each.finality],
        "",
        "",
        _instant(each.observed_at),
    )


def write_ack(message_id: str, code: str, text: str, at: datetime) -> bytes:
    """The general acknowledgement of a message: AA taken, AE refused, AR not readable; `text` says why."""
    number = f"ACK-{message_id}"[:199] if message_id else f"ACK-{at.astimezone(UTC):%Y%m%d%H%M%S%f}"
    head = ("MSH", "^~\\&", "LIANFANG", "", "", "", _instant(at), "", "ACK^R01^ACK", _safe(number), "P", "2.5.1")
    lines = [_line(*head), _line("MSA", code, _safe(message_id) or "unknown", _safe(text))]
    return ("\r".join(lines) + "\r").encode()
