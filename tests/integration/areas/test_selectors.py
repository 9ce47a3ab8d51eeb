"""Questions about divisions: names, paths, children, what a reported name can mean, adding up."""

from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.template import engines

from lianfang.apps.areas import selectors
from lianfang.apps.areas.models import Area
from lianfang.apps.areas.selectors import Level
from lianfang.apps.areas.services import import_divisions
from tests.integration.areas.test_import import AT, COUNTY
from tests.support.divisions import FILES, write_lists
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db
MORE = (
    '140826100202,"乔村村委会",140826100,14,1408,140826\n'
    '140826100221,"西乔村委会",140826100,14,1408,140826\n'
    '140826101200,"东关村委会",140826101,14,1408,140826\n'
    '140826101201,"城东村村委会",140826101,14,1408,140826\n'
)


@pytest.fixture(autouse=True)
def county(tmp_path: Path) -> None:
    """The small county with a second township whose village bears a name of the first."""
    cache.clear()
    streets = FILES["streets"] + '140826101,"横水镇",140826,14,1408\n'
    lists = write_lists(tmp_path, streets=streets, villages=FILES["villages"] + MORE)
    import_divisions(lists, county_code=COUNTY, by=None, at=AT)


def codes(found: tuple[selectors.Division, ...]) -> list[str]:
    return [each.code for each in found]


def test_names_one_by_one_and_many_at_once(django_assert_num_queries) -> None:
    assert selectors.name_of("140826") == "绛县"
    assert selectors.name_of("999999") == "999999"
    with django_assert_num_queries(1):
        assert selectors.names_of(["140826", "140826100", "x"]) == {
            "140826": "绛县",
            "140826100": "古绛镇",
            "x": "x",
        }


def test_the_path_leads_from_the_province_down() -> None:
    assert [each.name for each in selectors.path("140826100200")] == [
        "山西省",
        "运城市",
        "绛县",
        "古绛镇",
        "东关村委会",
    ]
    with pytest.raises(selectors.AreaNotFound):
        selectors.path("140826100999")
    with pytest.raises(selectors.AreaNotFound):
        selectors.division("")


def test_paths_of_many_in_one_query_without_what_everybody_knows(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert selectors.paths_of(["140826100200", "140826101", "140826"], below="140826") == {
            "140826100200": "古绛镇 / 东关村委会",
            "140826101": "横水镇",
            "140826": "绛县",
        }


def test_children_townships_and_villages_are_those_still_listed() -> None:
    assert codes(selectors.children("140826")) == ["140826100", "140826101", "140826402"]
    assert codes(selectors.townships_of("140826")) == ["140826100", "140826101", "140826402"]
    assert len(selectors.villages_of("140826")) == 7
    Area.objects.filter(parent="140826101").update(withdrawn_on=date(2020, 12, 7))
    assert selectors.villages_of("140826101") == ()
    assert codes(selectors.units_within("140826101")) == ["140826101"]
    assert selectors.name_of("140826101200") == "东关村委会"


def test_communities_and_virtual_units_are_told_apart() -> None:
    kinds = {each.code: (each.is_community, each.is_virtual) for each in selectors.villages_of("140826")}
    assert kinds["140826100005"] == (True, False)
    assert kinds["140826100200"] == (False, False)
    assert kinds["140826402498"] == (False, True)


@pytest.mark.parametrize(
    ("text", "within", "found"),
    [
        ("乔村村委会", COUNTY, ["140826100202"]),
        ("乔村", COUNTY, ["140826100202"]),
        ("西乔村", COUNTY, ["140826100221"]),
        ("西乔", COUNTY, ["140826100221"]),
        ("城东", COUNTY, ["140826101201"]),
        ("龙王庙社区", COUNTY, ["140826100005"]),
        ("东关村", COUNTY, ["140826100200", "140826101200"]),
        ("东关", "140826101", ["140826101200"]),
        ("横水镇东关村", COUNTY, ["140826101200"]),
        ("横水 东关", COUNTY, ["140826101200"]),
        ("绛县横水镇东关村委会", COUNTY, ["140826101200"]),
        ("山西省运城市绛县古绛镇东关村", COUNTY, ["140826100200"]),
        ("绛县", "1408", ["140826"]),
        ("新绛县", "1408", ["140825"]),
        ("古绛", COUNTY, ["140826100"]),
        ("安峪镇东关村", COUNTY, []),
        ("天津市", COUNTY, []),
        ("", COUNTY, []),
    ],
)
def test_what_a_reported_name_can_mean(text: str, within: str, found: list[str]) -> None:
    assert codes(selectors.resolve(text, within=within)) == found


def test_withdrawn_units_are_not_meant() -> None:
    Area.objects.filter(code="140826100202").update(withdrawn_on=date(2020, 12, 7))
    assert selectors.resolve("乔村", within=COUNTY) == ()


def test_counts_add_up_at_every_level() -> None:
    counts = {"140826100200": 3, "140826100005": 2, "140826101200": 5, "140826": 1, "140825100001": 7}
    assert selectors.roll_up(counts, level=Level.TOWNSHIP) == {
        "140826100": 5,
        "140826101": 5,
        "140826": 1,
        "140825100": 7,
    }
    for level in Level:
        assert sum(selectors.roll_up(counts, level=level).values()) == 18


def test_whether_a_county_has_its_list() -> None:
    assert selectors.has_divisions("140826")
    assert not selectors.has_divisions("140825")


def render(text: str, **context: object) -> str:
    return engines["django"].from_string("{% load areas %}" + text).render(context)


def test_templates_name_codes_and_offer_those_of_an_area(django_assert_num_queries) -> None:
    assert render("{{ code|area_name }}", code="140826100") == "古绛镇"
    with django_assert_num_queries(0):
        assert render("{{ code|area_name }}", code="140826100") == "古绛镇"
    assert render("{{ code|area_name }}", code="nowhere") == "nowhere"
    assert render("{% area_options within %}", within="140826101") == (
        '<datalist id="area-options"><option value="140826101">横水镇</option>'
        '<option value="140826101200">东关村委会</option>'
        '<option value="140826101201">城东村村委会</option></datalist>'
    )


def test_the_api_tells_path_and_children() -> None:
    content = signed_in(staff()).get("/api/areas/140826101").json()
    assert [each["name"] for each in content["path"]] == ["山西省", "运城市", "绛县", "横水镇"]
    assert [each["name"] for each in content["children"]] == ["东关村委会", "城东村村委会"]
    assert (content["name"], content["level"], content["is_withdrawn"]) == ("横水镇", 4, False)
