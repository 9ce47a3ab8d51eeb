"""The sentences of key places and monitors, in English and Chinese."""

from lianfang.rules.sentence import Sentence

VENUE_ROWS = {
    "V-1": Sentence("{log}: not recorded within {every_s}", "{log}：{every_s}内未登记"),
    "V-2": Sentence(
        "{log}: due every {every_s}, missed for {escalate_s} and more: its regulator looks",
        "{log}：应每{every_s}登记一次，已逾期{escalate_s}以上，由行业主管部门核查",
    ),
    "V-3": Sentence(
        "Open, and nobody was scanned for {silent_s}: its regulator looks",
        "营业中，但已有{silent_s}无扫码记录，由行业主管部门核查",
    ),
    "V-4": Sentence("All logs are kept and people are scanned", "各项台账齐全，扫码正常"),
    "V-5": Sentence("The place is closed for the time being", "该场所暂停营业"),
    "V-6": Sentence("This edition asks nothing of key places", "该方案对重点场所无要求"),
}

MONITOR_ROWS = {
    "MO-1": Sentence(
        "Red, and no valid result, investigation, return or listed stay stands behind it",
        "红码，但没有有效检测结果、流调、返乡筛查或风险地区旅居史支撑",
    ),
    "MO-2": Sentence(
        "Recorded {recorded} pieces of evidence, where others record {usual}",
        "录入依据{recorded}条，其他人员通常为{usual}条",
    ),
    "MO-3": Sentence(
        "{persons} persons in one batch, only {linked} of them linked by home, work or place",
        "同批录入{persons}人，其中仅{linked}人在住所、单位或场所上有关联",
    ),
    "MO-4": Sentence("Recorded in two townships at once, {clashes} times", "同一时间出现在两个乡镇，共{clashes}次"),
    "MO-5": Sentence("Nothing looks unusual", "未见异常"),
    "MO-6": Sentence("This edition has no monitors", "该方案未设监测指标"),
}
