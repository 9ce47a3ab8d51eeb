"""Names of countries in the reader's language, from CLDR."""

from babel import Locale
from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def country(value: str) -> str:
    """Return the name of a country code (ISO 3166-1 alpha-2); anything else as it was written."""
    locale = Locale.parse(get_language() or "en", sep="-")
    return str(locale.territories.get(value.strip().upper(), value)) if len(value.strip()) == 2 else value
