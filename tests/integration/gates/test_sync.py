"""Doors hand over: each event stored once, whatever comes twice, out of order, broken or at the same time."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from lianfang.apps.core.integrity import check_log
from lianfang.apps.gates import services
from lianfang.apps.gates.models import FeverSign, GateDevice, GateEvent, GateRecheck, HighWaterMark, Quarantine
from lianfang.apps.gates.selectors import inside, last_scans
from lianfang.apps.healthcode import issuing
from lianfang.apps.places.models import Presence
from lianfang.gate.admission import Reading, admit, load
from lianfang.wire import doors, snapshot
from lianfang.wire.doors import Batch, Clock, DoorEvent, EventKind
from lianfang.wire.keys import Algorithm, SigningKey
from tests.support.case import Case

BOOT = b"boot0001"
KEY = SigningKey.from_secret(b"north", Algorithm.EDDSA, bytes(range(32)))
Answer = dict[str, int]


@pytest.fixture
def door(case: Case) -> GateDevice:
    return services.enrol(code="north", place_code="market", public=KEY.public(), at=case.now, by=None)


def event(number: int, kind: EventKind = EventKind.HEAD_IN, mono_s: int = 0, **fields: object) -> DoorEvent:
    return DoorEvent(number, kind, Clock(1_600_000_000_000, BOOT, mono_s * 1000), **fields)  # type: ignore[arg-type]


def signed(*events: DoorEvent | bytes, key: SigningKey = KEY, mono_s: int = 60, inside: int = 0) -> bytes:
    contents = tuple(each if isinstance(each, bytes) else each.to_bytes() for each in events)
    return doors.sign_batch(Batch(key.kid.decode(), Clock(0, BOOT, mono_s * 1000), inside, 0, contents), key)


def sent(content: bytes) -> tuple[int, Answer]:
    answer = Client().post("/gate/sync", content, content_type="application/cose")
    return answer.status_code, answer.json()


def numbers() -> list[int]:
    return list(GateEvent.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
def test_what_comes_twice_or_out_of_order_is_stored_once(door: GateDevice) -> None:
    status, answer = sent(signed(event(1), event(2), inside=2))
    assert (status, answer["stored"], answer["upto"]) == (200, 2, 2)
    assert sent(signed(event(5), event(4), event(5)))[1] | {"received_ms": 0} == {
        "stored": 2, "repeated": 1, "quarantined": 0, "upto": 2, "received_ms": 0, "lease": "",
    }  # fmt: skip
    assert sent(signed(event(2), event(3), event(4)))[1]["upto"] == 5
    assert numbers() == [1, 2, 3, 4, 5]
    assert list(check_log()) == []


@pytest.mark.django_db
def test_poison_is_kept_aside_and_blocks_nothing(door: GateDevice) -> None:
    sent(signed(event(1)))
    status, answer = sent(signed(b"\xff", event(1, EventKind.EXIT), event(2), b""))
    assert (status, answer["stored"], answer["quarantined"]) == (200, 1, 3)
    assert sent(signed(b"\xff", event(2)))[1]["repeated"] == 2
    kept = dict(Quarantine.objects.values_list("reason", "content"))
    assert set(kept) == {"malformed", "differs"}
    assert bytes(kept["differs"]) == event(1, EventKind.EXIT).to_bytes()
    assert GateEvent.objects.get(number=1).kind == "head_in", "what was told first stands"


@pytest.mark.django_db
def test_only_an_enrolled_door_is_believed(door: GateDevice, case: Case) -> None:
    forged = SigningKey.made(b"north", Algorithm.EDDSA)
    for key in (forged, SigningKey.made(b"south", Algorithm.EDDSA)):
        assert sent(signed(event(1), key=key))[0] == 403
    assert [sent(content)[0] for content in (b"", b"\xff")] == [422, 422]
    services.withdraw(code="north", at=case.now, by=None)
    assert sent(signed(event(1)))[0] == 403
    assert numbers() == []
    with pytest.raises(services.DoorTaken):
        services.enrol(code="north", place_code="market", public=forged.public(), at=case.now, by=None)


@pytest.mark.django_db(transaction=True)
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


@pytest.fixture
def asks(case: Case) -> Callable[..., DoorEvent]:
    """Somebody of the cast shows their code at the door, with a temperature."""

    def ask(number: int, mono_s: int, reading: Reading, kind: EventKind = EventKind.ASKED) -> DoorEvent:
        made = issuing.issue(person_code="zhao", at=case.now, by=case.command)
        root = snapshot.root_of(issuing.keys.root_key().public())
        carried = load(issuing.snapshot_for_doors(at=case.now), root)
        verdict = admit(issuing.text_of(made), carried, reading, int(case.now.timestamp()))
        return event(
            number, kind, mono_s, pseudonym=bytes(made.pseudonym), outcome=verdict.outcome,
            reasons=tuple(reason.code for reason in verdict.reasons), facts=doors.facts_text(verdict),
        )  # fmt: skip

    return ask


@pytest.mark.django_db
def test_entries_reach_the_trace_and_end_as_scanned_or_presumed(
    door: GateDevice, case: Case, asks: Callable[..., DoorEvent]
) -> None:
    cool, before = Reading(tenths_celsius=365), Presence.objects.filter(place__code="market").count()
    entry, again = asks(1, 0, cool), asks(3, 50, cool)
    leaving = event(2, EventKind.EXIT, 40, pseudonym=entry.pseudonym)
    fever = asks(4, 55, Reading(380, 381))
    services.take(content=signed(entry, leaving, again, fever, inside=1), at=case.now)
    services.follow(at=case.now)
    stays = Presence.objects.filter(place__code="market", subject__code="zhao").order_by("-starts_at", "ends_at")
    since, until = case.now - timedelta(seconds=60), case.now - timedelta(seconds=20)
    assert {(stay.starts_at, stay.ends_at) for stay in stays if stay.starts_at >= since} == {
        (since, None), (since, until), (case.now - timedelta(seconds=10), None),
    }  # fmt: skip
    services.follow(at=case.now + timedelta(hours=3))
    assert Presence.objects.filter(ends_at=case.now - timedelta(seconds=10) + timedelta(hours=2)).count() == 1
    services.follow(at=case.now + timedelta(hours=3))
    assert Presence.objects.filter(place__code="market").count() == before + 4
    assert [sign.tenths_celsius for sign in FeverSign.objects.all()] == [380]
    assert inside([door.place_id])[door.place_id].inside == 1
    assert last_scans([door.place_id])[door.place_id] == case.now - timedelta(seconds=5)


@pytest.mark.django_db
def test_the_doors_verdict_stays_beside_what_the_centre_would_have_said(
    door: GateDevice, case: Case, asks: Callable[..., DoorEvent]
) -> None:
    entry = asks(1, 0, Reading(tenths_celsius=365))
    case.signed("zhao")
    services.take(content=signed(entry), at=case.now)
    services.follow(at=case.now)
    assert GateEvent.objects.get().outcome == "admit"
    assert [(row.outcome, row.reasons) for row in GateRecheck.objects.all()] == [("refuse", "E-4")]
    assert HighWaterMark.objects.get().followed_batch > 0
