"""The words of steps, certificates and open points in the reader's language."""

from collections.abc import Sequence
from decimal import Decimal

from django import template

from lianfang.apps.core.language import spoken
from lianfang.rules.vocabulary import CertificateKind, SpecimenResult
from lianfang.rules.warehouse import GoodsStep
from lianfang.rules.words import label

register = template.Library()

# What an open point is called where its figures are not at hand; the lot's own page says more.
_SHORT = {
    "G-1": ("failed inspection", "检验检疫不合格"),
    "G-2": ("positive", "检测阳性"),
    "G-3": ("of a positive lot", "属阳性批次"),
    "G-4": ("certificate missing", "缺证明"),
    "G-5": ("results awaited", "待出结果"),
    "G-6": ("result unclear", "结果可疑"),
    "G-7": ("negatives missing", "阴性结果不足"),
    "G-8": ("packages to disinfect", "外包装待消毒"),
    "G-10": ("certificate faulty", "证明有问题"),
    "G-11": ("samples missing", "采样不足"),
    "G-12": ("walls to disinfect", "内壁待消毒"),
    "G-13": ("held", "已管控"),
    "G-14": ("not as booked", "与预约不符"),
}


@register.filter
def step_word(kind: str) -> str:
    """The word of a step."""
    return label(GoodsStep(kind), spoken())


@register.filter
def certificate_word(kind: str) -> str:
    """The word of a kind of certificate."""
    return label(CertificateKind(kind), spoken())


@register.filter
def result_word(value: str) -> str:
    """The word of a laboratory's result."""
    return label(SpecimenResult(value), spoken())


@register.filter
def open_points(codes: Sequence[str]) -> list[tuple[str, str]]:
    """What a lot waits for: (row, short words)."""
    at = 1 if spoken() == "zh" else 0
    return [(code, _SHORT[code][at]) for code in codes if code in _SHORT]


@register.filter
def degrees(tenths: int) -> str:
    """Tenths of a degree as a temperature with a true minus sign."""
    return f"{Decimal(tenths) / 10:.1f} °C".replace("-", "−")
