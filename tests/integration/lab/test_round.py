"""The round of `make lab-round`, so small that it takes seconds: real server, real phones, all of them killed meanwhile."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.chaos import parts
from tests.chaos.run import ENVIRONMENT
from tests.labround.run import play
from tests.labround.truth import EXPECTED_ZERO, Plan, enter, made_up, outcome
from tests.support.doors import database_url


@pytest.mark.django_db(transaction=True)
def test_kills_of_server_and_phones_lose_nothing_and_every_positive_is_found_or_explained(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    plan = Plan(people=60, positives=2, phones=2, every_s=0.5, most_kills=2, seed=3)
    world = made_up(plan)
    secrets = {**ENVIRONMENT, "LIANFANG_SECRET_KEY": settings.SECRET_KEY}  # the sessions are made here
    centre = parts.centre(tmp_path, database_url(), secrets, n_processes=1)
    try:
        play(tmp_path, centre, plan, world, enter(world))
    finally:
        centre.kill()
    found = outcome(plan, world)
    assert found["people"] == 60
    assert list(found.values())[-EXPECTED_ZERO:] == [0] * EXPECTED_ZERO
    assert world.kills == {"phone": 1, "server": 1}
