"""What the fields of facts and the parameters of sentences are called, for render_rules.py."""

from collections.abc import Mapping

MORE_NAMES: Mapping[str, tuple[str, str]] = {
    "grounds": ("支撑依据数", "grounds"),
    "kit": ("试剂盒", "kit"),
    "earlier": ("初检读数", "first run"),
    "target": ("靶标", "target"),
    "targets": ("靶标", "targets"),
    "ct_milli": ("Ct（千分之一循环）", "Ct, thousandths"),
    "is_amplified": ("有扩增曲线", "has a curve"),
    "call": ("判读", "call"),
    "result": ("结果", "result"),
    "controls": ("质控", "controls"),
    "control": ("类型", "kind"),
    "series": ("质控序列", "series"),
    "position": ("孔位", "well"),
    "baseline": ("建立值数", "values of the baseline"),
    "mean_milli": ("均值（千分之一循环）", "mean, thousandths"),
    "sd_milli": ("标准差（千分之一循环）", "standard deviation, thousandths"),
    "values": ("数值", "values"),
    "westgard": ("规则", "rule"),
    "counted": ("数", "number"),
    "size": ("份数", "size"),
    "size_max": ("上限", "largest"),
    "pooled": ("已混样份数", "pools already"),
    "singles": ("须单检份数", "to be tested singly"),
    "positives_per_100000": ("每十万阳性数", "positives in 100,000"),
}
