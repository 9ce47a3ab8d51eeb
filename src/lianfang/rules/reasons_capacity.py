"""The sentences of the rules on the laboratories' capacity, in English and Chinese."""

from lianfang.rules.sentence import Sentence

TURNAROUND_ROWS = {
    "TU-1": Sentence("The profile sets no targets: worked as screening", "该病种方案未规定出具结果时限：按筛查处理"),
    "TU-2": Sentence(
        "Collected again because a shared tube reacted: due within {within_s}", "混采管复核样本：{within_s}内出具结果"
    ),
    "TU-3": Sentence("Under the measure {measure}: due within {within_s}", "正在{measure}：{within_s}内出具结果"),
    "TU-4": Sentence(
        "A patient's, or ordered by hand: due within {within_s}", "医疗机构采样或人工开单：{within_s}内出具结果"
    ),
    "TU-5": Sentence("Screening: due within {within_s}", "筛查：{within_s}内出具结果"),
}

ROUTING_ROWS = {
    "RO-1": Sentence("Ready in time where it is, in {ready_s}", "现实验室{ready_s}后可出结果，在时限内：不转送"),
    "RO-2": Sentence("No laboratory takes tubes", "目前没有可接收样本的实验室"),
    "RO-3": Sentence(
        "Late, in {ready_s}, and no other laboratory would gain {gain_s}: it stays",
        "{ready_s}后方可出结果，将超时，转送其他实验室提前不足{gain_s}：不转送",
    ),
    "RO-4": Sentence(
        "{laboratory} has it ready in time, in {ready_s}", "转送{laboratory}，{ready_s}后可出结果，在时限内"
    ),
    "RO-5": Sentence(
        "Every laboratory is late; {laboratory} is the first, in {ready_s}",
        "各实验室均将超时；{laboratory}最早，{ready_s}后可出结果",
    ),
}

COMMISSIONING_ROWS = {
    "CM-1": Sentence("Done in time, with evidence", "已按期完成并有凭证"),
    "CM-2": Sentence("Done {late_s} late", "已完成，晚{late_s}"),
    "CM-3": Sentence("Late by {late_s}: the responsible unit has a task", "逾期{late_s}：已向责任单位派发任务"),
    "CM-4": Sentence("Due in {left_s}", "{left_s}后到期"),
    "CM-5": Sentence("Planned; {left_s} are left", "按计划推进，距到期{left_s}"),
}

CAPACITY_ROWS = {**TURNAROUND_ROWS, **ROUTING_ROWS, **COMMISSIONING_ROWS}
