"""Reading published lists of risk areas: what is told apart, what is tolerated, what is refused and where."""

import gzip
from datetime import datetime

import pytest

from lianfang.formats.risk_lists import (
    Complement,
    RiskListError,
    RiskSnapshot,
    complement_of,
    read_risk_list,
    ways_found,
)
from lianfang.formats.risk_lists.model import CHINA
from tests.support.risk_lists import BULLETIN, HEAD, entry, series

URUMQI = entry("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "乌鲁木齐市天山区中高风险区以外的其他地区")


def bulletin(paragraph: str, head: str = HEAD, name: str = "list.txt") -> RiskSnapshot:
    return read_risk_list((head + paragraph).encode(), name)


def texts(snapshot: RiskSnapshot) -> list[tuple[str, str, str]]:
    return [(row.level.value, row.area_name, row.community) for row in snapshot.rows]


def test_an_object_of_the_series() -> None:
    snapshot = read_risk_list(
        gzip.compress(series(high=(entry("北京市", "朝阳区", "酒仙桥街道", "二街坊"),), low=(URUMQI,))), "a"
    )
    assert snapshot.stamp == datetime(2022, 10, 28, 22, tzinfo=CHINA)
    assert [level.value for level in snapshot.categories] == ["high", "middle", "low"]
    assert texts(snapshot)[0] == ("high", "北京市 朝阳区 酒仙桥街道", "二街坊")
    assert snapshot.rows[0].where == "highlist[0].communitys[0]"
    assert snapshot.rows[1].complement == Complement("乌鲁木齐市天山区", "中高风险区")
    assert snapshot.mismatches == ()


def test_the_series_before_the_third_category() -> None:
    snapshot = read_risk_list(series(stamp="2022-04-15 20时"), "a")
    assert [level.value for level in snapshot.categories] == ["high", "middle"]
    assert snapshot.rows == ()


def test_an_entry_without_communities_is_kept_but_not_counted() -> None:
    snapshot = read_risk_list(series(middle=(entry("福建省", "平潭综合实验区", "平潭综合实验区"),)), "a")
    assert texts(snapshot) == [("middle", "福建省 平潭综合实验区 平潭综合实验区", "")]
    assert snapshot.mismatches == ()
    assert snapshot.per_level()[snapshot.categories[1]] == 0


def test_a_count_that_does_not_come_out_is_told() -> None:
    snapshot = read_risk_list(series(high=(URUMQI,), hcount=7), "a")
    (wrong,) = snapshot.mismatches
    assert (wrong.stated, wrong.counted, wrong.where) == (7, 1, "hcount")


def test_the_hash_knows_the_content_not_its_order() -> None:
    one, other = entry("山西省", "运城市", "盐湖区", "甲村"), entry("山西省", "运城市", "盐湖区", "乙村")
    first, second = series(high=(one, other)), series(high=(other, one))
    assert read_risk_list(first, "a").content_hash == read_risk_list(second, "b").content_hash
    assert read_risk_list(first, "a").content_hash != read_risk_list(series(high=(one,)), "a").content_hash


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"{", "file"),
        (b"[]", "file"),
        (b'{"data": 1}', "data"),
        (b'{"data": {"highlist": []}}', "data"),
        (series(stamp="yesterday"), "end_update_time"),
        (series(stamp="2022-02-30 10时"), "end_update_time"),
        (series(stamp="2022-02-28 25时"), "end_update_time"),
        (series(extremelist=[URUMQI]), "extremelist"),
        (series(highlist={}), "highlist"),
        (series(highlist=[{**URUMQI, "communitys": None}]), "highlist[0].communitys"),
        (series(highlist=[{**URUMQI, "communitys": [7]}]), "highlist[0].communitys[0]"),
        (series(highlist=[{**URUMQI, "city": None}]), "highlist[0].city"),
        (series(highlist=[{**URUMQI, "province": " "}]), "highlist[0].province"),
        (series(hcount=None), "hcount"),
        (series(hcount=True), "hcount"),
        (gzip.compress(b"{}", mtime=0)[:-6], "file"),
        (b"\x1f\x8b\x00\x00", "file"),
        (b"\xff\xfe\xfd\x81", "file"),
        ("天气晴朗".encode(), "text"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(content: bytes, where: str) -> None:
    with pytest.raises(RiskListError) as refused:
        read_risk_list(content, "a")
    assert refused.value.where == where


def test_a_bulletin_in_running_text() -> None:
    snapshot = read_risk_list(BULLETIN.encode("gb18030"), "list.txt")
    assert snapshot.stamp == datetime(2021, 1, 15, tzinfo=CHINA)
    assert texts(snapshot) == [
        ("high", "河北省石家庄市", "藁城区"),
        ("high", "黑龙江省绥化市", "望奎县惠七镇"),
        ("middle", "北京市", "顺义区南法信镇西杜兰村"),
        ("middle", "北京市", "顺义区高丽营镇张喜庄村"),
        ("middle", "北京市", "东马各庄村"),
        ("middle", "黑龙江省绥化市", "望奎县（除惠七镇以外的县域地区）"),
        ("middle", "辽宁省大连市", "金普新区先进街道金润小区B区"),
        ("middle", "辽宁省大连市", "民馨社区"),
    ]
    assert [row.continues for row in snapshot.rows] == [False, False, False, True, True, False, False, True]
    assert snapshot.mismatches == ()
    assert len([count for count in snapshot.counts if count.heading]) == 5


def test_a_bulletin_with_one_entry_a_line() -> None:
    snapshot = bulletin(
        "2021年10月3日10时，全国1个高风险地区，3个中风险地区。\n高风险地区(1个)\n黑龙江：1个\n哈尔滨市巴彦县兴隆镇全域\n"
        "中风险地区（3 个）\n福建省（2个）：\n莆田市秀屿区笏石镇笏西路以东，北埔路以西的区域内；\n厦门市同安区祥平街道凤岗社区\n"
        "云南:1个\n瑞丽市姐东村委会大等贺村民小组",
        head="",
    )
    assert snapshot.stamp == datetime(2021, 10, 3, 10, tzinfo=CHINA)
    assert texts(snapshot)[1] == ("middle", "福建省", "莆田市秀屿区笏石镇笏西路以东，北埔路以西的区域内")
    assert snapshot.rows[1].where == "line 7"
    assert {found.value for found in ways_found(snapshot.counts)} == {"listed"}
    assert snapshot.mismatches == ()


@pytest.mark.parametrize(
    "paragraph",
    ["9月17日，全国境内无中、高风险地区。境外（除澳门为低风险外）仍全部为高风险地区。", "全国境内无中、高风险地区。"],
)
def test_a_bulletin_without_any_area(paragraph: str) -> None:
    snapshot = bulletin(paragraph, head="9月17日江苏无新增\n发布日期：2020-09-18 08:44:48\n")
    assert snapshot.rows == ()
    assert snapshot.stamp == datetime(2020, 9, 18, tzinfo=CHINA)


def test_one_level_needs_no_header_and_one_heading_no_number() -> None:
    snapshot = bulletin("全国现有2个中风险地区：云南省德宏傣族景颇族自治州：姐告国门社区，团结村委会金坎、弄喊片区。\n")
    assert [text for _, _, text in texts(snapshot)] == ["姐告国门社区", "团结村委会金坎、弄喊片区"]
    assert {found.value for found in ways_found(c for c in snapshot.counts if c.heading)} == {"by_count"}


def test_a_full_stop_forgotten_before_a_heading() -> None:
    snapshot = bulletin(
        "全国现有2个中风险地区：广东省东莞市（1个）：南城街道百悦尚城小区2栋广东省深圳市（1个）：宝安区福永街道。\n"
    )
    assert texts(snapshot) == [
        ("middle", "广东省东莞市", "南城街道百悦尚城小区2栋"),
        ("middle", "广东省深圳市", "宝安区福永街道"),
    ]


def test_commas_inside_brackets_and_numbers_that_go_on() -> None:
    snapshot = bulletin(
        "全国有3个中风险地区：浙江省绍兴市（3个）：百官街道（城南社区、恒利社区除外），"
        "顺天小区78、80、82号楼，曹娥街道（振兴社区、大通超市（舜杰路店）除外）。\n"
    )
    assert [text for _, _, text in texts(snapshot)] == [
        "百官街道（城南社区、恒利社区除外）",
        "顺天小区78、80、82号楼",
        "曹娥街道（振兴社区、大通超市（舜杰路店）除外）",
    ]
    assert snapshot.rows[2].complement == Complement("曹娥街道", "振兴社区、大通超市（舜杰路店）")


def test_a_number_no_reading_gives_is_reported_not_forced() -> None:
    snapshot = bulletin("全国有9个中风险地区：湖南省长沙市（9个）：天心区甲街，乙街、丙街。\n")
    wrong = {(count.heading, count.stated, count.counted) for count in snapshot.mismatches}
    assert wrong == {("", 9, 3), ("湖南省长沙市", 9, 3)}


@pytest.mark.parametrize(
    ("head", "paragraph", "problem"),
    [
        ("", "全国有1个中风险地区：北京市（1个）：顺义区甲村。\n", "names no day"),
        ("1月14日江苏无新增\n", "全国有1个中风险地区：北京市（1个）：顺义区甲村。\n", "year of 1月14日"),
        (HEAD, "全国有1个高风险地区，1个中风险地区：北京市（2个）：顺义区甲村、乙村。\n", "stands under no level"),
        (HEAD, "全国有1个中风险地区：顺义区甲村。\n", "stands under no heading"),
        (HEAD, "全国有3个中风险地区：北京市：顺义区甲村、乙村。天津市（1个）：河东区。\n", "states no number"),
        (HEAD, "2月30日，全国有1个中风险地区：北京市（1个）：顺义区甲村。\n", "day is out of range"),
    ],
)
def test_a_bulletin_that_is_not_understood_is_refused(head: str, paragraph: str, problem: str) -> None:
    with pytest.raises(RiskListError, match=problem):
        bulletin(paragraph, head=head)


@pytest.mark.parametrize(
    ("head", "sentence", "stamp"),
    [
        ("发布日期：2021-10-25 09:13:26\n", "截至10月24日16时，", datetime(2021, 10, 24, 16, tzinfo=CHINA)),
        ("发布日期：2022-02-22 09:17:18\n", "截至2月21日24时，", datetime(2022, 2, 22, tzinfo=CHINA)),
        ("发布日期：2021-01-01 09:00:00\n", "12月31日，", datetime(2021, 1, 1, tzinfo=CHINA)),
        # Published during the day it reports on: it cannot speak of the evening.
        ("12月31日江苏无新增\n发布日期：2020-12-31 09:16:15\n", "", datetime(2020, 12, 31, 9, 16, tzinfo=CHINA)),
    ],
)
def test_as_of_when_a_bulletin_speaks(head: str, sentence: str, stamp: datetime) -> None:
    assert bulletin(f"{sentence}全国有1个中风险地区：北京市（1个）：顺义区甲村。\n", head=head).stamp == stamp


def test_the_year_may_stand_in_the_file_s_name_alone() -> None:
    snapshot = bulletin(
        "7月19日07时，全国有1个中风险地区：北京市（1个）：顺义区甲村。\n", head="", name="贵州省2021-07-20.txt"
    )
    assert snapshot.stamp == datetime(2021, 7, 19, 7, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("text", "complement"),
    [
        ("吕河乡(除杨店行政村外)", Complement("吕河乡", "杨店行政村")),
        ("庄头镇(除前曹村、后曹村)", Complement("庄头镇", "前曹村、后曹村")),
        ("疏附县（除高风险地区外的其他乡镇）", Complement("疏附县", "高风险地区")),
        ("疏附县（除4个高风险乡镇和4个低风险乡镇外的其他地区）", Complement("疏附县", "4个高风险乡镇和4个低风险乡镇")),
        ("汤阴县（汤阴县育才中学、古贤镇除外）", Complement("汤阴县", "汤阴县育才中学、古贤镇")),
        ("除中高风险区以外的其他地区", Complement("", "中高风险区")),
        ("青羊区除高、中风险区以外的其他区域", Complement("青羊区", "高、中风险区")),
        ("中高风险区以外的城关区其他所有区域", Complement("城关区", "中高风险区")),
        ("兰州市城关区其余地区", Complement("兰州市城关区", "")),
        ("除已划分为中、高风险区域以外第八师石河子市其它区域", Complement("第八师石河子市", "已划分为中、高风险区域")),
        ("恒大绿洲二号院（6号、9号楼以外）片区", Complement("恒大绿洲二号院", "6号、9号楼")),
        ("二道桥街道福寿巷社区除民政厅家属院其他区域", Complement("二道桥街道福寿巷社区", "民政厅家属院")),
        ("富民路街道雅仕嘉园18号楼", None),
        ("新宫家园南区1号楼5单元以外的其他区域", None),
        ("月川社区（内除高风险区以外的区域）", None),
    ],
)
def test_entries_that_say_what_they_leave_out(text: str, complement: Complement | None) -> None:
    assert complement_of(text) == complement
