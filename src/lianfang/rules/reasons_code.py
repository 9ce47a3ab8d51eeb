"""The sentences of the health code and of doors, in English and Chinese."""

from lianfang.rules.sentence import Sentence

HEALTH_CODE_ROWS = {
    "H-1": Sentence(
        "A positive result stands, and isolation has not been released since",
        "有阳性结果，且其后尚未解除隔离治疗",
    ),
    "H-2": Sentence("A measure stands: {measure}", "正在执行的措施：{measure}"),
    "H-3": Sentence("Was in a high-risk area within {stay_s}", "{stay_s}内到过高风险地区"),
    "H-4": Sentence("Was in a medium-risk area within {stay_s}", "{stay_s}内到过中风险地区"),
    "H-5": Sentence(
        "Symptoms reported within {symptoms_s} and no negative specimen since: never red by itself",
        "{symptoms_s}内报告有症状，其后尚无阴性结果（仅此不转红码）",
    ),
    "H-6": Sentence("Nothing speaks against it", "无异常情况"),
    "H-7": Sentence("This edition has no health code", "该方案不设健康码"),
}

GATE_ROWS = {
    "E-1": Sentence("The code is not valid", "健康码无效"),
    "E-2": Sentence(
        "This door does not know the key yet: look at the identity card", "本门岗尚无该签发密钥：人工核验身份证"
    ),
    "E-3": Sentence("The code was withdrawn", "该码已被撤回"),
    "E-4": Sentence("Red code", "红码"),
    "E-5": Sentence("Yellow code", "黄码"),
    "E-6": Sentence("The code has run out", "健康码已过期"),
    "E-7": Sentence("The code is from the future: a clock is wrong", "健康码签发时间晚于当前时间：时钟有误"),
    "E-8": Sentence(
        "The phone did not show it within {shown_s}: it may be a picture", "未在{shown_s}内由手机实时出示，可能是截图"
    ),
    "E-9": Sentence(
        "No status list speaks of this code: look at the identity card", "没有相应的状态列表：人工核验身份证"
    ),
    "E-10": Sentence(
        "The status list is older than {stale_s}: the code holds by itself, look at the identity card",
        "状态列表已超过{stale_s}：以健康码自身有效期为准，人工核验身份证",
    ),
    "E-11": Sentence("The status list is older than {fresh_s}", "状态列表已超过{fresh_s}"),
    "E-12": Sentence("Take the temperature", "请测量体温"),
    "E-13": Sentence("Fever: rest indoors and measure again", "体温偏高：请在室内休息后复测"),
    "E-14": Sentence("Fever at the second reading", "复测体温仍偏高"),
    "E-15": Sentence("Nothing speaks against it", "无异常情况"),
    "E-16": Sentence("This edition has no rules for doors", "该方案没有门岗规则"),
    "E-17": Sentence("{cap} people are inside: full", "已达限流人数{cap}人"),
}
