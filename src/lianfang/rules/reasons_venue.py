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
