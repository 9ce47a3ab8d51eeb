"""Codes are brought up to date by several at the same time."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lianfang.apps.core.models import User, Verdict
from lianfang.apps.healthcode import services
from tests.integration.healthcode.conftest import with_risk_list
from tests.support.case import Case


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for others than this test's session to see."""
    return with_risk_list()


def test_two_at_once_store_each_verdict_once(case: Case, community: User) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    values = services.StayReport("130203", yesterday, yesterday, "telecom")
    services.record_stay(person_code="passer", report=values, at=timezone.now(), by=community)
    stored: list[int] = []

    def follow(at: datetime) -> None:
        stored.append(services.bring_up_to_date(at=at))
        connection.close()

    threads = [threading.Thread(target=follow, args=(timezone.now(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passer = Verdict.objects.filter(kind="decide_colour", subject__code="passer")
    assert passer.count() == 1
    assert sum(stored) == Verdict.objects.filter(kind="decide_colour").count()
