"""Template filters of the numbers."""

from collections.abc import Iterable, Iterator

from django import template

register = template.Library()


@register.filter
def beside(first: Iterable[object], second: Iterable[object]) -> Iterator[tuple[object, object]]:
    """Pairs of two lists of one length: {% for figure, n in figures|beside:counts %}."""
    return zip(first, second, strict=True)
