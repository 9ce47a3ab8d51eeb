"""Where tubes are: moves by scanning, what the database refuses, and what is late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lianfang.apps.core.models import EvidenceEntry, Organisation, Role, Subject, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab import custody_selectors, services
from lianfang.apps.lab.custody import Move, Moved, MoveIncomplete, move_tubes
from lianfang.apps.lab.models import CustodyStep, Specimen
from lianfang.apps.lab.pooling import add_to_pool
from lianfang.rules.custody import Whereabouts as At
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.staff import OTHER_COUNTY, TOWNSHIP, VILLAGE, organisation, signed_in, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def technician() -> User:
    return staff(Role.LABORATORY, username="technician")


@pytest.fixture
def hospital() -> Organisation:
    return organisation("H1", "hospital", "unit", name="县人民医院")


def tube(by: User, code: str = "T1", hours_ago: float = 1) -> Specimen:
    subject, _ = Subject.objects.get_or_create(
        kind="surface", code=f"S-{code}", defaults={"label": code, "area_code": VILLAGE}
    )
    now = timezone.now()
    collected_at = now - timedelta(hours=hours_ago)
    return services.register_specimen(code=code, subject=subject, collected_at=collected_at, at=now, by=by)


def go(by: User, move: Move, *codes: str, at: datetime | None = None) -> Moved:
    return move_tubes(codes=codes, move=move, at=at or timezone.now(), by=by)


def test_a_tube_goes_its_way_and_every_code_is_accounted_for(technician: User, hospital: Organisation) -> None:
    tube(technician), tube(technician, "T2")
    assert go(technician, Move(At.PACKED), "T1", "T2", "T1").moved == ["T1", "T2"]
    sent = go(technician, Move(At.SENT, hospital), "T1", "T9")
    assert (sent.moved, sent.refused) == (["T1"], {"T9": "unknown"})
    received = Move(At.RECEIVED, hospital)
    assert go(technician, received, "T1").moved == ["T1"]
    assert go(technician, received, "T1").unchanged == ["T1"]
    assert go(technician, Move(At.SENT, hospital), "T1").refused == {"T1": "received"}
    assert go(technician, Move(At.DESTROYED), "T1").refused == {"T1": "undecided"}
    early = go(technician, Move(At.STORED, spot="F1"), "T1", at=timezone.now() - timedelta(hours=2))
    assert early.refused == {"T1": "time_order"}
    kinds = CustodyStep.objects.filter(specimen__code="T1").order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["packed", "sent", "received"]
    assert EvidenceEntry.objects.filter(kind="custody_step").count() == 4


def test_what_was_rejected_gives_no_result_and_is_destroyed(technician: User) -> None:
    specimen = tube(technician)
    with pytest.raises(MoveIncomplete):
        go(technician, Move(At.REJECTED, reason=" "), "T1")
    go(technician, Move(At.REJECTED, reason="leaking"), "T1")
    with pytest.raises(services.SpecimenRejected):
        services.record_result(specimen_id=specimen.pk, value=SpecimenResult.NEGATIVE, at=timezone.now(), by=technician)
    assert go(technician, Move(At.DESTROYED), "T1").moved == ["T1"]
    assert go(technician, Move(At.PACKED), "T1").refused == {"T1": "destroyed"}


def test_the_database_keeps_a_tube_in_one_place(technician: User) -> None:
    specimen = tube(technician)
    go(technician, Move(At.PACKED), "T1")
    base = {"specimen": specimen, "at": timezone.now(), "recorded_by": technician}
    for wrong in (
        {"number": 1, "previous": "collected", "kind": "packed"},  # a second first step
        {"number": 2, "previous_number": 1, "previous": "stored", "kind": "destroyed"},  # from where it is not
        {"number": 3, "previous_number": 2, "previous": "packed", "kind": "rejected", "reason": "x"},  # a gap
        {"number": 2, "previous_number": 1, "previous": "packed", "kind": "stored"},  # not the way
        {"number": 2, "previous_number": 1, "previous": "packed", "kind": "rejected"},  # no reason
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustodyStep.objects.create(**base, **wrong)


@pytest.mark.django_db(transaction=True)
def test_two_who_scan_one_tube_at_once_move_it_once(technician: User, hospital: Organisation) -> None:
    tube(technician)

    def receive() -> Moved:
        try:
            return go(technician, Move(At.RECEIVED, hospital), "T1", at=timezone.now() + timedelta(seconds=5))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(receive) for _ in range(2)]
        answers = [each.result() for each in both]
    assert sorted(len(each.moved) for each in answers) == [0, 1]
    assert CustodyStep.objects.count() == 1


def test_the_page_moves_tubes_says_what_it_refused_and_what_is_late(technician: User, hospital: Organisation) -> None:
    tube(technician, "LATE-1", hours_ago=30), tube(technician, "NEW-1")
    client = signed_in(technician)
    page = client.get("/custody/").content.decode()
    assert "LATE-1" in page
    assert "NEW-1" not in page
    scan = {"kind": "received", "organisation": hospital.pk, "codes": "NEW-1\r\nWRONG-1\r\n"}
    answer = client.post("/custody/", scan)
    assert answer.status_code == 200
    assert "WRONG-1" in answer.content.decode()
    assert CustodyStep.objects.get().specimen.code == "NEW-1"
    assert hospital.name in client.get("/results/NEW-1/").content.decode()
    assert client.post("/custody/", {**scan, "organisation": ""}).status_code == 422


def test_field_staff_send_but_do_not_receive_and_see_their_area_only(technician: User, hospital: Organisation) -> None:
    tube(technician, hours_ago=30)
    field = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP))
    assert "T1" in field.get("/custody/").content.decode()
    assert field.post("/custody/", {"kind": "received", "organisation": hospital.pk, "codes": "T1"}).status_code == 422
    assert field.post("/custody/", {"kind": "packed", "codes": "T1"}).status_code == 200
    assert CustodyStep.objects.get().kind == "packed"
    other = staff(Role.LABORATORY, area_code=OTHER_COUNTY)
    assert go(other, Move(At.PACKED), "T1").refused == {"T1": "unknown"}
    assert "T1" not in signed_in(other).get("/custody/").content.decode()
    assert signed_in(staff(Role.UNIT)).get("/custody/").status_code == 403


def test_awaited_tubes_are_counted_where_they_are_a_shared_one_once(technician: User, hospital: Organisation) -> None:
    now = timezone.now()
    persons = [Subject.objects.create(kind="person", code=f"S{n}", label="王小明", area_code=VILLAGE) for n in range(3)]
    for subject in persons:
        add_to_pool(tube="P1", subject=subject, collected_at=now - timedelta(hours=30), at=now, by=technician)
    tube(technician, "T1", hours_ago=1)
    go(technician, Move(At.RECEIVED, hospital), "P1")
    profile = profile_in_force(at=now)
    found = custody_selectors.awaited(profile=profile, now=now, by=technician)
    assert (found.places, found.n_late) == ({At.RECEIVED: 1, At.COLLECTED: 1}, 1)
    (late,) = custody_selectors.late(profile=profile, now=now, by=technician, most=5)
    assert (late.code, late.members, late.organisation) == ("P1", 3, hospital)
    persons[0].area_code = OTHER_COUNTY
    persons[0].save()
    assert custody_selectors.awaited(profile=profile, now=now, by=technician).n_awaited == 1
