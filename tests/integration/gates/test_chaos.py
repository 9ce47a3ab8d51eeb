"""The storm of `make chaos`, so small that it takes seconds: real processes and sockets, the truth kept outside."""

from pathlib import Path

import pytest
from django.utils import timezone

from lianfang.apps.healthcode import keys
from lianfang.wire.keys import KeyUse
from tests.chaos.run import found, play
from tests.chaos.storm import Plan
from tests.support.case import Case
from tests.support.doors import database_url
from tests.support.kept import with_cast


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for the processes to see."""
    return with_cast()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_and_nobody_shut_out(case: Case, tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    key = keys.day_key(KeyUse.CODE, keys.day_number(timezone.now()))
    plan = Plan(n_events=200, batch=20, every_s=0.05, seed=3, n_processes=1)
    ledger, storm = play(tmp_path, database_url(), (keys.root_key().public().hex(), key), 2, plan)
    result = found(database_url(), ledger)
    assert result == dict.fromkeys(result, 0) | {"in the ledger": 200, "at the centre": 200}
    assert set(storm.done) == {"kill_gate", "kill_centre", "cut", "repeat", "jump", "fill"}
