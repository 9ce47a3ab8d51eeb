"""Links to the pages of subjects and places, where the reader's role may open them."""

from typing import Final

from django import template
from django.template.context import RequestContext
from django.urls import reverse

from lianfang.apps.core.models import Subject
from lianfang.apps.core.permissions import Permission, may

register = template.Library()

# subject kind -> URL name of its page, permission of that page
_PAGES: Final = {
    "person": ("person", Permission.VIEW_PERSONS),
    "lot": ("lot", Permission.VIEW_GOODS),
    "package": ("lot", Permission.VIEW_GOODS),
    "surface": ("surface", Permission.VIEW_PLACES),
}


@register.simple_tag(takes_context=True)
def subject_href(context: RequestContext, subject: Subject | None) -> str:
    """The address of a subject's page; "" where the reader's role or area does not open it."""
    user = context["request"].user
    if subject is None or subject.kind not in _PAGES or not subject.area_code.startswith(user.area_code):
        return ""
    name, permission = _PAGES[subject.kind]
    return reverse(name, args=[subject.code]) if may(user, permission) else ""


@register.filter
def allows(user: object, permission: str) -> bool:
    """Whether the reader's role includes a permission: {% if user|allows:"view_audit" %}."""
    return may(user, Permission(permission))  # type: ignore[arg-type]
