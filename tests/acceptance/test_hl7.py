"""Real ORU^R01 messages (CDCgov/prime-reportstream, CC0): results and LOINC codes, or refused with the reason."""

import os
from pathlib import Path

import pytest

from lianfang.formats.hl7 import read_oru
from lianfang.formats.lab_report import Finding

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "hl7"
RSV, FLU_A, FLU_B, COVID = "85479-4", "85477-8", "85478-6", "94500-6"
YES, NO = Finding.DETECTED, Finding.NOT_DETECTED
# name -> (results in the message's order, answers to questions of the order, whether it is a test message)
EXPECTED = {
    "prime_00": ([(RSV, YES), (COVID, YES), (FLU_B, YES)], 5, False),
    "prime_01": ([(COVID, YES)], 5, False),
    "prime_02": ([(COVID, YES)], 0, False),
    "prime_03": ([(FLU_A, YES), (FLU_B, YES), (COVID, YES)], 0, True),
    "prime_04": ([(FLU_B, YES), (RSV, YES), (FLU_A, NO), (COVID, YES)], 0, False),
    "prime_05": ([(COVID, YES)], 5, False),
    "prime_06": ([(FLU_A, YES), (FLU_B, YES), (COVID, YES)], 3, True),
    "prime_07": ([(FLU_A, YES), (COVID, YES), (RSV, NO)], 0, False),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_results_and_codes(name: str) -> None:
    path = DATA / f"{name}.hl7"
    if not path.exists():
        pytest.skip(f"not run: {path} is not there (set LIANFANG_DATA)")
    report = read_oru(path.read_bytes())
    results, answers, is_test = EXPECTED[name]
    assert [(each.loinc, each.finding) for each in report.observations] == results
    assert (report.answers, report.refused, report.is_test) == (answers, (), is_test)
    assert report.n_observations == path.read_bytes().count(b"\rOBX|") + path.read_bytes().count(b"\nOBX|")
    assert report.specimen.collected_at is not None
    assert report.patient.identifier
    assert report.message_id in path.read_text(encoding="utf-8")
