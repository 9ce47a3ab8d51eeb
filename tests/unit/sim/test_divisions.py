"""The division table is checked before a county is built on it."""

import pytest

from lianfang.sim.divisions import Division, read_divisions, spoken_name
from tests.unit.sim.county_table import DIVISIONS


def test_order_and_parents() -> None:
    county = read_divisions(reversed(DIVISIONS))
    assert (county.county_code, county.county_name) == ("140826", "绛县")
    assert [row.code for row in county.villages] == sorted(row.code for row in DIVISIONS if len(row.code) == 12)
    for village, township in zip(county.villages, county.township_of, strict=True):
        assert county.townships[township].code == village.parent
    assert county.townships[county.seat].name == "古绛镇"
    assert county.villages[county.village_in(1)].name == "横北村委会"


def test_a_county_row_is_not_needed() -> None:
    assert read_divisions(DIVISIONS[1:]).county_name == "140826"


@pytest.mark.parametrize(
    ("official", "spoken"),
    [
        ("东关村委会", "东关村"),
        ("乔村村委会", "乔村"),
        ("绛山社区居委会", "绛山社区"),
        ("山西绛县经济开发区虚拟社区", "山西绛县经济开发区虚拟社区"),
    ],
)
def test_spoken_names(official: str, spoken: str) -> None:
    assert spoken_name(official) == spoken


@pytest.mark.parametrize(
    "wrong",
    [
        Division("140825100", "龙兴镇", "township", "140825"),
        Division("1408261", "古绛", "township", "140826"),
        Division("140826300200", "无镇村委会", "village", "140826300"),
        Division("140826100999", "错镇村委会", "village", "140826101"),
        Division("140826300", "无村镇", "township", "140826"),
    ],
)
def test_a_table_that_does_not_hang_together_is_refused(wrong: Division) -> None:
    with pytest.raises(ValueError, match=r"county|township"):
        read_divisions([*DIVISIONS, wrong])


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(ValueError, match="one county"):
        read_divisions([])
