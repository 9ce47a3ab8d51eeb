"""The divisions as the National Bureau of Statistics published them for 2023: the nation's counties, all of Jiang County."""

import os
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lianfang.apps.areas import selectors
from lianfang.apps.areas.selectors import Level
from lianfang.apps.areas.services import DivisionsImported, import_divisions

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "divisions"
COUNTY = "140826"
AT = datetime(2023, 9, 11, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """The published files; of townships and villages the copy holds this county's part."""
    if not DATA.is_dir():
        pytest.skip(f"not run: {DATA} is not there (set LIANFANG_DATA)")
    names = {
        "provinces.csv": "provinces.csv",
        "cities.csv": "cities.csv",
        "areas.csv": "areas.csv",
        "jiangxian_townships.csv": "streets.csv",
        "jiangxian_villages.csv": "villages.csv",
    }
    for source, target in names.items():
        shutil.copy(DATA / source, tmp_path / target)
    return tmp_path


@pytest.fixture
def imported(lists: Path) -> DivisionsImported:
    return import_divisions(lists, county_code=COUNTY, by=None, at=AT)


def test_every_published_row_arrives(imported: DivisionsImported) -> None:
    assert {name: count.added for name, count in imported.levels.items()} == {
        "provinces.csv": 31,
        "cities.csv": 342,
        "areas.csv": 2978,
        "streets.csv": 11,
        "villages.csv": 146,
    }
    assert all(count.rows == count.added for count in imported.levels.values())


def test_the_second_import_changes_nothing(imported: DivisionsImported, lists: Path) -> None:
    assert imported.changed == 3508
    assert import_divisions(lists, county_code=COUNTY, by=None, at=AT).changed == 0


def test_146_village_level_units_of_which_11_communities_and_one_virtual(imported: DivisionsImported) -> None:
    villages = selectors.villages_of(COUNTY)
    assert len(villages) == 146
    assert sum(village.is_community for village in villages) == 11
    assert [village.name for village in villages if village.is_virtual] == ["山西绛县经济开发区虚拟社区"]
    assert len({village.name for village in villages}) == 146


def test_eight_towns_two_townships_and_one_unit_that_is_neither(imported: DivisionsImported) -> None:
    townships = selectors.townships_of(COUNTY)
    assert Counter(township.name[-1] for township in townships) == {"镇": 8, "乡": 2, "区": 1}
    counts = Counter(village.parent_code for village in selectors.villages_of(COUNTY))
    by_name = {township.name: counts[township.code] for township in townships}
    assert by_name == {
        "古绛镇": 32,
        "横水镇": 25,
        "陈村镇": 8,
        "卫庄镇": 12,
        "磨里镇": 8,
        "南樊镇": 14,
        "安峪镇": 14,
        "大交镇": 12,
        "郝庄乡": 13,
        "冷口乡": 7,
        "山西绛县经济开发区": 1,
    }


def test_counts_of_villages_add_up_to_the_county(imported: DivisionsImported) -> None:
    ones = {village.code: 1 for village in selectors.villages_of(COUNTY)}
    assert selectors.roll_up(ones, level=Level.COUNTY) == {COUNTY: 146}


def test_look_alikes_are_told_apart(imported: DivisionsImported) -> None:
    def found(text: str, within: str) -> list[str]:
        return [each.code for each in selectors.resolve(text, within=within)]

    assert found("绛县", "1408") == ["140826"]
    assert found("新绛县", "1408") == ["140825"]
    assert found("乔村", COUNTY) == ["140826100202"]
    assert found("西乔村", COUNTY) == ["140826100221"]


def test_every_village_is_found_by_its_own_name(imported: DivisionsImported) -> None:
    for village in selectors.villages_of(COUNTY):
        assert [each.code for each in selectors.resolve(village.name, within=COUNTY)] == [village.code]
