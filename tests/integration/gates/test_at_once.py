# ruff: noqa: F811 - a fixture of a neighbour
"""The same batch comes several times at the same moment."""

import threading

import pytest
from django.db import connection

from lianfang.apps.gates import services
from lianfang.apps.gates.models import GateDevice
from tests.integration.gates.test_sync import door, event, numbers, signed  # noqa: F401 - a fixture
from tests.support.case import Case
from tests.support.kept import with_cast


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for the processes to see."""
    return with_cast()


def test_the_same_batch_at_the_same_time_is_stored_once(door: GateDevice, case: Case) -> None:
    content = signed(*(event(number) for number in range(1, 40)))
    barrier = threading.Barrier(4)
    answers: list[services.Taken] = []

    def send() -> None:
        barrier.wait()
        answers.append(services.take(content=content, at=case.now))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.stored for answer in answers) == [0, 0, 0, 39]
    assert numbers() == list(range(1, 40))
