"""What several pages do alike: noting who read whose record, and paging."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone

from lianfang.apps.core import audit
from lianfang.apps.core.models import Subject
from lianfang.apps.core.permissions import actor
from lianfang.apps.tracing.selectors.reading import SubjectCard, persons_among
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
INVALID = 422


def noted(request: HttpRequest, action: str, persons: Iterable[int]) -> None:
    """Record that the records of these persons (subject ids) were read; nothing if there is none among what is shown."""
    ids = list(persons)
    if ids:
        audit.record(action, by=actor(request), at=timezone.now(), subjects=ids)


def persons_in(subjects: Iterable[Subject]) -> list[int]:
    """Return the ids of the persons among subjects."""
    return [subject.pk for subject in subjects if subject.kind == SubjectKind.PERSON]


def persons_on(cards: Iterable[SubjectCard]) -> list[int]:
    """Return the ids of the persons that cards show."""
    return persons_among(cards)


def page_of(request: HttpRequest, rows: Any, size: int = PAGE_SIZE) -> Page[Any]:
    """Return the page that the address asks for."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
