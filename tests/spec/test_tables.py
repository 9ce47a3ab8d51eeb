"""Every row of every decision table, as the documents show it."""

import pytest

from lianfang.rules.profile import load_builtin
from lianfang.rules.reasons import REASONS
from tests.spec.table import Case, DecisionTable
from tests.spec.tables import TABLES

CASES = [
    pytest.param(table, case, id=f"{case.row}-{case.edition}-{number}")
    for table in TABLES
    for number, case in enumerate(table.cases)
]


@pytest.mark.parametrize(("table", "case"), CASES)
def test_row(table: DecisionTable, case: Case) -> None:
    outcome, rows = table.decide(case.facts, load_builtin(case.edition))
    assert outcome == case.outcome
    assert case.row in rows


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.slug)
def test_every_row_has_a_case_and_every_case_a_row(table: DecisionTable) -> None:
    assert {case.row for case in table.cases} == set(table.rows)


def test_every_row_belongs_to_one_table() -> None:
    assert sorted(row for table in TABLES for row in table.rows) == sorted(REASONS)
