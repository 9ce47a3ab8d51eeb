"""Reports as FHIR bundles: round trips in both releases, and what is refused."""

import dataclasses
import json
from typing import Any

import pytest

from lianfang.formats.fhir import Release, bundle_of, read_bundle
from lianfang.formats.lab_report import ReportError
from tests.unit.formats.test_hl7 import REPORT

SENT = dataclasses.replace(REPORT, receiver="")


@pytest.mark.parametrize("release", Release)
def test_what_is_written_is_read_again(release: Release) -> None:
    content = json.dumps(bundle_of(SENT, release)).encode()
    assert read_bundle(content, release) == SENT
    test = dataclasses.replace(SENT, is_test=True, specimen=dataclasses.replace(SENT.specimen, pooled=1))
    assert read_bundle(json.dumps(bundle_of(test, release)).encode(), release) == test


def test_release_5_says_that_the_specimen_is_pooled() -> None:
    specimen = part(bundle_of(SENT, Release.R5), "Specimen")
    assert specimen["combined"] == "pooled"


def part(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
    return found


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("Specimen", {"note": []}, "pool_size_unknown"),
        ("Specimen", {"identifier": []}, "no_specimen_id"),
        ("Patient", {"identifier": []}, "no_patient_id"),
        ("Patient", {"gender": 7}, "not_fhir"),
    ],
)
def test_a_bundle_that_is_not_understood_is_refused(kind: str, change: dict[str, Any], code: str) -> None:
    bundle = bundle_of(SENT, Release.R5)
    part(bundle, kind).update(change)
    with pytest.raises(ReportError) as refused:
        read_bundle(json.dumps(bundle).encode(), Release.R5)
    assert refused.value.code == code


def test_a_result_that_is_not_understood_is_refused_and_counted() -> None:
    bundle = bundle_of(SENT, Release.R5)
    part(bundle, "Observation")["valueCodeableConcept"]["coding"][0]["code"] = "1"
    report = read_bundle(json.dumps(bundle).encode(), Release.R5)
    assert [(each.number, each.code) for each in report.refused] == [(1, "unknown_finding")]
    assert report.n_observations == 3


def test_not_json() -> None:
    with pytest.raises(ReportError, match="not_json"):
        read_bundle(b"{", Release.R5)
