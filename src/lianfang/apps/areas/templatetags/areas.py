"""Names of division codes for templates of every app: {{ code|area_name }}, {% area_options within %}."""

from django import template
from django.core.cache import cache
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lianfang.apps.areas import selectors

register = template.Library()

# Names change once a year; lists show the same few hundred on every page.
KEPT_S = 60


@register.filter
def area_name(code: str) -> str:
    """The name of a division code; the code itself if it is unknown."""
    name: str = cache.get_or_set(f"area-name:{code}", lambda: selectors.name_of(code), KEPT_S) or code
    return name


@register.simple_tag
def area_options(within: str) -> SafeString:
    """A <datalist id="area-options"> of the units inside an area, itself included, for a field that asks for a code."""
    rows = ((unit.code, unit.name) for unit in selectors.units_within(within))
    options = format_html_join("", '<option value="{}">{}</option>', rows)
    return format_html('<datalist id="area-options">{}</datalist>', options)
