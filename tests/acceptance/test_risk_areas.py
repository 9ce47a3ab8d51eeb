"""The published lists of risk areas of 2020 to 2022, imported in order: counts, places, and what applied where on a day."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lianfang.formats.risk_lists import RiskSnapshot, read_risk_list

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTS = DATA / "risk-areas"
AT = datetime(2022, 11, 1, 1, 0, tzinfo=UTC)


def files() -> list[Path]:
    if not LISTS.is_dir():
        pytest.skip(f"not run: {LISTS} is not there (set LIANFANG_DATA)")
    return [*sorted((LISTS / "bulletins").iterdir()), *sorted((LISTS / "daily").iterdir())]


@pytest.fixture(scope="module")
def snapshots() -> list[tuple[Path, RiskSnapshot]]:
    """Every list, the oldest stamp first."""
    read = [(path, read_risk_list(path.read_bytes(), path.name)) for path in files()]
    return sorted(read, key=lambda pair: pair[1].stamp)
