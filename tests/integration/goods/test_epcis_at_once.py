"""Captures by real sessions at the same time: every event once, no capture waits for another's user."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lianfang.apps.core.models import Role
from lianfang.apps.goods.epcis import services
from lianfang.apps.goods.epcis.models import Capture, Event
from lianfang.formats.epcis.documents import CONTEXT, document_of
from tests.support.staff import staff

SESSIONS = 4
SHARED, OWN = 20, 5


def document(number: int) -> bytes:
    """Events that every session hands in, in an order of its own, and some that only this one does."""
    names = [f"urn:x:shared:{n}" for n in range(SHARED)] + [f"urn:x:own:{number}:{n}" for n in range(OWN)]
    events = [
        {
            "type": "ObjectEvent", "eventTime": "2020-12-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
            "action": "OBSERVE", "epcList": [name], "eventID": name,
        }
        for name in (names if number % 2 else reversed(names))
    ]  # fmt: skip
    return json.dumps(document_of(events, [CONTEXT], timezone.now())).encode()


@pytest.mark.django_db(transaction=True)
def test_sessions_store_every_event_once() -> None:
    by, ready = staff(Role.WAREHOUSE), Barrier(SESSIONS)
    waiting = [services.take(document(number), at=timezone.now(), by=by).pk for number in range(SESSIONS)]

    def run(place: int) -> int:
        try:
            ready.wait()
            return services.process(waiting[place], at=timezone.now()).n_stored
        finally:
            connection.close()

    with ThreadPoolExecutor(SESSIONS) as pool:
        stored = list(pool.map(run, range(SESSIONS)))
    assert sum(stored) == Event.objects.count() == SHARED + SESSIONS * OWN
    done = Capture.objects.filter(status=Capture.Status.DONE)
    assert [each.n_stored + each.n_known for each in done] == [SHARED + OWN] * SESSIONS

    # While one document of a user is being captured, the next one is taken all the same.
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        services.process(services.take(document(9), at=timezone.now(), by=by).pk, at=timezone.now())

        def take() -> bool:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '2s'")
                return services.take(document(10), at=timezone.now() + timedelta(1), by=by).pk is not None
            finally:
                connection.close()

        assert pool.submit(take).result()
