"""Words kept in two languages, shown in the reader's: {% words campaign "title" %}."""

from django import template

from lianfang.apps.command.selectors.notices import in_language

register = template.Library()


@register.simple_tag
def words(row: object, name: str) -> str:
    """The Chinese or English words of a row's field pair `name_zh`, `name_en`."""
    return in_language(getattr(row, f"{name}_zh"), getattr(row, f"{name}_en"))
