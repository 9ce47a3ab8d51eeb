"""The sentence of every decision-table row, in English and Chinese: the only place of that text."""

from collections.abc import Mapping
from enum import StrEnum

from lianfang.rules.profile_laboratory import ControlKind
from lianfang.rules.profile_reader import SECONDS
from lianfang.rules.reasons_capacity import CAPACITY_ROWS
from lianfang.rules.reasons_code import GATE_ROWS, HEALTH_CODE_ROWS
from lianfang.rules.reasons_laboratory import (
    ASSAY_ROWS,
    CUSTODY_ROWS,
    DILUTION_ROWS,
    ORDERING_ROWS,
    POOLING_ROWS,
    QUALITY_ROWS,
    WESTGARD_ROWS,
)
from lianfang.rules.reasons_venue import MONITOR_ROWS, VENUE_ROWS
from lianfang.rules.reasons_warehouse import (
    ARRIVAL_ROWS,
    BOOKING_ROWS,
    CERTIFICATE_ROWS,
    GOODS_MORE_ROWS,
    RECALL_ROWS,
    ROOM_ROWS,
    STEP_ROWS,
)
from lianfang.rules.sentence import Sentence
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import (
    CertificateKind,
    ExposureClass,
    Language,
    LogKind,
    MeasureKind,
    PlaceKind,
    RiskLevel,
)
from lianfang.rules.words import label

WINDOW_ROWS = {
    "W-1": Sentence(
        "Infectious from {before_s} before onset until the longest infectious span has passed",
        "自发病前{before_s}起具有传染性，至最长传染期结束",
    ),
    "W-2": Sentence(
        "No symptoms: infectious from {before_s} before sampling",
        "无症状：自采样前{before_s}起具有传染性",
    ),
    "W-3": Sentence(
        "Sampled before onset: the window also begins {before_s} before sampling",
        "采样早于发病：传染期同时自采样前{before_s}起算",
    ),
    "W-4": Sentence(
        "Infected at most {incubation_max_s} before the first sign",
        "感染时间不早于首个指征前{incubation_max_s}",
    ),
    "W-5": Sentence(
        "Goods: contaminated from their arrival until {persists_s} after sampling",
        "货物：自到货起至采样后{persists_s}视为受污染",
    ),
    "W-6": Sentence(
        "Goods whose arrival is unknown: contaminated from {before_s} before sampling",
        "到货时间不明的货物：自采样前{before_s}起视为受污染",
    ),
    "W-7": Sentence(
        "Surface: contaminated from {before_s} before sampling",
        "环境表面：自采样前{before_s}起视为受污染",
    ),
    "W-8": Sentence(
        "An earlier negative specimen shortens the search for the source",
        "此前的阴性结果缩短溯源时段",
    ),
    "W-9": Sentence(
        "Goods and surfaces play no part in this disease's profile",
        "该病种方案不涉及物品和环境",
    ),
    "W-10": Sentence(
        "A later positive specimen of the same episode prolongs the window",
        "同一病程内其后的阳性标本延长传染期",
    ),
}

CONTACT_ROWS = {
    "C-0": Sentence("It is itself the positive subject", "本身即为阳性对象"),
    "C-1": Sentence(
        "With a case, without protection, at a {place_kind} for {seconds}: close contact",
        "在{place_kind}与病例无有效防护共处{seconds}：密切接触者",
    ),
    "C-2": Sentence(
        "With a case at a {place_kind} for only {seconds}: general contact",
        "在{place_kind}与病例共处仅{seconds}：一般接触者",
    ),
    "C-3": Sentence(
        "At the same {place_kind} as a case for {seconds}: general contact",
        "与病例同在{place_kind}{seconds}：一般接触者",
    ),
    "C-4": Sentence(
        "At a {place_kind} only after the source had left ({seconds} of lingering)",
        "来源离开后才到{place_kind}（余留暴露{seconds}）",
    ),
    "C-5": Sentence(
        "Effective protection was worn throughout at the {place_kind}: general contact",
        "在{place_kind}全程有效防护：一般接触者",
    ),
    "C-6": Sentence(
        "With contaminated goods or surfaces at a {place_kind} for {seconds}",
        "在{place_kind}接触受污染的物品或环境{seconds}",
    ),
    "C-7": Sentence(
        "Handled goods that may be contaminated ({place_kind}, {seconds}): general contact",
        "接触可能受污染的物品（{place_kind}，{seconds}）：一般接触者",
    ),
    "C-8": Sentence(
        "With a close contact at a {place_kind} for {seconds}: contact of a close contact",
        "在{place_kind}与密切接触者共处{seconds}：密接的密接",
    ),
    "C-9": Sentence(
        "Met a close contact at a {place_kind}, but not closely enough to count",
        "在{place_kind}遇到密切接触者，但未达到判定条件",
    ),
    "C-10": Sentence(
        "The source at the {place_kind} is of a class that passes nothing on by the rules",
        "{place_kind}的来源所属类别不再继续判定",
    ),
    "C-11": Sentence(
        "Being together at a {place_kind} is no exposure in this profile",
        "按本方案，同在{place_kind}不构成暴露",
    ),
    "C-12": Sentence(
        "Together at a {place_kind} for {seconds}: shorter than the least that counts",
        "同在{place_kind}{seconds}：短于最低计入时长",
    ),
    "C-13": Sentence("No exposure is known", "无已知暴露"),
    "C-14": Sentence(
        "Generation {generation} lies beyond the generations this profile traces",
        "第{generation}代超出本方案追踪代数",
    ),
    "C-20": Sentence(
        "Goods and surfaces play no part in this disease's profile",
        "该病种方案不涉及物品和环境",
    ),
    "C-21": Sentence(
        "Split, merged or repacked from positive goods: positive lot",
        "由阳性物品拆分、合并或分装而来：阳性批次",
    ),
    "C-22": Sentence(
        "Split, merged or repacked from implicated goods: implicated",
        "由涉疫物品拆分、合并或分装而来：涉疫物品",
    ),
    "C-23": Sentence(
        "With positive goods at a {place_kind}: implicated",
        "与阳性物品同处{place_kind}：涉疫物品",
    ),
    "C-24": Sentence(
        "Handled by, or in the same {place_kind} as, a case: implicated",
        "经病例接触或与病例同处{place_kind}：涉疫物品",
    ),
    "C-25": Sentence(
        "At the same {place_kind}, where goods do not implicate each other",
        "同在{place_kind}，该类地点的物品不互相牵连",
    ),
    "C-26": Sentence(
        "The other side is of a class that contaminates no goods by the rules",
        "对方所属类别按规则不污染物品",
    ),
    "C-30": Sentence(
        "Was there when the index may have been infected or contaminated: possible source",
        "在阳性对象可能受感染（污染）时有接触：可能来源",
    ),
    "C-31": Sentence(
        "The positive goods were split from this lot: positive lot",
        "阳性物品由该批次拆分而来：阳性批次",
    ),
}

MEASURE_ROWS = {
    "M-1": Sentence("A positive person", "阳性人员"),
    "M-2": Sentence("A close contact", "密切接触者"),
    "M-3": Sentence("A contact of a close contact", "密接的密接"),
    "M-4": Sentence("A general contact", "一般接触者"),
    "M-5": Sentence("A person who may be the source", "可能为传染来源的人员"),
    "M-6": Sentence("Positive goods", "阳性物品"),
    "M-7": Sentence("Goods of a positive lot", "阳性批次物品"),
    "M-8": Sentence("Implicated goods", "涉疫物品"),
    "M-9": Sentence("Goods that may be the source", "可能为传染来源的物品"),
    "M-10": Sentence("A positive surface", "阳性环境表面"),
    "M-11": Sentence("An implicated surface", "涉疫环境表面"),
    "M-12": Sentence("A surface that may be the source", "可能为传染来源的环境表面"),
    "M-13": Sentence("Not exposed: nothing is ordered", "未暴露：不采取措施"),
    "M-14": Sentence(
        "Goods and surfaces play no part in this disease's profile: nothing is ordered",
        "该病种方案不涉及物品和环境：不采取措施",
    ),
    "M-15": Sentence(
        "The profile orders nothing for this class ({exposure_class})",
        "本方案对该类别（{exposure_class}）不作要求",
    ),
    "M-16": Sentence(
        "The exposure is so long ago that the time of a measure is already over; one test, if it had tests, remains",
        "距末次暴露已超过措施期限；原有检测要求的补做一次检测",
    ),
    "M-17": Sentence("The home is unfit: central quarantine instead", "居家条件不符合：改为集中隔离"),
    "M-18": Sentence(
        "Less time is left than the test schedule needs: the later tests fall on the last day (day {day})",
        "剩余期限短于检测安排：其后的检测并至最后一天（第{day}天）",
    ),
    "M-19": Sentence("Proven immune: no {measure}", "有免疫证明：免予{measure}"),
    "M-20": Sentence("No goods have left the store: no {measure}", "货物未出库：无需{measure}"),
    "M-21": Sentence("After release from isolation", "解除隔离治疗之后"),
    "M-22": Sentence("The profile orders nothing after release from isolation", "本方案对解除隔离治疗后不作要求"),
}

TASK_ROWS = {
    "T-1": Sentence("Isolation of a case", "病例隔离治疗"),
    "T-2": Sentence("Central quarantine", "集中隔离"),
    "T-3": Sentence("Home quarantine", "居家隔离"),
    "T-4": Sentence("Health monitoring", "健康监测"),
    "T-5": Sentence("Test schedule", "定期检测"),
    "T-6": Sentence("Hold of goods", "物品封存"),
    "T-7": Sentence("Destruction of goods", "物品无害化处理"),
    "T-8": Sentence("Recall of goods", "物品召回"),
    "T-9": Sentence("Disinfection", "消毒"),
    "T-10": Sentence("Closure of a place", "场所封闭"),
}

RELEASE_ROWS = {
    "R-1": Sentence(
        "The cause was corrected or annulled and no other stands: release", "原因已更正或撤销且无其他原因：解除"
    ),
    "R-2": Sentence("The work is proven done: release", "工作已完成并有凭证：解除"),
    "R-3": Sentence("The work is not proven done yet: continue", "工作尚无完成凭证：继续"),
    "R-4": Sentence("Positive goods are never released from hold: continue", "阳性物品不得解除封存：继续"),
    "R-5": Sentence(
        "{negatives} negative result(s) since the hold began: release", "封存后已有{negatives}次阴性结果：解除"
    ),
    "R-6": Sentence(
        "{negatives} of {needed} negative result(s) since the hold began: continue",
        "封存后阴性结果{negatives}次，需{needed}次：继续",
    ),
    "R-7": Sentence("The time is not over: continue", "期限未满：继续"),
    "R-8": Sentence("The infectious time is over: release", "传染期已过：解除"),
    "R-9": Sentence(
        "{negatives} negative results in a row at least {interval_s} apart: release",
        "连续{negatives}次阴性且间隔至少{interval_s}：解除",
    ),
    "R-10": Sentence("There are symptoms: no release", "仍有症状：不予解除"),
    "R-11": Sentence(
        "{negatives} of {needed} negative results in a row at least {interval_s} apart: continue",
        "连续阴性（间隔至少{interval_s}）{negatives}次，需{needed}次：继续",
    ),
    "R-12": Sentence(
        "A positive result during the measure: continue until the new investigation decides",
        "措施期间出现阳性：继续，待新的调查作出决定",
    ),
    "R-13": Sentence("The time is over and everything due was done: release", "期限已满且各项要求均已完成：解除"),
    "R-14": Sentence("{missing} test(s) due have no negative result", "有{missing}次应做检测尚无阴性结果"),
    "R-15": Sentence("{missed} follow-up(s) were missed", "有{missed}次随访未完成"),
    "R-16": Sentence("Free of fever for less than {fever_free_s}: continue", "体温恢复正常不足{fever_free_s}：继续"),
}

GOODS_ROWS = {
    "G-1": Sentence("Failed inspection and quarantine, or smuggled: refuse", "未通过检验检疫或走私：拒收"),
    "G-2": Sentence("A specimen is positive: the whole lot is destroyed", "样本阳性：整批无害化处理"),
    "G-3": Sentence("Belongs to a positive lot: the whole lot is destroyed", "属阳性批次：整批无害化处理"),
    "G-4": Sentence("A required document is missing ({document}): hold", "缺少必需证明（{document}）：暂扣"),
    "G-5": Sentence("{pending} result(s) are awaited: hold", "有{pending}份结果待出：暂扣"),
    "G-6": Sentence(
        "{indeterminate} result(s) are indeterminate: hold and sample again",
        "有{indeterminate}份结果可疑：暂扣并重新采样",
    ),
    "G-7": Sentence("{negatives} of {needed} negative result(s): hold", "阴性结果{negatives}份，需{needed}份：暂扣"),
    "G-8": Sentence("{left} piece(s) are not disinfected: hold", "有{left}件未消毒：暂扣"),
    "G-9": Sentence("Sampled, tested, disinfected, documents complete: release", "已采样、检测、消毒且证明齐全：放行"),
    **GOODS_MORE_ROWS,
}

STANDING_ROWS = {
    "X-1": Sentence("The investigation {investigation} was corrected or annulled", "调查{investigation}已更正或撤销"),
    "X-2": Sentence("No cause stands: not exposed", "无有效原因：未暴露"),
    "X-3": Sentence(
        "The investigation {investigation} gives the strictest class ({exposure_class})",
        "调查{investigation}给出最严类别（{exposure_class}）",
    ),
}

HEALTH_ROWS = {
    "F-1": Sentence("At or above the fever threshold", "达到或超过发热阈值"),
    "F-2": Sentence("Below the fever threshold", "低于发热阈值"),
}

RISK_ROWS = {
    "A-1": Sentence("All of the area is listed: {risk_level}", "所在地区全域列为{risk_level}"),
    "A-2": Sentence(
        "The area is listed but for the parts the entry leaves out: {risk_level}",
        "所在地区除列明部分外列为{risk_level}",
    ),
    "A-3": Sentence("The place named is listed: {risk_level}", "所问地点列为{risk_level}"),
    "A-4": Sentence("Something inside the area is listed: {risk_level}", "区域内有地点列为{risk_level}"),
    "A-5": Sentence(
        "A listed place may lie here, its county is not decided yet: {risk_level}",
        "有{risk_level}地点可能在此，所属县（区）尚待确认",
    ),
    "A-6": Sentence(
        "The place named is among what a {risk_level} entry leaves out", "所问地点属{risk_level}条目的除外部分"
    ),
    "A-7": Sentence(
        "Another place of the area is listed ({risk_level}), not the one named",
        "同一地区其他地点列为{risk_level}，所问地点未列入",
    ),
    "A-8": Sentence("On no list in force that day", "当日有效名单未列入"),
    "A-9": Sentence("No list is known for that day", "当日没有已知名单"),
}

RISK_LIST_ROWS = {
    "L-1": Sentence(
        "{mismatches} of the list's own counts differ from its entries", "名单自报数与条目不符，共{mismatches}处"
    ),
    "L-2": Sentence("Another list has the same stamp and says something else", "另有同一时点而内容不同的名单"),
    "L-3": Sentence(
        "Lifts {lifted_percent} % of the {counties} counties listed before",
        "此前列入的{counties}个县（区）中有{lifted_percent}%全部解除",
    ),
    "L-4": Sentence("{entries} entries name no community or area", "有{entries}个条目未写明社区或区域"),
    "L-5": Sentence("The profile has no numbers to judge a list by", "方案没有判断名单的参数"),
    "L-6": Sentence("Nothing speaks against it", "未见异常"),
}

MATCHING_ROWS = {
    "K-1": Sentence("Nobody in the register comes near", "登记人员中无相近者"),
    "K-2": Sentence("The profile has no numbers to match by: a person decides", "方案没有比对参数：由人员判定"),
    "K-3": Sentence(
        "The identity number is the person's, the name is another: a person decides",
        "身份证号一致而姓名不符：由人员判定",
    ),
    "K-4": Sentence("Weight {bits}, less than {limit}: somebody unknown", "权重{bits}，低于{limit}：不在登记人员中"),
    "K-5": Sentence("Weight {bits}, less than {limit}: a person decides", "权重{bits}，低于{limit}：由人员判定"),
    "K-6": Sentence(
        "Only {bits} ahead of the next likely person, {limit} is needed: a person decides",
        "仅比次可能者高{bits}，需{limit}：由人员判定",
    ),
    "K-7": Sentence("The identity numbers contradict each other: a person decides", "身份证号相互矛盾：由人员判定"),
    "K-8": Sentence(
        "{agreeing} field(s) agree, {needed} are needed: a person decides",
        "一致项{agreeing}项，需{needed}项：由人员判定",
    ),
    "K-9": Sentence(
        "Weight {bits} (at least {limit}) and nothing against it: joined", "权重{bits}（不低于{limit}）且无矛盾：归并"
    ),
}

MERGING_ROWS = {
    "U-1": Sentence(
        "The identity numbers differ in {differing} characters: two people", "身份证号有{differing}位不同：为两人"
    ),
    "U-2": Sentence(
        "The identity numbers differ in {differing} character(s), as by a slip: a second person confirms",
        "身份证号有{differing}位不同，可能为误录：须第二人确认",
    ),
    "U-3": Sentence("The sexes differ: a second person confirms", "性别不同：须第二人确认"),
    "U-4": Sentence("A second person confirmed it: merge", "已经第二人确认：合并"),
    "U-5": Sentence("Nothing contradicts: merge", "无矛盾：合并"),
}

RETURNEE_ROWS = {
    "RT-1": Sentence("Stayed in a high-risk area", "有高风险地区旅居史"),
    "RT-2": Sentence("Stayed in a medium-risk area", "有中风险地区旅居史"),
    "RT-3": Sentence("Stayed in an area on the lists as low-risk", "有名单所列低风险地区旅居史"),
    "RT-4": Sentence(
        "Stayed in the same city or province (as the profile says) as an area at risk",
        "旅居地所在市或省（依方案）有风险地区",
    ),
    "RT-5": Sentence("Stayed only where nothing near is on the lists", "旅居地及周边均未列入名单"),
    "RT-6": Sentence(
        "A negative test of the last {certificate_s} was shown: what it spares is not ordered",
        "持{certificate_s}内核酸阴性证明：免予相应措施",
    ),
    "RT-7": Sentence("Symptoms or fever: a test at once", "有症状或发热：立即检测"),
    "RT-8": Sentence(
        "No list is known for the days of a stay: to be screened again", "部分旅居日期无已知名单：待重新判定"
    ),
    "RT-9": Sentence("The profile has no numbers for people coming back", "本方案无返乡人员参数"),
    "RT-10": Sentence(
        "The stay names no community, and part of that area is listed: taken as listed",
        "旅居地未写明社区，而该地部分列入名单：按列入处理",
    ),
}

FOLLOW_UP_ROWS = {
    "FU-1": Sentence("Reported on every day due", "应报各日均已报告"),
    "FU-2": Sentence("No report today, {daily_by_s} after midnight", "当日零时起{daily_by_s}仍未报告"),
    "FU-3": Sentence("{missed} day(s) without a report", "有{missed}天未报告"),
    "FU-4": Sentence("{made_up} missed day(s) made up after the planned end", "期满后已补报{made_up}天"),
    "FU-5": Sentence("The profile asks for no daily reports", "本方案不要求每日报告"),
    "SY-1": Sentence("At or above the fever threshold: a test at once", "达到或超过发热阈值：立即检测"),
    "SY-2": Sentence("{symptoms} symptom(s) reported: a test at once", "报告{symptoms}项症状：立即检测"),
    "SY-3": Sentence("No fever, no symptoms", "无发热、无症状"),
}

REASONS: Mapping[str, Sentence] = {
    **WINDOW_ROWS,
    **CONTACT_ROWS,
    **MEASURE_ROWS,
    **TASK_ROWS,
    **RELEASE_ROWS,
    **GOODS_ROWS,
    **CUSTODY_ROWS,
    **ORDERING_ROWS,
    **ASSAY_ROWS,
    **QUALITY_ROWS,
    **WESTGARD_ROWS,
    **DILUTION_ROWS,
    **POOLING_ROWS,
    **CAPACITY_ROWS,
    **STANDING_ROWS,
    **HEALTH_ROWS,
    **RETURNEE_ROWS,
    **FOLLOW_UP_ROWS,
    **RISK_ROWS,
    **RISK_LIST_ROWS,
    **BOOKING_ROWS,
    **ARRIVAL_ROWS,
    **CERTIFICATE_ROWS,
    **STEP_ROWS,
    **RECALL_ROWS,
    **ROOM_ROWS,
    **MATCHING_ROWS,
    **MERGING_ROWS,
    **HEALTH_CODE_ROWS,
    **GATE_ROWS,
    **VENUE_ROWS,
    **MONITOR_ROWS,
}

ENUM_PARAMS: Mapping[str, type[StrEnum]] = {
    "place_kind": PlaceKind,
    "exposure_class": ExposureClass,
    "measure": MeasureKind,
    "risk_level": RiskLevel,
    "certificate": CertificateKind,
    "document": CertificateKind,
    "log": LogKind,
    "control": ControlKind,
}
# What a booking and an arrival consist of.
FIELD_WORDS: Mapping[str, tuple[str, str]] = {
    "owner": ("owner", "货主"),
    "declaration_no": ("customs declaration", "报关单"),
    "quarantine_cert_no": ("quarantine certificate", "检验检疫证明"),
    "production_lot": ("production lot", "生产批号"),
    "vehicle": ("vehicle", "车辆"),
    "driver": ("driver", "司机"),
    "container_no": ("container number", "箱号"),
    "seal_no": ("seal number", "铅封号"),
    "destination": ("destination", "货物流向"),
    "n_pieces": ("pieces", "件数"),
    "net_weight_kg": ("net weight", "净重"),
}
UNIT_WORDS: Mapping[str, tuple[str, str, str]] = {
    "days": ("day", "days", "天"),
    "hours": ("hour", "hours", "小时"),
    "minutes": ("minute", "minutes", "分钟"),
    "seconds": ("second", "seconds", "秒"),
}


def explain(reason: Reason, language: Language) -> str:
    """The row's sentence with the reason's parameters in it. Raises KeyError for an unknown row."""
    sentence = REASONS[reason.code]
    words = {name: _word(name, value, language) for name, value in reason.params.items()}
    return (sentence.zh if language == "zh" else sentence.en).format(**words)


def _word(name: str, value: int | str, language: Language) -> str:
    if name in ENUM_PARAMS and value in ENUM_PARAMS[name]._value2member_map_:
        return label(ENUM_PARAMS[name](str(value)), language)
    if name == "field":
        english, chinese = FIELD_WORDS.get(str(value), (str(value), str(value)))
        return chinese if language == "zh" else english
    if isinstance(value, int) and (name == "seconds" or name.endswith("_s")):
        return duration(value, language)
    return str(value)


def duration(seconds: int, language: Language) -> str:
    """A span in words, in the largest units that give it exactly: 14 days, 1 hour 30 minutes."""
    left = seconds
    parts: list[str] = []
    for unit, size in sorted(SECONDS.items(), key=lambda item: -item[1]):
        number, left = divmod(left, size)
        if number or (unit == "seconds" and not parts):
            one, many, chinese = UNIT_WORDS[unit]
            parts.append(f"{number}{chinese}" if language == "zh" else f"{number} {one if number == 1 else many}")
    return ("" if language == "zh" else " ").join(parts)
