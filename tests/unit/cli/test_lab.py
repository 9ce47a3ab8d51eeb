"""`lianfang lab simulate`: what it prints, and which plans it refuses."""

import json

import pytest

from lianfang.cli.main import main

SMALL = ["lab", "simulate", "--people", "500", "--positives", "2"]


def test_tests_used_stand_beside_the_expectation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SMALL) == 0
    said = capsys.readouterr().out
    assert "tests used" in said
    assert "expected by Dorfman" in said
    assert main([*SMALL, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tubes"] == found["stages"]["reported"]


@pytest.mark.parametrize(
    "option", [["--pool", "11"], ["--edition", "no-such"], ["--kit", "no-such"], ["--positives", "501"]]
)
def test_a_plan_that_is_not_allowed_is_refused(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, *option]) == 2
    assert capsys.readouterr().err.startswith("lianfang: ")
