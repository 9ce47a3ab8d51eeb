"""The outbox: an event exists exactly if what made it does, and is followed up exactly once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.apps.core import audit, outbox, tasks
from lianfang.apps.core.models import AuditEvent, OutboxEvent
from tests.support.reactions import AT, ReactionFailed


@pytest.fixture(autouse=True)
def reactions(settings) -> None:
    """Reactions of the tests' own."""
    settings.OUTBOX_REACTIONS = "tests.support.reactions.REACTIONS"


def noted() -> list[int]:
    return sorted(event.detail["n"] for event in AuditEvent.objects.filter(action="reaction.noted"))


@pytest.mark.django_db
def test_an_event_is_delivered_once_and_then_never_again() -> None:
    event = outbox.add("test.happened", n=7)
    assert outbox.deliver(event.pk) is True
    assert outbox.deliver(event.pk) is False
    event.refresh_from_db()
    assert event.delivered_at is not None
    assert noted() == [7]


@pytest.mark.django_db
def test_an_event_queues_its_own_job_in_the_same_transaction() -> None:
    with transaction.atomic():
        event = outbox.add("test.happened", n=1)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("lianfang.deliver", {"event_id": event.pk})
    tasks.deliver(event_id=event.pk)
    assert noted() == [1]


@pytest.mark.django_db
def test_an_event_vanishes_with_the_transaction_that_made_it() -> None:
    with transaction.atomic():
        outbox.add("test.happened", n=1)
        transaction.set_rollback(True)
    assert OutboxEvent.objects.count() == 0
    assert ProcrastinateJob.objects.count() == 0
    assert outbox.deliver_pending() == 0


@pytest.mark.django_db
def test_a_failed_reaction_undoes_the_others_and_the_event_waits() -> None:
    event = outbox.add("test.fails", n=3)
    with pytest.raises(ReactionFailed):
        outbox.deliver(event.pk)
    event.refresh_from_db()
    assert event.delivered_at is None
    assert noted() == []
    audit.record("mended", by=None, at=AT)
    assert outbox.deliver_pending() == 1
    assert noted() == [3]


@pytest.mark.django_db
def test_pending_events_are_delivered_in_order() -> None:
    for n in (3, 1, 2):
        outbox.add("test.happened", n=n)
    assert outbox.deliver_pending() == 3
    events = AuditEvent.objects.filter(action="reaction.noted").order_by("id")
    assert [event.detail["n"] for event in events] == [3, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_deliver_each_event_exactly_once() -> None:
    for n in range(20):
        outbox.add("test.happened", n=n)
    start = Barrier(4)

    def work(_worker: int) -> int:
        try:
            start.wait()
            return outbox.deliver_pending()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        delivered = sum(pool.map(work, range(4)))
    assert delivered == 20
    assert noted() == list(range(20))
