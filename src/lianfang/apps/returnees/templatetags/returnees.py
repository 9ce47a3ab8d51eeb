"""Temperatures, symptoms and places in words."""

from collections.abc import Iterable, Mapping

from django import template

from lianfang.apps.followup.selectors import Symptom

register = template.Library()


@register.filter
def celsius(tenths: object) -> str:
    """36.6 °C from tenths of a degree."""
    return f"{tenths / 10:.1f} °C" if isinstance(tenths, int) else "–"


@register.filter
def symptom_words(codes: Iterable[str]) -> str:
    """The words of symptoms."""
    return " · ".join(str(Symptom(code).label) for code in codes)


@register.filter
def named(names: Mapping[str, str], code: str) -> str:
    """A code's name from a mapping, or the code."""
    return names.get(code) or code
