"""Two members of staff change one person: the second is shown both versions, and nothing is lost."""

import json

import polars as pl
import pytest
from django.utils import timezone

from lianfang.apps.core import identity
from lianfang.apps.core.integrity import check_batches, check_rows
from lianfang.apps.core.models import Role
from lianfang.apps.people.editing import history_of
from lianfang.apps.people.models import Person
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from tests.support.divisions import write_lists
from tests.support.staff import OTHER_COUNTY, VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
URL = "/people/wang/edit/"


@pytest.fixture(autouse=True)
def wang(_django_db_helper: None, tmp_path_factory: pytest.TempPathFactory) -> Person:
    from lianfang.apps.areas.services import import_divisions

    now = timezone.now()
    import_divisions(write_lists(tmp_path_factory.mktemp("divisions")), county_code="140826", by=None, at=now)
    table = pl.DataFrame({"code": ["wang"], "name": ["王小明"], "phone": ["17400000001"], "area_code": [VILLAGE]})
    import_persons(table, by=None, at=now, household_ids=place_ids)
    return Person.objects.get()


def said(**more: object) -> dict[str, object]:
    return {"version": 1, "name": "王小明", "phone": "17400000001", "area_code": VILLAGE, **more}


def test_a_change_is_kept_with_what_stood_before(wang: Person) -> None:
    client = signed_in(staff())
    assert "17400000001" in client.get(URL).content.decode()
    moved = said(name="王晓明", area_code="140826100005")
    assert client.post(URL, moved).status_code == 302
    assert client.post(URL, moved).status_code == 302  # the same again: nothing to change, no conflict
    (edit,) = history_of(wang.pk)
    assert sorted(edit.fields) == ["area_code", "name"]
    assert json.loads(identity.decrypt(edit.before_cipher))["name"] == "王小明"
    wang.refresh_from_db()
    assert (wang.name, wang.version, wang.subject.area_code) == ("王晓明", 2, "140826100005")
    assert list(check_rows()) == []
    assert list(check_batches()) == []  # the list that brought the person still proves what it brought


def test_the_second_of_two_sees_both_versions_and_decides() -> None:
    first, second = signed_in(staff(username="first")), signed_in(staff(username="second"))
    assert first.post(URL, said(phone="17400000009")).status_code == 302
    refused = second.post(URL, said(name="王晓明"))
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "17400000001" in page
    assert "17400000009" in page
    assert Person.objects.get().name == "王小明"
    assert second.post(URL, said(version=2, name="王晓明", phone="17400000009")).status_code == 302
    person = Person.objects.get()
    assert (person.name, identity.decrypt(person.phone_cipher or b""), person.version) == ("王晓明", "17400000009", 3)


def test_who_may_not_and_what_is_wrong_is_refused() -> None:
    assert signed_in(staff(Role.LABORATORY)).get(URL).status_code == 403
    assert signed_in(staff(Role.COMMUNITY, area_code=OTHER_COUNTY)).get(URL).status_code == 404
    client = signed_in(staff(Role.COMMUNITY, area_code="140826100"))
    for wrong in (
        {"phone": "12"},
        {"name": ""},
        {"area_code": "140826999"},
        {"household": "nowhere"},
        {"work_unit": "x"},
    ):
        assert client.post(URL, said(**wrong)).status_code == 422, wrong
    assert client.post(URL, said(area_code="140825100001")).status_code in {403, 422}
    assert Person.objects.get().version == 1
