"""ORU^R01 in and out: a round trip, and what is refused."""

from datetime import UTC, date, datetime

import pytest

from lianfang.formats.hl7 import read_oru, write_oru
from lianfang.formats.lab_report import (
    CT_CODES,
    NAMES,
    PRESENCE,
    Finality,
    Finding,
    LabReport,
    Observation,
    Patient,
    ReportedSpecimen,
    ReportError,
)

AT = datetime(2020, 12, 20, 3, 4, 5, tzinfo=UTC)
REPORT = LabReport(
    message_id="m|1^2\\&~",
    sent_at=AT,
    sender="绛县疾控中心",
    receiver="PROVINCE",
    is_test=False,
    patient=Patient("P-17", "王 小明", date(1980, 2, 29), "M"),
    specimen=ReportedSpecimen("T0001", AT, "258500001", "Nasopharyngeal swab", 10),
    order_id="O-5",
    observations=(
        Observation(PRESENCE, NAMES[PRESENCE], Finality.FINAL, Finding.DETECTED, None, AT),
        Observation(CT_CODES["N"], NAMES[CT_CODES["N"]], Finality.CORRECTED, None, 31_250, AT),
        Observation(CT_CODES["ORF1ab"], NAMES[CT_CODES["ORF1ab"]], Finality.FINAL, None, None, AT),
    ),
)


def test_what_is_written_is_read_again() -> None:
    assert read_oru(write_oru(REPORT)) == REPORT


TEXT = (
    "MSH|^~\\&|A|LAB|B|C|20201220030405+0000||ORU^R01^ORU_R01|7|P|2.5.1\r"
    "PID|1||P1\rOBR|1||O1|94531-1^x^LN\r"
    "OBX|1|CWE|94500-6^x^LN||260373001^Detected^SCT|||A|||F\r"
    "SPM|1|T1||258500001^y^SCT\r"
)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("MSH|", "BHS|", "not_hl7"),
        ("ORU^R01^ORU_R01", "ORM^O01^ORM_O01", "not_oru"),
        ("|2.5.1", "|2.3", "version"),
        ("|7|P", "||P", "no_message_id"),
        ("20201220030405+0000", "20201220030405", "no_instant"),
        ("PID|1||P1", "PID|1||", "no_patient_id"),
        ("PID|1||P1\r", "", "no_segment"),
        ("PID|1||P1\r", "PID|1||P1\rPID|2||P2\r", "several_segments"),
    ],
)
def test_a_message_that_is_not_understood_is_refused(old: str, new: str, code: str) -> None:
    assert old in TEXT
    with pytest.raises(ReportError) as refused:
        read_oru(TEXT.replace(old, new, 1).encode())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("^LN||260", "^L||260", "not_loinc"),
        ("|||F", "|||Z", "unknown_status"),
        ("260373001", "123", "unknown_finding"),
        ("||A|", "||N|", "contradicts_flag"),
        ("260373001^Detected^SCT|||A", "260415000^Not detected^SCT|||A", "contradicts_flag"),
        ("|CWE|", "|TX|", "value_type"),
        ("CWE|94500-6^x^LN||260373001^Detected^SCT|", "NM|94510-5^x^LN||31.5|mL", "unknown_unit"),
        ("CWE|94500-6^x^LN||260373001^Detected^SCT|", "NM|94510-5^x^LN||99|{Ct_value}", "ct_out_of_range"),
    ],
)
def test_a_result_that_is_not_understood_is_refused_and_counted(old: str, new: str, code: str) -> None:
    assert old in TEXT
    report = read_oru(TEXT.replace(old, new, 1).encode())
    assert [(each.number, each.code) for each in report.refused] == [(1, code)]
    assert report.n_observations == 1


def test_a_withdrawn_result_needs_no_value() -> None:
    report = read_oru(TEXT.replace("260373001^Detected^SCT|||A|||F", "||||||W").encode())
    assert report.observations[0].finality is Finality.ANNULLED
