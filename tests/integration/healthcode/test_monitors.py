"""The pattern of the 871: many people coded by one hand, without a link, some of them elsewhere; each monitor shows it."""

from datetime import timedelta

import polars as pl
import pytest
from django.db import connection
from django.utils import timezone

from lianfang.apps.core.models import Role, Subject, User
from lianfang.apps.healthcode import services
from lianfang.apps.healthcode.monitors import alarms
from lianfang.apps.people.services import import_persons
from lianfang.apps.places import selectors as places
from lianfang.apps.places.services import import_places
from tests.support.case import VILLAGE, Case
from tests.support.staff import COUNTY, OTHER_TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
DEPOSITORS = [f"depositor{n:02}" for n in range(20)]


@pytest.fixture
def listed(case: Case, community: User) -> Case:
    """Twenty people who share nothing are coded within minutes by one hand."""
    rows = [{"code": code, "name": code, "area_code": VILLAGE} for code in DEPOSITORS]
    import_persons(pl.DataFrame(rows), by=None, at=case.now, household_ids=places.place_ids)
    day = timezone.localdate() - timedelta(days=1)
    for person in DEPOSITORS:
        report = services.StayReport("130202", day, day, "other_county", community="甲小区")
        services.record_stay(person_code=person, report=report, at=timezone.now(), by=community)
    services.bring_up_to_date(at=timezone.now())
    return case


def found() -> dict[str, list[str]]:
    rows = alarms(area=COUNTY, at=timezone.now())
    return {each.kind: [subject.code for subject in each.persons] for each in rows}


def test_what_is_in_order_raises_nothing(case: Case) -> None:
    case.signed("wang")
    assert found() == {}


def test_a_list_shows_as_one_hand_and_as_a_batch_without_links(listed: Case, community: User) -> None:
    assert found() == {"unusual_signer": DEPOSITORS, "unlinked_batch": DEPOSITORS}
    page = signed_in(staff(Role.AUDITOR)).get("/health-codes/monitors/").content.decode()
    assert "MO-3" in page
    assert community.display_name in page
    assert "/health-codes/depositor" not in page, "an auditor sees that there are persons, not their records"
    listed.stays(*((person, "market", 20, 10) for person in DEPOSITORS[:10]))
    assert list(found()) == ["unusual_signer"], "half of them were at one market"


def test_a_red_code_that_leads_nowhere_and_people_in_two_places(listed: Case) -> None:
    elsewhere = {"code": "far", "kind": "market", "area_code": OTHER_TOWNSHIP + "200"}
    import_places(pl.DataFrame([elsewhere]), by=None, at=listed.now)
    listed.stays(("depositor00", "market", 20, 10), ("depositor00", "far", 12, 9), ("depositor01", "far", 12, 9))
    with connection.cursor() as cursor:  # somebody with the database's own rights
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "DELETE FROM healthcode_riskstay WHERE subject_id = %s", [Subject.objects.get(code="depositor07").pk]
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    shown = found()
    assert shown["red_without_episode"] == ["depositor07"]
    assert shown["remote_scan"] == ["depositor00"]
