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
