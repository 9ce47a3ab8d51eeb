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

ASSAY_ROWS = {
    "AS-1": Sentence(
        "The edition has no cut-offs for the kit {kit}: nothing is called", "本版方案没有试剂盒{kit}的判读阈值：不判读"
    ),
    "AS-2": Sentence("No reading of target {target}: repeat", "缺少{target}的读数：复检"),
    "AS-3": Sentence(
        "{targets} targets are positive, {needed} are needed: positive", "{targets}个靶标阳性（至少需{needed}个）：阳性"
    ),
    "AS-4": Sentence(
        "The internal control {target} did not come up and nothing makes it positive: repeat",
        "内标{target}未检出且不足以判为阳性：复检",
    ),
    "AS-5": Sentence(
        "{target} alone is positive, in the grey zone or has no curve: repeat",
        "仅{target}阳性、处于灰区或无扩增曲线：复检",
    ),
    "AS-6": Sentence("No target came up and the internal control did: negative", "各靶标均未检出，内标正常：阴性"),
    "AS-7": Sentence("{target} came up in both runs: positive", "{target}两次检测均检出：阳性"),
    "AS-8": Sentence(
        "The internal control {target} did not come up in the repeat either: collect again",
        "复检时内标{target}仍未检出：重新采样",
    ),
    "AS-9": Sentence(
        "{target} came up only in the repeat: collect again", "仅复检时{target}检出，两次不一致：重新采样"
    ),
    "AS-10": Sentence("Nothing came up again in the repeat: negative", "复检未再检出：阴性"),
}

QUALITY_ROWS = {
    "QC-1": Sentence("The edition has no rules for runs with the kit {kit}", "本版方案没有试剂盒{kit}的质控规则"),
    "QC-2": Sentence(
        "{counted} controls of the kind {control}, {needed} are needed", "{control}质控{counted}份，至少需{needed}份"
    ),
    "QC-3": Sentence("The control in {position} has no reading of {target}", "{position}孔质控缺少{target}的读数"),
    "QC-4": Sentence("The negative control in {position} shows {target}", "{position}孔阴性质控检出{target}"),
    "QC-5": Sentence(
        "The positive control in {position} is not positive for {target}", "{position}孔阳性质控{target}未检出"
    ),
    "QC-6": Sentence(
        "The weak positive control in {position} has {target} at {ct_milli} thousandths of a cycle: outside its range",
        "{position}孔弱阳性质控{target}的Ct为{ct_milli}（千分之一循环），超出范围",
    ),
    "QC-7": Sentence(
        "The extraction control in {position} does not show {target}: extraction failed",
        "{position}孔提取质控未检出{target}：提取失败",
    ),
    "QC-8": Sentence("All {controls} controls are as they must be", "{controls}份质控均符合要求"),
}

WESTGARD_ROWS = {
    "WG-1": Sentence(
        "{target}: {counted} values of the lot, {needed} are needed for a mean and a deviation",
        "{target}：该批号仅{counted}个值，建立均值和标准差需{needed}个",
    ),
    "WG-2": Sentence("{target}: rule {westgard} is broken, out of control", "{target}：违反{westgard}规则，失控"),
    "WG-3": Sentence("{target}: rule {westgard} warns", "{target}：{westgard}规则警告"),
    "WG-4": Sentence("{target}: in control", "{target}：在控"),
}

DILUTION_ROWS = {
    "DI-1": Sentence("The edition allows no diluted pools", "本版方案不允许稀释混样"),
    "DI-2": Sentence("{size} samples: 2 to {size_max} are allowed", "稀释混样{size}份，允许2至{size_max}份"),
    "DI-3": Sentence(
        "{pooled} hold more than one person already: pools are never pooled again",
        "其中{pooled}份已是混样：混样不得再混",
    ),
    "DI-4": Sentence("{singles} must be tested singly", "其中{singles}份必须单采单检"),
    "DI-5": Sentence(
        "Only where fewer than {limit} in 100,000 are positive, and nobody knows how many are",
        "仅当阳性率低于十万分之{limit}时可稀释混样，而当前阳性率未知",
    ),
    "DI-6": Sentence(
        "{counted} in 100,000 are positive: samples are diluted only below {limit}",
        "当前阳性率为十万分之{counted}：低于{limit}方可稀释混样",
    ),
    "DI-7": Sentence("{size} samples may be diluted into one another", "{size}份样本可稀释混样"),
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
