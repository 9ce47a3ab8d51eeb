"""Reading ORU^R01: every OBX is an observation, an answer to a question of the order, or refused with its reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message

from lianfang.formats.instruments.cells import ct_of
from lianfang.formats.instruments.model import RowError
from lianfang.formats.lab_report import (
    FINDINGS,
    Finality,
    Finding,
    LabReport,
    Observation,
    Patient,
    RefusedObservation,
    ReportedSpecimen,
    ReportError,
)

VERSIONS = ("2.5.1", "2.5")
LARGEST_BYTES = 1 << 20
# HL7 table 0085.
STATUSES = {
    "F": Finality.FINAL,
    "C": Finality.CORRECTED,
    "P": Finality.PRELIMINARY,
    "R": Finality.PRELIMINARY,
    "D": Finality.ANNULLED,
    "W": Finality.ANNULLED,
    "X": Finality.ANNULLED,
}
CODED, NUMERIC = ("CWE", "CE"), ("NM", "SN")


def read_oru(content: bytes) -> LabReport:
    """Read one message. Raises ReportError for one that is not an ORU^R01 of a known version, or has no whole head."""
    if len(content) > LARGEST_BYTES:
        raise ReportError("too_large")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\r").replace("\n", "\r").strip("\r\x0b\x1c ")
    except UnicodeDecodeError as error:
        raise ReportError("not_utf8", byte=str(error.start)) from error
    if not text.startswith("MSH"):
        raise ReportError("not_hl7")
    head = text.split("\r", 1)[0].split("|")
    version = head[11].split("^")[0] if len(head) > 11 else ""
    if version not in VERSIONS:
        raise ReportError("version", version=version[:20])
    try:
        message = parse_message(text, find_groups=False)
    except (HL7apyException, ValueError, IndexError, KeyError) as error:
        raise ReportError("unreadable", why=str(error)[:200]) from error
    segments = [(segment.name, segment) for segment in message.children]
    return _report(segments, [line for line in text.split("\r") if line.startswith("OBX|")])


def _report(segments: list[tuple[str, Any]], lines: list[str]) -> LabReport:
    head = _only(segments, "MSH")
    kind = _parts(head, "msh_9")
    if kind[:2] != ["ORU", "R01"]:
        raise ReportError("not_oru", kind="^".join(kind)[:40])
    message_id = _part(head, "msh_10", 1)
    if not message_id:
        raise ReportError("no_message_id")
    patient, order, specimen = _only(segments, "PID"), _only(segments, "OBR"), _last(segments, "SPM")
    found, answers, refused = _observations([segment for name, segment in segments if name == "OBX"], lines)
    return LabReport(
        message_id=message_id,
        sent_at=_required_instant(head, "msh_7"),
        sender=_part(head, "msh_4", 1),
        receiver=_part(head, "msh_6", 1),
        is_test=_part(head, "msh_11", 1) != "P",
        patient=_patient(patient),
        specimen=_specimen(order, specimen),
        order_id=_part(order, "obr_3", 1) or _part(order, "obr_2", 1),
        observations=tuple(found),
        answers=answers,
        refused=tuple(refused),
    )


def _only(segments: list[tuple[str, Any]], name: str) -> Any:
    found = [segment for each, segment in segments if each == name]
    if len(found) != 1:  # several patients or orders: which result belongs to whom must not be guessed
        raise ReportError("no_segment" if not found else "several_segments", segment=name)
    return found[0]


def _last(segments: list[tuple[str, Any]], name: str) -> Any:
    found = [segment for each, segment in segments if each == name]
    if len(found) > 1:
        raise ReportError("several_segments", segment=name)
    return found[0] if found else None


def _parts(segment: Any, field: str) -> list[str]:
    """A field's components as written; of a repeated field the first."""
    try:
        written = str(getattr(segment, field).to_er7())
    except (HL7apyException, AttributeError):
        return []
    return [_unescaped(part) for part in written.split("~", maxsplit=1)[0].split("^")]


def _unescaped(text: str) -> str:
    for escaped, sign in (("\\F\\", "|"), ("\\S\\", "^"), ("\\T\\", "&"), ("\\R\\", "~"), ("\\E\\", "\\")):
        text = text.replace(escaped, sign)
    return text


def _part(segment: Any, field: str, number: int) -> str:
    parts = _parts(segment, field) if segment is not None else []
    return parts[number - 1].strip() if len(parts) >= number else ""


def _instant(segment: Any, field: str) -> datetime | None:
    written = _part(segment, field, 1)
    for form in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S.%f%z", "%Y%m%d%H%M%z"):
        try:
            return datetime.strptime(written, form).astimezone(UTC)
        except ValueError:
            continue
    return None


def _required_instant(segment: Any, field: str) -> datetime:
    found = _instant(segment, field)
    if found is None:  # without its zone an instant is a guess
        raise ReportError("no_instant", field=field.upper().replace("_", "-"))
    return found


def _patient(segment: Any) -> Patient:
    identifier = _part(segment, "pid_3", 1)
    if not identifier:
        raise ReportError("no_patient_id")
    written = _part(segment, "pid_7", 1)[:8]
    try:
        born: date | None = date.fromisoformat(written) if len(written) == 8 else None
    except ValueError:
        born = None
    family, given = _part(segment, "pid_5", 1), _part(segment, "pid_5", 2)
    return Patient(identifier, " ".join(part for part in (family, given) if part), born, _part(segment, "pid_8", 1))


def _specimen(order: Any, segment: Any) -> ReportedSpecimen:
    code = _part(segment, "spm_2", 1).split("&")[0] or _part(order, "obr_3", 1)
    if not code:
        raise ReportError("no_specimen_id")
    collected = _instant(segment, "spm_17") if segment is not None else None
    pooled = _part(segment, "spm_13", 1)
    return ReportedSpecimen(
        code=code,
        collected_at=collected or _instant(order, "obr_7"),
        type_code=_part(segment, "spm_4", 1),
        type_name=_part(segment, "spm_4", 2),
        pooled=int(pooled) if pooled.isdigit() and int(pooled) > 0 else 1,
    )


def _observations(segments: list[Any], lines: list[str]) -> tuple[list[Observation], int, list[RefusedObservation]]:
    found: list[Observation] = []
    refused: list[RefusedObservation] = []
    answers = 0
    for number, (segment, line) in enumerate(zip(segments, lines, strict=True), 1):
        if _is_answer(line):
            answers += 1
            continue
        try:
            found.append(_observation(segment))
        except ReportError as error:
            refused.append(RefusedObservation(number, error.code, error.params))
    return found, answers, refused


def _is_answer(line: str) -> bool:
    """OBX-29, borrowed from later versions (hl7apy does not keep it), says that it answers a question of the order."""
    fields = line.split("|")
    return len(fields) > 29 and fields[29].split("^")[0] == "QST"


def _observation(segment: Any) -> Observation:
    code, name, system = (_part(segment, "obx_3", at) for at in (1, 2, 3))
    if system != "LN" or not code:
        raise ReportError("not_loinc", value=code[:40], system=system[:20])
    status = _part(segment, "obx_11", 1)
    if status not in STATUSES:
        raise ReportError("unknown_status", status=status[:10])
    finality, kind = STATUSES[status], _part(segment, "obx_2", 1)
    observed = _instant(segment, "obx_14")
    readers: dict[str, Callable[[], Observation]] = {
        **dict.fromkeys(CODED, lambda: Observation(code, name, finality, _finding(segment), None, observed)),
        **dict.fromkeys(NUMERIC, lambda: Observation(code, name, finality, None, _ct(segment, kind), observed)),
    }
    if finality is Finality.ANNULLED and not _part(segment, "obx_5", 1):
        return Observation(code, name, finality, None, None, observed)
    if kind not in readers:
        raise ReportError("value_type", kind=kind[:10])
    return readers[kind]()


def _finding(segment: Any) -> Finding:
    code = _part(segment, "obx_5", 1)
    if code not in FINDINGS:
        raise ReportError("unknown_finding", value=code[:40])
    finding, flag = FINDINGS[code], _part(segment, "obx_8", 1)
    contradicts = {Finding.DETECTED: flag == "N", Finding.NOT_DETECTED: flag in {"A", "AA", "POS"}}
    if contradicts.get(finding):
        raise ReportError("contradicts_flag", value=code, flag=flag)
    return finding


def _ct(segment: Any, kind: str) -> int | None:
    written = _part(segment, "obx_5", 2 if kind == "SN" else 1)
    unit = _part(segment, "obx_6", 1)
    if unit not in {"{Ct_value}", "{Ct}", "1", ""}:
        raise ReportError("unknown_unit", unit=unit[:20])
    try:
        return ct_of(written)
    except RowError as error:
        raise ReportError(error.code, value=written[:40]) from error
