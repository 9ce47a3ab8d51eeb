"""Facts that cannot change what was found lead to no new run; those that can always do."""

import random

import pytest
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import FactBatch
from lianfang.apps.tracing import services
from lianfang.apps.tracing.concern import concerns
from lianfang.apps.tracing.models import Exposure, Run
from lianfang.apps.tracing.selectors.runs import freshness
from tests.support.case import Case, investigation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    case = Case().cast()
    case.signed("LOT")
    return case


def found() -> set[tuple[object, ...]]:
    run = investigation_of("LOT").current_run
    columns = ("direction", "subject_id", "generation", "first_at", "last_at", "seconds", "exposure_class")
    return set(Exposure.objects.filter(run=run).values_list(*columns))


def test_a_stay_that_met_no_source_makes_no_run_and_no_page_older(case: Case) -> None:
    runs = Run.objects.count()
    case.stays(("passer", "class", 12, 10))
    outbox.deliver_pending()
    assert services.decide_next_again(at=timezone.now()) is False
    assert Run.objects.count() == runs
    current = investigation_of("LOT").current_run
    assert current is not None
    assert freshness(current).newer_at is None
    case.stays(("passer", "home", 39, 38))
    assert freshness(current).newer_at is not None
    services.decide_next_again(at=timezone.now())
    assert Run.objects.count() == runs + 1


def test_whatever_is_taken_not_to_concern_changes_nothing(case: Case) -> None:
    chance = random.Random(7)
    passed_over = 0
    for _ in range(16):
        start = chance.uniform(2, 60)
        stay = (chance.choice(("mate", "passer")), chance.choice(("class", "market", "home")), start, start - 0.3)
        case.stays(stay)
        investigation, before = investigation_of("LOT"), found()
        batch = FactBatch.objects.latest("id")
        if concerns([batch], investigation):
            services.decide_next_again(at=timezone.now())
            continue
        passed_over += 1
        services.decide_again(investigation_id=investigation.pk, at=timezone.now(), by=case.command)
        assert found() == before, stay
    assert 2 <= passed_over <= 15, passed_over
