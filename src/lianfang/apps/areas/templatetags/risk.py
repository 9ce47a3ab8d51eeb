"""Names for templates that show many divisions: {{ divisions|named:code }}."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def named(divisions: Mapping[str, str], code: str) -> str:
    """The name of a code from the page's own mapping; a dash for none."""
    return divisions.get(code) or code or "–"
