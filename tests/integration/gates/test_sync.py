"""Doors hand over: each event stored once, whatever comes twice, out of order, broken or at the same time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from lianfang.apps.core import identity
from lianfang.apps.core.integrity import check_log
from lianfang.apps.core.models import AuditEvent, Role
from lianfang.apps.gates import services
from lianfang.apps.gates.models import FeverSign, GateDevice, GateEvent, GateRecheck, HighWaterMark, Quarantine
from lianfang.apps.gates.selectors import inside, last_scans, not_let_in
from lianfang.apps.healthcode import destruction, issuing, keys
from lianfang.apps.healthcode.selectors import pseudonyms_of
from lianfang.apps.people.models import Person
from lianfang.apps.places.models import Presence
from lianfang.gate.admission import Reading, admit, load
from lianfang.wire import doors, sealed, snapshot
from lianfang.wire.doors import Batch, Clock, DoorEvent, EventKind
from lianfang.wire.keys import Algorithm, SigningKey
from tests.support.case import Case
from tests.support.staff import staff

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
    assert inside([door.place_id], since=case.now - timedelta(hours=1))[door.place_id].inside == 1
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


@pytest.mark.django_db
def test_a_number_typed_at_the_door_is_read_by_the_centre_alone(door: GateDevice, case: Case) -> None:
    number = "11010519491231002X"
    Person.objects.filter(subject__code="zhao").update(id_number_hash=identity.search_hash(number))
    point = sealed.public_point(keys.sealing_key().public_key())
    facts = [doors.sealed_text(sealed.seal(text.encode(), point).hex()) for text in (number, "11010519491231003X", "x")]
    known, unknown, odd = (event(n, EventKind.LET_IN, n, facts=text) for n, text in enumerate(facts, 1))
    forged = event(4, EventKind.LET_IN, 4, facts='{"sealed":"zz"}')
    services.take(content=signed(known, unknown, odd, forged), at=case.now)
    assert not any(number in text for text in GateEvent.objects.values_list("facts", flat=True))
    services.follow(at=case.now)
    since = case.now - timedelta(seconds=60)
    assert [stay.subject.code for stay in Presence.objects.filter(place__code="market", starts_at__gte=since)] == [
        "zhao"
    ]
    assert AuditEvent.objects.filter(action="gates.numbers_resolved").count() == 1


@pytest.mark.django_db
def test_whoever_was_held_up_at_a_door_sees_it_until_all_of_it_is_destroyed(
    door: GateDevice, case: Case, asks: Callable[..., DoorEvent]
) -> None:
    entry, fever = asks(1, 0, Reading(tenths_celsius=365)), asks(2, 50, Reading(380, 381))
    batch = signed(entry, fever)
    services.take(content=batch, at=case.now)
    services.follow(at=case.now)
    subject = FeverSign.objects.get().subject_id
    since = case.now - timedelta(hours=1)
    (held,) = not_let_in(pseudonyms_of(subject, since=since), since=since)
    assert (held.outcome, held.reasons, held.recheck) == ("refuse", ["E-14"], "")
    boss = staff(Role.ADMINISTRATOR)
    destruction.destroy(what=["door_events"], reason="x", at=case.now, by=boss, confirmed_by=case.command)
    assert not_let_in(pseudonyms_of(subject, since=since), since=since) == []
    assert services.take(content=batch, at=case.now).repeated == 2, (
        "sent again by whoever kept it: it does not come back"
    )
    assert not GateEvent.objects.exists()
    assert list(check_log()) == []
