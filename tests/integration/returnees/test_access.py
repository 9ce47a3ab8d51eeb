"""Who sees and writes what: the own village and unit, nobody else's, by no address; twice at once is once."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from lianfang.apps.core.models import AuditEvent, Measure, Organisation, Role, Subject, User
from lianfang.apps.followup.models import HealthRecord, Transfer
from lianfang.apps.returnees import services
from lianfang.apps.returnees.models import Confirmation, Return
from tests.support.returnees import day_of, declared, list_of
from tests.support.staff import OTHER_COUNTY, OTHER_TOWNSHIP, signed_in, staff

OTHER_VILLAGE = "140826100005"


@pytest.fixture
def returned(now: datetime, unit: Organisation) -> Return:
    list_of(now - timedelta(days=2), high=("增村镇小果庄村",))
    return declared(now, work_unit=unit)


def pages_of(returned: Return) -> list[str]:
    return [reverse(name, args=[returned.handle]) for name in ("return", "return_correct", "return_notice")]


def posts_of(returned: Return) -> list[tuple[str, dict[str, object]]]:
    code, day = returned.subject.code, returned.expected_on.isoformat()
    health = {"client_id": str(uuid.uuid4()), "way": "call", "temperature": "36.6"}
    return [
        (reverse("return_confirm", args=[returned.handle]), {"arrived_on": day}),
        (reverse("today_record", args=[code]), health),
        (reverse("today_transfer", args=[code]), {"client_id": str(uuid.uuid4()), "site": "x", "reason": "y"}),
    ]


def sync(client: Client, returned: Return, client_id: uuid.UUID, at: datetime, **more: object) -> dict[str, object]:
    entry = {
        "client_id": str(client_id), "person": returned.subject.code, "way": "call", "tenths_celsius": 366,
        "taken_at": at.isoformat(), **more,
    }  # fmt: skip
    url = reverse("api:follow_up_records")
    answer = client.post(url, json.dumps({"entries": [entry]}), content_type="application/json")
    assert answer.status_code == 200, answer.content
    (result,) = answer.json()["results"]
    return dict(result)


@pytest.mark.django_db
@pytest.mark.parametrize("area", [OTHER_VILLAGE, OTHER_TOWNSHIP, OTHER_COUNTY])
def test_another_village_sees_and_guesses_nobody(returned: Return, now: datetime, area: str) -> None:
    other = signed_in(staff(Role.COMMUNITY, area_code=area))
    assert {other.get(page).status_code for page in pages_of(returned)} == {404}
    for url, content in posts_of(returned):
        assert other.post(url, content).status_code in {302, 404}
    assert sync(other, returned, uuid.uuid4(), now)["code"] == "not_followed"
    assert sync(other, Return(subject=Subject(code="P999999999")), uuid.uuid4(), now)["is_stored"] is False
    for name in ("returnees", "today"):
        assert returned.subject.code not in other.get(reverse(name)).content.decode()
    assert returned.subject.code not in other.get(reverse("returnees"), {"q": "李"}).content.decode()
    assert other.get(reverse("person", args=[returned.subject.code])).status_code == 404
    assert other.get(reverse("return_enter"), {"person": returned.subject.code}).status_code == 404
    assert not HealthRecord.objects.exists()
    assert not Transfer.objects.exists()
    assert not Confirmation.objects.exists()


@pytest.mark.django_db
def test_arrivals_a_phone_hands_over_are_confirmed_once_and_only_by_whom_they_concern(
    returned: Return, now: datetime, villager: User
) -> None:
    def hand(client: Client, **more: object) -> dict[str, object]:
        entry = {
            "client_id": str(uuid.uuid4()),
            "returned": str(returned.handle),
            "arrived_on": f"{day_of(now)}",
            **more,
        }
        url = reverse("api:follow_up_arrivals")
        answer = client.post(url, json.dumps({"entries": [entry]}), content_type="application/json")
        (result,) = answer.json()["results"]
        return dict(result)

    other, own = signed_in(staff(Role.COMMUNITY, area_code=OTHER_VILLAGE)), signed_in(villager)
    assert hand(other)["code"] == hand(own, returned=str(uuid.uuid4()))["code"] == "return_not_found"
    assert [hand(own)["is_stored"] for _ in range(2)] == [True, True]
    assert hand(own, arrived_on=f"{day_of(now) - timedelta(days=1)}")["code"] == "arrival_confirmed"
    assert Confirmation.objects.count() == 1


@pytest.mark.django_db
def test_another_unit_sees_nobody_and_the_own_one_no_identity(returned: Return, clerk: User) -> None:
    elsewhere = Organisation.objects.create(
        code="U-2", name="别的单位", kind="employer", responsible_kind="unit", area_code="140826"
    )
    other = signed_in(staff(Role.UNIT, username="other-unit", organisation=elsewhere))
    assert {other.get(page).status_code for page in pages_of(returned)} == {404}
    own = signed_in(clerk)
    content = own.get(pages_of(returned)[0]).content.decode()
    assert "李**" in content
    notice = own.get(reverse("return_notice", args=[returned.handle])).content.decode()
    assert "RT-1" in notice, "what is ordered, and why"
    assert "李返乡" not in content + notice
    assert "13800000001" not in content + notice
    assert signed_in(staff(Role.LABORATORY)).get(pages_of(returned)[0]).status_code == 403
    assert Client().get(pages_of(returned)[0]).status_code == 302


@pytest.mark.django_db
def test_who_others_found_is_entered_with_who_they_are(returned: Return, villager: User, clerk: User) -> None:
    asked = reverse("return_enter"), {"person": returned.subject.code}
    page = signed_in(villager).get(*asked).content.decode()
    assert 'value="李返乡"' in page
    assert 'value="13800000001"' in page
    assert AuditEvent.objects.filter(action="person.identity_shown", by=villager).count() == 1
    assert "李返乡" not in signed_in(clerk).get(*asked).content.decode(), "a unit sees no identity"


@pytest.mark.django_db
def test_each_party_confirms_once_and_a_second_day_is_a_conflict(
    returned: Return, now: datetime, villager: User, clerk: User
) -> None:
    for by in (villager, villager, clerk):
        services.confirm_arrival(returned=returned, arrived_on=day_of(now), note="", at=now, by=by)
    assert sorted(Confirmation.objects.values_list("party", flat=True)) == ["territory", "unit"]
    with pytest.raises(services.ArrivalConfirmed):
        services.confirm_arrival(
            returned=returned, arrived_on=day_of(now) - timedelta(days=1), note="", at=now, by=villager
        )


@pytest.mark.django_db
def test_a_sync_sent_again_stores_nothing_twice_and_one_refused_holds_back_no_other(
    returned: Return, now: datetime, villager: User
) -> None:
    client, number = signed_in(villager), uuid.uuid4()
    assert sync(client, returned, number, now)["is_stored"]
    assert sync(client, returned, number, now)["is_stored"]
    assert HealthRecord.objects.count() == 1
    assert sync(client, returned, uuid.uuid4(), now + timedelta(hours=2))["code"] == "record_invalid"
    assert sync(client, returned, uuid.uuid4(), now, is_reached=False)["code"] == "record_invalid"
    colleague = signed_in(staff(Role.COMMUNITY, username="colleague", area_code=returned.area_code))
    assert sync(colleague, returned, number, now)["code"] == "record_taken"


@pytest.mark.django_db
def test_a_village_without_script_records_confirms_and_transfers(returned: Return, villager: User) -> None:
    client = signed_in(villager)
    for url, content in posts_of(returned):
        assert client.post(url, content).status_code == 302
    assert (HealthRecord.objects.count(), Transfer.objects.count(), Confirmation.objects.count()) == (1, 1, 1)
    assert "36.6" in client.get(reverse("today")).content.decode()


@pytest.mark.django_db
def test_the_person_reports_by_their_own_address_and_it_is_checked(returned: Return) -> None:
    url = reverse("return_own_report", args=[returned.handle])
    form = {"client_id": str(uuid.uuid4()), "temperature": "37.9", "symptoms": ["cough"]}
    assert Client().post(url, form).status_code == 302
    assert Client().post(url, form).status_code == 302
    assert Client().post(url, {**form, "client_id": str(uuid.uuid4()), "temperature": "12"}).status_code == 422
    assert HealthRecord.objects.get().recorded_by is None
    assert Measure.objects.filter(subject=returned.subject_id, kind="test_schedule", ended_at=None).exists()


def at_once(*works: Callable[[], object]) -> list[BaseException | None]:
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> BaseException | None:
        barrier.wait()
        try:
            work()
        except services.DomainError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_after_the_other(returned: Return, now: datetime, villager: User, clerk: User) -> None:
    number = uuid.uuid4()
    client_of = signed_in(villager)
    outcomes = at_once(
        lambda: services.confirm_arrival(returned=returned, arrived_on=day_of(now), note="", at=now, by=villager),
        lambda: services.confirm_arrival(returned=returned, arrived_on=day_of(now), note="", at=now, by=villager),
        lambda: services.confirm_arrival(returned=returned, arrived_on=day_of(now), note="", at=now, by=clerk),
        lambda: sync(client_of, returned, number, now),
        lambda: sync(client_of, returned, number, now),
    )
    assert outcomes == [None] * 5
    assert Confirmation.objects.count() == 2
    assert HealthRecord.objects.count() == 1
    assert Measure.objects.filter(subject=returned.subject_id, ended_at=None).count() == 1
