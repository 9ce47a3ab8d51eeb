"""Finding the division a published text means, without a database."""

import pytest

from lianfang.apps.areas.gazetteer import Gazetteer, Placed, Unit
from lianfang.formats.risk_lists import RiskRow, complement_of
from lianfang.rules.risk import RiskExtent
from lianfang.rules.vocabulary import RiskLevel

UNITS = """11 北京市|1101 市辖区|110105 朝阳区|110113 顺义区|12 天津市|1201 市辖区|120102 河东区|120105 河北区
13 河北省|1301 石家庄市|130109 藁城区|130184 新乐市|22 吉林省|2202 吉林市|220202 昌邑区|2201 长春市|220104 朝阳区
14 山西省|1408 运城市|140825 新绛县|140826 绛县|44 广东省|4419 东莞市|441900 东莞市|51 四川省|5101 成都市|510107 武侯区
53 云南省|5331 德宏傣族景颇族自治州|533102 瑞丽市|46 海南省|4690 省直辖县级行政区划|469006 万宁市
65 新疆维吾尔自治区|6501 乌鲁木齐市|650102 天山区|650106 头屯河区|6531 喀什地区|653121 疏附县
37 山东省|3702 青岛市|370213 李沧区"""
GAZETTEER = Gazetteer(Unit(*line.split()) for line in UNITS.replace("\n", "|").split("|"))
WHOLE, REST, PART = RiskExtent.WHOLE, RiskExtent.REST, RiskExtent.PART


def row(
    area_name: str, community: str, *, continues: bool = False, fields: tuple[str, str, str] = ("", "", "")
) -> RiskRow:
    return RiskRow(
        RiskLevel.HIGH, *fields, area_name, community, complement_of(community), continues=continues, where="line 1"
    )


def in_series(province: str, city: str, county: str, community: str) -> RiskRow:
    return row(f"{province} {city} {county}", community, fields=(province, city, county))


@pytest.mark.parametrize(
    ("given", "placed"),
    [
        (in_series("天津市", "天津市", "河东区", "富民路街道"), Placed("120102", PART, "富民路街道", True)),
        (in_series("北京市", "朝阳区", "酒仙桥街道", "二街坊"), Placed("110105", PART, "酒仙桥街道二街坊", True)),
        (in_series("海南省", "省直辖县级行政单位", "万宁市", "甲村"), Placed("469006", PART, "甲村", True)),
        (in_series("广东省", "东莞市", "东城街道", "甲栋"), Placed("441900", PART, "东城街道甲栋", True)),
        (in_series("四川省", "成都市", "高新区", "甲小区"), Placed("5101", PART, "高新区甲小区", False)),
        (in_series("四川省", "成都市", "武侯区", ""), Placed("510107", PART, "", False)),
        (
            in_series("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "乌鲁木齐市天山区中高风险区以外的其他地区"),
            Placed("650102", REST, "", True),
        ),
        (in_series("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "全域"), Placed("650102", WHOLE, "", True)),
        (row("新疆乌鲁木齐市", "经济技术开发区（头屯河区）"), Placed("650106", WHOLE, "", True)),
        (row("新疆喀什地区", "疏附县（除高风险地区外的其他乡镇）"), Placed("653121", REST, "", True)),
        (row("云南", "德宏傣族景颇族自治州瑞丽市姐告国门社区"), Placed("533102", PART, "姐告国门社区", True)),
        (row("云南", "瑞丽市姐勒村委会"), Placed("533102", PART, "姐勒村委会", True)),
        (row("青岛市", "李沧区楼山后社区"), Placed("370213", PART, "楼山后社区", True)),
        (row("吉林省吉林市", "昌邑区桦皮厂镇"), Placed("220202", PART, "桦皮厂镇", True)),
        (row("河北省石家庄市", "新乐市"), Placed("130184", WHOLE, "", True)),
        (row("天津市河北区", "宁园街舒园里5号楼"), Placed("120105", PART, "宁园街舒园里5号楼", True)),
        (row("香港", "甲村"), Placed("", PART, "香港甲村", False)),
    ],
)
def test_where_an_entry_is(given: RiskRow, placed: Placed) -> None:
    assert GAZETTEER.place(given) == placed


def test_in_one_clause_the_county_named_first_goes_on() -> None:
    following = row("北京市", "东马各庄村", continues=True)
    assert GAZETTEER.place(following, before="110113") == Placed("110113", PART, "东马各庄村", True)
    assert not GAZETTEER.place(following).is_certain
    # A zone begins something else, and a county of another city is none of this heading's.
    zone = row("吉林省吉林市", "哈达湾经济开发区神华万利城", continues=True)
    assert not GAZETTEER.place(zone, before="220202").is_certain
    assert not GAZETTEER.place(row("吉林省吉林市", "民主街道", continues=True), before="220104").is_certain


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("山西省运城市绛县横水镇", [("140826", "横水镇")]),
        ("绛县", [("140826", "")]),
        ("新绛县", [("140825", "")]),
        ("朝阳区 甲街道", [("110105", "甲街道"), ("220104", "甲街道")]),
        ("德宏州瑞丽", [("5331", "瑞丽")]),
        ("吉林", [("22", "")]),
        ("", []),
        ("nowhere", []),
    ],
)
def test_what_somebody_types(typed: str, found: list[tuple[str, str]]) -> None:
    assert sorted(GAZETTEER.find(typed)) == found


def test_suggestions_begin_like_the_text() -> None:
    assert GAZETTEER.suggestions("2201", "朝阳路") == ("220104",)
    assert GAZETTEER.suggestions("11", "顺义新城")[0] == "110113"
    assert GAZETTEER.name("110113") == "顺义区"
