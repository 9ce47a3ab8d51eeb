"""The published lists of risk areas of 2020 to 2022, imported in order: counts, places, and what applied where on a day."""

import os
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from lianfang.apps.areas import selectors, services
from lianfang.apps.areas.models import RiskInterval, RiskList, RiskListDecision, RiskListRow
from lianfang.apps.areas.selectors import risk
from lianfang.apps.areas.selectors.risk_history import risk_on_day
from lianfang.apps.core import outbox
from lianfang.apps.core.integrity import check_batches, check_log, check_rows
from lianfang.formats.risk_lists import RiskSnapshot, read_risk_list, ways_found
from lianfang.rules.risk import RiskStanding
from lianfang.rules.vocabulary import RiskLevel
from tests.support.staff import staff

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTS = DATA / "risk-areas"
COUNTY = "140826"
AT = datetime(2022, 11, 1, 1, 0, tzinfo=UTC)
HIGH, MIDDLE, LOW = RiskLevel.HIGH, RiskLevel.MIDDLE, RiskLevel.LOW
LISTED, PARTLY, NOT_LISTED = RiskStanding.LISTED, RiskStanding.PARTLY, RiskStanding.NOT_LISTED


def files() -> list[Path]:
    if not LISTS.is_dir():
        pytest.skip(f"not run: {LISTS} is not there (set LIANFANG_DATA)")
    return [*sorted((LISTS / "bulletins").iterdir()), *sorted((LISTS / "daily").iterdir())]


@pytest.fixture(scope="module")
def snapshots() -> list[tuple[Path, RiskSnapshot]]:
    """Every list, the oldest stamp first."""
    read = [(path, read_risk_list(path.read_bytes(), path.name)) for path in files()]
    return sorted(read, key=lambda pair: pair[1].stamp)


class Question(NamedTuple):
    """What is asked, and the answer read by hand from the list's text, which stands beside it."""

    area_code: str
    community: str
    day: date
    standing: RiskStanding
    level: RiskLevel | None
    parts_level: RiskLevel | None


# fmt: off
QUESTIONS = [
    # Before the first list, of 2020-08-05.
    Question("650102", "", date(2020, 7, 1), RiskStanding.UNKNOWN, None, None),
    # 8月5日 "3个高风险地区分别为：... 辽宁大连市（1个）：甘井子区大连湾街道。"
    # (and among medium "金普新区站前街道盛滨社区": a zone of Dalian whose county is undecided, so it may lie here too)
    Question("210211", "大连湾街道", date(2020, 8, 7), LISTED, HIGH, MIDDLE),
    # 8月12日 "新疆乌鲁木齐市（2）：天山区、沙依巴克区；"
    Question("650102", "", date(2020, 8, 14), LISTED, HIGH, None),
    # 8月12日 "新疆乌鲁木齐市（3）：经济技术开发区(头屯河区)、高新技术产业开发区(新市区)、水磨沟区；" among medium
    Question("650106", "", date(2020, 8, 14), LISTED, MIDDLE, None),
    # 10月31日 high "疏附县站敏乡、托克扎克镇、吾库萨克镇、萨依巴格乡", medium "疏附县（除高风险地区外的其他乡镇）"
    Question("653121", "", date(2020, 11, 5), LISTED, MIDDLE, HIGH),
    Question("653121", "站敏乡", date(2020, 11, 5), LISTED, HIGH, None),
    Question("653121", "托克扎克镇", date(2020, 11, 5), LISTED, HIGH, None),
    Question("653121", "兰干镇", date(2020, 11, 5), LISTED, MIDDLE, None),
    # 1月7日 "顺义区南法信镇西杜兰村，顺义区高丽营镇张喜庄村、东马各庄村"
    Question("110113", "南法信镇西杜兰村", date(2021, 1, 10), LISTED, MIDDLE, None),
    # 1月7日 "朝阳区汉庭酒店大山子店（包括底商）"; 1月14日 no longer names 朝阳区
    Question("110105", "", date(2021, 1, 10), PARTLY, None, MIDDLE),
    Question("110105", "", date(2021, 1, 16), NOT_LISTED, None, None),
    # 1月14日 high "河北省石家庄市（1个）：藁城区。"; 2月19日 the same words among medium; 3月8日 "全国境内无中、高风险地区"
    # (1月14日 medium also "高新区赵村新区小区": a zone of Shijiazhuang whose county is undecided)
    Question("130109", "", date(2021, 1, 20), LISTED, HIGH, MIDDLE),
    Question("130109", "", date(2021, 2, 22), LISTED, MIDDLE, None),
    Question("130109", "", date(2021, 3, 10), NOT_LISTED, None, None),
    # 1月14日 high "望奎县惠七镇", medium "望奎县（除惠七镇以外的县域地区）"
    Question("231221", "", date(2021, 1, 16), LISTED, MIDDLE, HIGH),
    Question("231221", "惠七镇", date(2021, 1, 16), LISTED, HIGH, None),
    # 8月20日 high "驻马店市正阳县吕河乡杨店行政村", medium "驻马店市正阳县吕河乡(除杨店行政村外)"
    # (and "郑州新郑教育园区小乔社区连家公寓", of which no more than the province, Henan, is certain)
    Question("411724", "吕河乡杨店行政村", date(2021, 8, 25), LISTED, HIGH, MIDDLE),
    Question("411724", "吕河乡", date(2021, 8, 25), LISTED, MIDDLE, HIGH),
    # 9月15日 high "莆田市仙游县枫亭镇", medium "莆田市仙游县郊尾镇后沈村"
    Question("350322", "枫亭镇霞桥村", date(2021, 9, 16), LISTED, HIGH, None),
    Question("350322", "郊尾镇", date(2021, 9, 16), PARTLY, None, MIDDLE),
    # 10月21日 "阿拉善盟额济纳旗达来呼布镇"
    Question("152923", "达来呼布镇", date(2021, 10, 22), LISTED, HIGH, None),
    # 12月23日 "雁塔区...，小寨路街道罗家寨村，..." among medium
    # (and "经开区北二环佳家花园小区9号楼", "西咸新区...", "曲江新区...": zones of Xi'an)
    Question("610113", "小寨路街道罗家寨村", date(2021, 12, 25), LISTED, MIDDLE, MIDDLE),
    # 1月18日 high "禹州市夏都街道，梁北镇，...", medium "禹州市全域（火龙镇刘沟村、郭楼村，夏都街道办事处，...除外）"
    Question("411081", "夏都街道", date(2022, 1, 20), LISTED, HIGH, None),
    Question("411081", "", date(2022, 1, 20), LISTED, MIDDLE, HIGH),
    # 2022-04-15 20时 high 北京市 朝阳区 酒仙桥街道 ["二街坊"]
    Question("110105", "酒仙桥街道二街坊", date(2022, 4, 16), LISTED, HIGH, None),
    # 2022-09-02 21时 low 乌鲁木齐市 天山区 ["乌鲁木齐市天山区中高风险区以外的其他地区"], others of it high
    Question("650102", "", date(2022, 9, 5), LISTED, LOW, HIGH),
    # 2022-10-28 22时 low 运城市 盐湖区 ["盐湖区除高、中风险区外的其他地区"], 11 places high; nothing of 绛县
    Question("140802", "", date(2022, 10, 29), LISTED, LOW, HIGH),
    Question("140826", "", date(2022, 10, 29), NOT_LISTED, None, None),
]
# fmt: on


def test_every_list_is_understood_and_its_own_counts_come_out(snapshots: list[tuple[Path, RiskSnapshot]]) -> None:
    forms = Counter(snapshot.form.value for _, snapshot in snapshots)
    assert forms == {"bulletin": 54, "series": 29}
    series = [snapshot for _, snapshot in snapshots if snapshot.form.value == "series"]
    assert sum(len(snapshot.mismatches) for snapshot in series) == 0
    assert sum(len(snapshot.rows) for snapshot in series) == 39_498
    low_from = min(snapshot.stamp.date() for snapshot in series if LOW in snapshot.categories)
    assert low_from == date(2022, 7, 22)


def test_the_bulletins_headings_come_out_or_are_reported(snapshots: list[tuple[Path, RiskSnapshot]]) -> None:
    bulletins = [snapshot for _, snapshot in snapshots if snapshot.form.value == "bulletin"]
    headings = [count for snapshot in bulletins for count in snapshot.counts if count.heading]
    ways = {found.value: n for found, n in ways_found(headings).items()}
    wrong = {(snapshot.source[9:16], count.heading): (count.stated, count.counted)
             for snapshot in bulletins for count in snapshot.mismatches if count.heading}  # fmt: skip
    print(f"\nheadings {len(headings)}: {ways}; not matched: {wrong}")
    assert len(headings) == 545
    assert ways == {"listed": 44, "punctuation": 478, "by_count": 23}
    # Streets enumerated with commas that no reading brings to the stated number: the list waits for a person.
    assert wrong == {
        ("截至3月29日", "湖南省邵阳市"): (1, 4),
        ("截至4月8日2", "湖南省长沙市"): (10, 20),
        ("截至4月11日", "湖南省长沙市"): (3, 13),
    }
    assert sum(len(snapshot.rows) for snapshot in bulletins) == 3_054


@pytest.fixture
def imported(db: None, snapshots: list[tuple[Path, RiskSnapshot]], tmp_path: Path) -> dict[str, list[str]]:
    """All lists, one after the other; those that wait are confirmed by a second person. Returns who waited and why."""
    names = {
        "provinces.csv": "provinces.csv",
        "cities.csv": "cities.csv",
        "areas.csv": "areas.csv",
        "jiangxian_townships.csv": "streets.csv",
        "jiangxian_villages.csv": "villages.csv",
    }
    for source, target in names.items():
        shutil.copy(DATA / "divisions" / source, tmp_path / target)
    services.import_divisions(tmp_path, county_code=COUNTY, by=None, at=AT)
    second = staff()
    waited = {}
    for path, snapshot in snapshots:
        outcome = services.import_risk_list(path.read_bytes(), name=path.name, by=None, at=AT)
        assert outcome.is_new
        if not outcome.takes_effect:
            waited[str(snapshot.stamp.date())] = [reason.code for reason in outcome.verdict.reasons]
            services.decide_risk_list(
                list_id=outcome.risk_list.pk, takes_effect=True, note="compared with the text", at=AT, by=second
            )
    outbox.deliver_pending()
    return waited


@pytest.mark.slow
def test_the_whole_series_in_order(imported: dict[str, list[str]], snapshots: list[tuple[Path, RiskSnapshot]]) -> None:
    assert imported == {
        "2021-02-20": ["L-3"],
        "2021-08-20": ["L-3"],
        "2021-08-31": ["L-3"],
        "2021-11-29": ["L-3"],
        "2022-01-30": ["L-3"],
        "2022-03-19": ["L-3"],
        "2022-03-30": ["L-1"],
        "2022-04-08": ["L-1"],
        "2022-04-11": ["L-1"],
    }
    for path, snapshot in snapshots:
        stored = RiskList.objects.get(content_hash=snapshot.content_hash)
        assert stored.rows.count() == stored.n_rows == len(snapshot.rows), path.name
        per_level = Counter(stored.rows.exclude(place__community="").values_list("level", flat=True))
        assert per_level == Counter({level.value: n for level, n in snapshot.per_level().items() if n}), path.name
    assert RiskListDecision.objects.count() == RiskList.objects.count() == 83
    _each_list_is_what_the_history_says_of_its_stamp()
    _places_are_resolved_or_kept()
    _questions_are_answered_as_read()
    again = services.import_risk_list(snapshots[-1][0].read_bytes(), name="again", by=None, at=AT)
    assert (again.is_new, again.takes_effect) == (False, True)
    assert [*check_log(), *check_rows(), *check_batches()] == []


def _each_list_is_what_the_history_says_of_its_stamp() -> None:
    for each in risk.effective():
        stated = set(each.rows.values_list("place_id", "level"))
        held = RiskInterval.objects.filter(starts_at__lte=each.stamp).exclude(ends_at__lte=each.stamp)
        assert set(held.values_list("place_id", "level")) == stated, each.source


def _places_are_resolved_or_kept() -> None:
    rows = RiskListRow.objects.annotate(
        area_code=risk.newest_resolution("area_code"), is_certain=risk.newest_resolution("is_certain")
    ).values_list("risk_list__form", "is_certain", "area_code")
    table = Counter(
        (form, "resolved" if certain else "unresolved", {0: "-", 2: "province", 4: "city"}.get(len(code), "county"))
        for form, certain, code in rows
    )
    print("\nentries by where their division is known to")
    for (form, state, digits), n in sorted(table.items()):
        print(f"  {form:<9} {state:<11} {digits:<9} {n:>6}")
    assert dict(table) == {
        ("bulletin", "resolved", "county"): 2_619,
        ("bulletin", "unresolved", "city"): 418,
        ("bulletin", "unresolved", "province"): 17,
        ("series", "resolved", "county"): 38_260,
        ("series", "unresolved", "city"): 981,
        ("series", "unresolved", "province"): 257,
    }


def _questions_are_answered_as_read() -> None:
    wrong = []
    for question in QUESTIONS:
        found = risk_on_day(question.area_code, question.day, community=question.community)
        answer = found.answer
        given = (answer.standing, answer.level, answer.parts_level)
        name = selectors.name_of(question.area_code)
        print(f"  {question.day} {name} {question.community}: {[part and part.value for part in given]}")
        if given != (question.standing, question.level, question.parts_level):
            rows = [reason.code for reason in found.verdict.reasons]
            wrong.append((question, given, rows))
    assert wrong == []
    assert len(QUESTIONS) >= 20
