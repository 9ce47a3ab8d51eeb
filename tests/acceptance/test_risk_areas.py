"""The published lists of risk areas of 2020 to 2022, imported in order: counts, places, and what applied where on a day."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import transaction

from lianfang.apps.areas import selectors, services
from lianfang.apps.areas.models import RiskInterval, RiskList, RiskListRow, RiskPlace
from lianfang.apps.areas.selectors import risk
from lianfang.apps.areas.selectors.risk_history import risk_on_day
from lianfang.apps.core import outbox
from lianfang.apps.core.integrity import check_batches, check_log, check_rows
from lianfang.formats.risk_lists import RiskSnapshot, read_risk_list, ways_found
from tests.support.staff import staff

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
