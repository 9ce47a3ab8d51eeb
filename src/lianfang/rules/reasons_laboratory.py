"""The sentences of the laboratory's decision-table rows, in English and Chinese."""

from lianfang.rules.sentence import Sentence

CUSTODY_ROWS = {
    "CU-1": Sentence(
        "Its result is signed, or it was rejected or destroyed: nothing is awaited",
        "结果已签发，或样本已拒收、销毁：不再计时",
    ),
    "CU-2": Sentence("The profile sets no limits for laboratories", "该病种方案未规定检测时限"),
    "CU-3": Sentence(
        "No signed result {turnaround_s} after collection: late", "采样后超过{turnaround_s}未出具签发结果：超时"
    ),
    "CU-4": Sentence(
        "At no laboratory {transport_s} after collection: late", "采样后超过{transport_s}未送达实验室：超时"
    ),
    "CU-5": Sentence(
        "Within its limits; a result is due {turnaround_s} after collection",
        "在时限内；采样后{turnaround_s}内应出具结果",
    ),
}

POOLING_ROWS = {
    "PO-1": Sentence("The profile allows no shared tubes: a tube of one's own", "该病种方案不允许混采：单采单检"),
    "PO-2": Sentence(
        "Only persons share a tube: goods and surfaces are sampled singly", "仅人员可混采：货物、环境样本单采"
    ),
    "PO-3": Sentence(
        "Under a measure or ordered to be tested: a tube of one's own, since shared tubes diagnose and release nobody",
        "正在管控或已安排检测：须单采单检，混采结果不作为诊断和解除依据",
    ),
    "PO-4": Sentence("The tube is full ({most} swabs): take the next one", "本管已满（{most}人）：请换下一管"),
    "PO-5": Sentence("May share the tube: number {members} of {most}", "可混采：第{members}人，每管最多{most}人"),
    "PO-6": Sentence(
        "The shared tube's result was annulled: it says nothing about anybody", "混采管结果已作废：对各成员均不作判断"
    ),
    "PO-7": Sentence(
        "The shared tube is negative: so is everybody in it, for screening only",
        "混采管阴性：管内人员均按筛查阴性处理，不作为解除管控依据",
    ),
    "PO-8": Sentence(
        "The shared tube is positive: everybody in it stays apart and is sampled again singly",
        "混采管阳性：管内人员暂时隔离，逐人单采复核",
    ),
    "PO-9": Sentence(
        "The shared tube gives no clear answer: everybody in it stays apart and is sampled again singly",
        "混采管结果不确定：管内人员暂时隔离，逐人单采复核",
    ),
}

ORDERING_ROWS = {
    "OR-1": Sentence("Sampled: the order is completed", "已采样：检测任务完成"),
    "OR-2": Sentence("What ordered it no longer stands: nothing is to be sampled", "检测依据已解除：无须采样"),
    "OR-3": Sentence("Its day is still to come", "未到应采样时间"),
    "OR-4": Sentence("Not sampled in time: overdue, and still to be sampled", "超过时限仍未采样：逾期，仍须采样"),
    "OR-5": Sentence("To be sampled now", "现应采样"),
}
