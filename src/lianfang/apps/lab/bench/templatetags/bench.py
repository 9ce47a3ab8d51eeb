"""How cycles, controls and calls are shown."""

from django import template

from lianfang.rules.profile_laboratory import ControlKind

register = template.Library()
_MARKS = {
    ControlKind.NEGATIVE: "NC",
    ControlKind.POSITIVE: "PC",
    ControlKind.WEAK_POSITIVE: "WPC",
    ControlKind.EXTRACTION: "EC",
}


@register.filter
def cycles(milli: int | None) -> str:
    """Thousandths of a cycle as 27.41, to the last digit that is not 0; nothing as –."""
    if milli is None:
        return "–"
    return f"{milli / 1000:.3f}" if milli % 10 else f"{milli / 1000:.2f}"


@register.filter
def control_mark(kind: str) -> str:
    """A control as bench workers write it: NC, WPC, PC, EC."""
    return _MARKS[ControlKind(kind)]


@register.simple_tag
def controls() -> list[str]:
    """The kinds of controls."""
    return [kind.value for kind in ControlKind]
