"""Finding subjects by their public code inside an area."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Subject


class SubjectNotFound(NotFound):
    """No person, goods or surface has this code, or not in this area (we do not tell which)."""

    code = "subject_not_found"


def subject_not_found() -> SubjectNotFound:
    """Return the refusal of a code."""
    return SubjectNotFound("Nothing in your area has this code.", field="subject_code")


def subject_by_code(code: str, *, area: str) -> Subject:
    """Return a subject by its code inside an area (a division code). Raises: SubjectNotFound."""
    found = Subject.objects.filter(code=code.strip(), area_code__startswith=area).first()
    if found is None:
        raise subject_not_found()
    return found


def subjects_by_code(codes: Iterable[str], *, area: str) -> dict[str, Subject]:
    """Return the subjects with these codes inside an area, by code."""
    found = Subject.objects.filter(code__in={code.strip() for code in codes}, area_code__startswith=area)
    return {subject.code: subject for subject in found}


def subjects_by_prefix(text: str, *, area: str, limit: int) -> list[Subject]:
    """Return the subjects whose code begins with the text, as typed or in capitals, in code order."""
    if not text:
        return []
    begins = Q(code__startswith=text) | Q(code__startswith=text.upper())
    return list(Subject.objects.filter(begins, area_code__startswith=area).order_by("code")[:limit])


def subjects_of(ids: Collection[int]) -> dict[int, Subject]:
    """Return the subjects with these ids, by id."""
    return Subject.objects.in_bulk(ids)
