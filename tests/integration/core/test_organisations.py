"""Organisations of the four responsibilities, and who answers for what."""

from datetime import UTC, datetime

import pytest

from lianfang.apps.core import selectors, services
from lianfang.apps.core.identity import IdentityInvalid
from lianfang.apps.core.models import AuditEvent, Organisation
from lianfang.apps.core.selectors import Concern, responsible_organisation
from lianfang.apps.core.services import OrganisationEntry, register_organisation, register_organisations
from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind, SubjectKind
from tests.support.staff import COUNTY, OTHER_COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, organisation

pytestmark = pytest.mark.django_db
AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)
T, R, U, C = ResponsibleKind.TERRITORY, ResponsibleKind.REGULATOR, ResponsibleKind.UNIT, ResponsibleKind.CITIZEN


def entry(code: str = "E1", name: str = "冷链公司", **more: object) -> OrganisationEntry:
    fields = {"kind": "employer", "responsible_kind": U, "area_code": TOWNSHIP, **more}
    return OrganisationEntry(code=code, name=name, **fields)


def test_registering_twice_changes_nothing() -> None:
    first = register_organisation(entry(uscc="91350100m000100y43"), by=None, at=AT)
    again = register_organisation(entry(uscc="91350100M000100Y43"), by=None, at=AT)
    assert first.pk == again.pk
    assert Organisation.objects.get().uscc == "91350100M000100Y43"
    assert AuditEvent.objects.filter(action="organisation.registered").count() == 1


def test_a_new_name_replaces_the_old_one() -> None:
    register_organisation(entry(), by=None, at=AT)
    register_organisation(entry(name="冷链有限公司"), by=None, at=AT)
    assert Organisation.objects.get().name == "冷链有限公司"
    assert AuditEvent.objects.latest("id").detail == {"added": 0, "changed": 1}


@pytest.mark.parametrize("other", [{"kind": "venue"}, {"responsible_kind": R}, {"area_code": COUNTY}])
def test_a_code_is_never_taken_over_by_something_else(other: dict[str, str]) -> None:
    register_organisation(entry(), by=None, at=AT)
    with pytest.raises(services.OrganisationAlreadyRegistered):
        register_organisations([entry("E2"), entry(**other)], by=None, at=AT)
    assert Organisation.objects.count() == 1


def test_bad_credit_and_area_codes_are_refused() -> None:
    with pytest.raises(IdentityInvalid):
        register_organisation(entry(uscc="91350100M000100Y44"), by=None, at=AT)
    with pytest.raises(services.AreaCodeMalformed):
        register_organisation(entry(area_code="1408260"), by=None, at=AT)


def test_organisations_are_found_by_area_and_responsibility() -> None:
    for code, kind, responsible, area in [
        ("V1", "village", "territory", VILLAGE),
        ("E1", "employer", "unit", VILLAGE),
        ("T2", "township", "territory", OTHER_TOWNSHIP),
    ]:
        organisation(code, kind, responsible, area)
    assert [each.code for each in selectors.organisations(TOWNSHIP)] == ["E1", "V1"]
    assert [each.code for each in selectors.organisations(COUNTY, T)] == ["T2", "V1"]
    assert selectors.organisation("V1").kind == "village"
    with pytest.raises(selectors.OrganisationNotFound):
        selectors.organisation("nowhere")


@pytest.fixture
def county() -> dict[str, Organisation]:
    """A county with its command, one township with one village committee, four bureaus and one employer."""
    rows = [
        ("command", "command", "territory", COUNTY, "绛县疫情防控指挥部"),
        ("township", "township", "territory", TOWNSHIP, "古绛镇人民政府"),
        ("village", "village", "territory", VILLAGE, "东关村委会"),
        ("market", "regulator", "regulator", COUNTY, "绛县市场监督管理局"),
        ("health", "regulator", "regulator", COUNTY, "绛县卫生健康和体育局"),
        ("schools", "regulator", "regulator", COUNTY, "绛县教育局"),
        ("traffic", "regulator", "regulator", COUNTY, "绛县交通运输局"),
        ("employer", "employer", "unit", VILLAGE, "冷链公司"),
    ]
    return {code: organisation(code, kind, resp, area, name) for code, kind, resp, area, name in rows}


@pytest.mark.parametrize(
    ("kind", "concern", "expected"),
    [
        (T, Concern(VILLAGE), "village"),
        (T, Concern("140826100999"), "township"),
        (T, Concern(TOWNSHIP), "township"),
        (T, Concern(OTHER_TOWNSHIP), "command"),
        (T, Concern(OTHER_COUNTY), "command"),
        (C, Concern(VILLAGE), "village"),
        (U, Concern(VILLAGE), "village"),
        (R, Concern(VILLAGE, subject_kind=SubjectKind.PACKAGE, place_kind=PlaceKind.TRUCK), "market"),
        (R, Concern(VILLAGE, subject_kind=SubjectKind.LOT), "market"),
        (R, Concern(VILLAGE, place_kind=PlaceKind.COLD_ROOM), "market"),
        (R, Concern(VILLAGE, place_kind=PlaceKind.CLASSROOM), "schools"),
        (R, Concern(VILLAGE, place_kind=PlaceKind.BUS, subject_kind=SubjectKind.PERSON), "traffic"),
        (R, Concern(VILLAGE, place_kind=PlaceKind.WARD), "health"),
        (R, Concern(VILLAGE), "health"),
        (R, Concern(VILLAGE, place_kind=PlaceKind.HOTEL), "health"),  # this county has no bureau of culture
        (R, Concern(OTHER_COUNTY, place_kind=PlaceKind.MARKET), "market"),
    ],
)
def test_who_is_responsible(county: dict[str, Organisation], kind: str, concern: Concern, expected: str) -> None:
    assert responsible_organisation(kind, concern) == county[expected]


def test_a_unit_answers_for_itself(county: dict[str, Organisation]) -> None:
    concern = Concern(VILLAGE, unit_id=county["employer"].pk)
    assert responsible_organisation(U, concern) == county["employer"]
    assert responsible_organisation(T, concern) == county["village"]


def test_many_questions_cost_two_queries(county: dict[str, Organisation], django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        parties = selectors.responsibilities()
        for kind in ResponsibleKind:
            for area in (VILLAGE, TOWNSHIP, COUNTY, OTHER_COUNTY):
                parties.of(kind, Concern(area, place_kind=PlaceKind.SHOP))


def test_a_county_that_entered_nobody_has_nobody() -> None:
    assert responsible_organisation(T, Concern(VILLAGE)) is None
    assert responsible_organisation(R, Concern(VILLAGE)) is None
